# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...sp_api import fold_label, read_label
from ...tools.context import drop_caller_context

BUCKETS = [
    ("sale", "Sales"),
    ("refund", "Refunds"),
    ("facilitator", "Tax Amazon collects"),
    ("tcs", "TCS withheld"),
    ("tds", "TDS withheld"),
    ("fee", "Fees"),
    ("fee_tax", "Tax on fees"),
    ("income", "Reimbursements"),
    ("reserve", "Reserve"),
    ("balance", "Balance movements"),
    ("failed", "Failed payouts"),
    ("payout", "Payout repeated"),
    ("unknown", "To be clarified"),
]
FEE_TYPES = [
    ("commission", "Commission"),
    ("fulfilment", "Fulfilment by Amazon"),
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
    transaction_type = fields.Char(help="Amazon's word; empty: any.")
    amount_type = fields.Char(help="Amazon's word; empty: any.")
    description = fields.Char(
        "Amount Description", help="Amazon's label of the row; empty: any."
    )
    key = fields.Char(compute="_compute_key", store=True, precompute=True)
    bucket = fields.Selection(BUCKETS, "Is", required=True, default="fee")
    fee_type = fields.Selection(FEE_TYPES, "Kind of Fee", default="other")
    account_id = fields.Many2one(
        "account.account",
        check_company=True,
        help="Where such rows are booked; empty: the account of what they are.",
    )

    _key_unique = models.UniqueIndex(
        "(company_id, key) WHERE active", "There is a rule for this label already."
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
                    self.env._("A rule names at least one of Amazon's labels.")
                )

    @api.constrains("bucket")
    def _check_bucket(self):
        if "payout" in self.mapped("bucket"):
            raise ValidationError(
                self.env._("Only Amazon says which row repeats the payout.")
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
        fee_type = rule.fee_type if rule.bucket in ("fee", "fee_tax") else None
        return rule.bucket, fee_type, rule.id

    # ------------------------------------------------------------------
    # A decision counts at once
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """What waits for this decision is told apart anew."""
        rules = super().create(vals_list)
        rules._follow_decision()
        return rules

    def write(self, vals):
        """What was told apart by the former decision is told apart anew."""
        result = super().write(vals)
        self._follow_decision()
        return result

    def unlink(self):
        """Its rows are what they would be without it."""
        companies = self.company_id
        result = super().unlink()
        self._classify_settlements(companies)
        return result

    def _follow_decision(self):
        self._classify_settlements(self.company_id)

    @api.model
    def _classify_settlements(self, companies):
        settlements = drop_caller_context(self.env["amazon.settlement"].sudo())
        settlements._classify_again(companies.sudo())
