# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.amazon_connector.tests.common import item_json

from .gst_common import GstCase, taxed, to
from .gst_table import make_gstin

LARGE = [item_json(price="118000.01", tax="18000.01")]


class GstInvoiceCase(GstCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.invoice_policy = "order"
        cls.karnataka = cls.find_state("KA")
        cls.channel.go_live_date = fields.Datetime.now() - timedelta(days=10)

    def buy(self, state, number=1, items=None, gstin=None, by=None):
        order = to(
            state,
            None if state else "10115",
            number,
            "IN" if state else "DE",
            items or taxed(),
            f"buyer{number}",
        )
        if gstin:
            registration = {"entityType": "BUYER", "taxRegistrationNumber": gstin}
            order["tax"] = {"taxRegistrations": [registration]}
        if by:
            order["fulfillment"].update(fulfilledBy=by, fulfillmentStatus="SHIPPED")
            order["orderItems"][0]["fulfillment"] = {
                "quantityFulfilled": 1,
                "quantityUnfulfilled": 0,
            }
        binding = self.receive(order)
        self.assertEqual(binding.state, "applied", binding.reason)
        return binding.sale_order_id

    def post(self, sale):
        invoice = sale._create_invoices()
        invoice.action_post()
        return invoice

    def credit(self, invoice):
        note = invoice._reverse_moves()
        note.action_post()
        return note

    def sections(self, move):
        lines = move.line_ids.filtered(
            lambda line: line.display_type in ("product", "tax")
        )
        return set(lines.mapped("l10n_in_gstr_section"))

    def register(self, code, journal=None, **vals):
        return self.env["amazon.gst.registration"].create(
            {
                "company_id": self.company.id,
                "gstin": make_gstin(code),
                "journal_id": journal and journal.id,
                **vals,
            }
        )

    def make_journal(self, code):
        return self.env["account.journal"].create(
            {
                "name": f"Invoices {code}",
                "code": code,
                "type": "sale",
                "company_id": self.company.id,
            }
        )

    def move_warehouse(self, code="KA"):
        """The goods stand in another state than the company."""
        self.channel._get_warehouse().partner_id = self.env["res.partner"].create(
            {"name": "Warehouse", "state_id": self.find_state(code).id}
        )


@tagged("post_install", "-at_install")
class TestGstInvoices(GstInvoiceCase):
    """Invoices as returns ask for them."""

    def test_sections_of_the_return(self):
        """S81, S82, S83: Odoo's own sections, of invoices and credit notes."""
        cases = [
            ("MH", None, None, "sale_b2cs", "sale_b2cs"),
            ("KA", None, None, "sale_b2cs", "sale_b2cs"),
            ("KA", LARGE, None, "sale_b2cl", "sale_cdnur_b2cl"),
            ("MH", LARGE, None, "sale_b2cs", "sale_b2cs"),
            ("KA", None, make_gstin("29"), "sale_b2b_regular", "sale_cdnr_regular"),
            ("MH", LARGE, make_gstin("27"), "sale_b2b_regular", "sale_cdnr_regular"),
            (None, None, None, "sale_exp_wp", "sale_cdnur_exp_wp"),
        ]
        for number, (state, items, gstin, section, noted) in enumerate(cases, 1):
            invoice = self.post(self.buy(state, number, items, gstin))
            self.assertEqual(self.sections(invoice), {section}, number)
            self.assertEqual(self.sections(self.credit(invoice)), {noted}, number)

    def test_sections_within_a_territory(self):
        """S74: UTGST counts where SGST does."""
        self.move_seller("CH")
        invoice = self.post(self.buy("CH"))
        self.assertEqual(self.get_gst(invoice), {"cgst": 901, "utgst": 900})
        self.assertEqual(self.sections(invoice), {"sale_b2cs"})

    def test_sections_of_goods_from_another_state(self):
        """S72, S73: they follow the state that goods leave from, as the tax does."""
        self.move_warehouse()
        cases = [
            ("KA", None, {"cgst": 901, "sgst": 900}, "sale_b2cs", "sale_b2cs"),
            ("MH", None, {"igst": 1801}, "sale_b2cs", "sale_b2cs"),
            ("MH", LARGE, {"igst": 1800001}, "sale_b2cl", "sale_cdnur_b2cl"),
            ("KA", LARGE, {"cgst": 900001, "sgst": 900000}, "sale_b2cs", "sale_b2cs"),
        ]
        for number, (state, items, gst, section, noted) in enumerate(cases, 1):
            invoice = self.post(self.buy(state, number, items))
            self.assertEqual(invoice.amazon_ship_from_id, self.karnataka)
            self.assertEqual(self.get_gst(invoice), gst)
            self.assertEqual(self.sections(invoice), {section}, number)
            note = self.credit(invoice)
            self.assertEqual(note.amazon_ship_from_id, self.karnataka)
            self.assertEqual(self.sections(note), {noted}, number)
        business = self.post(self.buy("KA", 9, gstin=make_gstin("29")))
        self.assertEqual(self.sections(business), {"sale_b2b_regular"})

    def test_series_per_gstin(self):
        """Each GSTIN of a company has a journal of its own, if it wants."""
        home, away = self.make_journal("HOME"), self.make_journal("AWAY")
        self.register("27", home)
        self.register("29", away)
        at_home = self.post(self.buy("KA", 1))
        self.move_warehouse()
        from_away = self.post(self.buy("KA", 2))
        self.assertEqual((at_home.journal_id, from_away.journal_id), (home, away))
        self.assertEqual(self.credit(from_away).journal_id, away)
        self.assertNotEqual(at_home.sequence_prefix, from_away.sequence_prefix)
        self.move_warehouse("KL")
        elsewhere = self.post(self.buy("KA", 3))
        self.assertNotIn(elsewhere.journal_id, home | away)

    def test_journal_of_the_order_counts_more(self):
        self.register("27", self.make_journal("HOME"))
        own = self.make_journal("OWN")
        sale = self.buy("KA")
        sale.journal_id = own
        self.assertEqual(self.post(sale).journal_id, own)

    def test_registrations_are_checked(self):
        """S83: as typed; one for a state; only a valid one."""
        registration = self.register("29", gstin=f" {make_gstin('29').lower()} ")
        self.assertEqual(registration.gstin, make_gstin("29"))
        self.assertEqual(registration.state_id, self.karnataka)
        wrong = make_gstin("27")[:-1] + "?"
        for gstin in (wrong, "27", "APO", make_gstin("29")[2:]):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.register("27", gstin=gstin)
        user = new_test_user(self.env, "u", "amazon_connector.group_user")
        with self.assertRaises(AccessError):
            registration.with_user(user).gstin = make_gstin("27")
        other = self.env["res.company"].create({"name": "Other"})
        boss = new_test_user(
            self.env,
            "boss",
            "amazon_connector.group_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(registration.with_user(boss).search([]))

    def test_a_branch_has_its_own_registration(self):
        """In a state in which its parent has one, too."""
        # Records of companies are found in the companies' order.
        self.company.sequence = 1
        branch = self.env["res.company"].create(
            {"name": "A branch", "parent_id": self.company.id, "sequence": 99}
        )
        of_parent = self.register("29")
        get = branch._get_gst_registration
        self.assertEqual(get(self.karnataka), of_parent)
        own = self.register("29", company_id=branch.id)
        self.assertEqual(get(self.karnataka), own)
        self.assertEqual(self.company._get_gst_registration(self.karnataka), of_parent)

    def test_branch_under_its_parents_registration(self):
        """An invoice that Amazon's report lacks is missed where it belongs."""
        branch = self.env["res.company"].create(
            {
                "name": "Branch",
                "parent_id": self.company.id,
                "country_id": self.company.country_id.id,
                "state_id": self.karnataka.id,
            }
        )
        self.env.user.company_ids |= branch
        self.register("29")
        self.account = self._create_account(company_id=branch.id, seller_id="ABRANCH")
        self.channels = self.env["amazon.channel"].create(
            {
                "name": "Branch",
                "account_id": self.account.id,
                "marketplace_id": self.channel.marketplace_id.id,
            }
        )
        invoice = self.post(self.buy("KA"))
        self.assertEqual(invoice.amazon_ship_from_id, self.karnataka)
        day = invoice.invoice_date.replace(day=1)
        month = self.env["amazon.mtr.month"]._find_or_create_months(
            [(branch, make_gstin("29"), day)]
        )
        month.action_compare()
        self.assertEqual(month.difference_ids.mapped("type"), ["missing_there"])

    def test_branch_per_gstin(self):
        """Odoo's own way: the account belongs to the branch of the other state."""
        branch = self.env["res.company"].create(
            {
                "name": "Branch",
                "parent_id": self.company.id,
                "country_id": self.company.country_id.id,
                "state_id": self.karnataka.id,
            }
        )
        self.env.user.company_ids |= branch
        self.account = self._create_account(company_id=branch.id, seller_id="ABRANCH")
        self.channels = self.env["amazon.channel"].create(
            {
                "name": "Branch",
                "account_id": self.account.id,
                "marketplace_id": self.channel.marketplace_id.id,
                "tax_source": "amazon",
                "gst_taxes": "real",
            }
        )
        invoice = self.post(self.buy("KA"))
        self.assertEqual(invoice.company_id, branch)
        self.assertEqual(
            sorted(round(one, 2) for _tax, one in self.get_tax_amounts(invoice)),
            [9.0, 9.01],
        )
        self.assertEqual(self.sections(invoice), {"sale_b2cs"})
        self.channels.gst_taxes = "stated"
        away = self.post(self.buy("MH", 2))
        self.assertEqual(self.get_gst(away), {"igst": 1801})

    def test_hsn_of_charges_is_their_items(self):
        self.product.l10n_in_hsn_code = "6109"
        items = [item_json(price="118.00", tax="20.14", SHIPPING="14.00")]
        invoice = self.post(self.buy("KA", items=items))
        lines = invoice.invoice_line_ids
        self.assertEqual(lines.mapped("l10n_in_hsn_code"), ["6109", "6109"])

    def test_fba_waits_for_the_report(self):
        """S80: the policy "invoice after MTR"; by hand it can be invoiced at once."""
        self.channel.write({"auto_invoice": "shipped", "gst_fba_invoices": "mtr"})
        own = self.buy("KA", 1)
        self.assertFalse(own._waits_for_mtr())
        sale = self.buy("KA", 2, by="AMAZON")
        self.assertTrue(sale._waits_for_mtr())
        self.assertFalse(sale._is_amazon_invoice_due())
        sale._release_after_mtr("MH-1001")
        self.assertFalse(sale._waits_for_mtr())
        self.assertTrue(sale._is_amazon_invoice_due())
        self.channel.gst_fba_invoices = "shipped"
        self.assertFalse(self.buy("KA", 3, by="AMAZON")._waits_for_mtr())

    def test_report_tells_the_warehouse(self):
        """S72, S73: FBA counts as sent from home until the report knows better."""
        sale = self.buy("KA", by="AMAZON")
        self.assertEqual(self.get_gst(sale), {"igst": 1801})
        total = sale.amount_total
        sale._release_after_mtr("KA-1001", self.karnataka)
        self.assertEqual(self.get_gst(sale), {"cgst": 901, "sgst": 900})
        self.assertEqual(sale.amount_total, total)
        self.assertFalse(sale.amazon_difference)
        self.assertIn("shipped from Karnataka", sale.message_ids[0].body)
        notes = len(sale.message_ids)
        sale._release_after_mtr("KA-1001", self.karnataka)
        self.assertEqual(len(sale.message_ids), notes)
        invoice = self.post(sale)
        self.assertEqual(self.get_gst(invoice), {"cgst": 901, "sgst": 900})
        self.assertEqual(invoice.ref, "KA-1001")
        self.assertEqual(self.sections(invoice), {"sale_b2cs"})

    def test_credit_note_of_what_came_back(self):
        """It belongs to the month of the return, and is no invoice of Amazon's."""
        self.product.invoice_policy = "delivery"
        sale = self.buy("KA")
        delivery = sale.picking_ids
        delivery.move_ids.picked = True
        delivery.with_context(skip_sms=True).button_validate()
        day = fields.Date.today() - timedelta(days=70)
        sale._release_after_mtr("KA-1001", day=day)
        invoice = self.post(sale)
        self.assertEqual(
            (invoice.invoice_date, invoice.amazon_invoice_number), (day, "KA-1001")
        )
        wizard = self.env["stock.return.picking"].create({"picking_id": delivery.id})
        wizard.product_return_moves.write({"quantity": 1, "to_refund": True})
        back = wizard._create_return()
        back.move_ids.picked = True
        back.with_context(skip_sms=True).button_validate()
        note = sale._create_invoices(final=True)
        self.assertEqual(note.move_type, "out_refund")
        self.assertFalse(note.invoice_date or note.amazon_invoice_number)
        note.action_post()
        self.assertEqual(note.invoice_date, fields.Date.context_today(note))
        self.assertTrue(note._is_invoiced_by_amazon())

    def test_report_changes_no_invoice(self):
        sale = self.buy("KA", by="AMAZON")
        invoice = self.post(sale)
        sale._release_after_mtr("KA-1001", self.karnataka)
        self.assertEqual(self.get_gst(sale), {"igst": 1801})
        self.assertEqual(self.get_gst(invoice), {"igst": 1801})

    def test_real_rates_follow_the_warehouse(self):
        self.channel.gst_taxes = "real"
        sale = self.buy("KA", by="AMAZON")
        rates = {tax.amount for tax, _amount in self.get_tax_amounts(sale)}
        self.assertEqual(rates, {18.0})
        sale._release_after_mtr(ship_from=self.karnataka)
        parts = {
            (tax.amount, round(part, 2)) for tax, part in self.get_tax_amounts(sale)
        }
        self.assertEqual(parts, {(9.0, 9.01), (9.0, 9.0)})
        self.assertAlmostEqual(sale.amount_total, 118.01)

    def test_no_second_e_invoice(self):
        """Amazon has issued the invoice: Odoo proposes no e-invoice of it."""
        own, sale = self.buy("KA", 1), self.buy("KA", 2, by="AMAZON")
        sale._release_after_mtr("MH-1001")
        moves = [self.post(own), self.post(sale)]
        self.assertEqual(moves[1].amazon_invoice_number, "MH-1001")
        Send = self.env["account.move.send"]
        edis = {"in_edi_send": {"is_applicable": lambda move: True}}
        with patch.object(type(Send), "_get_all_extra_edis", lambda self: edis):
            found = [Send._get_default_extra_edis(move) for move in moves]
            self.assertEqual(found, [{"in_edi_send"}, set()])
            # Amazon issues the credit note, too.
            back = [move._reverse_moves() for move in moves]
            found = [Send._get_default_extra_edis(move) for move in back]
            self.assertEqual(found, [{"in_edi_send"}, set()])
            # The report told of it when it was invoiced already.
            own._release_after_mtr("MH-1002")
            self.assertFalse(Send._get_default_extra_edis(moves[0]))
            self.assertFalse(Send._get_default_extra_edis(back[0]))
