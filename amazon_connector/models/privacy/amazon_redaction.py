# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools.database import CONFLICTS

BATCH_SIZE = 500
# Customers are looked for on the whole tables: many at a time, and no list of all.
FOUND_SIZE = 40 * BATCH_SIZE
MAX_CONFLICTS = 10


class AmazonRedaction(models.Model):
    """The proof of one deletion of buyers' data: counts, no names.

    By the schedule, one per account and run that found anything; else who asked for it.
    """

    _name = "amazon.redaction"
    _description = "Amazon Deletion of Buyers' Data"
    _inherit = "amazon.binding"
    _closed = True
    _order = "id desc"
    _rec_name = "started_at"

    account_id = fields.Many2one(
        "amazon.account", ondelete="cascade", index="btree_not_null"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    trigger = fields.Selection(
        [
            ("schedule", "Schedule"),
            ("order", "One order, on request"),
            ("buyer", "One buyer, on request"),
            ("file", "Files, on request"),
        ],
        required=True,
        default="schedule",
    )
    subject = fields.Char(
        "About", help="Amazon's number of the order, or the number of the contact."
    )
    user_id = fields.Many2one("res.users", "Requested By")
    started_at = fields.Datetime("Started", required=True, default=fields.Datetime.now)
    ended_at = fields.Datetime(
        "Ended", help="Empty: it was interrupted. The next run continues."
    )
    order_count = fields.Integer("Orders")
    data_count = fields.Integer("Encrypted Data of Orders")
    customer_count = fields.Integer("Buyers and Addresses")
    reference_count = fields.Integer("Purchase Order Numbers")
    file_count = fields.Integer("Files")

    @api.model
    def _check_may_delete(self):
        """:raises AccessError: for those who may not decide on buyers' data"""
        if not self.env.user.has_group("amazon_connector.group_manager"):
            raise AccessError(
                self.env._("Only an Amazon manager can delete buyers' data.")
            )

    @api.model
    def _start(self, company, account, trigger, subject=False):
        return self.create(
            {
                "company_id": company.id,
                "account_id": account.id,
                "trigger": trigger,
                "subject": subject,
                "user_id": trigger != "schedule" and self.env.uid,
            }
        )

    def _count(self, counts):
        """Add to the counts, ``{field: number}``."""
        self.ensure_one()
        self.write({name: self[name] + number for name, number in counts.items()})

    def _finish(self):
        """Delete the decisions that nobody needs any more, and close the record."""
        self.env["amazon.place"]._drop_unused(self.company_id)
        self.ended_at = fields.Datetime.now()

    # ------------------------------------------------------------------
    # By the schedule
    # ------------------------------------------------------------------

    @api.model
    def _cron_redact(self):
        """Delete all that is due, batch by batch, until time is up; then say so."""
        orders = self.env["amazon.order"]
        if not self._run_batches(lambda last: (orders._close_former(BATCH_SIZE), last)):
            return
        accounts = self.env["amazon.account"].with_context(active_test=False)
        for account in accounts.search([]):  # pylint: disable=no-search-all
            if not self._redact_account(account):
                return
        self.env["amazon.sealed.file"]._delete_left()
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _redact_account(self, account):
        """Delete what is due of one account; False when time is up."""
        record = self.browse()

        def count(counts):
            nonlocal record
            # A conflict takes the record back with its batch.
            record = record.exists() or self._start(
                account.company_id, account, "schedule"
            )
            record._count(counts)

        def take_orders(last):
            batch = self.env["amazon.order"]._claim_due(account, last, BATCH_SIZE)
            if batch:
                count(batch._redact())
            return len(batch), batch[-1:].id

        if not self._run_batches(take_orders):
            return False
        if not self._redact_customers(account, count):
            return False

        def take_files(last):
            files = self.env["amazon.sealed.file"]
            if deleted := files._delete_over(account, BATCH_SIZE):
                count({"file_count": deleted})
            return deleted, last

        if not self._run_batches(take_files):
            return False
        if record := record.exists():
            record._finish()
        account._check_deletion()
        return True

    @api.model
    def _redact_customers(self, account, count):
        """Delete what is known of buyers whom no order needs; False when time is up.

        :param count: told ``{field of amazon.redaction: number}`` of each batch
        """
        customers = self.env["amazon.customer"]
        found, last = [], 0

        def take_customers(done):
            batch = customers.browse(found[done : done + BATCH_SIZE]).exists()
            # An order may have come in since.
            if claimed := batch and batch._claim_unused():
                count(claimed._redact())
            taken = len(found[done : done + BATCH_SIZE])
            return taken, done + taken

        while found := customers._find_unused(account, last, FOUND_SIZE):
            if not self._run_batches(take_customers):
                return False
            last = found[-1]
        return True

    @api.model
    def _run_batches(self, take):
        """Have batches taken and committed until none is left; False: time is up.

        :param take: ``take(position) -> (how many, next position)``, first of 0
        """
        cron, position, conflicts = self.env["ir.cron"], 0, 0
        while True:
            try:
                found, following = take(position)
                if not found:
                    return True
                left = cron._commit_progress(found, remaining=1)
            except CONFLICTS:
                self.env.cr.rollback()
                conflicts += 1
                if conflicts > MAX_CONFLICTS:
                    raise
                continue
            if not left:
                return False
            position, conflicts = following, 0
