# SPDX-License-Identifier: LGPL-3.0-or-later
"""What an account keeps of its buyers, until when, and what was deleted."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...const import MAX_BUYER_DATA_DAYS

DELETION_ALERT = "buyer data deletion"
# The latest of these counts for an order that Amazon never closes.
OPEN_SINCE = ("last_updated_time", "ship_by", "deliver_by")


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    redaction_ids = fields.One2many("amazon.redaction", "account_id", "Deletions")
    buyer_data_count = fields.Integer(
        "Orders with Buyers' Data", compute="_compute_buyer_data", compute_sudo=True
    )
    buyer_data_due = fields.Datetime(
        "Next Deletion", compute="_compute_buyer_data", compute_sudo=True
    )
    buyer_data_late = fields.Integer(
        "Deletion Overdue", compute="_compute_buyer_data", compute_sudo=True
    )

    def _compute_buyer_data(self):
        Order = self.env["amazon.order"]
        kept = self.env["amazon.order.pii"]
        for account in self:
            account.buyer_data_count = kept.search_count(
                [("order_id.account_id", "=", account.id)]
            )
            first = Order.search(
                [
                    ("account_id", "=", account.id),
                    ("redacted_on", "=", False),
                    ("closed_on", "!=", False),
                ],
                order="closed_on",
                limit=1,
            ).closed_on
            account.buyer_data_due = first and first + account._get_keeping()
            account.buyer_data_late = account._count_late()

    def _get_keeping(self):
        """How long data are kept: the run before the last allowed day counts."""
        self.ensure_one()
        return timedelta(days=min(self.buyer_data_days, MAX_BUYER_DATA_DAYS - 1))

    def _get_deletion_limit(self):
        """What was closed until then has to go."""
        return fields.Datetime.now() - self._get_keeping()

    def _count_late(self):
        """How many orders' data should have gone with a run a day ago, or before."""
        self.ensure_one()
        orders = self.env["amazon.order"].sudo()
        return orders.search_count(self._get_deletion_late_domain())

    def _get_deletion_late_domain(self):
        """The orders of these accounts whose data should have gone a day ago."""
        late = Domain.OR(
            Domain("account_id", "=", account.id)
            & _since_before(account._get_deletion_limit() - timedelta(days=1))
            for account in self
        )
        return late & Domain("redacted_on", "=", False)

    @api.model
    def _check_all_deletions(self):
        """Raise or close each account's activity about late deletion."""
        accounts = self.sudo().with_context(active_test=False)
        for account in accounts.search([]):  # pylint: disable=no-search-all
            account._check_deletion()

    def _check_deletion(self):
        self.ensure_one()
        late = self._count_late()
        if not late:
            self._clear_alert(DELETION_ALERT)
            return
        self._raise_alert(
            self.env._("Buyers' data should be deleted"),
            self.env._(
                "Orders whose buyers' data should have been deleted by now: "
                "%(orders)s. Check that the scheduled action \"Amazon: delete buyers' "
                'data" is active and does not fail, or run it by hand.',
                orders=late,
            ),
            key=DELETION_ALERT,
        )


def _since_before(moment):
    """A domain: the time to keep an order's data began until then; see `_claim_due`."""
    told = Domain.OR(Domain(name, "!=", False) for name in OPEN_SINCE)
    over = Domain.AND(
        Domain(name, "=", False) | Domain(name, "<=", moment) for name in OPEN_SINCE
    )
    never_closed = over & (told | Domain("create_date", "<=", moment))
    return Domain("closed_on", "<=", moment) | (
        Domain("closed_on", "=", False) & never_closed
    )
