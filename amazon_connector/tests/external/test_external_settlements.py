# SPDX-License-Identifier: LGPL-3.0-or-later
import json

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import new_test_user, tagged

from ..settlement.booking_common import BookingCase, number
from ..settlement.settlement_common import fee_row, refund_row, sale_row

GROUPS = "amazon_connector.group_user,account.group_account_invoice"


@tagged("post_install", "-at_install")
class TestExternalSettlements(BookingCase):
    """S132: what scripts are told of settlements."""

    def setUp(self):
        super().setUp()
        self.bill(self.orders(1)[0])
        self.settlement = self.settle(
            sale_row("99.99"),
            fee_row("-12.00"),
            refund_row("-9.99", order=number(7)),
        )
        self.script = new_test_user(
            self.env,
            "script",
            groups=GROUPS,
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        self.api = self.env["amazon.settlement"].with_user(self.script)

    def test_get(self):
        answer = self.api.api_get(self.settlement.name)
        self.assertEqual(json.loads(json.dumps(answer)), answer)
        [told] = answer["settlements"]
        self.assertEqual((told["total"], told["currency"]), ("78.00", "INR"))
        self.assertEqual((told["proven"], told["state"]), (True, "posted"))
        self.assertEqual(told["until"], "2026-07-11T00:00:00Z")
        paid, unknown = told["orders"]
        self.assertEqual((paid["amazon_order_id"], paid["state"]), (number(1), "paid"))
        self.assertEqual((paid["amount"], paid["difference"]), ("99.99", "0.00"))
        self.assertEqual((unknown["kind"], unknown["state"]), ("refund", "unknown"))
        self.assertEqual(told["fees"], [{"type": "commission", "amount": "-12.00"}])
        [entry] = told["entries"]
        self.assertEqual(entry["id"], self.settlement.entry_ids.move_id.id)

    def test_find(self):
        def found(*period):
            answer = self.api.api_find(*period)
            return [one["settlement_number"] for one in answer["settlements"]]

        self.assertEqual(found(), [self.settlement.name])
        self.assertEqual(found("2026-07-11", "2026-07-12"), [self.settlement.name])
        self.assertEqual(found("2026-07-01", "2026-07-11"), [])
        # What is in Odoo may be older than what Amazon still has.
        self.assertEqual(found("2015-01-01", "2026-07-12"), [self.settlement.name])

    def test_misuse(self):
        with self.assertRaisesRegex(MissingError, "^AMZ-NOT-FOUND: "):
            self.api.api_get(["18174059732", "no settlement"])
        for wrong in (None, 5, [], [1], {"a": 1}):
            with self.assertRaisesRegex(UserError, "^AMZ-ARGUMENT: "):
                self.api.api_get(wrong)
        with self.assertRaisesRegex(UserError, "^AMZ-ARGUMENT: "):
            self.api.api_find("last month")
        clerk = new_test_user(self.env, "clerk", groups="amazon_connector.group_user")
        api = self.api.with_user(clerk)
        for call in (api.api_find, lambda: api.api_get("18174059732")):
            with self.assertRaisesRegex(AccessError, "^AMZ-FORBIDDEN: "):
                call()
