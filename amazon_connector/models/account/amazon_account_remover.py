# SPDX-License-Identifier: LGPL-3.0-or-later
"""Removing everything that the integration knows of one account, for good."""

import logging

from odoo import api, fields, models
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
    (
        "amazon_settlement_order",
        "settlement_id IN (SELECT id FROM amazon_settlement WHERE account_id = %s)",
    ),
    (
        "amazon_settlement_row",
        "settlement_id IN (SELECT id FROM amazon_settlement WHERE account_id = %s)",
    ),
    ("amazon_settlement_file", "account_id = %s"),
    ("amazon_settlement", "account_id = %s"),
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


class AmazonAccountRemover(models.AbstractModel):
    _name = "amazon.account.remover"
    _description = "Amazon Account: Remover"

    @api.model
    def _remove(self, account):
        """Delete an account and all that the connector keeps of it.

        Sales orders, deliveries, invoices, products and masked contacts stay. The sales
        orders keep Amazon's numbers: connected again, none of them comes in twice.

        :raises UserError: while one of its tasks is in work
        """
        account.ensure_one()
        account.check_access("unlink")
        if not self.env.user.has_group("amazon_connector.group_manager"):
            raise AccessError(
                self.env._("Only an Amazon manager can remove an account.")
            )
        self.env.flush_all()
        account = account.sudo().with_context(active_test=False)
        self._lock_tasks(account)
        disconnector = self.env["amazon.account.disconnector"].sudo()
        disconnector._delete_access_tokens(account)
        disconnector._delete_buyer_data(account)
        account._delete_settlement_files()
        self.env["amazon.order.redactor"].sudo()._forget_references(account)
        self._release_sales(account)
        self.env["amazon.order"].sudo()._delete_threads(account)
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

    @api.model
    def _lock_tasks(self, account):
        """Keep workers from beginning with an account's tasks.

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
                account=account.id,
                now=fields.Datetime.now(),
            )
        )
        free = self.env["amazon.sync.task"].browse([row[0] for row in rows])
        if busy := account.task_ids - free:
            raise UserError(
                self.env._(
                    "Nothing was deleted, because a sync is running: %(tasks)s. Press "
                    "Disable, wait until it has ended (at most three minutes), then "
                    "remove the account.",
                    tasks=", ".join(busy.mapped("display_name")),
                )
            )

    @api.model
    def _release_sales(self, account):
        """Make ordinary sales orders of an account's; they keep Amazon's number.

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
                account.id,
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
                channels=account.channel_ids.ids,
                account=account.id,
            )
        )
