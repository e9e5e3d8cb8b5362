# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.exceptions import UserError

from ...models.account.credentials import open_client
from ...sp_api import AmazonError, NotFoundError, Orders


class AmazonSyncOrders(models.AbstractModel):
    """Recovering one order by its number, in the transaction of the user who asks.

    The call goes out before anything is written. Source: Amazon's ``getOrder``.
    """

    _inherit = "amazon.sync.orders"

    @api.model
    def _recover(self, task, number, user):
        """Read, store and apply an order.

        :return: the run of the history, and the ``amazon.order``
        :raises UserError: with the reason in words
        """
        account = task.account_id
        # A user's word is newer than what Amazon refused: it is asked once more.
        included = self._get_included_data(account, believe=False)
        raw = _read_order(account, number, included)
        run = self._start_run(
            task,
            account.channel_ids.browse(),
            trigger="recover",
            user_id=user.id,
        )
        result = self._store_orders(account, run, [raw])
        if result.unreadable:
            raise UserError("\n".join(result.unreadable))
        self._admit(account, {number}, "recover", run)
        order = self.env["amazon.order"]._find_by_number(account, number)
        run.channel_ids = order.channel_id
        self.env.flush_all()
        if order.to_apply and order._lock_for_apply():
            self._apply_batch(order, last_try=True)
        run._finish("done")
        return run, order


def _read_order(account, number, included_data):
    """The order as Amazon's JSON; a function, because that names the buyer.

    :raises UserError: with the reason in words
    """
    try:
        with open_client(account, "user") as client:
            return Orders(client).get(number, included_data)
    except NotFoundError:
        reason = account.env._(
            "Amazon does not know order %(number)s of account %(account)s. Check "
            "the number, and whether it belongs to another account.",
            number=number,
            account=account.name,
        )
    except AmazonError as error:
        reason = account._explain_error(error)
    raise UserError(reason)
