# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which products listings could stand for, when that is not certain.

Likeness is PostgreSQL's ``pg_trgm``, not a Python library such as `rapidfuzz`: the
products are compared where they are, so that a catalogue of any size needs one query
and no memory, and nothing has to be installed, because Odoo creates the extension with
each database. Where it is missing, products that share words are compared in Python.
"""

import json
from difflib import SequenceMatcher

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

SUGGESTIONS = 8
LEAST_SCORE = 0.2
# Below it a suggestion is a guess, and takes more time to refuse than to search.
LEAST_LIKENESS = 0.5
# Neighbours in a shop's numbering have almost the same SKU, and nothing in common.
SKU_WEIGHT = 0.6
FALLBACK_CANDIDATES = 200
# Comparing costs most: of each item only with products that share words with it, by
# their first letters, those with the rarest words first.
STEM = 5
SIGNS = "-_/,.()[]|:;+&\"'"
COMMON = 1000
LOOKED_AT = 40
# So many items are compared only with what the index of names finds for them; for more
# it is cheaper to split the names of all products once.
FEW = 3
# PostgreSQL's index knows three letters in a row.
INDEXED = 3


class AmazonListingSuggester(models.AbstractModel):
    _name = "amazon.listing.suggester"
    _description = "Amazon Listing: Suggester"

    @api.model
    def _find_likely(self, listings):
        """``{listing: (product, likeness)}`` of what is more likely than not.

        Nothing for an item that is decided, nor a product that a user unlinked from it.
        """
        open_ = listings.filtered(lambda one: one.state in ("unconfirmed", "unlinked"))
        products = self.env["product.product"]
        result = {}
        for listing, found in self._suggest(open_, LEAST_LIKENESS).items():
            refused = listing.sudo().unlinked_product_ids.ids
            for id_, score in found:
                if id_ not in refused:
                    result[listing] = products.browse(id_), score
                    break
        return result

    @api.model
    def _suggest(self, listings, least=LEAST_SCORE):
        """``{listing: [(product id, likeness from 0 to 1)]}``, the most alike first."""
        result = {}
        for company, own in listings.grouped("company_id").items():
            domain = Domain("amazon_charge", "=", False) & Domain(
                self.env["product.product"]._check_company_domain(company)
            )
            if self.env.registry.has_trigram:
                result |= self._suggest_by_trigrams(own, domain, least)
            else:
                for one in own:
                    result[one] = self._suggest_by_words(one, domain, least)
        return result

    @api.model
    def _suggest_by_trigrams(self, listings, domain, least):
        same = self._find_same_asin(listings)
        if len(listings) <= FEW:
            domain &= self._narrow(listings, same)
        products = self.env["product.product"]._search(domain)
        items = [
            {
                "id": one.id,
                "sku": one.seller_sku,
                "title": one.title or "",
                "barcode": one.barcode or None,
                "same": same.get((one.account_id, one.asin), []),
            }
            for one in listings
        ]
        # PostgreSQL expects millions of words, and compiling takes longer than running.
        self.env.cr.execute("SET LOCAL jit = off")
        rows = self.env.execute_query(
            SQL(
                """
                WITH item AS MATERIALIZED (
                    SELECT * FROM jsonb_to_recordset(%(items)s::jsonb) AS item(
                        id int, sku text, title text, barcode text, same int[])
                ),
                candidate AS MATERIALIZED (
                    SELECT product.id, product.default_code, product.barcode,
                           COALESCE(
                               template.name->>%(lang)s, template.name->>'en_US'
                           ) AS name
                      FROM product_product product
                      JOIN product_template template
                        ON template.id = product.product_tmpl_id
                     WHERE product.id IN %(products)s
                ),
                wanted AS MATERIALIZED (
                    SELECT DISTINCT item.id, LEFT(word.text, %(stem)s) AS text
                      FROM item
                CROSS JOIN LATERAL unnest(string_to_array(translate(
                               lower(concat_ws(' ', item.title, item.sku)),
                               %(signs)s, %(blanks)s), ' ')) AS word(text)
                     WHERE word.text <> ''
                ),
                stem AS MATERIALIZED (
                    SELECT DISTINCT candidate.id, LEFT(word.text, %(stem)s) AS text
                      FROM candidate
                CROSS JOIN LATERAL unnest(string_to_array(translate(
                               lower(concat_ws(
                                   ' ', candidate.name, candidate.default_code)),
                               %(signs)s, %(blanks)s), ' ')) AS word(text)
                     WHERE LEFT(word.text, %(stem)s) IN (SELECT text FROM wanted)
                ),
                weight AS MATERIALIZED (
                    SELECT text, 1.0::float / count(*) AS value
                      FROM stem GROUP BY text HAVING count(*) <= %(common)s
                ),
                near AS MATERIALIZED (
                    SELECT item_id, product_id
                      FROM (SELECT wanted.id AS item_id, stem.id AS product_id,
                                   row_number() OVER (
                                       PARTITION BY wanted.id
                                           ORDER BY sum(weight.value) DESC, stem.id
                                   ) AS place
                              FROM wanted
                              JOIN weight ON weight.text = wanted.text
                              JOIN stem ON stem.text = wanted.text
                          GROUP BY wanted.id, stem.id) AS ranked
                     WHERE place <= %(looked_at)s
                     UNION
                    SELECT item.id, candidate.id
                      FROM item JOIN candidate ON candidate.barcode = item.barcode
                     UNION
                    SELECT item.id, candidate.id
                      FROM item JOIN candidate ON candidate.default_code = item.sku
                     UNION
                    SELECT item.id, unnest(item.same) FROM item
                ),
                pair AS MATERIALIZED (
                    SELECT near.item_id, item.sku, item.title, item.same,
                           item.barcode AS item_barcode, candidate.*
                      FROM near
                      JOIN item ON item.id = near.item_id
                      JOIN candidate ON candidate.id = near.product_id
                ),
                scored AS MATERIALIZED (
                    SELECT item_id, id AS product_id,
                           GREATEST(
                               CASE WHEN default_code = sku THEN 1
                               ELSE similarity(default_code, sku) * %(weight)s END,
                               -- Amazon's titles say more than the name does.
                               (similarity(name, title) + word_similarity(name, title)
                               ) / 2,
                               CASE WHEN barcode = item_barcode THEN 1 END,
                               CASE WHEN id = ANY(same) THEN 1 END
                           ) AS score
                      FROM pair
                )
                SELECT item_id, product_id, score
                  FROM (SELECT scored.*,
                               row_number() OVER (
                                   PARTITION BY item_id
                                       ORDER BY score DESC, product_id
                               ) AS place
                          FROM scored
                         WHERE score >= %(least)s) AS best
                 WHERE place <= %(limit)s
              ORDER BY item_id, place
                """,
                items=json.dumps(items),
                weight=SKU_WEIGHT,
                lang=self.env.lang or "en_US",
                stem=STEM,
                signs=SIGNS,
                blanks=" " * len(SIGNS),
                common=COMMON,
                looked_at=LOOKED_AT,
                products=products.subselect(),
                least=least,
                limit=SUGGESTIONS,
            )
        )
        result = {one: [] for one in listings}
        by_id = {one.id: one for one in listings}
        for listing_id, product_id, score in rows:
            result[by_id[listing_id]].append((product_id, float(score)))
        return result

    @api.model
    def _narrow(self, listings, same):
        """A domain of all products that a few items can be compared with.

        Those whose name shares a rare word, found by the index of names, and those that
        their reference, barcode or ASIN tells of.

        :param same: what :meth:`_find_same_asin` found
        """
        codes = _split(" ".join(one.seller_sku for one in listings))
        words = codes | _split(" ".join(one.title or "" for one in listings))
        alike = Domain.OR(
            Domain("name", "ilike", word) for word in words if self._is_rare(word)
        )
        templates = self.env["product.template"].sudo()
        named = templates.with_context(active_test=False)._search(alike)
        return (
            Domain("product_tmpl_id", "in", named)
            | Domain.OR(
                Domain("default_code", "ilike", word)
                for word in words
                if word in codes or any(sign.isdigit() for sign in word)
            )
            | Domain("default_code", "in", listings.mapped("seller_sku"))
            | Domain("barcode", "in", [one.barcode for one in listings if one.barcode])
            | Domain("id", "in", [id_ for ids in same.values() for id_ in ids])
        )

    @api.model
    def _is_rare(self, word):
        templates = self.env["product.template"].sudo()
        found = templates.with_context(active_test=False).search_count(
            [("name", "ilike", word)], limit=COMMON + 1
        )
        return found <= COMMON

    @api.model
    def _find_same_asin(self, listings):
        """``{(account, ASIN): ids of the products of its listings}``."""
        Listing = self.env["amazon.listing"].with_context(active_test=False)
        groups = Listing._read_group(
            [
                ("account_id", "in", listings.account_id.ids),
                ("asin", "in", [asin for asin in listings.mapped("asin") if asin]),
                ("product_id", "!=", False),
            ],
            ["account_id", "asin"],
            ["product_id:array_agg"],
        )
        return {(account, asin): ids for account, asin, ids in groups}

    @api.model
    def _suggest_by_words(self, listing, domain, least):
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
            if score >= least:
                scored.append((product.id, score))
        return sorted(scored, key=lambda row: (-row[1], row[0]))[:SUGGESTIONS]


def _split(text):
    """The stems of words that an index finds."""
    words = text.lower().translate(dict.fromkeys(map(ord, SIGNS), " ")).split()
    return {word[:STEM] for word in words if len(word) >= INDEXED}


def _compare(one, other):
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()
