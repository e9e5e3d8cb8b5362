# SPDX-License-Identifier: LGPL-3.0-or-later
"""External API: listings by SKU, and their quantities."""

from odoo import api, models
from odoo.fields import Domain

from ...tools.external_api import (
    AMBIGUOUS,
    ARGUMENT,
    external,
    find_ids,
    find_named,
    is_id,
    read_id,
    read_list,
    read_text,
    read_texts,
    refuse,
    require_group,
)

MANAGER = "amazon_connector.group_manager"


class AmazonListing(models.Model):
    _inherit = "amazon.listing"

    @api.model
    @external
    def api_link(self, links, channel_ids=None):
        """Link SKUs to products; what is linked so already stays. For managers.

        :param dict links: ``{seller SKU: id of a product, or its internal reference}``
        :param channel_ids: where; none: wherever the SKU is sold
        :return: ``{"listings": [see _get_api_values]}``
        """
        require_group(self.env, MANAGER)
        if not isinstance(links, dict):
            refuse(self.env._("links must be a dictionary."), ARGUMENT)
        read_list(self.env, list(links), "links")
        products = {
            read_text(self.env, sku, "links"): self._find_api_product(given)
            for sku, given in links.items()
        }
        listings = self._find_by_api(list(products), channel_ids)
        for product, group in listings.grouped(
            lambda listing: products[listing.seller_sku]
        ).items():
            group._link_to(product)
        return {"listings": [one._get_api_values() for one in listings]}

    @api.model
    @external
    def api_confirm(self, skus, channel_ids=None):
        """Make products of SKUs and link them; what is linked stays. For managers.

        :return: ``{"listings": [see _get_api_values]}``
        """
        require_group(self.env, MANAGER)
        listings = self._find_by_api(skus, channel_ids)
        listings.action_confirm()
        return {"listings": [one._get_api_values() for one in listings]}

    @api.model
    @external
    def api_unlink(self, skus, channel_ids=None):
        """Take SKUs off their products; others stay as they are. For managers.

        :return: ``{"listings": [see _get_api_values]}``
        """
        require_group(self.env, MANAGER)
        listings = self._find_by_api(skus, channel_ids)
        listings._claim()
        listings.filtered("product_id")._unlink_from_product()
        return {"listings": [one._get_api_values() for one in listings]}

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    @api.model
    def _find_by_api(self, skus, channel_ids=None):
        """The listings of these SKUs; every SKU has one."""
        names = read_texts(self.env, skus, "skus")
        domain = Domain.TRUE
        if channel_ids not in (None, False):
            ids = read_list(self.env, channel_ids, "channel_ids")
            ids = [read_id(self.env, one, "channel_ids") for one in ids]
            channels = find_ids(self.env["amazon.channel"], ids)
            domain = Domain("channel_id", "in", channels.ids)
        return find_named(self, "seller_sku", names, domain)

    @api.model
    def _find_api_product(self, given):
        Product = self.env["product.product"]
        if is_id(given):
            return find_ids(Product, [given])
        code = read_text(self.env, given, "links")
        found = find_named(Product, "default_code", [code])
        found = found.filtered("active") or found
        if len(found) > 1:
            message = self.env._("%s is the reference of several products.", code)
            refuse(message, AMBIGUOUS)
        return found

    @api.model
    def _push_by_api(self, domain, skus, product_ids):
        """Send the quantities of SKUs or products, or of all listings in the domain.

        :return: ``{"listings": [{"id", "sku", "channel_id", "sent", "reason"}]}``:
            whether each is on its way, else why not
        """
        wanted = Domain(domain)
        listings = self.browse()
        if skus not in (None, False):
            names = read_texts(self.env, skus, "skus")
            listings |= find_named(self, "seller_sku", names, wanted)
        if product_ids not in (None, False):
            ids = read_list(self.env, product_ids, "product_ids")
            ids = [read_id(self.env, one, "product_ids") for one in ids]
            products = find_ids(self.env["product.product"], ids)
            listings |= self.search(wanted & Domain("product_id", "in", products.ids))
        if not listings:
            refuse(
                self.env._("Give skus or product_ids that are sold on Amazon."),
                ARGUMENT,
            )
        reasons = {
            one: one.sudo()._explain_excluded() or one.sudo()._explain_waiting()
            for one in listings
        }
        ready = listings.filtered(lambda one: not reasons[one])
        if ready:
            ready.action_push_stock()
        return {"listings": [one._get_api_push(reasons[one]) for one in listings]}

    def _get_api_push(self, reason):
        return {
            "id": self.id,
            "sku": self.seller_sku,
            "channel_id": self.channel_id.id,
            "sent": not reason,
            "reason": reason or False,
        }

    def _get_api_values(self):
        """A plain dictionary of this listing."""
        self.ensure_one()
        return {
            "id": self.id,
            "sku": self.seller_sku,
            "asin": self.asin or False,
            "channel_id": self.channel_id.id,
            "state": self.state,
            "reason": self.reason or False,
            "product_id": self.product_id.id,
        }
