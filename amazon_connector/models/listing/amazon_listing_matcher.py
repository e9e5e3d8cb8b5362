# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which product a listing stands for, when that is certain."""

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.evidence import find_condition_word, find_pack, is_amazons_own, is_new

RULES = ("sku", "name", "barcode")
"""In the order of their strength; each has its switch ``match_by_*`` on the channel.

An equal SKU is a seller's own word; name and barcode are weak: they count only where
nothing speaks against them (:meth:`AmazonListingMatcher._find_objection`).
"""

_SAME = {
    "sku": SQL("product.default_code = listing.seller_sku"),
    "name": SQL("template.name ->> lang.code = listing.title"),
    # Amazon and Odoo may write the same number with 12, 13 or 14 digits.
    "barcode": SQL(
        "ltrim(product.barcode, '0') = ltrim(listing.barcode, '0')"
        " AND listing.barcode ~ '[1-9]'"
    ),
}
# What Amazon's other listings of the account say about a product that fits.
_OTHER = SQL(
    """
    FROM amazon_listing other
    JOIN product_product linked ON linked.id = other.product_id
   WHERE linked.product_tmpl_id = product.product_tmpl_id
     AND other.account_id = listing.account_id AND other.id <> listing.id
    """
)
_KIN = SQL(
    """
    EXISTS (SELECT %(other)s AND other.product_id = product.id
               AND other.seller_sku = listing.seller_sku) AS decided,
    EXISTS (SELECT %(other)s AND other.product_id = product.id
               AND other.asin <> listing.asin) AS other_item,
    EXISTS (SELECT %(other)s AND other.parent_sku <> listing.parent_sku)
        AS other_family
    """,
    other=_OTHER,
)
_SHARED = {
    "name": SQL("title"),
    "barcode": SQL("ltrim(barcode, '0')"),
}


class AmazonListingMatcher(models.AbstractModel):
    """Links what is certain, many listings at once, and says why not the rest."""

    _name = "amazon.listing.matcher"
    _description = "Amazon Listing: Matcher"

    @api.model
    def _match_new(self, listings):
        """Link what is certain; say on all others why they are not linked.

        A rule is certain when exactly one active product of the company fits it, and
        nothing speaks against it. What is archived, ambiguous, another company's, or
        was unlinked from this listing by a user is never linked; the first rule that
        meets such a product ends the search, but for another company's. What no rule
        knows is made a product where
        the channel's policy says so. Variation parents are set aside.

        The number of queries does not depend on the number of listings: give many at
        once. Listings that are decided already are left alone, so that it may be
        called again for all of a channel.

        :param listings: of any channels; only unconfirmed ones are looked at
        :return: the listings that were linked
        """
        open_ = self._read_open(listings)
        self._set_aside([id_ for id_, row in open_.items() if row["is_parent"]])
        nameless = [id_ for id_, row in open_.items() if row["without_sku"]]
        todo = {id_ for id_, row in open_.items() if not row["is_parent"]}
        todo.difference_update(nameless)
        links = {}
        reasons = dict.fromkeys(
            nameless,
            self.env._("Amazon gives no SKU for it. Link it by hand."),
        )
        for rule in RULES:
            if not todo:
                break
            found = self._find_candidates(rule, todo)
            shared = self._find_shared(rule, found)
            for row in found:
                id_, usable = row["listing_id"], row["usable"]
                stop = True
                if not usable or len(usable) > 1:
                    stop, reasons[id_] = self._explain_candidates(rule, row)
                elif objection := self._find_objection(
                    rule, open_[id_], row, id_ in shared
                ):
                    reasons[id_] = objection
                else:
                    links[id_] = usable[0]
                if stop:
                    todo.discard(id_)
        nothing = {id_ for id_ in todo if id_ not in reasons}
        texts = {}
        for id_ in nothing:
            switches = tuple(open_[id_][rule] for rule in RULES)
            if switches not in texts:
                texts[switches] = self._explain_nothing(switches)
            reasons[id_] = texts[switches]
        self._store_links(links)
        self._store_reasons(
            {id_: text for id_, text in reasons.items() if id_ not in links}
        )
        Listing = self.env["amazon.listing"]
        linked = Listing.browse(links)
        Listing._wake_frozen(linked)
        creatable = Listing.browse(
            sorted(id_ for id_ in nothing if open_[id_]["may_create"])
        )
        creator = self.env["amazon.listing.creator"]
        return linked | creator._create_by_policy(creatable)

    @api.model
    def _read_open(self, listings):
        """``{id: {...}}`` of the unconfirmed ones, with their channel's switches."""
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT listing.id, listing.seller_sku, listing.title,
                       listing.condition, listing.variation_values,
                       COALESCE(listing.without_sku, FALSE) AS without_sku,
                       COALESCE(listing.is_parent, FALSE) AS is_parent,
                       COALESCE(channel.match_by_sku, FALSE) AS sku,
                       COALESCE(channel.match_by_name, FALSE) AS name,
                       COALESCE(channel.match_by_barcode, FALSE) AS barcode,
                       -- A family is known only once the details have been read.
                       channel.new_product_policy = 'create'
                       AND (channel.family_policy = 'separate'
                            OR listing.read_at IS NOT NULL)
                       AND NOT EXISTS (
                           SELECT FROM amazon_listing_unlinked_rel pair
                            WHERE pair.amazon_listing_id = listing.id
                       ) AS may_create
                  FROM amazon_listing listing
                  JOIN amazon_channel channel ON channel.id = listing.channel_id
                 WHERE listing.id = ANY(%s) AND listing.state = 'unconfirmed'
                """,
                list(listings.ids),
            )
        )
        return {row.pop("id"): row for row in rows}

    @api.model
    def _find_candidates(self, rule, ids):
        """Products that fit a rule, for the listings that have any.

        :return: a dict for each: ``listing_id``; ids of the ``usable`` products, or
            None; numbers of ``unlinked``, ``archived`` and another company's
            (``foreign``) ones; and of a usable product what
            :meth:`_find_objection` asks
        """
        languages = SQL()
        if rule == "name":
            # Not jsonb_each_text(): the planner takes it for 100 names a product, and
            # compiling the query then takes longer than running it.
            codes = {
                "en_US",
                *(code for code, _name in self.env["res.lang"].get_installed()),
            }
            languages = SQL("CROSS JOIN unnest(%s) AS lang(code)", sorted(codes))
        return self.env.execute_query_dict(
            SQL(
                """
                WITH candidate AS (
                    SELECT DISTINCT listing.id AS listing_id, product.id,
                           product.active AND template.active AS active,
                           template.company_id IS NULL
                           OR seller.parent_path LIKE owner.parent_path || '%%' AS own,
                           EXISTS (
                               SELECT FROM amazon_listing_unlinked_rel pair
                                WHERE pair.amazon_listing_id = listing.id
                                  AND pair.product_product_id = product.id
                           ) AS unlinked,
                           template.type <> 'consu'
                           OR template.sale_ok IS NOT TRUE AS not_goods,
                           %(kin)s
                      FROM product_product product
                      JOIN product_template template
                        ON template.id = product.product_tmpl_id
                 LEFT JOIN res_company owner ON owner.id = template.company_id
                        %(languages)s
                      JOIN amazon_listing listing ON %(same)s
                      JOIN amazon_channel channel ON channel.id = listing.channel_id
                      JOIN res_company seller ON seller.id = channel.company_id
                     WHERE listing.id = ANY(%(ids)s)
                       AND channel.%(switch)s
                       AND product.amazon_charge IS NULL
                )
                SELECT listing_id,
                       array_agg(id) FILTER (WHERE usable) AS usable,
                       count(*) FILTER (WHERE own AND active AND unlinked) AS unlinked,
                       count(*) FILTER (WHERE own AND NOT active) AS archived,
                       count(*) FILTER (WHERE NOT own) AS foreign,
                       bool_or(not_goods) FILTER (WHERE usable) AS not_goods,
                       bool_or(decided) FILTER (WHERE usable) AS decided,
                       bool_or(other_item) FILTER (WHERE usable) AS other_item,
                       bool_or(other_family) FILTER (WHERE usable) AS other_family
                  FROM (
                       SELECT *, own AND active AND NOT unlinked AS usable
                         FROM candidate) AS judged
              GROUP BY listing_id
                """,
                languages=languages,
                kin=_KIN,
                same=_SAME[rule],
                ids=list(ids),
                switch=SQL.identifier(f"match_by_{rule}"),
            )
        )

    @api.model
    def _explain_candidates(self, rule, found):
        """Why the products that fit a rule are not linked.

        :return: ``(whether to stop looking, reason)``
        """
        usable = found["usable"]
        if usable:
            return True, self._tell_many(len(usable))[rule]
        if found["unlinked"]:
            return True, self._tell_unlinked()[rule]
        if found["archived"]:
            return True, self._tell_archived()[rule]
        return False, self._tell_foreign()[rule]

    # Whole sentences for each rule: no language is put together from parts.

    @api.model
    def _tell_many(self, count):
        return {
            "sku": self.env._(
                "%s products have this SKU as internal reference.", count
            ),
            "name": self.env._("%s products have this name.", count),
            "barcode": self.env._("%s products have this barcode.", count),
        }

    @api.model
    def _tell_unlinked(self):
        return {
            "sku": self.env._(
                "A user unlinked it from the product that has this SKU as internal "
                "reference."
            ),
            "name": self.env._(
                "A user unlinked it from the product that has this name."
            ),
            "barcode": self.env._(
                "A user unlinked it from the product that has this barcode."
            ),
        }

    @api.model
    def _tell_archived(self):
        return {
            "sku": self.env._(
                "The product that has this SKU as internal reference is archived."
            ),
            "name": self.env._("The product that has this name is archived."),
            "barcode": self.env._("The product that has this barcode is archived."),
        }

    @api.model
    def _tell_foreign(self):
        return {
            "sku": self.env._(
                "The product that has this SKU as internal reference belongs to "
                "another company."
            ),
            "name": self.env._(
                "The product that has this name belongs to another company."
            ),
            "barcode": self.env._(
                "The product that has this barcode belongs to another company."
            ),
        }

    @api.model
    def _tell_objection(self):
        """Sentences by rule; what speaks against the product follows."""
        return {
            "sku": self.env._(
                "A product has this SKU as internal reference. It is not linked by "
                "itself; if it is that product after all, link it by hand."
            ),
            "name": self.env._(
                "A product has this name. It is not linked by itself; if it is that "
                "product after all, link it by hand."
            ),
            "barcode": self.env._(
                "A product has this barcode. It is not linked by itself; if it is "
                "that product after all, link it by hand."
            ),
        }

    @api.model
    def _find_shared(self, rule, found):
        """Ids of listings whose name or barcode Amazon has for several items."""
        ids = [row["listing_id"] for row in found if row["usable"]]
        if rule not in _SHARED or not ids:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                WITH asked AS (
                    SELECT id, channel_id, %(key)s AS key
                      FROM amazon_listing WHERE id = ANY(%(ids)s)),
                shared AS (
                    SELECT channel_id, %(key)s AS key
                      FROM amazon_listing
                     WHERE channel_id IN (SELECT channel_id FROM asked)
                       AND %(key)s IN (SELECT key FROM asked)
                       AND active AND is_parent IS NOT TRUE
                  GROUP BY channel_id, 2 HAVING min(asin) <> max(asin))
                SELECT asked.id FROM asked JOIN shared USING (channel_id, key)
                """,
                key=_SHARED[rule],
                ids=ids,
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _find_objection(self, rule, listing, found, shared):
        """What speaks against the only product that fits a rule; None: nothing.

        :param listing: a dict of :meth:`_read_open`
        :param found: a dict of :meth:`_find_candidates`
        :param shared: Amazon has the name or barcode for several items
        """
        objection = None
        if is_amazons_own(listing["seller_sku"]) and not found["decided"]:
            objection = self.env._(
                "Amazon created this SKU itself, for goods that were returned or found."
            )
        elif rule != "sku":
            objection = self._object_to_goods(listing) or self._object_to_product(
                found, shared
            )
        return objection and f"{self._tell_objection()[rule]} {objection}"

    @api.model
    def _object_to_goods(self, listing):
        """What a listing says of itself that a new single piece would not."""
        if is_new(listing["condition"]) is False:
            return self.env._(
                "Its condition on Amazon is %s.", listing["condition"].replace("_", " ")
            )
        if word := find_condition_word(listing["seller_sku"], listing["title"]):
            return self.env._(
                "According to its SKU or title, it is not new (%s).", word
            )
        attributes = (value for _name, value in listing["variation_values"] or ())
        for text in (listing["title"], *map(str, attributes)):
            if word := find_pack(text):
                return self.env._(
                    "According to its title or attributes, it is a pack of several "
                    "pieces (%s).",
                    word,
                )
        return None

    @api.model
    def _find_warning(self, listing):
        """What speaks against linking a listing to a usual product; None: nothing."""
        if is_amazons_own(listing.seller_sku):
            return self.env._(
                "Amazon made this SKU itself, for goods that were returned or found."
            )
        return self._object_to_goods(listing)

    @api.model
    def _object_to_product(self, found, shared):
        if found["not_goods"]:
            return self.env._("It is not a product that can be sold from stock.")
        if found["archived"]:
            return self.env._("An archived product also has it.")
        if found["other_family"]:
            return self.env._(
                "The product is already linked to a variation of another parent on "
                "Amazon."
            )
        if found["other_item"]:
            return self.env._(
                "The product is already linked to another item (ASIN) on Amazon."
            )
        if shared:
            return self.env._("Several items (ASINs) on Amazon have it.")
        return None

    @api.model
    def _explain_nothing(self, switches):
        texts = dict(
            zip(
                RULES,
                (
                    self.env._("No product has this SKU as internal reference."),
                    self.env._("No product has this name."),
                    self.env._("No product has this barcode."),
                ),
                strict=True,
            )
        )
        used = [texts[rule] for rule, on in zip(RULES, switches, strict=True) if on]
        return " ".join(used) or self.env._(
            "This channel does not link listings automatically."
        )

    # ------------------------------------------------------------------
    # Storing in bulk
    # ------------------------------------------------------------------

    @api.model
    def _set_aside(self, parent_ids):
        self._store_reasons(
            dict.fromkeys(
                parent_ids,
                self.env._("It only groups variations; buyers cannot buy it."),
            ),
            state="ignored",
        )

    @api.model
    def _store_links(self, links):
        """:param links: ``{listing id: product id}``"""
        self._store(
            SQL(
                """
                UPDATE amazon_listing listing
                   SET product_id = made.product_id, state = 'linked', reason = NULL,
                       write_uid = %s, write_date = %s
                  FROM unnest(%s::integer[], %s::integer[]) AS made(id, product_id)
                 WHERE listing.id = made.id AND listing.state = 'unconfirmed'
                """,
                self.env.uid,
                fields.Datetime.now(),
                list(links),
                list(links.values()),
            ),
            links,
        )
        linked = self.env["amazon.listing"].browse(links)
        self.env["amazon.stock.change"]._record_listings(linked, "link")

    @api.model
    def _store_reasons(self, reasons, state="unconfirmed"):
        """:param reasons: ``{listing id: text}``; what stands there is not rewritten"""
        self._store(
            SQL(
                """
                UPDATE amazon_listing listing
                   SET reason = said.reason, state = %s,
                       write_uid = %s, write_date = %s
                  FROM unnest(%s::integer[], %s::text[]) AS said(id, reason)
                 WHERE listing.id = said.id AND listing.state = 'unconfirmed'
                   AND (listing.state, listing.reason)
                       IS DISTINCT FROM (%s, said.reason)
                """,
                state,
                self.env.uid,
                fields.Datetime.now(),
                list(reasons),
                list(reasons.values()),
                state,
            ),
            reasons,
        )

    @api.model
    def _store(self, statement, values):
        """Run a statement that changes many listings, past the records in memory."""
        if not values:
            return
        self.env.cr.execute(statement)
        self.env["amazon.listing"].invalidate_model(
            ["product_id", "state", "reason"], flush=False
        )
        self.env["amazon.order.line"].invalidate_model(["product_id"], flush=False)
        self.env["product.product"].invalidate_model(
            ["amazon_listing_ids"], flush=False
        )
