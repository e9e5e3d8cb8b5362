# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonListing(models.Model):
    """What Amazon holds of a listing, read by the module FBA Stock."""

    _inherit = "amazon.listing"

    fba_fulfillable = fields.Integer("FBA Fulfillable", readonly=True)
    fba_reserved = fields.Integer(
        "FBA Reserved",
        readonly=True,
        help="In orders, on the way between Amazon's warehouses, or being handled.",
    )
    fba_inbound = fields.Integer(
        "FBA Inbound", readonly=True, help="Announced, on the way or being received."
    )
    fba_unfulfillable = fields.Integer("FBA Unfulfillable", readonly=True)
    fba_researching = fields.Integer(
        "FBA Researching", readonly=True, help="Units that Amazon is looking for."
    )
    fba_read_at = fields.Datetime("FBA Stock Last Read", readonly=True)
    fba_reading = fields.Integer(readonly=True, help="The run that last read it.")
