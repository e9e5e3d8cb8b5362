# SPDX-License-Identifier: LGPL-3.0-or-later
"""Removing everything that the integration knows of one account, for good."""

import logging

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# Leaves first, so that no row is looked up once for each that goes. What is not named
# here belongs to one of these, or to a channel or task, and goes with it.
_OWN = (
    (
        "amazon_sync_record",
        "run_id IN (SELECT id FROM amazon_sync_run WHERE account_id = %s)",
    ),
    ("amazon_shipment", "account_id = %s"),
    ("amazon_cancellation", "account_id = %s"),
    (
        "amazon_order_line",
        "order_id IN (SELECT id FROM amazon_order WHERE account_id = %s)",
    ),
    ("amazon_order", "account_id = %s"),
    ("amazon_stock_level", "account_id = %s"),
    ("amazon_fba_stock", "account_id = %s"),
    ("amazon_listing", "account_id = %s"),
    ("amazon_report", "account_id = %s"),
    ("amazon_feed", "account_id = %s"),
    ("amazon_sync_request", "account_id = %s"),
    ("amazon_sync_run", "account_id = %s"),
)


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    def action_open_removal(self):
        """Open the dialog that removes everything of this account."""
        self.ensure_one()
        self.check_access("unlink")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Remove everything of %(account)s", account=self.name),
            "res_model": "amazon.account.remove",
            "view_mode": "form",
            "target": "new",
            "context": {"default_account_id": self.id},
        }

    def _remove_everything(self):
        """Delete this account and all that the connector keeps of it.

        Sales orders, deliveries, invoices, products and masked contacts stay. The sales
        orders keep Amazon's numbers: connected again, none of them comes in twice.

        :raises UserError: while one of its tasks is in work
        """
        self.ensure_one()
        self.check_access("unlink")
        if not self.env.user.has_group("amazon_connector.group_manager"):
            raise AccessError(
                self.env._("Only an Amazon manager can remove an account.")
            )
        self.env.flush_all()
        account = self.sudo().with_context(active_test=False)
        account._lock_tasks()
        account._delete_access_tokens()
        account._delete_buyer_data()
        account._release_sales()
        name, user = account.name, self.env.user.login
        for table, condition in _OWN:
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE %s",
                    SQL.identifier(table),
                    SQL(condition, account.id),
                )
            )
        self.env.cr.execute(
            SQL(
                "DELETE FROM amazon_customer WHERE channel_id = ANY(%s)",
                account.channel_ids.ids,
            )
        )
        self.env.invalidate_all(flush=False)
        account.unlink()
        self.env.registry.clear_cache()
        _logger.info("Amazon account %s was removed by %s", name, user)

    def _lock_tasks(self):
        """Keep workers from beginning with these accounts' tasks.

        :raises UserError: when a worker is at one of them
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM amazon_sync_task
                 WHERE account_id = %(account)s
                   AND COALESCE(leased_until, %(now)s) <= %(now)s
                   FOR UPDATE SKIP LOCKED
                """,
                account=self.id,
                now=fields.Datetime.now(),
            )
        )
        free = self.env["amazon.sync.task"].browse([row[0] for row in rows])
        if busy := self.task_ids - free:
            raise UserError(
                self.env._(
                    "%(tasks)s: a sync is in work. Press Disable, wait until it has "
                    "ended (three minutes at most), then remove the account. Nothing "
                    "was deleted.",
                    tasks=", ".join(busy.mapped("display_name")),
                )
            )

    def _release_sales(self):
        """Make ordinary sales orders of this account's; they keep Amazon's number.

        Drafts that waited for a product are a user's now.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE sale_order_line line
                   SET amazon_order_line_id = NULL
                  FROM amazon_order_line item
                  JOIN amazon_order o ON o.id = item.order_id
                 WHERE line.amazon_order_line_id = item.id AND o.account_id = %s
                """,
                self.id,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE sale_order
                   SET amazon_order_id = NULL, amazon_channel_id = NULL,
                       amazon_frozen = FALSE
                 WHERE amazon_channel_id = ANY(%(channels)s)
                    OR amazon_order_id IN (
                       SELECT id FROM amazon_order WHERE account_id = %(account)s)
                """,
                channels=self.channel_ids.ids,
                account=self.id,
            )
        )
