# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a connection needs, and whether it is there."""

from dataclasses import dataclass

from odoo import api, fields, models


@dataclass(frozen=True)
class Check:
    """One prerequisite.

    :param level: ``ok``, ``warn`` (goes without) or ``block``
    :param text: what is found, and what to do
    :param url: where it is remedied, if the user may; ``label`` says what is there
    """

    level: str
    title: str
    text: str
    url: str = ""
    label: str = ""


class AmazonOnboarding(models.TransientModel):
    _inherit = "amazon.onboarding"

    is_professional = fields.Boolean(
        "We have a Professional selling account",
        help="Amazon gives no access to its API with an Individual plan.",
    )
    checks = fields.Html(compute="_compute_checks", sanitize=False)
    is_blocked = fields.Boolean(compute="_compute_checks")

    @api.depends("company_id", "region", "marketplace_ids", "is_professional", "method")
    def _compute_checks(self):
        for setup in self:
            checks = setup._get_checks()
            setup.is_blocked = any(check.level == "block" for check in checks)
            setup.checks = self.env["ir.qweb"]._render(
                "amazon_connector.onboarding_checks", {"checks": checks}
            )

    def _get_checks(self):
        """The prerequisites of this set-up, as a list of Check."""
        self.ensure_one()
        return [
            *self._check_begun(),
            self._check_plan(),
            *self._check_currencies(),
            self._check_taxes(),
            self._check_warehouse(),
            self._check_roles(),
            self._check_address(),
        ]

    def _get_remedy(self, action, model, label):
        """``url`` and ``label`` of a window that the user may use, else a hint."""
        if self.env[model].has_access("write"):
            return {"url": f"/odoo/action-{action}", "label": label}
        return {"label": self.env._("Ask your administrator: %s", label)}

    def _check_begun(self):
        """Name the set-ups that were left half-way, so that none is begun twice."""
        begun = self.env["amazon.account"].search(
            [
                ("id", "!=", self.account_id.id),
                ("company_id", "=", self.company_id.id),
                ("region", "=", self.region),
                ("state", "=", "draft"),
                ("setup_pending", "=", True),
            ]
        )
        return [
            Check(
                "warn",
                self.env._("Started earlier"),
                self.env._(
                    "%(account)s is not connected yet. Continue on that account; here "
                    "you connect another seller.",
                    account=account.name,
                ),
                url=f"/odoo/amazon-accounts/{account.id}",
                label=account.name,
            )
            for account in begun
        ]

    def _check_plan(self):
        title = self.env._("Professional selling account")
        if self.is_professional:
            return Check(
                "ok",
                title,
                self.env._("When connecting, Odoo asks Amazon for it."),
            )
        return Check(
            "block",
            title,
            self.env._(
                "Amazon's API needs an active Professional plan. Look in Seller "
                "Central under Settings > Account Info > Your Services, then tick "
                "the box above."
            ),
            url=self.marketplace_ids[:1].seller_central_url or "",
            label="Seller Central",
        )

    def _check_currencies(self):
        """One check per currency of the chosen marketplaces; S50."""
        title = self.env._("Currency")
        if not self.marketplace_ids:
            text = self.env._("Choose at least one marketplace.")
            return [Check("block", self.env._("Marketplaces"), text)]
        own = self.company_id.currency_id
        checks = []
        for currency in self.marketplace_ids.currency_id:
            names = ", ".join(
                self.marketplace_ids.filtered(
                    lambda marketplace, c=currency: marketplace.currency_id == c
                ).mapped("name")
            )
            if currency == own:
                text = self.env._(
                    "%(names)s sells in %(currency)s, like %(company)s.",
                    names=names,
                    currency=currency.name,
                    company=self.company_id.name,
                )
                checks.append(Check("ok", title, text))
                continue
            text = self.env._(
                "%(names)s sells in %(currency)s, and %(company)s keeps its books in "
                "%(own)s. That works: Odoo creates a pricelist in %(currency)s for "
                "these orders.",
                names=names,
                currency=currency.name,
                company=self.company_id.name,
                own=own.name,
            )
            if not currency.with_company(self.company_id).rate_ids:
                text += " " + self.env._("Enter an exchange rate before you invoice.")
            remedy = self._get_remedy(
                "base.action_currency_form",
                "res.currency",
                self.env._("Currencies and rates"),
            )
            checks.append(Check("warn", title, text, **remedy))
        return checks

    def _check_taxes(self):
        return self._get_company_check(self.env._("Sales taxes"), "_judge_amazon_taxes")

    def _check_warehouse(self):
        title = self.env._("Warehouse")
        return self._get_company_check(title, "_judge_amazon_warehouse")

    def _get_company_check(self, title, judge):
        """A Check of what every way to connect asks of the company."""
        level, text, place = getattr(self.company_id, judge)()
        names = {
            "taxes": self.env._("Taxes"),
            "settings": self.env._("Settings"),
            "warehouses": self.env._("Warehouses"),
        }
        remedies = {
            "taxes": ("account.action_tax_form", "account.tax"),
            "settings": ("account.action_account_config", "res.config.settings"),
            "warehouses": ("stock.action_warehouse_form", "stock.warehouse"),
        }
        if level == "ok":
            return Check(level, title, text)
        remedy = self._get_remedy(*remedies[place], names[place])
        return Check(level, title, text, **remedy)

    def _check_roles(self):
        """Amazon tells which roles an application has by what it refuses."""
        return Check(
            "warn",
            self.env._("Roles of your application at Amazon"),
            self.env._(
                "Needed: Inventory and Order Tracking (orders, reports), Product "
                "Listing (listings, stock), Selling Partner Insights (marketplaces, "
                "plan). If Amazon ships for you: Amazon Fulfillment. For settlements: "
                "Finance and Accounting. Restricted roles, which need Amazon's "
                "approval: Direct-to-Consumer Shipping provides names and addresses "
                "of buyers, Tax Invoicing the tax numbers of business buyers. Without "
                "these, orders come in with country and state only. When it connects, "
                "Odoo shows what is missing."
            ),
            url="/amazon_connector/help#roles",
            label=self.env._("How to set them"),
        )

    def _check_address(self):
        title = self.env._("Public https address")
        if self.method != "consent":
            text = self.env._(
                "Not needed: you authorize the application yourself. Only Amazon's "
                "consent page needs it."
            )
            return Check("ok", title, text)
        address = self.env["amazon.account"].get_base_url()
        text = self.env._("Amazon sends you back to %(url)s.", url=address)
        if address.startswith("https://") or self.environment == "custom":
            return Check("ok", title, text)
        text += " " + self.env._(
            "Amazon's consent page accepts https only. Set the system parameter "
            "web.base.url to your https address, or choose to authorize the "
            "application yourself."
        )
        return Check(
            "block",
            title,
            text,
            **self._get_remedy(
                "base.ir_config_list_action",
                "ir.config_parameter",
                self.env._("System parameters"),
            ),
        )
