# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..gst.buyers import is_gstin


class AmazonGstRegistration(models.Model):
    """A GSTIN of a company: who keeps goods in several states has one in each.

    It says which journal numbers the invoices of what leaves its state. A company with
    one GSTIN, or with a branch for each, needs none of these.
    """

    _name = "amazon.gst.registration"
    _description = "GST Registration"
    _inherit = "amazon.binding"
    _order = "company_id, gstin, id"
    _rec_name = "gstin"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    gstin = fields.Char("GSTIN", required=True)
    state_id = fields.Many2one(
        "res.country.state",
        compute="_compute_state_id",
        store=True,
        help="The state that the GSTIN begins with. Goods that ship from this state "
        "are sold under this GSTIN.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        domain="[('type', '=', 'sale')]",
        check_company=True,
        help="Numbers the invoices and credit notes of goods that ship from this "
        "state. Empty: the channel's journal.",
    )
    active = fields.Boolean(default=True)

    _state_unique = models.UniqueIndex(
        "(company_id, state_id) WHERE active",
        "The company already has a GSTIN in this state.",
    )

    @api.depends("gstin")
    def _compute_state_id(self):
        domain = [("country_id.code", "=", "IN"), ("l10n_in_tin", "!=", False)]
        states = self.env["res.country.state"].search(domain).grouped("l10n_in_tin")
        for registration in self:
            number = (registration.gstin or "")[:2]
            registration.state_id = states.get(number, self.env["res.country.state"])

    @api.constrains("gstin")
    def _check_gstin(self):
        for registration in self:
            if not is_gstin(registration.gstin) or not registration.state_id:
                raise ValidationError(
                    self.env._(
                        "%s is not a valid GSTIN: its format, its state or its check "
                        "digit is wrong.",
                        registration.gstin,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Override: a GSTIN is kept without blanks, in capitals."""
        return super().create([_tidy(vals) for vals in vals_list])

    def write(self, vals):
        """Override: see :meth:`create`."""
        return super().write(_tidy(vals))


def _tidy(vals):
    if not vals.get("gstin"):
        return vals
    return {**vals, "gstin": "".join(str(vals["gstin"]).split()).upper()}
