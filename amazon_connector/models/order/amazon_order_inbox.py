# SPDX-License-Identifier: LGPL-3.0-or-later
"""How fetched orders get into the inbox: a page of Amazon's, a few statements."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from odoo import api, fields, models
from odoo.tools import SQL

from ...sp_api import (
    Order,
    find_unknown_fields,
    forget_typed,
    read_place,
    split_order,
)
from ...sp_api.amounts import round_amount
from ...sp_api.merge import merge_personal, merge_public
from ...sp_api.reading import make_storable
from ...tools.database import prepare_defaults
from ...tools.times import to_naive
from .amazon_place import tell_apart
from .closing import find_closing
from .personal import is_sealed, open_order, seal_order

PARCEL_STATUS = "packages.packageStatus.status"


@dataclass
class PageResult:
    """What became of one page: counts, and what could not be read."""

    seen: int = 0
    changed: int = 0
    unchanged: int = 0
    unreadable: list = field(default_factory=list)


@dataclass
class _Incoming:
    order: Order
    public: dict
    personal: dict
    state_digests: "str | None"
    closed_on: "datetime | None"
    unknown_fields: tuple = ()


class AmazonOrderInbox(models.AbstractModel):
    _name = "amazon.order.inbox"
    _description = "Amazon Order: Inbox"

    @api.model
    def _store_page(self, account, raw_orders, run):
        """Upsert one page of Amazon's orders into the inbox.

        An older state never overwrites a newer one; an equal one does where it tells
        more; a block that is missing never erases a stored one. Personal data is cut
        out and encrypted before anything is stored.

        :param raw_orders: orders as Amazon's JSON
        :param run: the ``amazon.sync.run`` that saw them
        :return: :class:`PageResult`
        """
        result = PageResult(seen=len(raw_orders))
        incoming = _read_page(account, raw_orders, result)
        stored = self._load_stored(account, list(incoming))
        Order = self.env["amazon.order"]
        channels = Order._get_channels_by_marketplace(account)
        changed = {}
        for order_id, new in incoming.items():
            old = stored.get(order_id)
            if old and not _merge_stored(account, new, old, channels):
                result.unchanged += 1
            else:
                changed[order_id] = new
        if changed:
            ids = self._upsert_orders(account, changed, channels, run)
            self._upsert_lines(account, changed, ids)
            self._upsert_personal(account, changed, ids)
            self._count_unknown(account, changed.values())
        result.changed = len(changed)
        return result

    @api.model
    def _count_unknown(self, account, incoming):
        """Count what Amazon told of orders that this version does not know.

        The status of a parcel is counted where it matters, see the deliverer.
        """
        Word = self.env["amazon.unknown.word"]
        words = Counter(
            (place, word)
            for new in incoming
            for place, word in set(new.order.unknown_words)
            if place != PARCEL_STATUS
        )
        places = Counter(place for new in incoming for place in new.unknown_fields)
        if words:
            Word._count(account, "order", words)
        if places:
            Word._count_fields(account, places)

    # ------------------------------------------------------------------
    # Reading and merging
    # ------------------------------------------------------------------

    @api.model
    def _load_stored(self, account, order_ids):
        """What is stored of these orders: ``{order_number: row as dict}``."""
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT o.id, o.order_number, o.last_updated_time, o.payload,
                       o.channel_id, o.fulfillment_status, o.closed_on, o.redacted_on,
                       o.sale_order_id,
                       pii.ciphertext, pii.fingerprint
                  FROM amazon_order o
             LEFT JOIN amazon_order_pii pii ON pii.order_id = o.id
                 WHERE o.seller_id = %s AND o.order_number = ANY(%s)
                """,
                account.seller_id,
                order_ids,
            )
        )
        return {row["order_number"]: row for row in rows}

    # ------------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------------

    @api.model
    def _upsert_orders(self, account, changed, channels, run):
        """Write the orders in one statement.

        :return: ``{order_number: id}`` of the rows written
        """
        currencies = {
            currency.name: currency
            for currency in self.env["res.currency"]
            .with_context(active_test=False)
            .search([])
        }
        rows = [
            self._prepare_row(new, channels.get(new.order.marketplace_id), currencies)
            for new in changed.values()
        ]
        Order = self.env["amazon.order"]
        default_names, defaults = prepare_defaults(
            Order,
            {"seller_id", "account_id", "company_id", "run_id"}.union(*rows),
        )
        written = self.env.execute_query(
            SQL(
                """
                INSERT INTO amazon_order AS stored (
                       order_number, channel_id, fulfillment_status, fulfilled_by,
                       purchase_time, last_updated_time, closed_on,
                       ship_by, deliver_by,
                       currency_id, amount_total, replaces, programs, service_level,
                       ship_country, ship_state, ship_state_digests, payload,
                       seller_id, account_id, company_id, run_id,
                       to_apply, attempts,
                       create_uid, create_date, write_uid, write_date
                       %(default_names)s)
                SELECT page.*,
                       %(seller)s, %(account)s, %(company)s, %(run)s,
                       TRUE, 0, %(uid)s, %(now)s, %(uid)s, %(now)s %(defaults)s
                  FROM jsonb_to_recordset(%(rows)s) AS page (
                       order_number varchar, channel_id integer,
                       fulfillment_status varchar, fulfilled_by varchar,
                       purchase_time timestamp, last_updated_time timestamp,
                       closed_on timestamp,
                       ship_by timestamp, deliver_by timestamp,
                       currency_id integer, amount_total numeric, replaces varchar,
                       programs varchar, service_level varchar,
                       ship_country varchar, ship_state varchar,
                       ship_state_digests varchar, payload jsonb)
           ON CONFLICT (seller_id, order_number) DO UPDATE
                   -- What is sold goes on where its channel was switched off.
                   SET channel_id = COALESCE(
                           EXCLUDED.channel_id,
                           CASE WHEN stored.sale_order_id IS NOT NULL
                               THEN stored.channel_id END),
                       fulfillment_status = EXCLUDED.fulfillment_status,
                       fulfilled_by = EXCLUDED.fulfilled_by,
                       purchase_time = EXCLUDED.purchase_time,
                       last_updated_time = EXCLUDED.last_updated_time,
                       closed_on = EXCLUDED.closed_on,
                       ship_by = EXCLUDED.ship_by,
                       deliver_by = EXCLUDED.deliver_by,
                       currency_id = EXCLUDED.currency_id,
                       amount_total = EXCLUDED.amount_total,
                       replaces = EXCLUDED.replaces,
                       programs = EXCLUDED.programs,
                       service_level = EXCLUDED.service_level,
                       ship_country = COALESCE(
                           EXCLUDED.ship_country, stored.ship_country),
                       ship_state = CASE WHEN EXCLUDED.ship_country IS NULL
                           THEN stored.ship_state ELSE EXCLUDED.ship_state END,
                       ship_state_digests = COALESCE(
                           EXCLUDED.ship_state_digests, stored.ship_state_digests),
                       payload = EXCLUDED.payload,
                       account_id = EXCLUDED.account_id,
                       run_id = EXCLUDED.run_id,
                       to_apply = TRUE, attempts = 0, retry_at = NULL,
                       write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
                 WHERE stored.last_updated_time IS NULL
                    OR EXCLUDED.last_updated_time >= stored.last_updated_time
             RETURNING order_number, id
                """,
                default_names=default_names,
                defaults=defaults,
                seller=account.seller_id,
                account=account.id,
                company=account.company_id.id,
                run=run.id or None,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                rows=json.dumps(rows),
            )
        )
        Order.invalidate_model()
        return dict(written)

    @api.model
    def _prepare_row(self, new, channel, currencies):
        order = new.order
        total = order.proceeds.grand_total if order.proceeds else None
        return {
            "order_number": order.order_id,
            "channel_id": channel.id if channel else None,
            "fulfillment_status": order.fulfillment_status,
            "fulfilled_by": order.fulfilled_by,
            "purchase_time": _text(order.created_time),
            "last_updated_time": _text(order.last_updated_time),
            "closed_on": new.closed_on and new.closed_on.isoformat(" "),
            "ship_by": _text(order.ship_by and order.ship_by.latest),
            "deliver_by": _text(order.deliver_by and order.deliver_by.latest),
            "currency_id": currencies[total.currency].id
            if total and total.currency in currencies
            else None,
            "amount_total": self._round_total(total, currencies),
            "replaces": next(
                (other.order_id for other in order.associated_orders), None
            ),
            "programs": _join(order.programs),
            "service_level": order.service_level,
            "ship_country": order.country_code,
            "ship_state": order.state_or_region,
            "ship_state_digests": new.state_digests,
            "payload": new.public,
        }

    @api.model
    def _round_total(self, total, currencies):
        """Amazon's total as text, in whole units of a currency that Odoo knows."""
        if not total:
            return None
        currency = currencies.get(total.currency)
        if not currency:
            return str(total.amount)
        return str(round_amount(total.amount, currency.decimal_places))

    @api.model
    def _upsert_lines(self, account, changed, ids):
        rows = [
            self._prepare_line_row(ids[order_id], item)
            for order_id, new in changed.items()
            if order_id in ids
            for item in {i.order_item_id: i for i in new.order.items}.values()
        ]
        Line = self.env["amazon.order.line"]
        default_names, defaults = prepare_defaults(Line, {"company_id"}.union(*rows))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO amazon_order_line AS stored (
                       order_id, order_item_id, seller_sku, asin, title,
                       quantity, quantity_to_deliver,
                       programs, reporting_scheme, ioss_number,
                       company_id, create_uid, create_date, write_uid, write_date
                       %(default_names)s)
                SELECT page.*, %(company)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                       %(defaults)s
                  FROM jsonb_to_recordset(%(rows)s) AS page (
                       order_id integer, order_item_id varchar, seller_sku varchar,
                       asin varchar, title varchar,
                       quantity integer, quantity_to_deliver integer,
                       programs varchar, reporting_scheme varchar,
                       ioss_number varchar)
           ON CONFLICT (order_id, order_item_id) DO UPDATE
                   SET former_sku = NULLIF(
                           CASE WHEN stored.seller_sku = EXCLUDED.seller_sku
                               THEN stored.former_sku
                               ELSE COALESCE(stored.former_sku, stored.seller_sku) END,
                           EXCLUDED.seller_sku),
                       seller_sku = EXCLUDED.seller_sku,
                       most_ordered = GREATEST(
                           stored.most_ordered, stored.quantity, EXCLUDED.quantity),
                       asin = EXCLUDED.asin,
                       title = EXCLUDED.title,
                       quantity = EXCLUDED.quantity,
                       quantity_to_deliver = EXCLUDED.quantity_to_deliver,
                       programs = EXCLUDED.programs,
                       reporting_scheme = EXCLUDED.reporting_scheme,
                       ioss_number = EXCLUDED.ioss_number,
                       write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
                """,
                default_names=default_names,
                defaults=defaults,
                company=account.company_id.id,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                rows=json.dumps(rows),
            )
        )
        self._clear_vanished_lines(rows)
        Line.invalidate_model()
        self.env["amazon.order"]._record_changed_items(account, changed)

    @api.model
    def _clear_vanished_lines(self, rows):
        """Ask nothing more for items that their orders no longer hold.

        They stay, with no quantity: lines of sales orders refer to them.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_order_line line
                   SET quantity = 0, quantity_to_deliver = 0
                  FROM (SELECT order_id, array_agg(order_item_id) AS item_ids
                          FROM jsonb_to_recordset(%s)
                            AS page (order_id integer, order_item_id varchar)
                      GROUP BY order_id) AS told
                 WHERE line.order_id = told.order_id
                   AND line.order_item_id != ALL(told.item_ids)
                """,
                json.dumps(rows),
            )
        )

    @api.model
    def _prepare_line_row(self, order_id, item):
        return {
            "order_id": order_id,
            "order_item_id": item.order_item_id,
            "seller_sku": item.seller_sku,
            "asin": item.asin,
            "title": item.title,
            "quantity": item.quantity_ordered or 0,
            "quantity_to_deliver": item.quantity_to_deliver,
            "programs": _join(item.programs),
            "reporting_scheme": item.reporting_scheme,
            "ioss_number": item.ioss_number,
        }

    @api.model
    def _upsert_personal(self, account, changed, ids):
        rows = [
            {
                "order_id": ids[order_id],
                **seal_order(self.env, order_id, new.personal),
            }
            for order_id, new in changed.items()
            if order_id in ids and new.personal and not _is_expired(account, new)
        ]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO amazon_order_pii (
                       order_id, ciphertext, fingerprint, company_id)
                SELECT page.*, %(company)s
                  FROM jsonb_to_recordset(%(rows)s) AS page (
                       order_id integer, ciphertext text, fingerprint varchar)
           ON CONFLICT (order_id) DO UPDATE
                   SET ciphertext = EXCLUDED.ciphertext,
                       fingerprint = EXCLUDED.fingerprint
                """,
                company=account.company_id.id,
                rows=json.dumps(rows),
            )
        )
        self.env["amazon.order.pii"].invalidate_model()


def _read_page(account, raw_orders, result):
    """``{order_number: _Incoming}``; of a repeated order the newest state.

    A function, because what it returns holds personal data and hashes.
    """
    raw_orders = [make_storable(raw) for raw in raw_orders]
    places = {read_place(raw) for raw in raw_orders}
    told = tell_apart(account.company_id, places)
    incoming = {}
    for raw in raw_orders:
        country, _state, state_digests = told[read_place(raw)]
        public, personal = split_order(
            raw, lambda country, text: bool(told[country, text][1])
        )
        try:
            order = Order.from_json(public)
        except ValueError as error:
            result.unreadable.append(str(error))
            continue
        known = incoming.get(order.order_id)
        if known and _time(known.order) > _time(order):
            continue
        incoming[order.order_id] = _Incoming(
            order,
            public,
            personal,
            state_digests if country else None,
            find_closing(order, fields.Datetime.now()),
            find_unknown_fields(raw),
        )
    return incoming


def _merge_stored(account, new, old, channels):
    """Complete ``new`` with what is stored and ``new`` does not tell.

    A function: as a method it would read any ciphertext that a template hands it.

    :return: False when there is nothing to write
    """
    new_time = to_naive(new.order.last_updated_time)
    if new_time and old["last_updated_time"] and new_time < old["last_updated_time"]:
        return False
    new.public = merge_public(old["payload"] or {}, new.public)
    if old["redacted_on"]:
        new.public, new.personal, new.state_digests = forget_typed(new.public), {}, None
    new.order = Order.from_json(new.public)
    new.closed_on = find_closing(new.order, fields.Datetime.now(), old)
    order_id = new.order.order_id
    if old["ciphertext"] and new.personal:
        new.personal = merge_personal(
            open_order(account, order_id, old["ciphertext"]), new.personal
        )
    personal_known = not new.personal or is_sealed(
        account.env, order_id, new.personal, old["fingerprint"]
    )
    if personal_known or _is_expired(account, new):
        new.personal = {}
    channel = channels.get(new.order.marketplace_id)
    kept = old["channel_id"] if old["sale_order_id"] else None
    return not (
        new.public == old["payload"]
        and not new.personal
        and (channel.id if channel else kept) == old["channel_id"]
    )


def _is_expired(account, new):
    """Whether the buyer's data of this order has to be gone already."""
    return bool(new.closed_on) and new.closed_on <= account._get_deletion_limit()


def _join(programs):
    return ", ".join(programs) or None


def _text(moment):
    return to_naive(moment).isoformat(" ") if moment else None


def _time(order):
    return _text(order.last_updated_time) or ""
