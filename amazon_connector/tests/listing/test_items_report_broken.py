# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from .items_common import ItemsCase, report_row


@tagged("post_install", "-at_install")
class TestBrokenRows(ItemsCase):
    """Rows with a tab or a line end inside: told once, and no obstacle afterwards."""

    def setUp(self):
        super().setUp()
        self.no_details()
        self.rows = [report_row(f"A-{n:02}") for n in range(55)]

    def broken(self, number=26, **cells):
        """The report's rows, one of them with a tab in its title."""
        rows = list(self.rows)
        cells = {"item_name": "Mug\tblue", **cells}
        rows[number] = report_row(f"A-{number:02}", **cells)
        return rows

    def alerts(self):
        return self.account.activity_ids.filtered("amazon_alert")

    def test_asks_once_and_says_what_can_be_seen(self):
        self.load(*self.rows)
        report = self.load(*self.broken())
        self.assertEqual((report.drop_state, report.missing_count), ("asked", 1))
        for text in ("1 of 55", "A-26", "Row 27", "Mug"):
            self.assertIn(text, report.message)
            self.assertIn(text, self.alerts().note)
        record = self.records("failed")
        self.assertEqual(record.name, "Row 27: A-26")
        self.assertIn("Title: Mug.", record.reason)
        # A sale changes its quantity and no text.
        later = self.load(*self.broken(quantity="7", price="1,99"))
        self.assertFalse(later.drop_state)
        self.assertTrue(self.listing("A-26").active)
        self.assertEqual(len(self.alerts()), 1)

    def test_others_are_judged_again(self):
        self.load(*self.rows)
        first = self.load(*self.broken())
        rows = self.broken()
        del rows[50]
        later = self.load(*rows)
        self.assertFalse(later.drop_state)
        self.assertFalse(self.listing("A-50").active)
        self.assertTrue(self.listing("A-26").active)
        # Once the row can be read, the question is moot.
        self.rows.pop(50)
        self.load(*self.rows)
        self.assertEqual(first.drop_state, "overtaken")
        self.assertFalse(self.alerts())

    def test_another_content_asks_again(self):
        self.load(*self.rows)
        first = self.load(*self.broken())
        second = self.load(*self.broken(number=30))
        self.assertEqual((first.drop_state, second.drop_state), ("overtaken", "asked"))
        self.assertEqual(second.missing_ids, self.listing("A-30"))

    def test_undecided_listings_wait_though_nothing_names_them(self):
        self.load(*self.rows)
        rows = [*self.rows[:26], "half a title", *self.rows[27:]]
        first = self.load(*rows)
        self.assertEqual(first.missing_ids, self.listing("A-26"))
        self.assertIn("half a title", first.message)
        later = self.load(*rows[:-1])
        self.assertFalse(later.drop_state)
        self.assertEqual(first.drop_state, "asked")
        self.assertTrue(self.listing("A-26").active)
        self.assertFalse(self.listing("A-54").active)
        first.action_accept_drop()
        self.assertFalse(self.listing("A-26").active)

    def test_large_drop_asks_all_the_same(self):
        self.load(*self.rows)
        first = self.load(*self.broken())
        later = self.load(*self.broken()[:35])
        self.assertEqual((first.drop_state, later.drop_state), ("overtaken", "asked"))
        self.assertEqual(later.missing_count, 21)

    def test_nothing_missing_asks_nothing(self):
        self.rows[26] = self.broken()[26]
        report = self.load(*self.rows)
        self.assertFalse(report.drop_state)
        self.assertFalse(self.alerts())
        self.assertEqual(self.records("failed").name, "Row 27: A-26")
