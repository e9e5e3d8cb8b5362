# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...sp_api import fold_label, read_label
from ...tools.context import drop_caller_context

BUCKETS = [
    ("sale", "Sales"),
    ("refund", "Refunds"),
    ("facilitator", "Tax collected by Amazon"),
    ("tcs", "TCS withheld"),
    ("tds", "TDS withheld"),
    ("fee", "Fees"),
    ("fee_tax", "Tax on fees"),
    ("income", "Reimbursements"),
    ("reserve", "Reserve"),
    ("balance", "Balance movements"),
    ("failed", "Failed payouts"),
    ("payout", "Repeated payout"),
    ("unknown", "To Clarify"),
]
FEE_TYPES = [
    ("commission", "Commission"),
    ("fulfilment", "Fulfillment by Amazon"),
    ("closing", "Closing fees"),
    ("shipping", "Shipping"),
    ("storage", "Storage"),
    ("inbound", "Inbound transport"),
    ("removal", "Removals"),
    ("advertising", "Advertising"),
    ("subscription", "Subscription"),
    ("deals", "Deals and coupons"),
    ("other", "Other fees"),
]
LABELS = ("transaction_type", "amount_type", "description")
FEES = ("fee", "fee_tax")


class AmazonSettlementRule(models.Model):
    """What a company decided a label of Amazon's settlements to be.

    Labels that the connector knows need no rule (``sp_api.settlement_labels``); a rule
    overrules it. Of several rules that fit a row, the one that names most of it counts.
    """

    _name = "amazon.settlement.rule"
    _description = "Amazon Settlement Rule"
    _inherit = "amazon.binding"
    _order = "transaction_type, amount_type, description, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(default=True)
    transaction_type = fields.Char(help="Amazon's term. Empty: any.")
    amount_type = fields.Char(help="Amazon's term. Empty: any.")
    description = fields.Char(
        "Amount Description", help="Amazon's label of the row. Empty: any."
    )
    key = fields.Char(compute="_compute_key", store=True, precompute=True)
    bucket = fields.Selection(BUCKETS, "Category", required=True, default="fee")
    fee_type = fields.Selection(FEE_TYPES, "Kind of Fee", default="other")
    account_id = fields.Many2one(
        "account.account",
        check_company=True,
        help="Account for these rows. Empty: the account of their category.",
    )
    tax_ids = fields.Many2many(
        "account.tax",
        string="Purchase Taxes",
        check_company=True,
        context={"active_test": False},
        domain="[('type_tax_use', '=', 'purchase')]",
        help="For fees: taxes that the amount includes; the fee is booked without "
        "them. For tax on fees: the rows are these taxes on the fees whose rule "
        "has the same taxes. Empty: the tax is part of the expense.",
    )

    _key_unique = models.UniqueIndex(
        "(company_id, key) WHERE active", "There is already a rule for this label."
    )

    @api.depends(*LABELS)
    def _compute_key(self):
        for rule in self:
            rule.key = "\t".join(fold_label(rule[name]) for name in LABELS)

    @api.depends(*LABELS)
    def _compute_display_name(self):
        for rule in self:
            told = filter(None, (rule[name] for name in LABELS))
            rule.display_name = " / ".join(told)

    @api.constrains("key")
    def _check_labels(self):
        for rule in self:
            if not rule.key.strip():
                raise ValidationError(
                    self.env._("A rule needs at least one of Amazon's labels.")
                )

    @api.constrains("bucket")
    def _check_bucket(self):
        if "payout" in self.mapped("bucket"):
            raise ValidationError(
                self.env._(
                    "The category Repeated payout can only be set by Amazon's file."
                )
            )

    @api.constrains("tax_ids", "bucket")
    def _check_taxes(self):
        for rule in self:
            taxes = rule.tax_ids.flatten_taxes_hierarchy()
            if taxes and rule.bucket not in FEES:
                raise ValidationError(self.env._("Only fees can have purchase taxes."))
            if others := rule.tax_ids.filtered(
                lambda tax: tax.type_tax_use != "purchase"
            ):
                raise ValidationError(
                    self.env._(
                        "%s is not a purchase tax.",
                        ", ".join(others.mapped("display_name")),
                    )
                )
            if "on_payment" in taxes.mapped("tax_exigibility"):
                raise ValidationError(
                    self.env._(
                        "A fee is paid when it is booked. Choose a tax that is due on "
                        "the invoice, not on payment."
                    )
                )
            if rule.bucket == "fee_tax" and any(taxes.mapped("has_negative_factor")):
                raise ValidationError(
                    self.env._(
                        "A reverse charge is not paid to Amazon: set it in the rule "
                        "of the fee."
                    )
                )

    @api.model
    def _read_labels(self, company, labels):
        """What labels mean to a company.

        :param labels: ``[(transaction type, amount type, description)]``
        :return: ``{labels: (bucket, fee type or None, rule id or None)}``
        """
        rules = self.search([("company_id", "=", company.id)])
        told = [(tuple(rule.key.split("\t")), rule) for rule in rules]
        return {label: self._read_label(label, told) for label in labels}

    @api.model
    def _read_label(self, label, rules):
        folded = tuple(map(fold_label, label))
        fitting = [
            (sum(map(bool, key)), bool(key[2]), -rule.id, rule)
            for key, rule in rules
            if all(
                not part or part == own for part, own in zip(key, folded, strict=True)
            )
        ]
        if not fitting:
            return (*read_label(*label), None)
        rule = max(fitting)[-1]
        fee_type = (rule.fee_type or "other") if rule.bucket in FEES else None
        return rule.bucket, fee_type, rule.id

    # ------------------------------------------------------------------
    # A decision counts at once
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """What waits for this decision is told apart anew."""
        rules = super().create(vals_list)
        self._classify_settlements(rules.company_id)
        return rules

    def write(self, vals):
        """What was told apart by the former decision is told apart anew."""
        companies = self.company_id
        result = super().write(vals)
        elsewhere = {"account_id", "tax_ids"} & set(vals)
        self._classify_settlements(
            companies | self.company_id, self if elsewhere else self.browse()
        )
        return result

    def unlink(self):
        """Its rows are what they would be without it."""
        companies = self.company_id
        result = super().unlink()
        self._classify_settlements(companies)
        return result

    @api.model
    def _classify_settlements(self, companies, moved=()):
        """
        :param moved: rules whose rows are booked elsewhere from now on
        """
        settlements = drop_caller_context(self.env["amazon.settlement"].sudo())
        settlements._classify_again(companies.sudo(), moved)
