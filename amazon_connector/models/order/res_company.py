# SPDX-License-Identifier: LGPL-3.0-or-later
import itertools

from odoo import Command, api, fields, models
from odoo.tools import SQL

CUSTOMER_SEQUENCE = "amazon.customer"
CUSTOMER_PREFIX = "AMZ"


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "amazon.guard"]

    amazon_outside_location_id = fields.Many2one(
        "stock.location",
        "Shipped Outside Odoo",
        check_company=True,
        copy=False,
        readonly=True,
    )

    # ------------------------------------------------------------------
    # Numbers of customers
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override: each company numbers its customers on Amazon itself."""
        companies = super().create(vals_list)
        companies.sudo()._create_amazon_sequences()
        return companies

    @api.model
    def _create_missing_amazon_sequences(self):
        """For companies that were there before the connector."""
        Sequence = self.env["ir.sequence"].sudo().with_context(active_test=False)
        known = Sequence.search([("code", "=", CUSTOMER_SEQUENCE)]).company_id
        companies = self.sudo().with_context(active_test=False)
        companies.search([("id", "not in", known.ids)])._create_amazon_sequences()

    def _create_amazon_sequences(self):
        """Standard sequences: no transaction waits for another one's numbers."""
        return self.env["ir.sequence"].create(
            [
                {
                    "name": self.env._("Customers on Amazon"),
                    "code": CUSTOMER_SEQUENCE,
                    "company_id": company.id,
                    "prefix": CUSTOMER_PREFIX,
                    "padding": 6,
                    "number_next": company._get_last_amazon_number() + 1,
                }
                for company in self
            ]
        )

    def _get_last_amazon_number(self):
        """The highest number that this company's customers have, 0 without one; also
        those that a former installation of the connector left."""
        self.env["res.partner"].flush_model(["ref", "company_id"])
        self.env["amazon.customer"].flush_model(["number", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT max(substr(known.number, %s)::integer)
                  FROM (SELECT ref AS number, company_id FROM res_partner
                        UNION ALL
                        SELECT number, company_id FROM amazon_customer) AS known
                 WHERE known.company_id = %s AND known.number ~ %s
                """,
                len(CUSTOMER_PREFIX) + 1,
                self.id,
                rf"^{CUSTOMER_PREFIX}\d{{6,9}}$",
            )
        )
        return rows[0][0] or 0

    @api.private
    def _parts_buyers_by_tax_number(self):
        """Hook: whether a buyer has a contact of each tax number, and one without."""
        return False

    @api.private
    def _get_amazon_sequence(self):
        """The sequence of this company's customers on Amazon."""
        self.ensure_one()
        Sequence = self.env["ir.sequence"].sudo()
        domain = [("code", "=", CUSTOMER_SEQUENCE), ("company_id", "=", self.id)]
        found = Sequence.search(domain, limit=1)
        return found or self.sudo()._create_amazon_sequences()

    # ------------------------------------------------------------------
    # Locations and taxes
    # ------------------------------------------------------------------

    @api.private
    def _get_amazon_outside_location(self):
        """The location that goods shipped outside Odoo come from: it holds no stock."""
        self.ensure_one()
        company = self.sudo()
        if not company.amazon_outside_location_id:
            company.amazon_outside_location_id = (
                self.env["stock.location"]
                .sudo()
                .create(
                    {
                        "name": self.env._("Shipped outside Odoo"),
                        "usage": "inventory",
                        "company_id": self.id,
                    }
                )
            )
        return company.amazon_outside_location_id

    @api.private
    def _get_amazon_taxes(self):
        """``{role: tax}`` of this company's zero-percent taxes, made where missing.

        A percentage would be recomputed by Odoo; on zero percent the amount that
        Amazon states is pinned to the line and repeated by invoices and credit notes.
        """
        self.ensure_one()
        Tax = self.env["account.tax"].sudo().with_company(self)
        taxes = {
            tax.amazon_role: tax
            for tax in Tax.search(
                [("company_id", "=", self.id), ("amazon_role", "!=", False)]
            )
        }
        missing = [one for one in self._get_amazon_tax_roles() if one not in taxes]
        vals_list = [self._prepare_amazon_tax(role) for role in missing]
        made = Tax.create(
            [{**vals, "name": self._find_free_tax_name(vals)} for vals in vals_list]
        )
        taxes.update(zip(missing, made, strict=True))
        self.sudo()._mend_amazon_tax_accounts(taxes)
        return taxes

    def _find_free_tax_name(self, vals):
        """The name of a new tax, with a number where it is taken: by somebody's own
        tax, or by another branch's."""
        Tax = self.env["account.tax"].sudo().with_context(active_test=False)
        same = [
            ("company_id", "child_of", self.root_id.id),
            ("type_tax_use", "=", vals["type_tax_use"]),
        ]
        used = set(Tax.search(same).mapped("name"))
        numbered = (f"{vals['name']} {number}" for number in itertools.count(2))
        names = itertools.chain([vals["name"]], numbered)
        return next(name for name in names if name not in used)

    @api.private
    def _get_amazon_tax_roles(self):
        """Hook: the roles of ``account.tax`` that this company needs a tax for."""
        return ["stated", "facilitator"]

    def _prepare_amazon_tax(self, role):
        """Hook: values of the tax that carries Amazon's amounts of this role."""
        names = {
            "stated": self.env._("Amazon tax"),
            "facilitator": self.env._("Amazon tax, collected by Amazon"),
        }
        country = self.account_fiscal_country_id or self.country_id
        vals = {
            "name": names[role],
            "invoice_label": self.env._("Tax"),
            "amazon_role": role,
            "company_id": self.id,
            "country_id": (country or self.env.ref("base.us")).id,
            "amount_type": "percent",
            "amount": 0.0,
            "type_tax_use": "sale",
            "price_include_override": "tax_excluded",
            "sequence": 1000,
        }
        vals["tax_group_id"] = self._get_amazon_tax_group(vals["country_id"]).id
        account = self._get_amazon_tax_account(role)
        if account:
            for document in ("invoice", "refund"):
                vals[f"{document}_repartition_line_ids"] = [
                    Command.create({"repartition_type": "base"}),
                    Command.create(
                        {"repartition_type": "tax", "account_id": account.id}
                    ),
                ]
        return vals

    def _get_amazon_tax_group(self, country_id):
        Group = self.env["account.tax.group"].sudo().with_company(self)
        name = self.env._("Amazon Taxes")
        return Group.search(
            [
                ("company_id", "=", self.id),
                ("country_id", "=", country_id),
                ("name", "=", name),
            ],
            limit=1,
        ) or Group.create(
            {"name": name, "company_id": self.id, "country_id": country_id}
        )

    def _get_sales_tax_account(self):
        lines = self.account_sale_tax_id.flatten_taxes_hierarchy()
        return lines.invoice_repartition_line_ids.filtered(
            lambda line: line.repartition_type == "tax"
        ).account_id[:1]
