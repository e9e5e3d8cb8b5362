# SPDX-License-Identifier: LGPL-3.0-or-later
from . import amazon_shipping_report, amazon_stock_report, amazon_tax_report
