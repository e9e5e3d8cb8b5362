# SPDX-License-Identifier: LGPL-3.0-or-later
"""What users decide on listings: Confirm, Update, Link, Ignore, Unlink."""

from odoo import api, models
from odoo.exceptions import LockError, UserError

from ...const import CANCELLABLE_STATUSES
from ...tools.notifications import notify

NAMED = 10
"""How many items a message names at most."""


class AmazonListing(models.Model):
    _inherit = "amazon.listing"

    def action_confirm(self):
        """Create a product from each listing's data and link it (S142, S151).

        Listings with the same SKU share the product, also those of other channels that
        nobody selected.

        :raises UserError: if nothing could be confirmed, with the reasons
        """
        todo = self._claim().filtered(lambda one: one.state != "ignored")
        linked = self.env["amazon.listing.creator"]._create_products(todo)
        others = self.search(
            [
                ("seller_sku", "in", linked.mapped("seller_sku")),
                ("company_id", "in", linked.company_id.ids),
                ("state", "=", "unconfirmed"),
            ]
        )
        self.env["amazon.listing.matcher"].sudo()._match_new(others)
        if not linked and todo:
            raise UserError(todo._list_reasons())
        return self._notify_confirmed(linked)

    def action_ask_costs(self):
        """Open the dialog that asks for cost and opening stock of many (S146)."""
        todo = self._claim().filtered(lambda one: one.state != "ignored")
        if not todo:
            raise UserError(self.env._("There is nothing left to confirm."))
        lines = self.env["amazon.listing.confirm"]._prepare_lines(todo)
        return self._open_wizard("amazon.listing.confirm", {"line_ids": lines})

    def action_update(self):
        """Open the dialog that edits what Confirm takes as it is (S143)."""
        self.ensure_one()
        self._claim()
        if self.product_id:
            raise UserError(self._explain_linked())
        return self._open_wizard("amazon.listing.update", {"listing_id": self.id})

    def action_link(self):
        """Open the dialog that links to an existing product (S144)."""
        self.check_access("write")
        wizard = {"listing_ids": [(6, 0, self.ids)]}
        return self._open_wizard("amazon.listing.link", wizard)

    def action_link_many(self):
        """Open the grid that suggests a product for each of these listings (S144)."""
        todo = self._claim()
        if not todo:
            raise UserError(self.env._("All of these items are linked already."))
        Grid = self.env["amazon.listing.link.many"]
        return self._open_wizard(Grid._name, Grid._prepare(todo))

    def action_ignore(self):
        """Open the dialog that asks why these listings need no product."""
        self.check_access("write")
        wizard = {"listing_ids": [(6, 0, self.ids)]}
        return self._open_wizard("amazon.listing.ignore", wizard)

    def action_unlink(self):
        """Open the dialog that unlinks these listings from their products (S153)."""
        self.check_access("write")
        linked = self.filtered("product_id")
        if not linked:
            raise UserError(self.env._("None of these items is linked to a product."))
        wizard = {
            "offered_ids": [(6, 0, linked.ids)],
            "listing_ids": [(6, 0, linked.ids)],
        }
        return self._open_wizard("amazon.listing.unlink", wizard)

    def action_reconsider(self):
        """Offer ignored or unlinked listings anew; a certain product is linked."""
        todo = self._claim()
        todo.sudo().write({"state": "unconfirmed", "reason": False})
        self.env["amazon.listing.matcher"].sudo()._match_new(todo)
        return True

    # Not @api.model: the list's button passes the selected ids.
    def action_import_mapping(self):
        """Open Odoo's own import of a file that links SKUs to products."""
        return {
            "type": "ir.actions.client",
            "tag": "import",
            "name": self.env._("Import Links to Products"),
            "params": {"model": self._name},
        }

    def _count_sold(self):
        """``{listing: units}`` that are ordered and not shipped: they lie in the
        warehouse, though Amazon does not offer them any more."""
        groups = (
            self.env["amazon.order.line"]
            .sudo()
            ._read_group(
                [
                    ("listing_id", "in", self.ids),
                    ("order_id.fulfilled_by", "=", "MERCHANT"),
                    ("order_id.fulfillment_status", "in", CANCELLABLE_STATUSES),
                ],
                ["listing_id"],
                ["quantity_to_deliver:sum"],
            )
        )
        return {listing.id: units for listing, units in groups}

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    @api.private
    def _claim(self):
        """Lock listings for a decision; returns those that are not decided yet.

        Whoever comes second either sees what the first decided, or is told to wait:
        one item never becomes two products.

        :raises LockError: somebody else is deciding
        """
        self.check_access("write")
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise LockError(
                self.env._(
                    "Somebody else is deciding on one of these items right now. Try "
                    "again in a moment."
                )
            ) from error
        self.invalidate_recordset(["product_id", "state", "reason"])
        return self.filtered(lambda one: not one.product_id and not one.is_parent)

    @api.private
    def _link_to(self, product):
        """Link listings to a product that a user chose.

        :raises UserError: if one is linked to another product meanwhile
        """
        todo = self._claim()
        for listing in self - todo:
            if listing.product_id != product:
                raise UserError(listing._explain_linked())
        todo.product_id = product

    @api.private
    def _ignore(self, reason):
        """Set listings aside; their orders stay frozen."""
        todo = self._claim()
        if todo != self:
            raise UserError((self - todo)[0]._explain_linked())
        todo.sudo().write(
            {
                "state": "ignored",
                "reason": self.env._(
                    "%(user)s ignored it: %(reason)s",
                    user=self.env.user.name,
                    reason=reason,
                ),
            }
        )

    # ------------------------------------------------------------------
    # Telling the user
    # ------------------------------------------------------------------

    def _explain_linked(self):
        self.ensure_one()
        if self.is_parent:
            return self.env._(
                "%s only groups variations; buyers cannot buy it.", self.seller_sku
            )
        return self.env._(
            "%(sku)s is already linked to %(product)s. Unlink it first to decide "
            "again.",
            sku=self.seller_sku,
            product=self.product_id.display_name,
        )

    def _name_some(self):
        """The SKUs of these listings, the first few of many."""
        names = ", ".join(self[:NAMED].mapped("seller_sku"))
        return f"{names}, …" if len(self) > NAMED else names

    def _list_reasons(self):
        """Why these listings are still open: a line for each, for the first few."""
        lines = [f"{one.seller_sku}: {one.reason or ''}" for one in self[:NAMED]]
        if len(self) > NAMED:
            lines.append(self.env._("... and %s more.", len(self) - NAMED))
        return "\n".join(lines)

    def _tell_linked(self):
        """That these listings have a product now, and which orders go on by it."""
        linked = self.filtered("product_id")
        told = (
            self.env._(
                "%(sku)s is linked to %(product)s.",
                sku=linked.seller_sku or linked.title,
                product=linked.product_id.display_name,
            )
            if len(linked) == 1
            else self.env._("%s items are linked.", len(linked))
        )
        orders = self.env["amazon.order"]._tell_thawing(linked)
        return f"{told} {orders}".rstrip()

    def _notify_confirmed(self, linked):
        products = linked.product_id
        left = self - linked
        message = (
            self.env._("%s products were created.", len(products))
            if len(products) != 1
            else self.env._("%s was created.", products.display_name)
        )
        if not products:
            message = left[:1]._explain_linked() if left[:1].product_id else ""
        elif left:
            message += " " + self.env._(
                "%s items were left as they are; each shows the reason.", len(left)
            )
        message = message or self.env._("Ignored items are left as they are.")
        orders = self.env["amazon.order"]._tell_thawing(linked)
        return notify(f"{message} {orders}".rstrip(), "warning" if left else "success")

    @api.model
    def _open_wizard(self, model, values):
        """Make a dialog of these values and open it."""
        wizard = self.env[model].create(values)
        return {
            "type": "ir.actions.act_window",
            "name": wizard._description,
            "res_model": model,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }
