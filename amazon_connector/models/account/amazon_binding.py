# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.tools import clean_context


class AmazonGuard(models.AbstractModel):
    """The fields by which a record belongs to Amazon: the connector alone writes them.

    For models of Odoo; those of the connector inherit ``amazon.binding``.

    What is shown as readonly is readonly here, for every caller but superuser and
    whichever way a value comes: written, copied, imported, by a command on another
    record, as a default of the caller's context or of his own, or typed into a form
    that is not saved. On models of Odoo these are the connector's own fields only.

    What a record stands for (:attr:`_binding`) is named by files that are imported; it
    is settled when the record is made.
    """

    _name = "amazon.guard"
    _description = "Amazon Guard"

    _binding = ()
    """The fields that say what a record stands for."""
    _closed = False
    """Whether users write no field of the model at all."""

    @api.model
    def _is_amazon_guarded(self, field):
        """Whether the connector alone writes this field."""
        is_ours = self._is_amazon_model() or "amazon" in field.name
        is_stored = field.store and field.name not in models.MAGIC_COLUMNS
        return is_ours and is_stored and (field.readonly or self._closed)

    @api.model
    def _is_amazon_model(self):
        return self._name.startswith("amazon.")

    @api.model
    def _get_amazon_guarded(self, names):
        """Those of these names that no default and no form fills."""
        return self._list_amazon_guarded().intersection(names)

    @api.model
    @tools.ormcache()
    def _list_amazon_guarded(self):
        return frozenset(
            name
            for name, field in self._fields.items()
            if name in self._binding or self._is_amazon_guarded(field)
        )

    # ------------------------------------------------------------------
    # Values
    # ------------------------------------------------------------------

    @api.model
    def _refuse_guarded(self, names):
        """Refuse these names as far as they are guarded.

        :raises AccessError: says who writes the field
        """
        for name in self._get_amazon_guarded(names):
            field = self._fields[name]
            if self._is_amazon_guarded(field):
                raise AccessError(
                    self.env._(
                        "%(field)s (%(name)s) cannot be written: only the Amazon "
                        "connector sets what links a record to Amazon.",
                        field=field._description_string(self.env),
                        name=f"{self._name}.{name}",
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Override: guarded fields have no value of the caller's, nor of his context.

        What would be empty anyway may be given as empty.
        """
        if not self.env.su:
            vals_list = [
                {
                    name: value
                    for name, value in vals.items()
                    if value or self._has_amazon_default(name)
                }
                for vals in vals_list
            ]
            defaults = (name for name in self.env.context if name[:8] == "default_")
            self._refuse_guarded({name[8:] for name in defaults}.union(*vals_list))
        return super().create(vals_list)

    @api.model
    def _has_amazon_default(self, name):
        """Whether leaving out an empty value would change something."""
        field = self._fields.get(name)
        return not field or not self._is_amazon_guarded(field) or bool(field.default)

    def write(self, vals):
        """Override: the same once more is no change; nobody moves a record out of his
        own reach, because Odoo asks record rules before a write only."""
        if self.env.su or not self:
            return super().write(vals)
        guarded = self._get_amazon_guarded(vals)
        unchanged = {name for name in guarded if self._is_unchanged(name, vals[name])}
        for name in guarded - unchanged:
            if name in self._binding:
                self._refuse_identity(self._fields[name])
        vals = {name: val for name, val in vals.items() if name not in unchanged}
        self._refuse_guarded(vals)
        self._check_amazon_write(vals)
        result = super().write(vals)
        if "company_id" in vals and self._is_amazon_model():
            self.check_access("write")
        return result

    def _check_amazon_write(self, vals):
        """Hook: refuse what a user may not write of a record that belongs to Amazon.

        :raises UserError:
        """

    def _is_unchanged(self, name, value):
        field = self._fields[name]
        if field.type in ("one2many", "many2many"):
            return False
        return all(
            field.convert_to_cache(value, record)
            == field.convert_to_cache(record[name], record)
            for record in self
        )

    def _refuse_identity(self, field):
        raise UserError(
            self.env._(
                "%(field)s of %(record)s cannot be changed: it links the record to "
                "Amazon.",
                field=field._description_string(self.env),
                record=self[:1].display_name,
            )
        )

    # ------------------------------------------------------------------
    # Defaults and forms
    # ------------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        """Override: guarded fields have the defaults of the connector's code.

        Also as superuser: the context is still that of whoever asked.
        """
        guarded = self._get_amazon_guarded(fields)
        others = [name for name in fields if name not in guarded]
        if self.env.su and self._is_amazon_model():
            own = clean_context(self.env.context)
            # pylint: disable=context-overridden
            self = self.with_context(own)
        defaults = super().default_get(others)
        for name in guarded:
            field = self._fields[name]
            if field.default:
                value = field.convert_to_cache(field.default(self), self, False)
                defaults[name] = field.convert_to_write(value, self)
        return defaults

    def _update_cache(self, values, validate=True):
        """Override: a form that is not saved shows nothing of what it does not own.

        Odoo computes what a form shows as superuser.
        """
        if not self.env.su and not self.id:
            guarded = self._get_amazon_guarded(values)
            values = {
                name: value for name, value in values.items() if name not in guarded
            }
        return super()._update_cache(values, validate)


class AmazonBinding(models.AbstractModel):
    """A model of the connector's own: see ``amazon.guard``.

    Odoo asks for the access to each field that it reads. So models of Odoo, which are
    read all day, are guarded where they are written, and these in general.
    """

    _name = "amazon.binding"
    _inherit = "amazon.guard"
    _description = "Amazon Binding"

    @api.model
    def _has_field_access(self, field, operation):
        """Override: what is guarded is readonly for screens and other addons."""
        if operation == "write" and not self.env.su and self._is_amazon_guarded(field):
            return False
        return super()._has_field_access(field, operation)
