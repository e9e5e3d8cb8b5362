# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

# Orders 2026-01-01, fulfillmentServiceLevel.
SERVICE_LEVELS = (
    "STANDARD",
    "EXPEDITED",
    "PRIORITY",
    "SECOND_DAY",
    "NEXT_DAY",
    "SAME_DAY",
    "SCHEDULED",
    "FREE_ECONOMY",
)


class AmazonServiceLevel(models.Model):
    """The shipping speed that buyers choose, and the carrier that serves it.

    Each channel has a row per level; one that Amazon invents gets its row when the
    first order of it comes in.
    """

    _name = "amazon.service.level"
    _description = "Amazon Service Level"
    _inherit = "amazon.binding"
    _order = "id"
    _check_company_auto = True
    _binding = ("channel_id", "level")

    channel_id = fields.Many2one(
        "amazon.channel", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="channel_id.company_id", store=True)
    level = fields.Char(
        "Amazon's Value", required=True, readonly=True, help="In Amazon's spelling."
    )
    name = fields.Char("Service Level", compute="_compute_name")
    carrier_id = fields.Many2one(
        "delivery.carrier",
        check_company=True,
        help="Empty: the channel's default carrier.",
    )

    _channel_level_unique = models.Constraint(
        "unique(channel_id, level)", "The channel already has this service level."
    )

    @api.depends("level")
    def _compute_name(self):
        for row in self:
            row.name = name_level(row.level)


def name_level(code):
    """One of Amazon's codes in words: ``SECOND_DAY`` is Second day."""
    return (code or "").replace("_", " ").capitalize()
