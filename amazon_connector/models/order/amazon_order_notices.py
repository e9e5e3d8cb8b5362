# SPDX-License-Identifier: LGPL-3.0-or-later
"""What an Amazon order asks a human: activities on its sales order."""

from markupsafe import escape

from odoo import models

# What a notice is about: its summary cannot tell, being in somebody's language.
HELD_NOTICE = "order held"
CREDIT_NOTICE = "order credit"
REQUEST_NOTICE = "order cancellation request"
OUTSIDE_NOTICE = "order shipped outside"
UNITS_NOTICE = "order units"
ADDRESS_NOTICE = "order address"


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    def _raise_notice(self, key, summary, note):
        """Put an activity on these sales orders for the account's responsible user.

        :param key: one of the ``..._NOTICE``, or an outbox record's own
        :param note: text; Amazon's or a buyer's words in it are never HTML
        """
        for account, orders in self.grouped("account_id").items():
            orders.sale_order_id.sudo().activity_schedule(
                "mail.mail_activity_data_warning",
                summary=summary,
                note=escape(note),
                user_id=account.responsible_user_id.id or self.env.uid,
                amazon_alert=key,
            )

    def _get_notices(self, key):
        """The open activities about this on the sales orders."""
        activities = self.sale_order_id.sudo().activity_ids
        return activities.filtered(lambda activity: activity.amazon_alert == key)

    def _clear_notices(self, key):
        """Close the activities about this: it is settled."""
        self._get_notices(key).action_feedback()
