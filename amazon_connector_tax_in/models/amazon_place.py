# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ..gst.buyers import INDIA

_ABOLISHED = {"25": "26"}
"""Daman and Diu filed as 25 until 2020."""
_NO_STATES = {"96", "97"}


class AmazonPlace(models.Model):
    _inherit = "amazon.place"

    @api.model
    def _index_states(self, countries):
        """Override of `amazon_connector`: India's states by their GST number (S80)."""
        index = super()._index_states(countries)
        india = next((one for one in countries if one.code == INDIA), None)
        if not india:
            return index
        by_number = {
            state.l10n_in_tin: state
            for state in india.state_ids
            if state.l10n_in_tin and state.l10n_in_tin not in _NO_STATES
        }
        for number in by_number:
            state = by_number.get(_ABOLISHED.get(number, number))
            index.setdefault((india.id, number), state)
        return index
