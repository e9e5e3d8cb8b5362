# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models
from odoo.exceptions import UserError


class AmazonBinding(models.AbstractModel):
    """What a record stands for at Amazon is settled when it is made.

    Its company follows from it, too, and Odoo asks record rules before a write only:
    whoever could rewrite it could move a record into another company.
    """

    _name = "amazon.binding"
    _description = "Amazon Binding"

    _binding = ()
    """The fields that say what a record stands for; the connector alone writes them."""

    def write(self, vals):
        """Refuse another identity; the same once more is no change."""
        if not self.env.su:
            for name in set(self._binding) & set(vals):
                self._check_unchanged(self._fields[name], vals[name])
        return super().write(vals)

    def _check_unchanged(self, field, value):
        for record in self:
            if field.convert_to_cache(value, record) != field.convert_to_cache(
                record[field.name], record
            ):
                raise UserError(
                    self.env._(
                        "%(field)s of %(record)s cannot be changed: it says what the "
                        "record stands for at Amazon.",
                        field=field._description_string(self.env),
                        record=record.display_name,
                    )
                )
