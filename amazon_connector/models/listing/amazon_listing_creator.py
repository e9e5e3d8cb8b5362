# SPDX-License-Identifier: LGPL-3.0-or-later
"""Products made from what Amazon says about listings."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools.database import NOT_THE_DATA

_logger = logging.getLogger(__name__)


class AmazonListing(models.Model):
    _inherit = "amazon.listing"

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


class AmazonListingCreator(models.AbstractModel):
    _name = "amazon.listing.creator"
    _description = "Amazon Listing: Product Creation"

    @api.model
    def _create_by_policy(self, listings):
        """Create products for listings that nobody has to decide on (S35, S62).

        One that fails keeps its reason and spoils no other.

        :return: the listings that were linked
        """
        if not listings:
            return listings
        try:
            with self.env.cr.savepoint():
                return self._create_products(listings)
        except NOT_THE_DATA:
            raise
        except Exception as error:
            listings.invalidate_recordset(flush=False)
            if len(listings) > 1:
                middle = len(listings) // 2
                first = self._create_by_policy(listings[:middle])
                return first | self._create_by_policy(listings[middle:])
            if not isinstance(error, UserError):
                _logger.exception("No product can be made of listing %s", listings.id)
            self.env["amazon.listing.matcher"]._store_reasons(
                {
                    listings.id: self.env._(
                        "No product could be created: %s",
                        error.args[0]
                        if isinstance(error, UserError)
                        else type(error).__name__,
                    )
                }
            )
            return listings.browse()

    @api.model
    def _create_products(self, listings, chosen=None):
        """Create products for undecided listings and link them.

        Listings of one company with the same SKU share a product (S136). One whose SKU
        is a product's internal reference already is left alone, with the reason:
        another product with it could only be confused with the first.

        :param chosen: ``{listing: product values}`` that a user chose himself
        :return: the listings that were linked
        """
        chosen = chosen or {}
        linked = listings.browse()
        # Deciding on listings includes the products that come of it.
        for company, own in listings.sudo().grouped("company_id").items():
            here = self.sudo().with_company(company)
            own = own.with_env(here.env)
            taken = here._find_taken(own.filtered(lambda one: one not in chosen))
            self.env["amazon.listing.matcher"]._store_reasons(
                {one.id: here._explain_taken(taken[one]) for one in taken}
            )
            free = own.filtered(lambda one, taken=taken: one not in taken)
            linked |= here._create_in_company(free, chosen)
        return linked.sudo(self.env.su)

    @api.model
    def _create_in_company(self, listings, chosen):
        groups = listings.grouped("seller_sku").values()
        leaders = listings.browse().union(
            *(self._choose_leader(group, chosen) for group in groups)
        )
        products, notes = self.env["amazon.listing.family"]._create_variants(
            leaders.filtered(lambda one: one.channel_id.family_policy == "variants"),
            chosen,
        )
        singles = leaders.filtered(lambda one: one not in products)
        barcodes = self._find_free_barcodes(singles, chosen)
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
        self._link_created(
            listings, {one.id: by_sku[one.seller_sku].id for one in listings}
        )
        for one, note in notes.items():
            one.reason = note
        # Of those that share a product the first one that has a picture gives it.
        listings.filtered("channel_id.take_pictures")._want_pictures()
        return listings

    @api.model
    def _choose_leader(self, listings, chosen):
        """The listing that tells name and price where several share a SKU."""
        return listings.sorted(
            lambda one: (
                one not in chosen,
                one.currency_id != one.company_id.currency_id,
                one.id,
            )
        )[0]

    @api.model
    def _link_created(self, listings, links):
        listings.filtered(lambda one: one.state != "unconfirmed").write(
            {"state": "unconfirmed"}
        )
        self.env.flush_all()
        self.env["amazon.listing.matcher"]._store_links(links)
        listings._wake_frozen(listings)

    @api.model
    def _find_free_barcodes(self, listings, chosen):
        """``{listing: barcode or False}``: each barcode belongs to one product."""
        wanted = [one.barcode for one in listings if one.barcode]
        same = [("barcode", "in", wanted)]
        Product = self.env["product.product"].sudo().with_context(active_test=False)
        used = {
            *Product.search_fetch(same, ["barcode"]).mapped("barcode"),
            *self.env["product.uom"].sudo().search(same).mapped("barcode"),
            *(vals.get("barcode") for vals in chosen.values()),
        }
        result = {}
        for one in listings:
            free = one.barcode and one.barcode not in used
            result[one] = one.barcode if free else False
            used.add(one.barcode)
        return result

    # ------------------------------------------------------------------
    # SKUs that are taken
    # ------------------------------------------------------------------

    @api.model
    def _find_taken(self, listings):
        """``{listing: product}`` whose internal reference is the listing's SKU."""
        Product = self.env["product.product"].sudo().with_context(active_test=False)
        products = Product.search(
            Domain("default_code", "in", listings.mapped("seller_sku"))
            & Domain("amazon_charge", "=", False)
            & Domain(Product._check_company_domain(listings.company_id)),
            order="active desc, id",
        ).grouped("default_code")
        return {
            one: products[one.seller_sku][0]
            for one in listings
            if one.seller_sku in products
        }

    @api.model
    def _explain_taken(self, product):
        if product.active:
            return self.env._(
                "%s already has this SKU as internal reference. Link to it, or press "
                "Update to enter another reference.",
                product.display_name,
            )
        return self.env._(
            "%s has this SKU as internal reference and is archived. Unarchive it and "
            "link to it, or press Update to enter another reference.",
            product.display_name,
        )
