# SPDX-License-Identifier: LGPL-3.0-or-later
"""Getting one order from Amazon by its number, now."""

import re

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError, UserError

from ...tools.context import drop_caller_context

_NUMBER = re.compile(r"[0-9A-Z]{3}-\d{7}-\d{7}", re.ASCII)


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    @api.model
    def _is_order_number(self, text):
        """Whether this is a number as Amazon gives it to orders."""
        return bool(_NUMBER.fullmatch(text or ""))

    def action_recover_order(self):
        """Open the dialog to recover one order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_order_recover_action"
        )
        return {**action, "context": {"default_account_id": self.id}}

    def action_sync_manually(self):
        """Open the dialog to sync by hand."""
        self.ensure_one()
        return self.env["amazon.sync.manual"]._open_dialog(self)

    @api.private
    def recover_order(self, number):
        """Read one order from Amazon by its number and apply it at once.

        It comes in though it was placed before the channel's start date or shipped
        before the channel went live; as history it moves no stock. Source: Amazon's
        ``getOrder``.

        :param number: Amazon's number, e.g. ``403-1234567-1234567``
        :return: ``{"amazon_order_id": number, "order_id": id of the amazon.order,
            "sale_order_id": id of the sale.order or False, "state": text,
            "reason": text or False, "new": whether it was not here before,
            "run_id": id of the amazon.sync.run}``
        :raises UserError: when the number is none, Amazon does not know it, or nothing
            may be asked of Amazon now
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("amazon_connector.group_user"):
            raise AccessError(self.env._("Only Amazon users can fetch orders."))
        number = str(number or "").strip().upper()
        if not self._is_order_number(number):
            raise UserError(
                self.env._(
                    "%s is not an Amazon order number. It looks like "
                    "403-1234567-1234567.",
                    number or self.env._("An empty text"),
                )
            )
        account = drop_caller_context(self.sudo())
        task = account.with_context(active_test=False)._get_task("orders")
        task._check_can_run()
        sync = account.env["amazon.sync.orders"].with_user(SUPERUSER_ID)
        known = self.env["amazon.order"].sudo()._find_by_number(self, number)
        # It may have come in through an account that the user does not see.
        known.sudo(False).check_access("read")
        run, order = sync._recover(task.with_user(SUPERUSER_ID), number, self.env.user)
        return {
            "amazon_order_id": number,
            "order_id": order.id,
            "sale_order_id": order.sale_order_id.id,
            "state": order.state,
            "reason": order.reason,
            "new": not known,
            "run_id": run.id,
        }
