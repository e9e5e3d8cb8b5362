# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_delivery_complete,
    amazon_delivery_confirm,
    amazon_delivery_divide,
    amazon_desk_carrier,
    amazon_tracking_import,
)
