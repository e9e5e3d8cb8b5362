# SPDX-License-Identifier: LGPL-3.0-or-later
from base64 import b64encode

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...sp_api.settlements import COLUMNS
from ..common import AmazonCase, order_json
from .settlement_common import (
    fee_row,
    other_row,
    sale_row,
    settlement_file,
    take_file,
    take_settlement,
)

ROWS = [
    sale_row(
        "100.00", quantity_purchased="1", sku="SKU-A", marketplace_name="Amazon.in"
    ),
    fee_row("-12.00"),
    other_row("-30.00", "Current Reserve Amount"),
    other_row("-1.00", "A label nobody knows"),
]


@tagged("post_install", "-at_install")
class TestSettlementReading(AmazonCase):
    """What a file becomes, and what is refused."""

    def alerts(self):
        return self.account.activity_ids.filtered("amazon_alert")

    def test_rows_and_proof(self):
        binding = self.receive(order_json(1))
        settlement = take_settlement(self.account, ROWS)
        self.assertEqual(settlement.total, 57.0)
        self.assertTrue(settlement.is_proven)
        self.assertEqual(settlement.state, "new")
        rows = settlement.row_ids
        self.assertEqual(len(rows), settlement.row_count)
        self.assertEqual(rows.mapped("bucket"), ["sale", "fee", "reserve", "unknown"])
        self.assertEqual(rows[0].order_id, binding)
        self.assertEqual(rows[0].channel_id, self.channel)
        self.assertEqual(rows[0].product_id, self.product)
        self.assertEqual(rows[1].fee_type, "commission")
        sums = {(one.bucket, one.fee_type): one.amount for one in settlement.sum_ids}
        self.assertEqual(sums[("fee", "commission")], -12.0)
        self.assertEqual(sum(sums.values()), settlement.total)

    def test_dialects_give_the_same(self):
        """Another mark, other dates, 23 columns: the same settlement, taken once."""
        first = take_file(self.account, settlement_file(ROWS))
        again = take_file(
            self.account,
            settlement_file(ROWS, mark=",", form="%d.%m.%Y", columns=COLUMNS[:-1]),
        )
        self.assertEqual((first.state, again.state), ("read", "twin"))
        self.assertEqual(again.settlement_id, first.settlement_id)
        self.assertEqual(len(self.env["amazon.settlement"].search([])), 1)

    def test_several_marketplaces_in_one_file(self):
        """Each row is its marketplace's, by whatever case its name has; a row that
        names none is its order's, else nobody's."""
        emirates = self.env.ref("amazon_connector.marketplace_ae")
        other = self.env["amazon.channel"].create(
            {
                "name": "Amazon AE",
                "account_id": self.account.id,
                "marketplace_id": emirates.id,
            }
        )
        self.receive(order_json(1))
        settlement = take_settlement(
            self.account,
            [
                fee_row("-1.00", order="", marketplace_name="AMAZON.IN"),
                fee_row("-2.00", order="", marketplace_name=emirates.name.lower()),
                fee_row("-3.00"),
                other_row("-4.00", "Subscription Fee"),
            ],
        )
        self.assertEqual(
            [row.channel_id for row in settlement.row_ids],
            [self.channel, other, self.channel, other.browse()],
        )

    def test_identical_rows_are_both_kept(self):
        settlement = take_settlement(self.account, [sale_row("5.00"), sale_row("5.00")])
        self.assertEqual(settlement.row_ids.mapped("amount"), [5.0, 5.0])

    def test_another_content_is_shown(self):
        first = take_file(self.account, settlement_file(ROWS)).settlement_id
        other = take_file(self.account, settlement_file([*ROWS, fee_row("-1.00")]))
        self.assertEqual((other.state, other.settlement_id), ("differs", first))
        self.assertEqual(first.row_count, 4)
        key = f"settlement file {other.id}"
        self.assertIn(key, self.alerts().mapped("amazon_alert"))

    def test_wrong_sum_books_nothing(self):
        file = take_file(self.account, settlement_file(ROWS, total="57.01"))
        self.assertEqual(file.state, "refused")
        self.assertIn("Difference: -0.01", file.message)
        self.assertFalse(self.env["amazon.settlement"].search([]))
        self.assertFalse(self.env["amazon.settlement.row"].search([]))
        self.assertTrue(self.alerts())
        self.assertTrue(file.attachment_id, "the file itself is kept")

    def test_cut_and_foreign_files(self):
        text = settlement_file(ROWS)
        for content in (text[: len(text) - 40], "sku\tprice\nA\t1\n", b"\x00\xff", b""):
            file = take_file(self.account, content)
            self.assertEqual(file.state, "refused", content[:20])

    def test_unreadable_date_leaves_nothing(self):
        head, _day, tail = settlement_file(ROWS).rpartition("2026-07-02 05")
        content = head.rpartition("2026-07-02")[0] + "soon\tsoon" + tail
        self.assertEqual(take_file(self.account, content).state, "refused")
        self.assertFalse(self.env["amazon.settlement.row"].search([]))

    def test_unknown_currency(self):
        file = take_file(self.account, settlement_file(ROWS, currency="XXQ"))
        self.assertEqual(file.state, "refused")
        self.assertIn("XXQ", file.message)

    def test_archived_currency_is_read_again(self):
        yen = self.env.ref("base.JPY")
        yen.active = False
        rows = [sale_row("100")]
        file = take_file(self.account, settlement_file(rows, currency="JPY"))
        self.assertEqual(file.state, "refused")
        self.assertIn("archived", file.message)
        manager = new_test_user(self.env, "s_m", "amazon_connector.group_manager")
        with self.assertRaisesRegex(UserError, "archived"):
            file.with_user(manager).action_read_again()
        yen.active = True
        file.with_user(manager).action_read_again()
        self.assertEqual(file.state, "read")
        self.assertFalse(self.alerts())

    def test_windows_charset(self):
        rows = [sale_row("1.00", sku="Grün")]
        content = settlement_file(rows).encode("cp1252")
        file = take_file(self.account, content, charset="cp1252")
        self.assertEqual(file.settlement_id.row_ids.seller_sku, "Grün")

    def test_other_sellers_file(self):
        """A file uploaded by hand is another seller's: nothing of it is taken."""
        other = self._create_account(seller_id="AOTHER")
        self.receive(order_json(1))
        file = take_file(other, settlement_file(ROWS), is_upload=True)
        self.assertEqual(file.state, "refused")
        self.assertNotIn(self.account.name, file.message)
        self.assertFalse(self.env["amazon.settlement"].search([]))

    def test_upload_of_unknown_orders_asks(self):
        file = take_file(self.account, settlement_file(ROWS), is_upload=True)
        settlement = file.settlement_id
        self.assertEqual(settlement.state, "held")
        manager = new_test_user(self.env, "s_m", "amazon_connector.group_manager")
        with self.assertRaises(AccessError):
            settlement.with_user(manager).action_go_on()
        accountant = new_test_user(self.env, "s_a", "account.group_account_invoice")
        settlement.with_user(accountant).action_go_on()
        self.assertEqual(settlement.state, "new")

    def test_upload_dialog(self):
        self.receive(order_json(1))
        manager = new_test_user(self.env, "s_m", "amazon_connector.group_manager")
        Upload = self.env["amazon.settlement.upload"].with_user(manager)
        content = b64encode(settlement_file(ROWS).encode())
        vals = {"account_id": self.account.id, "content": content}
        action = Upload.create(vals).action_upload()
        settlement = self.env["amazon.settlement"].browse(action["res_id"])
        self.assertEqual((settlement.state, settlement.total), ("new", 57.0))
        again = Upload.create(vals).action_upload()
        self.assertEqual(again["res_id"], settlement.id)
        vals["content"] = b64encode(b"nothing")
        with self.assertRaisesRegex(UserError, "no settlement report"):
            Upload.create(vals).action_upload()

    def test_raw_file_is_for_managers(self):
        file = take_file(self.account, settlement_file(ROWS))
        for groups, may in (
            ("amazon_connector.group_manager", True),
            ("amazon_connector.group_user", False),
            ("account.group_account_user", False),
        ):
            user = new_test_user(self.env, f"s_{groups[-9:]}", groups)
            attachment = file.attachment_id.with_user(user)
            self.assertEqual(attachment.has_access("read"), may, groups)

    def test_old_files_go_and_what_they_say_stays(self):
        file = take_file(self.account, settlement_file(ROWS))
        self.env.cr.execute(
            "UPDATE amazon_settlement_file SET create_date = '2020-01-01'"
        )
        file.invalidate_recordset()
        self.account.settlement_keep_months = 0
        self.env["amazon.settlement.file"]._gc_files()
        self.assertTrue(file.attachment_id.exists(), "0 keeps them for ever")
        self.account.settlement_keep_months = 18
        self.env["amazon.settlement.file"]._gc_files()
        self.assertFalse(file.attachment_id.exists())
        self.assertEqual(file.settlement_id.row_count, 4)

    def test_rule_in_one_click(self):
        """An unknown label is a to-do, until a rule says what it is."""
        settlement = take_settlement(self.account, ROWS)
        self.assertEqual(settlement.unknown_count, 1)
        self.assertIn("settlement labels", self.alerts().mapped("amazon_alert"))
        unknown = settlement.row_ids.filtered(lambda one: one.bucket == "unknown")
        accountant = new_test_user(self.env, "s_a", "account.group_account_invoice")
        action = unknown.with_user(accountant).action_make_rule()
        Rule = self.env[action["res_model"]].with_user(accountant)
        rule = Rule.with_context(**action["context"]).create(
            {"bucket": "fee", "fee_type": "storage"}
        )
        self.assertEqual(rule.description, "A label nobody knows")
        self.assertEqual((unknown.bucket, unknown.fee_type), ("fee", "storage"))
        self.assertEqual(settlement.unknown_count, 0)
        self.assertNotIn("settlement labels", self.alerts().mapped("amazon_alert"))
        later = take_settlement(
            self.account, [other_row("-2.00", "a LABEL nobody  knows")], number="2"
        )
        self.assertEqual(later.row_ids.bucket, "fee", "also for those that come")
        rule.unlink()
        self.assertEqual((unknown.bucket, later.row_ids.bucket), ("unknown", "unknown"))

    def test_most_precise_rule_counts(self):
        Rule = self.env["amazon.settlement.rule"]
        Rule.create({"transaction_type": "Order", "bucket": "income"})
        Rule.create(
            {
                "transaction_type": "order",
                "amount_type": "ItemFees",
                "bucket": "fee",
                "fee_type": "deals",
            }
        )
        settlement = take_settlement(self.account, ROWS)
        self.assertEqual(settlement.row_ids[0].bucket, "income")
        self.assertEqual(settlement.row_ids[1].fee_type, "deals")
        with self.assertRaises(UserError):
            Rule.create({"bucket": "fee"})

    def test_two_companies(self):
        company = self.env["res.company"].create({"name": "Second"})
        other = self._create_account(seller_id="AOTHER", company_id=company.id)
        mine = take_settlement(self.account, ROWS)
        theirs = take_settlement(other, ROWS)
        self.assertEqual(theirs.company_id, company)
        user = new_test_user(self.env, "s_a", "account.group_account_invoice")
        self.assertEqual(self.env["amazon.settlement"].with_user(user).search([]), mine)
        rows = self.env["amazon.settlement.row"].with_user(user).search([])
        self.assertEqual(rows, mine.row_ids)

    def test_nul_in_a_file(self):
        """No database takes one: it must not stop all files behind it."""
        rows = [sale_row("10.00", "Princ\0ipal", sku="A\0B")]
        settlement = take_settlement(self.account, rows)
        self.assertEqual(settlement.row_ids.seller_sku, "AB")
        self.assertEqual(settlement.row_ids.bucket, "sale")

    def test_dates_at_the_end_of_the_calendar(self):
        for first, last in (("0001-01-01", "0001-01-03"), ("9999-12-01", "9999-12-31")):
            text = settlement_file([sale_row("10.00")], start=first, end=last)
            text = text.replace("2026-07-02", "01/02/0001")
            file = take_file(self.account, text)
            self.assertIn(file.state, ("read", "refused"))

    def test_files_are_kept_for_ever_and_longer(self):
        self.account.settlement_keep_months = 2_000_000_000
        file = take_file(self.account, settlement_file(ROWS))
        file._gc_files()
        self.assertTrue(file.attachment_id.exists())

    @mute_logger("odoo.models.unlink")
    def test_deleted_with_an_account_that_has_no_orders(self):
        attachment = take_file(self.account, settlement_file(ROWS)).attachment_id
        manager = new_test_user(self.env, "m", "amazon_connector.group_manager")
        self.account.with_user(manager).unlink()
        self.assertFalse(attachment.exists())

    @mute_logger("odoo.models.unlink")
    def test_removed_with_its_account(self):
        file = take_file(self.account, settlement_file(ROWS))
        attachment, settlement = file.attachment_id, file.settlement_id
        self.env["amazon.account.remover"]._remove(self.account)
        for record in (file, attachment, settlement):
            self.assertFalse(record.exists())
