# SPDX-License-Identifier: LGPL-3.0-or-later
"""How listings that Amazon's Listings API tells of are stored: a few statements."""

import json
from dataclasses import asdict, dataclass

from odoo import api, fields, models
from odoo.tools import SQL

from ...sp_api.reading import make_storable
from ...tools.database import prepare_defaults
from ...tools.times import to_naive

# Columns and their types in PostgreSQL, in the order in which they are written.
FACTS = {
    "title": "varchar",
    "asin": "varchar",
    "status": "varchar",
    "buyable": "boolean",
    "discoverable": "boolean",
    "issues": "jsonb",
    "issue_count": "integer",
    "product_type": "varchar",
    "condition": "varchar",
    "brand": "varchar",
    "barcode": "varchar",
    "fn_sku": "varchar",
    "image_url": "varchar",
    "price": "numeric",
    "amazon_quantity": "integer",
    "quantity_known": "boolean",
    "handling_days": "integer",
    "fulfilled_by": "varchar",
    "fulfillment_channel": "varchar",
    "is_parent": "boolean",
    "parent_sku": "varchar",
    "variation_theme": "varchar",
    "variation_values": "jsonb",
    "listed_at": "timestamp",
    "changed_at": "timestamp",
}
# What the report tells as well: if it differs, the next report is to be looked at.
REPORTED = ("price", "amazon_quantity", "quantity_known", "fulfillment_channel")
UNIMPORTANT = {"image_url", "changed_at"}
BARCODES = ("EAN", "UPC", "GTIN", "ISBN")

_TABLE = SQL(", ".join(f"{name} {kind}" for name, kind in FACTS.items()))
_NAMES = SQL(", ".join(FACTS))
_SET = SQL(", ".join(f"{name} = EXCLUDED.{name}" for name in FACTS))
_DIFFERS = SQL(
    "({}) IS DISTINCT FROM ({})".format(
        ", ".join(f"stored.{name}" for name in REPORTED),
        ", ".join(f"EXCLUDED.{name}" for name in REPORTED),
    )
)


@dataclass
class Stored:
    """What became of some listings."""

    created_ids: list
    back_ids: list
    changed_ids: list
    changed: int
    unchanged: int


class AmazonItemsWriter(models.AbstractModel):
    _name = "amazon.items.writer"
    _description = "Amazon Items: Writer"

    @api.model
    def _store_listings(self, channel, listings):
        """Upsert what Amazon told of some listings; what it left out stays.

        :param listings: :class:`~..sp_api.Listing`, of the channel's marketplace
        """
        told = {
            make_storable(one.seller_sku): make_storable(_read_facts(one))
            for one in listings
        }
        known = self._load_facts(channel, list(told))
        rows, changed, changed_ids, back_ids = [], 0, [], []
        for sku, facts in told.items():
            old = known.get(sku, {})
            if "status" in facts:
                facts["status"] = _word_status(facts["status"], old.get("status"))
            new = {**{name: old.get(name) for name in FACTS}, **facts}
            rows.append({"seller_sku": sku, **new})
            differs = not old or any(
                old[name] != value
                for name, value in facts.items()
                if name not in UNIMPORTANT
            )
            changed += differs
            if old and not old["active"]:
                back_ids.append(old["id"])
            elif old and differs:
                changed_ids.append(old["id"])
        created_ids = self._upsert_facts(channel, rows) if rows else []
        if back_ids or known:
            self.env["amazon.report"]._forget_missing(
                [old["id"] for old in known.values()]
            )
        unchanged = len(told) - changed
        return Stored(created_ids, back_ids, changed_ids, changed, unchanged)

    @api.model
    def _load_facts(self, channel, skus):
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT id, active, seller_sku, %s FROM amazon_listing
                 WHERE channel_id = %s AND seller_sku = ANY(%s)
                """,
                _NAMES,
                channel.id,
                skus,
            )
        )
        return {row["seller_sku"]: row for row in rows}

    @api.model
    def _upsert_facts(self, channel, rows):
        """:return: ids of the listings that are new"""
        self._record_turned_facts(channel, rows)
        default_names, defaults = prepare_defaults(
            self.env["amazon.listing"],
            {"channel_id", "account_id", "company_id", "seller_sku", "read_at", *FACTS},
        )
        written = self.env.execute_query(
            SQL(
                """
                INSERT INTO amazon_listing AS stored (
                       seller_sku, %(names)s,
                       channel_id, account_id, company_id,
                       read_at, create_uid, create_date, write_uid, write_date
                       %(default_names)s)
                SELECT told.*, %(channel)s, %(account)s, %(company)s,
                       %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s %(defaults)s
                  FROM jsonb_to_recordset(%(rows)s)
                    AS told (seller_sku varchar, %(table)s)
           ON CONFLICT (channel_id, seller_sku) DO UPDATE
                   SET %(set)s, active = TRUE, gone_at = NULL, in_doubt = NULL,
                       read_at = EXCLUDED.read_at,
                       report_digest = CASE WHEN %(differs)s
                           THEN left(stored.report_digest, 16)
                           ELSE stored.report_digest END,
                       write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
             RETURNING id, xmax = 0
                """,
                names=_NAMES,
                default_names=default_names,
                defaults=defaults,
                table=_TABLE,
                set=_SET,
                differs=_DIFFERS,
                channel=channel.id,
                account=channel.account_id.id,
                company=channel.company_id.id,
                now=fields.Datetime.now(),
                uid=self.env.uid,
                rows=json.dumps(rows, default=str),
            )
        )
        self.env["amazon.listing"].invalidate_model()
        return [listing_id for listing_id, is_new in written if is_new]

    # ------------------------------------------------------------------
    # What quantities depend on: who ships, handling time
    # ------------------------------------------------------------------

    @api.model
    def _record_turned_facts(self, channel, rows):
        """Note linked listings that are shipped or handled otherwise now."""
        self._record_turned(
            channel,
            SQL(
                """
                jsonb_to_recordset(%s)
                AS told (seller_sku varchar, fulfilled_by varchar,
                         handling_days integer)
                """,
                json.dumps(
                    [
                        {
                            name: row.get(name)
                            for name in ("seller_sku", "fulfilled_by", "handling_days")
                        }
                        for row in rows
                    ]
                ),
            ),
            SQL(
                "(told.fulfilled_by, told.handling_days) IS DISTINCT FROM"
                " (listing.fulfilled_by, listing.handling_days)"
            ),
        )

    @api.model
    def _record_turned_rows(self, channel):
        """Note linked listings that a report calls shipped otherwise, or back."""
        self._record_turned(
            channel,
            SQL("amazon_items_row told"),
            SQL(
                "told.fulfillment_channel IS NOT NULL AND told.fulfillment_channel"
                " IS DISTINCT FROM listing.fulfillment_channel"
            ),
        )

    @api.model
    def _record_turned(self, channel, told, differs):
        """Note linked listings of which ``told`` says something that ``differs``."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT listing.id
                  FROM %(told)s
                  JOIN amazon_listing listing
                    ON listing.channel_id = %(channel)s
                   AND listing.seller_sku = told.seller_sku
                 WHERE listing.state = 'linked'
                   AND (listing.active IS NOT TRUE OR (%(differs)s))
                """,
                told=told,
                channel=channel.id,
                differs=differs,
            )
        )
        if rows:
            listings = self.env["amazon.listing"].browse([row[0] for row in rows])
            self.env["amazon.stock.change"]._record_listings(listings, "setting")


def _read_facts(listing):
    """The facts that Amazon told, by column; what it left out is not in it."""
    facts = {
        "title": listing.title,
        "asin": listing.asin,
        "product_type": listing.product_type,
        "condition": listing.condition,
        "fn_sku": listing.fn_sku,
        "image_url": listing.image_url,
        "price": listing.price and listing.price.amount,
        "listed_at": _moment(listing.created_time),
        "changed_at": _moment(listing.last_updated_time),
        "brand": listing.brand,
        "barcode": _read_barcode(listing),
    }
    facts = {name: value for name, value in facts.items() if value is not None}
    if listing.statuses is not None:
        facts["buyable"] = listing.is_buyable
        facts["discoverable"] = "DISCOVERABLE" in listing.statuses
        facts["status"] = listing.is_buyable
    if "issues" in listing.blocks:
        facts["issues"] = json.loads(json.dumps([asdict(i) for i in listing.issues]))
        facts["issue_count"] = len(listing.issues)
    if "relationships" in listing.blocks:
        facts["is_parent"] = listing.is_parent
        facts["parent_sku"] = next(iter(listing.parent_skus), None)
        facts["variation_theme"] = listing.variation_theme
        facts["variation_values"] = [list(pair) for pair in listing.variation]
    return {**facts, **_read_availability(listing)}


def _read_availability(listing):
    facts = {}
    if listing.fulfilled_by:
        by_amazon = listing.fulfilled_by == "AMAZON"
        facts["fulfilled_by"] = listing.fulfilled_by.lower()
        facts["fulfillment_channel"] = next(
            one.channel_code
            for one in listing.availability
            if one.channel_code.startswith("AMAZON") == by_amazon
        )
        quantity = None if by_amazon else listing.quantity
        facts["quantity_known"] = quantity is not None
        facts["amazon_quantity"] = quantity or 0
    elif listing.availability:
        # A channel that is not known here may be Amazon's: no quantity is sent.
        facts["fulfilled_by"] = None
        facts["fulfillment_channel"] = listing.availability[0].channel_code
    if "attributes" in listing.blocks:
        facts["handling_days"] = listing.handling_days
    return facts


def _read_barcode(listing):
    by_type = {one.type: one.value for one in reversed(listing.external_ids)}
    return next((by_type[kind] for kind in BARCODES if kind in by_type), None)


def _word_status(is_buyable, known):
    """The report's word for it; one that tells more than active or not stays."""
    if is_buyable:
        return "Active"
    return "Inactive" if known in (None, "Active") else known


def _moment(moment):
    # Odoo keeps whole seconds.
    return to_naive(moment).replace(microsecond=0) if moment else None
