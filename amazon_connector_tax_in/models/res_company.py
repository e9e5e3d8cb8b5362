# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import Decimal

from odoo import Command, api, models
from odoo.exceptions import UserError

from ..gst.buyers import INDIA
from ..gst.kinds import choose_kinds
from ..gst.rates import SPECIAL_RATES, USUAL_RATES
from .account_tax import GST_ROLES

# What the Indian chart has for each kind of GST: group of taxes, account, names of the
# tags for tax and base.
_CHART = {
    "igst": ("igst_group", "p11234", "igst"),
    "cgst": ("cgst_group", "p11233", "cgst"),
    "sgst": ("sgst_group", "p11232", "sgst"),
    "utgst": ("sgst_group", "p11232", "sgst"),
}
# What taxes of one kind have in common, whatever their rates.
_OF_A_KIND = (
    "company_id",
    "country_id",
    "type_tax_use",
    "amount_type",
    "tax_group_id",
    "price_include_override",
    "l10n_in_tax_type",
    "l10n_in_reverse_charge",
    "l10n_in_is_lut",
    "amazon_role",
)


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.private
    def _pays_gst(self):
        """Whether this company's taxes are India's."""
        return (self.account_fiscal_country_id or self.country_id).code == INDIA

    @api.private
    def _has_gst_chart(self):
        """Whether the Indian chart of accounts is installed, with what GST needs."""
        return all(self._get_chart_record(row[0]) for row in _CHART.values())

    @api.private
    def _get_amazon_tax_roles(self):
        """Override of `amazon_connector`: the kinds of GST."""
        roles = super()._get_amazon_tax_roles()
        if self._pays_gst() and self._has_gst_chart():
            roles += [role for role, _label in GST_ROLES]
        return roles

    @api.private
    def _parts_buyers_by_tax_number(self):
        """Override of `amazon_connector`: who buys with a GSTIN and without it is a
        business and a consumer."""
        return super()._parts_buyers_by_tax_number() or self._pays_gst()

    def _prepare_amazon_tax(self, role):
        """Override of `amazon_connector`: GST at zero percent, with the chart's groups,
        accounts and tags of the real one."""
        if role not in _CHART:
            return super()._prepare_amazon_tax(role)
        group, account, tag = _CHART[role]
        vals = {
            **super()._prepare_amazon_tax("stated"),
            "name": self.env._("%s 0%% (Amazon)", role.upper()),
            "invoice_label": role.upper(),
            "amazon_role": role,
            "tax_group_id": self._get_chart_record(group).id,
            "l10n_in_tax_type": "gst",
        }
        lines = [
            Command.create(line)
            for line in (
                {
                    "repartition_type": "base",
                    "tag_ids": self._get_tags(f"tax_tag_base_{tag}"),
                },
                {
                    "repartition_type": "tax",
                    "account_id": self._get_chart_record(account).id,
                    "tag_ids": self._get_tags(f"tax_tag_{tag}"),
                },
            )
        ]
        for document in ("invoice", "refund"):
            vals[f"{document}_repartition_line_ids"] = lines
        return vals

    @api.private
    def _choose_gst_kinds(self, ship_from, ship_to):
        """The kinds of GST between two states: roles of taxes (S72, S73, S74).

        :param ship_to: the state of delivery; empty, IGST
        """
        codes = [
            state.code if state.country_id.code == INDIA else None
            for state in (ship_from, ship_to)
        ]
        return choose_kinds(*codes)

    @api.private
    def _get_ship_from_state(self, warehouse, shipping):
        """The state that goods leave from; for FBA the seller's, provisionally.

        :param shipping: who ships, as `sale.order.amazon_shipping` says it
        """
        if shipping == "amazon":
            return self.state_id
        return warehouse.partner_id.state_id or self.state_id

    @api.private
    def _get_gst_registration(self, state):
        """The registration (`amazon.gst.registration`) of what leaves a state; empty
        for a company that has entered none. A branch's own comes before its parent's.
        """
        registrations = self.env["amazon.gst.registration"].sudo()
        domain = [
            ("company_id", "in", self.parent_ids.ids),
            ("state_id", "=", state.id),
        ]
        found = registrations.search(domain) if state else registrations
        return found.sorted(lambda one: -len(one.company_id.parent_ids))[:1]

    @api.private
    def _get_real_gst(self, rate, within_state):
        """The tax of a rate, switched on if need be; None without one.

        It is the chart's; of the rates that the chart lacks, a copy of its 5 %.
        """
        kind = "sgst" if within_state else "igst"
        tax = self._get_chart_record(f"{kind}_sale_{float(rate):g}")
        if not tax and rate in SPECIAL_RATES:
            tax = self._find_or_create_gst(kind, float(rate))
        if not tax:
            return None
        kinds = tax.with_context(active_test=False).children_tax_ids
        inactive = (tax | kinds).filtered(lambda one: not one.active)
        if inactive:
            inactive.active = True
        return tax

    # ------------------------------------------------------------------
    # The usual taxes
    # ------------------------------------------------------------------

    def _get_usual_gst(self):
        """The chart's taxes of the usual rates: within and between states, of sales
        and purchases, with the halves that they are made of; and those of no GST."""
        names = [
            f"{kind}_{use}_{rate:g}"
            for kind in ("sgst", "igst")
            for use in ("sale", "purchase")
            for rate in map(float, USUAL_RATES)
        ]
        names += ["nil_rated_sale", "exempt_sale"]
        Tax = self.env["account.tax"].sudo().with_context(active_test=False)
        taxes = Tax.union(*filter(None, map(self._get_chart_record, names)))
        return taxes | taxes.children_tax_ids

    @api.private
    def _has_switched_on_gst(self):
        """Whether this company counts as registered and has its usual taxes."""
        taxes = self._get_usual_gst()
        registered = self.sudo().l10n_in_is_gst_registered
        return registered and bool(taxes) and all(taxes.mapped("active"))

    def _switch_on_gst(self):
        """Have the usual GST taxes active, as Odoo's own *Registered Under GST* does.

        As superuser: who connects Amazon need not be an accountant. What is active
        stays as it is, so it may be called again; a default tax that somebody chose
        stays, too.

        :return: what was done, in words
        :raises UserError: without the Indian chart of accounts
        """
        self.ensure_one()
        if not self._has_gst_chart():
            raise UserError(
                self.env._(
                    "%s has no Indian chart of accounts yet: choose it under Invoicing "
                    "> Configuration > Settings > Fiscal Localization, then come back.",
                    self.name,
                )
            )
        taxes = self._get_usual_gst()
        inactive = taxes.filtered(lambda tax: not tax.active)
        owner = self.sudo().root_id
        told = []
        if not owner.l10n_in_is_gst_registered:
            owner._register_for_gst()
            told.append(
                self.env._("%s counts as Registered Under GST now.", owner.name)
            )
        inactive.filtered(lambda tax: not tax.active).active = True
        shown = inactive.filtered(lambda tax: tax.type_tax_use != "none")
        if shown:
            names = ", ".join(shown.sorted("id").mapped("name"))
            told.append(self.env._("Switched on: %s.", names))
        if not told:
            return self.env._("The usual GST taxes are switched on already.")
        if not self.vat:
            told.append(self.env._("Enter the company's GSTIN, too."))
        return " ".join(told)

    def _register_for_gst(self):
        """Tick *Registered Under GST*; it would overrule default taxes."""
        chosen = {
            name: self[name]
            for name in ("account_sale_tax_id", "account_purchase_tax_id")
            if self[name].active
        }
        self.l10n_in_is_gst_registered = True
        self.write({name: tax.id for name, tax in chosen.items()})

    @api.private
    def _get_chosen_rate(self, product):
        """The rate of GST that somebody chose for a product: 0 for none at all.

        None where nobody did: without a tax, with several, and with just the default
        that every new product gets. The chart's is 5 %, whatever is sold.
        """
        taxes = product.taxes_id._filter_taxes_by_company(self)
        if len(taxes) != 1 or taxes == self._get_default_sale_tax():
            return None
        return Decimal(str(taxes.amount))

    def _get_default_sale_tax(self):
        return self.account_sale_tax_id or self.root_id.sudo().account_sale_tax_id

    def _find_or_create_gst(self, kind, rate):
        """A tax named and made as the chart's of 5 %, with another rate.

        Between states it takes the place of the one within, as the chart's own do.
        """
        model = self._get_chart_record(f"{kind}_sale_5")
        if not model:
            return None
        if kind == "igst":
            within = self._find_or_create_gst("sgst", rate)
            return self._find_or_copy_tax(model, rate, original_tax_ids=within)
        halves = model.with_context(active_test=False).children_tax_ids
        copies = self.env["account.tax"].union(
            *(self._find_or_copy_tax(half, rate / 2) for half in halves)
        )
        return self._find_or_copy_tax(model, rate, children_tax_ids=copies)

    def _find_or_copy_tax(self, model, rate, **links):
        """The tax that differs from a model in its rate only; made if there is none.

        :param links: the taxes that it refers to in the place of the model's
        """
        taxes = model.with_company(self).with_context(active_test=False)
        alike = [(name, "=", _get_value(model, name)) for name in _OF_A_KIND]
        known = taxes.search([("amount", "=", rate), *alike]).filtered(
            lambda tax: (
                tax.repartition_line_ids.tag_ids == model.repartition_line_ids.tag_ids
                and all(tax[name] == links[name] for name in links)
            )
        )
        if known:
            return known[0]
        return taxes.copy(
            {
                **self._prepare_copied_texts(model, rate),
                "replacing_tax_ids": [Command.clear()],
                **{name: [Command.set(links[name].ids)] for name in links},
                "amount": rate,
                "active": True,
            }
        )

    def _prepare_copied_texts(self, model, rate):
        former = f"{model.amount:g}%"
        name, label = (
            (model[field] or "").replace(former, f"{rate:g}%")
            for field in ("name", "invoice_label")
        )
        namesake = [("company_id", "=", model.company_id.id), ("name", "=", name)]
        if model.with_context(active_test=False).search_count(namesake, limit=1):
            name = self.env._("%s (Amazon)", name)
        return {"name": name, "invoice_label": label}

    def _get_chart_record(self, name):
        """A record of this company's chart of accounts, None without one."""
        template = self.env["account.chart.template"].sudo().with_company(self)
        return template.ref(name, raise_if_not_found=False)

    def _get_tags(self, name):
        return [Command.set(self.env.ref(f"l10n_in.{name}").ids)]


def _get_value(record, name):
    """A field's value as domains want it."""
    value = record[name]
    return value.id if isinstance(value, models.BaseModel) else value
