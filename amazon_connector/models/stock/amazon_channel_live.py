# SPDX-License-Identifier: LGPL-3.0-or-later
"""From rehearsal to live, and decisions about quantities that are held back."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ...tools.context import drop_caller_context
from ...tools.times import to_aware, to_naive
from .amazon_stock_level import UNDECIDED_DOMAIN


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    stock_held_count = fields.Integer(
        "Quantities Held Back", compute="_compute_stock_held_count"
    )
    stock_to_send_count = fields.Integer(
        "Quantities to Send", compute="_compute_stock_held_count"
    )

    stock_mode = fields.Selection(
        [("live", "Live"), ("rehearsal", "Rehearsal")],
        "Stock",
        compute="_compute_stock_mode",
        help="Rehearsal: quantities are computed and shown, but not sent to Amazon.",
    )

    @api.depends("active", "stock_live")
    def _compute_stock_mode(self):
        for channel in self:
            mode = "live" if channel.stock_live else "rehearsal"
            channel.stock_mode = channel.active and mode

    def _compute_stock_held_count(self):
        groups = self.env["amazon.stock.level"]._read_group(
            Domain("channel_id", "in", self.ids)
            & (Domain("state", "=", "to_send") | Domain(UNDECIDED_DOMAIN)),
            ["channel_id", "state"],
            ["__count"],
        )
        counts = {(channel.id, state): count for channel, state, count in groups}
        for channel in self:
            channel.stock_held_count = counts.get((channel.id, "held"), 0)
            channel.stock_to_send_count = counts.get((channel.id, "to_send"), 0)

    def action_open_stock(self):
        """Open what Odoo has, what was sent and what Amazon shows, per SKU."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_stock_level_action"
        )
        return {
            **action,
            "domain": [("channel_id", "in", self.ids)],
            "context": self.env.context.get("level_filter") or {},
        }

    def action_open_go_live(self):
        """Open the dialog that ends the rehearsal."""
        self.ensure_one()
        self.check_access("write")
        wizard = self.env["amazon.stock.golive"].create({"channel_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Go Live with Stock: %s", self.name),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_stop_stock(self):
        """Go back to rehearsal: quantities are computed, none is sent."""
        self._check_stock_manager()
        self.sudo().stock_live = False
        self._compute_stock()
        return True

    def action_send_held(self):
        """Let Amazon show 0 for all that was held back on these channels."""
        self._check_stock_manager()
        return self._get_held()._decide_held("send")

    def action_keep_held(self):
        """Let Amazon keep its quantity until Odoo has stock again."""
        self._check_stock_manager()
        return self._get_held()._decide_held("keep")

    def _get_held(self):
        """What the brake holds back and nobody has decided on."""
        return self.env["amazon.stock.level"].search(
            [("channel_id", "in", self.ids), *UNDECIDED_DOMAIN]
        )

    def _check_stock_manager(self):
        """:raises AccessError: for those who may not decide what Amazon shows"""
        if not self.env.user.has_group("amazon_connector.group_manager"):
            raise AccessError(
                self.env._("Only an Amazon manager can decide on quantities.")
            )
        self.check_access("write")

    @api.private
    def _go_live(self):
        """End the rehearsal; the first quantities leave within a minute."""
        now = fields.Datetime.now()
        self.sudo().write({"stock_live": True, "stock_live_at": now})
        self._compute_stock()
        tasks = self.account_id.sudo().task_ids.filtered(
            lambda task: task.kind == "stock" and task.active
        )
        tasks._request_run("manual")

    @api.private
    def _compute_stock(self):
        """Compute all quantities of these channels now, for the rehearsal."""
        channels = drop_caller_context(self.sudo())
        comparer = channels.env["amazon.stock.comparer"]
        Level = channels.env["amazon.stock.level"]
        for channel in channels:
            Level._ensure(
                channels.env["amazon.listing"].search(
                    [("channel_id", "=", channel.id), ("state", "=", "linked")]
                )
            )
            # The channel that rules a pool may change with one that goes live.
            levels = Level.search([("listing_ids.channel_id", "=", channel.id)])
            if levels:
                comparer._adopt_seen(channel.account_id, levels)
                levels._compute_quantities()
                comparer._decide(levels)

    def _get_next_midnight(self, moment):
        """The first midnight of the marketplace after ``moment``.

        :param moment: naive UTC, like the result
        """
        self.ensure_one()
        zone = ZoneInfo(self.marketplace_id.time_zone)
        tomorrow = to_aware(moment).astimezone(zone).date() + timedelta(days=1)
        return to_naive(datetime.combine(tomorrow, time(), zone))

    def _count_buyable(self):
        """How many listings of the seller's own stock buyers can buy now."""
        self.ensure_one()
        return self.env["amazon.listing"].search_count(
            [
                ("channel_id", "=", self.id),
                ("state", "=", "linked"),
                ("fulfilled_by", "=", "merchant"),
                ("amazon_quantity", ">", 0),
            ]
        )

    def _ask_about_held(self):
        """Have one activity about the quantities that wait for a decision."""
        self.ensure_one()
        text = self.env._(
            "Listings of %(channel)s that would become 0 on Amazon: %(count)s. They "
            "keep their quantity on Amazon until a user decides.",
            count=len(self._get_held()),
            channel=self.name,
        )
        self.account_id._raise_alert(
            self.env._("Zero quantities to review: %s", self.name),
            Markup("%s <a href='%s'>%s</a>")
            % (
                text,
                f"/odoo/action-amazon_connector.amazon_channel_action/{self.id}",
                self.env._("Decide"),
            ),
            key=self._held_key(),
        )

    def _clear_answered(self):
        """Close the activities of these channels where nothing waits any more."""
        for channel in self:
            key = channel._held_key()
            if channel.account_id._get_alerts(key) and not channel._get_held():
                channel.account_id._clear_alert(key)

    def _held_key(self):
        return f"stock held {self.id}"
