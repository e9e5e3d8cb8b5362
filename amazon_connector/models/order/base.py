# SPDX-License-Identifier: LGPL-3.0-or-later
from psycopg2.extras import Json

from odoo import api, models

from ...tools.scrubbing import get_scrubber
from ...tools.secret_fields import Ciphertext

TEXTS = ("char", "text", "html", "json")


class Base(models.AbstractModel):
    _inherit = "base"

    @api.model
    def _create(self, data_list):
        """Override: what is stored while a buyer's data are lent does not tell them."""
        if not (scrubber := get_scrubber()):
            return super()._create(data_list)
        hidden = [_hide(self, data["stored"], scrubber) for data in data_list]
        records = super()._create(data_list)
        for record, names in zip(records, hidden, strict=True):
            scrubber.note_computed(record, names)
        return records

    def _write_multi(self, vals_list):
        """Override: the same for changes, those of computed fields included."""
        if scrubber := get_scrubber():
            vals_list = [dict(vals) for vals in vals_list]
            for record, vals in zip(self, vals_list, strict=True):
                scrubber.note_computed(record, _hide(self, vals, scrubber))
        return super()._write_multi(vals_list)


def _hide(model, vals, scrubber):
    """Hide in these values what the scrubber knows.

    :param dict vals: columns' values, which are changed
    :return: the names of the fields that told something
    """
    changed = []
    for name, value in vals.items():
        field = model._fields[name]
        if not value or field.type not in TEXTS or isinstance(field, Ciphertext):
            continue
        hidden = _hide_value(model, value, scrubber)
        if hidden is not value and str(hidden) != str(value):
            vals[name] = hidden
            changed.append(name)
    return changed


def _hide_value(model, value, scrubber):
    if isinstance(value, Json):
        hidden = scrubber.hide_column(value.adapted)
        return value if hidden == value.adapted else Json(hidden)
    # A street may be called as a model is; the model stays.
    is_model = isinstance(value, str) and value in model.env.registry
    return value if is_model else scrubber.hide_column(value)
