# SPDX-License-Identifier: LGPL-3.0-or-later
"""What of an account needs a human first, counted for all accounts at once."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...const import SHIPPED_STATUSES
from ..account.amazon_account_expiry import WARN_DAYS
from ..shipment.stock_picking_desk import HALTED_STATES
from ..stock.amazon_stock_level import UNDECIDED_DOMAIN

# From a delivery to the account of its Amazon order.
OF_DELIVERY = "sale_id.amazon_order_id.account_id"

DECIDED_STATUSES = (*SHIPPED_STATUSES, "CANCELLED", "UNFULFILLABLE")
CANCELLATION_PROBLEMS = ("refused", "failed")
# What ``amazon.order.asks_to_cancel`` says, as a search.
REQUEST_DOMAIN = [
    ("cancellation_requested", "=", True),
    ("ship_anyway", "=", False),
    ("fulfilled_by", "=", "MERCHANT"),
    ("fulfillment_status", "not in", DECIDED_STATUSES),
    ("sale_order_id.state", "in", ("draft", "sent", "sale")),
    ("sale_order_id.delivery_status", "not in", ("partial", "full")),
]


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    ship_today_count = fields.Integer(
        "To Ship Today",
        compute="_compute_counters",
        help="Deliveries on the shipping desk that must be shipped today.",
    )
    late_count = fields.Integer(
        compute="_compute_counters",
        help="Deliveries on the shipping desk that should have been shipped by now.",
    )
    request_count = fields.Integer(
        compute="_compute_counters",
        help="Orders whose buyers asked to cancel them and on which nobody has decided "
        "yet.",
    )
    cancellation_problem_count = fields.Integer(compute="_compute_counters")
    shipment_problem_count = fields.Integer(compute="_compute_counters")
    stock_held_count = fields.Integer(compute="_compute_counters")
    stock_rejected_count = fields.Integer(compute="_compute_counters")
    deletion_late_count = fields.Integer(
        compute="_compute_counters",
        help="Orders whose buyers' data should have been deleted by now.",
    )
    fba_difference_count = fields.Integer(compute="_compute_counters")
    settlement_open_count = fields.Integer(
        compute="_compute_counters",
        help="Settlements that need a decision or are not booked yet.",
    )
    order_count = fields.Integer(compute="_compute_counters")
    frozen_count = fields.Integer(compute="_compute_counters")
    attention_count = fields.Integer(
        compute="_compute_counters", help="Orders that failed or are held."
    )
    rehearsal_count = fields.Integer(
        compute="_compute_counters",
        help="Channels with linked listings that send no stock to Amazon yet.",
    )
    expires_on = fields.Date(
        compute="_compute_expires_on",
        help="When the authorization or the client secret expires, if that is soon.",
    )
    last_sync = fields.Datetime(compute="_compute_sync_times")
    next_sync = fields.Datetime(compute="_compute_sync_times")
    is_well = fields.Boolean(
        compute="_compute_is_well", help="Nothing needs attention."
    )

    def _get_counters(self):
        """What is counted for these accounts; a button opens the same records.

        :return: ``{field: (model, domain, path to the account)}``
        """
        desk = Domain("amazon_to_ship", "=", True)
        return {
            "ship_today_count": (
                "stock.picking",
                desk & Domain("amazon_due", "=", "today"),
                OF_DELIVERY,
            ),
            "late_count": (
                "stock.picking",
                desk & Domain("amazon_due", "=", "late"),
                OF_DELIVERY,
            ),
            "request_count": ("amazon.order", REQUEST_DOMAIN, "account_id"),
            "cancellation_problem_count": (
                "amazon.cancellation",
                [("state", "in", CANCELLATION_PROBLEMS)],
                "account_id",
            ),
            "shipment_problem_count": (
                "amazon.shipment",
                [("state", "in", HALTED_STATES)],
                "account_id",
            ),
            "stock_held_count": ("amazon.stock.level", UNDECIDED_DOMAIN, "account_id"),
            "stock_rejected_count": (
                "amazon.stock.level",
                [("state", "=", "rejected")],
                "account_id",
            ),
            "deletion_late_count": (
                "amazon.order",
                self._get_deletion_late_domain(),
                "account_id",
            ),
            "fba_difference_count": (
                "amazon.fba.stock",
                [("state", "!=", "equal")],
                "account_id",
            ),
            "settlement_open_count": (
                "amazon.settlement",
                [("state", "!=", "posted")],
                "account_id",
            ),
            "rehearsal_count": (
                "amazon.channel",
                [("stock_live", "=", False), ("id", "in", self._search_rehearsing())],
                "account_id",
            ),
            "frozen_count": (
                "amazon.order",
                [("state", "=", "frozen")],
                "account_id",
            ),
            "attention_count": (
                "amazon.order",
                [("state", "in", ("failed", "held"))],
                "account_id",
            ),
            "order_count": ("amazon.order", [], "account_id"),
        }

    def _search_rehearsing(self):
        """The channels with linked listings that the merchant ships, as a subquery."""
        listings = self.env["amazon.listing"]._search(
            [
                ("account_id", "in", self.ids),
                ("state", "=", "linked"),
                ("fulfilled_by", "=", "merchant"),
            ]
        )
        return listings.subselect(SQL.identifier(listings.table, "channel_id"))

    def _compute_counters(self):
        counters = self._get_counters()
        counts = self._count_all(counters)
        for account in self:
            for name in counters:
                account[name] = counts.get((name, account.id), 0)

    def _count_all(self, counters):
        """Count everything in one query, under the user's rights.

        What the user may not read counts as nothing.

        :param counters: as of :meth:`_get_counters`
        :return: ``{(field, account id): count}``
        """
        selects = []
        for name, (model, domain, path) in counters.items():
            records = self.env[model]
            if not self.ids or not records.has_access("read"):
                continue
            query = records._search(Domain(path, "in", self.ids) & Domain(domain))
            account = records._read_group_groupby(query.table, path, query)
            query.groupby = SQL("2")
            selects.append(query.select(SQL("%s", name), account, SQL("count(*)")))
        if not selects:
            return {}
        rows = self.env.execute_query(SQL(" UNION ALL ").join(selects))
        return {(name, account_id): count for name, account_id, count in rows}

    @api.depends("authorisation_expires_on", "secret_expires_on")
    def _compute_expires_on(self):
        soon = fields.Date.today() + timedelta(days=max(WARN_DAYS))
        for account in self:
            dates = [account.authorisation_expires_on, account.secret_expires_on]
            account.expires_on = min(
                (date for date in dates if date and date <= soon), default=False
            )

    def _compute_sync_times(self):
        # Of all accounts at once: what is filtered is read account by account.
        self.task_ids.mapped("last_success")
        for account in self:
            tasks = account.task_ids.filtered("active")
            account.last_sync = max(
                filter(None, tasks.mapped("last_success")), default=False
            )
            account.next_sync = account.status == "active" and min(
                filter(None, tasks.mapped("next_run")), default=False
            )

    def _compute_is_well(self):
        names = self._get_waiting_fields()
        for account in self:
            account.is_well = (
                account.status == "active"
                and account.health == "ok"
                and not account.failing_text
                and not any(account[name] for name in names)
            )

    def _get_waiting_fields(self):
        """Hook: what on the card waits for a human while it is not 0."""
        return (
            *(name for name in self._get_counters() if name != "order_count"),
            "expires_on",
            "unconfirmed_count",
        )

    # ------------------------------------------------------------------
    # Where the numbers lead
    # ------------------------------------------------------------------

    def _open_filtered(self, xml_id, domain, path="account_id"):
        """A window action on what was counted of these accounts."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"amazon_connector.{xml_id}"
        )
        is_desk = action["res_model"] == "stock.picking"
        return {
            **action,
            "domain": [(path, "in", self.ids), *domain],
            "context": {"amazon_desk": True} if is_desk else {},
        }

    def _open_counted(self, name, xml_id, title=False):
        """A window action on the records of a counter."""
        _model, domain, path = self._get_counters()[name]
        action = self._open_filtered(xml_id, list(domain), path)
        return {**action, "name": title or action["name"]}

    def action_open_desk(self):
        """Open the shipping desk with the deliveries of these accounts."""
        desk = [("amazon_to_ship", "=", True)]
        return self._open_filtered("shipping_desk_action", desk, OF_DELIVERY)

    def action_open_ship_today(self):
        """Open the deliveries that have to leave today."""
        return self._open_counted(
            "ship_today_count", "shipping_desk_action", self.env._("To Ship Today")
        )

    def action_open_late(self):
        """Open the deliveries that should have left by now."""
        return self._open_counted(
            "late_count", "shipping_desk_action", self.env._("Late")
        )

    def action_open_requests(self):
        """Open the orders that their buyers ask to cancel."""
        return self._open_counted("request_count", "amazon_order_action")

    def action_open_cancellation_problems(self):
        """Open what Amazon refused, or could not be told, to cancel."""
        return self._open_counted(
            "cancellation_problem_count", "amazon_cancellation_action"
        )

    def action_open_shipment_problems(self):
        """Open the parcels that a user has to look at."""
        return self._open_counted("shipment_problem_count", "amazon_shipment_action")

    def action_open_stock_held(self):
        """Open the quantities that wait for a decision."""
        return self._open_counted("stock_held_count", "amazon_stock_level_action")

    def action_open_stock_rejected(self):
        """Open the quantities that Amazon did not take."""
        return self._open_counted("stock_rejected_count", "amazon_stock_level_action")

    def action_open_deletion_late(self):
        """Open the orders whose buyers' data should be deleted by now."""
        return self._open_counted("deletion_late_count", "amazon_order_action")

    def action_open_settlements(self):
        """Open the settlements that need a decision or are not booked yet."""
        return self._open_counted("settlement_open_count", "amazon_settlement_action")

    def action_open_rehearsal(self):
        """Open the channel that rehearses; their list when there are several."""
        action = self._open_counted("rehearsal_count", "amazon_channel_action")
        channels = self.env["amazon.channel"].search(action["domain"])
        action["domain"] = [("id", "in", channels.ids)]
        if len(channels) == 1:
            action.update(res_id=channels.id, views=[(False, "form")])
        return action
