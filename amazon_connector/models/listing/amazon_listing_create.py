# SPDX-License-Identifier: LGPL-3.0-or-later
"""Products made from what Amazon says about listings."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools.database import CONFLICTS

_logger = logging.getLogger(__name__)


class AmazonListing(models.Model):
    _inherit = "amazon.listing"

    @api.private
    def _create_by_policy(self):
        """Create products for listings that nobody has to decide on (S35, S62).

        One that fails keeps its reason and spoils no other.

        :return: the listings that were linked
        """
        if not self:
            return self
        try:
            with self.env.cr.savepoint():
                return self._create_products()
        except CONFLICTS:
            raise
        except Exception as error:
            self.invalidate_recordset(flush=False)
            if len(self) > 1:
                middle = len(self) // 2
                first, second = self[:middle], self[middle:]
                return first._create_by_policy() | second._create_by_policy()
            if not isinstance(error, UserError):
                _logger.exception("No product can be made of listing %s", self.id)
            self.env["amazon.listing.matcher"]._store_reasons(
                {
                    self.id: self.env._(
                        "No product could be created: %s",
                        error.args[0]
                        if isinstance(error, UserError)
                        else type(error).__name__,
                    )
                }
            )
            return self.browse()

    @api.private
    def _create_products(self, chosen=None):
        """Create products for undecided listings and link them.

        Listings of one company with the same SKU share a product (S136). One whose SKU
        is a product's internal reference already is left alone, with the reason:
        another product with it could only be confused with the first.

        :param chosen: ``{listing: product values}`` that a user chose himself
        :return: the listings that were linked
        """
        chosen = chosen or {}
        linked = self.browse()
        # Deciding on listings includes the products that come of it.
        for company, listings in self.sudo().grouped("company_id").items():
            listings = listings.with_company(company)
            taken = listings.filtered(lambda one: one not in chosen)._find_taken()
            self.env["amazon.listing.matcher"]._store_reasons(
                {one.id: listings._explain_taken(taken[one]) for one in taken}
            )
            free = listings.filtered(lambda one, taken=taken: one not in taken)
            linked |= free._create_in_company(chosen)
        return linked.sudo(self.env.su)

    @api.private
    def _create_in_company(self, chosen):
        groups = self.grouped("seller_sku").values()
        leaders = self.browse().union(
            *(group._choose_leader(chosen) for group in groups)
        )
        products, notes = leaders.filtered(
            lambda one: one.channel_id.family_policy == "variants"
        )._create_variants(chosen)
        singles = leaders.filtered(lambda one: one not in products)
        barcodes = singles._find_free_barcodes(chosen)
        created = self.env["product.product"].create(
            [
                {
                    **one._prepare_product(),
                    "barcode": barcodes[one],
                    **chosen.get(one, {}),
                }
                for one in singles
            ]
        )
        products.update(zip(singles, created, strict=True))
        by_sku = {one.seller_sku: product for one, product in products.items()}
        self._link_created({one.id: by_sku[one.seller_sku].id for one in self})
        for one, note in notes.items():
            one.reason = note
        return self

    def _choose_leader(self, chosen):
        """The listing that tells name and price where several share a SKU."""
        return self.sorted(
            lambda one: (
                one not in chosen,
                one.currency_id != one.company_id.currency_id,
                one.id,
            )
        )[0]

    @api.private
    def _link_created(self, links):
        self.filtered(lambda one: one.state != "unconfirmed").write(
            {"state": "unconfirmed"}
        )
        self.env.flush_all()
        self.env["amazon.listing.matcher"]._store_links(links)
        self._wake_frozen(self)

    # ------------------------------------------------------------------
    # Values
    # ------------------------------------------------------------------

    def _prepare_product(self):
        """Hook: values of the product that this listing becomes.

        No cost and no quantity: Amazon knows neither (S146).
        """
        self.ensure_one()
        return {
            "name": self.title or self.seller_sku,
            "default_code": not self.without_sku and self.seller_sku,
            "list_price": self._get_list_price(),
            "type": "consu",
            "is_storable": True,
        }

    def _get_list_price(self):
        """Amazon's price in the company's currency; 0.0 where that cannot be said."""
        self.ensure_one()
        company, currency = self.company_id, self.currency_id
        if currency != company.currency_id:
            # Without a rate Odoo would take one for one.
            rates = (currency | company.currency_id).sudo().rate_ids
            if not rates.filtered(
                lambda rate: not rate.company_id or rate.company_id == company.root_id
            ):
                return 0.0
        return currency._convert(
            self.price, company.currency_id, company, fields.Date.context_today(self)
        )

    @api.private
    def _find_free_barcodes(self, chosen):
        """``{listing: barcode or False}``: each barcode belongs to one product."""
        wanted = [one.barcode for one in self if one.barcode]
        same = [("barcode", "in", wanted)]
        Product = self.env["product.product"].sudo().with_context(active_test=False)
        used = {
            *Product.search_fetch(same, ["barcode"]).mapped("barcode"),
            *self.env["product.uom"].sudo().search(same).mapped("barcode"),
            *(vals.get("barcode") for vals in chosen.values()),
        }
        result = {}
        for one in self:
            free = one.barcode and one.barcode not in used
            result[one] = one.barcode if free else False
            used.add(one.barcode)
        return result

    # ------------------------------------------------------------------
    # SKUs that are taken
    # ------------------------------------------------------------------

    @api.private
    def _find_taken(self):
        """``{listing: product}`` whose internal reference is the listing's SKU."""
        Product = self.env["product.product"].sudo().with_context(active_test=False)
        products = Product.search(
            Domain("default_code", "in", self.mapped("seller_sku"))
            & Domain("amazon_charge", "=", False)
            & Domain(Product._check_company_domain(self.company_id)),
            order="active desc, id",
        ).grouped("default_code")
        return {
            one: products[one.seller_sku][0]
            for one in self
            if one.seller_sku in products
        }

    @api.model
    def _explain_taken(self, product):
        if product.active:
            return self.env._(
                "%s has this SKU as internal reference already. Link to it, or use "
                "Update to give another reference.",
                product.display_name,
            )
        return self.env._(
            "%s has this SKU as internal reference and is archived. Unarchive it and "
            "link to it, or use Update to give another reference.",
            product.display_name,
        )
