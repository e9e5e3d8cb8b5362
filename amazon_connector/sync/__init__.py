# SPDX-License-Identifier: LGPL-3.0-or-later
from . import base, orders, order_fetch, order_apply, order_mapping
