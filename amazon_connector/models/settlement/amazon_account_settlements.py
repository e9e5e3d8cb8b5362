# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.tools import formatLang

LABELS_ALERT = "settlement labels"
MOST_LABELS = 10
SHIPPED = ("SHIPPED", "PARTIALLY_SHIPPED")


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    settlement_keep_months = fields.Integer(
        "Keep Settlement Files (Months)",
        default=18,
        help="Amazon deletes the files after 90 days. 0: keep them forever. Rows and "
        "journal entries are always kept.",
    )

    settlement_auto_post = fields.Boolean(
        "Post Settlements Automatically",
        help="Once a first settlement was posted by hand, later ones are posted and "
        "matched automatically. Otherwise they wait as drafts.",
    )

    settlement_balances = fields.Char(
        "Balance at Amazon",
        readonly=True,
        copy=False,
        help="Everything that Amazon holds for this account, as stated by Amazon at "
        "the last settlements sync.",
    )

    settlement_owed = fields.Char(
        "Shipped, Not Settled",
        compute="_compute_settlement_owed",
        compute_sudo=True,
        help="Amazon's total of the orders that were shipped since the first "
        "settlement and that no settlement has paid yet.",
    )

    def _compute_settlement_owed(self):
        for account in self:
            groups = self.env["amazon.order"]._read_group(
                account._get_owed_domain(), ["currency_id"], ["amount_total:sum"]
            )
            account.settlement_owed = "; ".join(
                formatLang(self.env, amount, currency_obj=currency)
                for currency, amount in groups
                if currency
            )

    def _get_owed_domain(self):
        """Which orders Amazon still has to pay."""
        self.ensure_one()
        first = self.env["amazon.settlement"].search(
            [("account_id", "=", self.id)], order="start_time", limit=1
        )
        return [
            ("account_id", "=", self.id),
            ("fulfillment_status", "in", SHIPPED),
            ("purchase_time", ">=", first.start_time or fields.Datetime.now()),
            ("settlement_row_ids", "=", False),
        ]

    def action_open_owed(self):
        """Open the shipped orders that no settlement has paid.

        :return: an action
        """
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_order_action"
        )
        action["domain"] = self.sudo()._get_owed_domain()
        action["context"] = {}
        return action

    def _note_balances(self, totals):
        """Keep what Amazon holds for the seller.

        :param totals: ``{currency: Decimal}``
        """
        self.ensure_one()
        texts = [f"{code} {amount:,.2f}" for code, amount in sorted(totals.items())]
        self.settlement_balances = "; ".join(texts)

    def unlink(self):
        """Override: raw files are attachments, which go with no row of a table."""
        attachments = self.sudo()._find_settlement_attachments()
        result = super().unlink()
        attachments.unlink()
        return result

    def _find_settlement_attachments(self):
        files = self.env["amazon.settlement.file"]
        return files.search([("account_id", "in", self.ids)]).attachment_id

    def _delete_settlement_files(self):
        """Delete the raw files, before the rows that own them are deleted by SQL."""
        self._find_settlement_attachments().unlink()

    def _tell_unknown_labels(self):
        """Have one to-do that names the labels nobody knows, while there are any."""
        groups = (
            self.env["amazon.settlement.row"]
            .sudo()
            ._read_group(
                [("account_id", "in", self.ids), ("bucket", "=", "unknown")],
                ["settlement_id", "transaction_type", "description"],
            )
        )
        for account in self:
            labels = sorted(
                {
                    f"{kind} / {text}".strip(" /")
                    for settlement, kind, text in groups
                    if settlement.account_id == account
                }
            )
            if not labels:
                account._clear_alert(LABELS_ALERT)
                continue
            shown = "; ".join(labels[:MOST_LABELS])
            if len(labels) > MOST_LABELS:
                shown += "; …"
            account._raise_alert(
                self.env._("Amazon settlements: labels to clarify"),
                self.env._(
                    "Amazon's settlements contain labels that the connector does not "
                    "know: %s. Open the settlement, press To Clarify and choose a "
                    "category for each: your choice applies to all settlements.",
                    shown,
                ),
                key=LABELS_ALERT,
            )
