# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_listing_confirm,
    amazon_listing_ignore,
    amazon_listing_link,
    amazon_listing_link_many,
    amazon_listing_unlink,
    amazon_listing_update,
)
