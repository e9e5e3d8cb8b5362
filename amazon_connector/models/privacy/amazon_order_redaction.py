# SPDX-License-Identifier: LGPL-3.0-or-later
"""Deleting what is known of the buyers of orders; the orders themselves stay."""

import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...sp_api import Order, forget_typed
from ...tools.notifications import notify

READ_AT_ONCE = 1000
"""Payloads that are in memory at once."""


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    @api.model
    def _claim_due(self, account, last_id, limit):
        """Lock a batch of orders whose buyers' data have to go; skip what is in use.

        What Amazon never closes counts from its last change, or from the end of the
        time that was promised for it, whichever is later.

        :param last_id: id of the last order of the batch before
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id
                  FROM amazon_order
                 WHERE account_id = %(account)s AND redacted_on IS NULL
                   AND id > %(last)s
                   AND COALESCE(closed_on,
                                GREATEST(last_updated_time, ship_by, deliver_by),
                                create_date) <= %(until)s
              ORDER BY id
                 LIMIT %(limit)s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                account=account.id,
                last=last_id,
                until=account._get_deletion_limit(),
                limit=limit,
            )
        )
        return self.browse([row[0] for row in rows])

    def _is_data_due(self):
        """Whether the buyer's data have to go by now, as :meth:`_claim_due` counts."""
        self.ensure_one()
        if not (since := self.closed_on):
            known = (self.last_updated_time, self.ship_by, self.deliver_by)
            since = max(filter(None, known), default=self.create_date)
        return bool(since) and since <= self.account_id._get_deletion_limit()

    def _redact(self):
        """Delete all that the connector knows of the buyers of these locked orders.

        :return: ``{field of amazon.redaction: count}``
        """
        return self.env["amazon.order.redactor"]._redact(self)

    # ------------------------------------------------------------------
    # On request
    # ------------------------------------------------------------------

    def action_delete_buyer_data(self):
        """Delete at once what is known of this order's buyer; for managers.

        The buyer's data stay where another order still needs them.

        :raises AccessError: for those who may not decide that
        """
        self.ensure_one()
        self.env["amazon.redaction"]._check_may_delete()
        self.check_access("read")
        order = self.sudo()
        redaction = (
            self.env["amazon.redaction"]
            .sudo()
            ._start(order.company_id, order.account_id, "order", order.order_number)
        )
        redaction._count(order._redact_now())
        partners = order._get_contacts()
        customers = self.env["amazon.customer"].sudo()
        customers = customers.search([("partner_id", "in", partners.ids)])
        redaction._count(customers._claim_unused()._redact())
        redaction._finish()
        return notify(self.env._("Deleted. Configuration > Deletions keeps the proof."))

    def _redact_now(self):
        """Delete what is known of the buyers of all these orders.

        :raises UserError: when somebody has one of them in work
        """
        self.lock_for_update(allow_referencing=True)
        counts = self._redact()
        if not all(self.mapped("redacted_on")):
            raise UserError(
                self.env._(
                    "Somebody is working on the sales order. Try again in a minute; "
                    "nothing was deleted."
                )
            )
        return counts

    def _get_contacts(self):
        sale = self.sale_order_id
        contacts = sale.partner_id | sale.partner_invoice_id | sale.partner_shipping_id
        return contacts | contacts.parent_id


class AmazonOrderRedactor(models.AbstractModel):
    _name = "amazon.order.redactor"
    _description = "Amazon Order: Redactor"

    @api.model
    def _redact(self, orders):
        """Delete all that the connector knows of the buyers of these locked orders.

        Those with a purchase order number on a sales order that somebody has in work
        are left to the next time.

        :return: ``{field of amazon.redaction: count}``
        """
        self.env.flush_all()
        payloads = self._read_typed(orders)
        rows = self._find_references(payloads)
        free = self._lock_references(rows)
        orders = orders.filtered(lambda one: one.id not in rows or one.id in free)
        orders._keep_for_law()
        deleted = self.env.execute_query(
            SQL(
                "DELETE FROM amazon_order_pii WHERE order_id = ANY(%s) RETURNING id",
                orders.ids,
            )
        )
        files = self.env["amazon.sealed.file"]._delete_of_orders(orders.ids)
        numbers = orders.mapped("order_number")
        self.env["amazon.carrier.purchase"]._delete_of_orders(numbers)
        references = self._redact_references(orders, rows)
        for order in orders:
            if payload := payloads.get(order.id):
                order.payload = forget_typed(payload)
        # In one statement with the payloads.
        now = fields.Datetime.now()
        orders.write({"redacted_on": now, "ship_state_digests": False})
        self.env.invalidate_all()
        return {
            "order_count": len(orders),
            "data_count": len(deleted),
            "reference_count": references,
            "file_count": files,
        }

    @api.model
    def _read_typed(self, orders):
        """``{order id: payload}`` of those that hold what somebody typed."""
        found = self.env.execute_query(
            SQL(
                """
                SELECT id, payload FROM amazon_order
                 WHERE id = ANY(%s)
                   AND (payload ? 'buyer'
                        OR jsonb_path_exists(payload, '$.**.cancelReason'))
                """,
                orders.ids,
            )
        )
        return dict(found)

    @api.model
    def _find_references(self, payloads):
        """``{order id: purchase order number}`` of those whose buyer gave one."""
        numbers = {
            order_id: Order.from_json(payload).buyer_purchase_order_number
            for order_id, payload in payloads.items()
            if "buyer" in payload
        }
        return {order_id: number for order_id, number in numbers.items() if number}

    @api.model
    def _forget_references(self, account):
        """Take the buyers' purchase order numbers off the sales orders of an account
        whose orders go: nothing would delete them later."""
        self.env.flush_all()
        last = 0
        while payloads := self._read_buyers(account, last):
            rows = self._find_references(payloads)
            self._redact_references(self.env["amazon.order"].browse(rows), rows)
            last = max(payloads)
        self.env["sale.order"].invalidate_model(["client_order_ref"], flush=False)

    @api.model
    def _read_buyers(self, account, last):
        """``{order id: payload}`` of the next orders that tell something of a buyer."""
        found = self.env.execute_query(
            SQL(
                """
                SELECT id, payload FROM amazon_order
                 WHERE account_id = %s AND id > %s AND payload ? 'buyer'
                   AND redacted_on IS NULL AND sale_order_id IS NOT NULL
              ORDER BY id
                 LIMIT %s
                """,
                account.id,
                last,
                READ_AT_ONCE,
            )
        )
        return dict(found)

    @api.model
    def _lock_references(self, rows):
        """Lock the sales orders of orders with a number; the ids of orders that can be
        written, be it that they have no sales order."""
        ids = list(rows)
        locked = self.env.execute_query(
            SQL(
                "SELECT amazon_order_id FROM sale_order WHERE amazon_order_id = ANY(%s)"
                " FOR NO KEY UPDATE SKIP LOCKED",
                ids,
            )
        )
        without = self.env.execute_query(
            SQL(
                "SELECT id FROM amazon_order"
                " WHERE id = ANY(%s) AND sale_order_id IS NULL",
                ids,
            )
        )
        return {row[0] for row in (*locked, *without)}

    @api.model
    def _redact_references(self, orders, rows):
        """Put Amazon's number where the buyer's purchase order number stands."""
        typed = [[order.id, rows[order.id]] for order in orders if order.id in rows]
        changed = self.env.execute_query(
            SQL(
                """
                UPDATE sale_order sale
                   SET client_order_ref = sale.amazon_order_ref
                  FROM jsonb_array_elements(%s) AS told (pair)
                 WHERE sale.amazon_order_id = (told.pair->>0)::integer
                   AND sale.client_order_ref = told.pair->>1
             RETURNING sale.id
                """,
                json.dumps(typed),
            )
        )
        return len(changed)
