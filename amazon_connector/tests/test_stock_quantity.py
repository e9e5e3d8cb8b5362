# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from .stock_common import StockCase


@tagged("post_install", "-at_install")
class TestStockQuantity(StockCase):
    """What Amazon is to offer of a listing."""

    def test_all_warehouses(self):
        """S12, S93, S115: without mapping the quantity is that of all warehouses."""
        self.put_stock(self.product, 7, self.other_warehouse)
        self.assertEqual(self.quantity(), 107)
