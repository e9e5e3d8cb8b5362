# SPDX-License-Identifier: LGPL-3.0-or-later
"""Linking a listing to a product that is there, with suggestions.

Likeness is PostgreSQL's ``pg_trgm``, not a Python library such as `rapidfuzz`: the
products are compared where they are, so that a catalogue of any size needs one query
and no memory, and nothing has to be installed, because Odoo creates the extension with
each database. Where it is missing, products that share words are compared in Python.
"""

from difflib import SequenceMatcher

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

SUGGESTIONS = 8
LEAST_SCORE = 0.2
# Neighbours in a shop's numbering have almost the same SKU, and nothing in common.
SKU_WEIGHT = 0.6
FALLBACK_CANDIDATES = 200


class AmazonListingLink(models.TransientModel):
    """Asks which product a listing stands for (S144)."""

    _name = "amazon.listing.link"
    _description = "Link to Existing Product"

    listing_ids = fields.Many2many(
        "amazon.listing",
        string="Items",
        required=True,
        readonly=True,
        context={"active_test": False},
    )
    listing_id = fields.Many2one("amazon.listing", compute="_compute_listing")
    title = fields.Char(related="listing_id.title", related_sudo=False)
    company_id = fields.Many2one(related="listing_id.company_id")
    product_id = fields.Many2one(
        "product.product",
        domain="[('amazon_charge', '=', False), ('company_id', 'in', (False, "
        "company_id))]",
    )
    suggestion_ids = fields.One2many(
        "amazon.listing.suggestion", "wizard_id", readonly=True
    )

    @api.depends("listing_ids")
    def _compute_listing(self):
        for wizard in self:
            wizard.listing_id = wizard.listing_ids[:1]

    @api.model_create_multi
    def create(self, vals_list):
        """Suggest products at once, the most alike first."""
        wizards = super().create(vals_list)
        for wizard in wizards:
            found = wizard._suggest(wizard.listing_id)
            self.env["amazon.listing.suggestion"].create(
                [
                    {"wizard_id": wizard.id, "product_id": id_, "score": score * 100}
                    for id_, score in found
                ]
            )
        return wizards

    def action_apply(self):
        """Link the listings to the product."""
        self.ensure_one()
        self.listing_ids._link_to(self.product_id)
        return {"type": "ir.actions.act_window_close"}

    # ------------------------------------------------------------------
    # Suggestions
    # ------------------------------------------------------------------

    @api.model
    def _suggest(self, listing):
        """``[(product id, likeness from 0 to 1)]``, the most alike first."""
        domain = Domain("amazon_charge", "=", False) & Domain(
            self.env["product.product"]._check_company_domain(listing.company_id)
        )
        if self.env.registry.has_trigram:
            return self._suggest_by_trigrams(listing, domain)
        return self._suggest_by_words(listing, domain)

    @api.model
    def _suggest_by_trigrams(self, listing, domain):
        products = self.env["product.product"]._search(domain)
        title = listing.title or ""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, score
                  FROM (SELECT product.id,
                               GREATEST(
                                   CASE WHEN product.default_code = %(sku)s THEN 1
                                   ELSE similarity(product.default_code, %(sku)s)
                                        * %(weight)s END,
                                   -- Amazon's titles say more than the name does.
                                   (similarity(name.value, %(title)s)
                                    + word_similarity(name.value, %(title)s)) / 2,
                                   CASE WHEN product.barcode = %(barcode)s THEN 1 END,
                                   CASE WHEN product.id = ANY(%(same)s) THEN 1 END
                               ) AS score
                          FROM product_product product
                          JOIN product_template template
                            ON template.id = product.product_tmpl_id
                    CROSS JOIN LATERAL (
                                   SELECT COALESCE(
                                       template.name->>%(lang)s,
                                       template.name->>'en_US'
                                   ) AS value
                               ) AS name
                         WHERE product.id IN %(products)s) AS scored
                 WHERE score >= %(least)s
              ORDER BY score DESC, id
                 LIMIT %(limit)s
                """,
                sku=listing.seller_sku,
                weight=SKU_WEIGHT,
                title=title,
                barcode=listing.barcode or None,
                same=self._find_same_asin(listing).ids,
                lang=self.env.lang or "en_US",
                products=products.subselect(),
                least=LEAST_SCORE,
                limit=SUGGESTIONS,
            )
        )
        return [(id_, float(score)) for id_, score in rows]

    @api.model
    def _find_same_asin(self, listing):
        """Products of the account's other listings of the same ASIN."""
        Listing = self.env["amazon.listing"].with_context(active_test=False)
        if not listing.asin:
            return Listing.product_id
        return Listing.search(
            [("account_id", "=", listing.account_id.id), ("asin", "=", listing.asin)]
        ).product_id

    @api.model
    def _suggest_by_words(self, listing, domain):
        text = f"{listing.seller_sku} {listing.title or ''}".casefold()
        words = {word for word in text.split() if len(word) > 2}
        if not words:
            return []
        alike = Domain.OR(
            Domain(name, "ilike", word)
            for word in words
            for name in ("name", "default_code")
        )
        scored = []
        for product in self.env["product.product"].search(
            alike & domain, limit=FALLBACK_CANDIDATES
        ):
            code = product.default_code or ""
            by_code = _compare(code, listing.seller_sku)
            if code != listing.seller_sku:
                by_code *= SKU_WEIGHT
            score = max(by_code, _compare(product.name, listing.title or ""))
            if score >= LEAST_SCORE:
                scored.append((product.id, score))
        return sorted(scored, key=lambda row: (-row[1], row[0]))[:SUGGESTIONS]


def _compare(one, other):
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()


class AmazonListingSuggestion(models.TransientModel):
    """One product that a listing could stand for."""

    _name = "amazon.listing.suggestion"
    _description = "Suggested Product"
    _order = "score desc, id"

    wizard_id = fields.Many2one(
        "amazon.listing.link", required=True, ondelete="cascade"
    )
    product_id = fields.Many2one("product.product", required=True, ondelete="cascade")
    default_code = fields.Char(related="product_id.default_code", related_sudo=False)
    score = fields.Float("Match", digits=(3, 0), help="In percent.")

    def action_choose(self):
        """Link the listings to this product."""
        self.ensure_one()
        self.wizard_id.product_id = self.product_id
        return self.wizard_id.action_apply()
