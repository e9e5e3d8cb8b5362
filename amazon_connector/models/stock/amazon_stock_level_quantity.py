# SPDX-License-Identifier: LGPL-3.0-or-later
"""How many units of a listing Amazon is to offer; many levels at once."""

import math
from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ...sp_api.quantities import MAX_HANDLING_DAYS, MAX_QUANTITY
from ...tools.context import drop_caller_context
from ...tools.optional_integer import OptionalInteger
from .handling_time import choose_sent

CHUNK = 10_000
"""Levels worked on at once: what is read of them must fit in memory."""
# Nothing and 0 are two values of these.
HANDLING = ("handling_days", "own_handling_days")
# Until then Amazon may tell what it had before the last push.
READ_LAG = timedelta(hours=1)


@dataclass(slots=True)
class _Wanted:
    """What is wanted of one level; ``reason``: why nothing is sent."""

    quantity: int = 0
    note: str | None = None
    reason: str | None = None


class AmazonStockLevel(models.Model):
    _inherit = "amazon.stock.level"

    own_handling_days = OptionalInteger(
        readonly=True,
        help="The handling time of the listing on Amazon before the "
        "connector sent one.",
    )
    quantity_note = fields.Text(
        readonly=True, help="Why the quantity differs from what one would expect."
    )

    def _compute_quantities(self):
        """Write what Amazon is to offer, and with which handling time.

        Clears ``to_compute``. Sets ``state`` where that decides it: *excluded* with the
        reason, *rehearsal*, or *to_send* where the level is not known to be what Amazon
        offers. Levels that stay as they are, are not written.

        The number of queries depends on how many sets of warehouses the channels name,
        not on the number of levels (kits are Odoo's own computation).
        """
        self.env.flush_all()
        # Odoo counts what the context names: a place, or what is archived, too.
        levels = drop_caller_context(self.sudo())
        for ids in split_every(CHUNK, self._ids, list):
            rows = levels._read_rules(ids)
            by_company = {}
            for row in rows:
                by_company.setdefault(row["company_id"], []).append(row)
            for company_id, group in by_company.items():
                company = self.env["res.company"].browse(company_id)
                levels.with_company(company)._compute_company(company, group)
        self.invalidate_model(flush=False)

    @api.model
    def _compute_company(self, company, rows):
        channels = self.env["amazon.channel"].browse(
            {row["channel_id"] for row in rows if row["channel_id"]}
        )
        sources = channels._get_stock_sources()
        demands = {}
        for row in rows:
            source = sources.get(row["channel_id"])
            if source and row["product_id"] and row["policy"] == "computed":
                demands.setdefault(source, set()).add(row["product_id"])
        waiting = self.env["amazon.order"]._read_waiting_units(company)
        available = {
            source: self.env["product.product"]._read_amazon_available(
                company, source, ids, waiting
            )
            for source, ids in demands.items()
        }
        changes = []
        for row in rows:
            source = sources.get(row["channel_id"])
            wanted = self._decide_quantity(row, source, available.get(source, {}))
            if change := self._compare_level(row, wanted):
                changes.append(change)
        self._write_levels(changes)

    @api.model
    def _read_rules(self, ids):
        """What each level is computed from: the listing that rules, and its settings.

        Of the listings of a level one that can be sent comes first, then one of a live
        channel, then the channel's age decides.
        """
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT DISTINCT ON (level.id)
                       level.id, level.company_id, level.state, level.quantity,
                       level.handling_days, level.own_handling_days, level.reason,
                       level.quantity_note, level.to_compute, level.confirmed,
                       level.confirmed_quantity, level.sent_quantity,
                       level.sent_handling_days, level.sent_at,
                       level.brake_decision,
                       level.product_id AS old_product_id,
                       level.channel_id AS old_channel_id,
                       listing.channel_id, listing.product_id,
                       listing.state AS listing_state, listing.fulfilled_by,
                       listing.active AS listed, channel.active AS channel_active,
                       listing.stock_policy AS policy,
                       listing.stock_fixed_quantity AS fixed,
                       CASE WHEN listing.stock_own_buffer
                           THEN listing.stock_buffer_own
                           ELSE channel.stock_buffer END AS buffer,
                       channel.stock_maximum AS maximum,
                       listing.stock_pack_size AS pack,
                       listing.stock_handling_days AS chosen_days,
                       listing.handling_days AS told_days, listing.read_at,
                       channel.handling_days AS default_days,
                       channel.stock_live AS live,
                       product.active AND template.active AS product_active,
                       template.name ->> 'en_US' AS product_name,
                       product.default_code
                  FROM amazon_stock_level level
             LEFT JOIN amazon_listing listing ON listing.stock_level_id = level.id
             LEFT JOIN amazon_channel channel ON channel.id = listing.channel_id
             LEFT JOIN product_product product ON product.id = listing.product_id
             LEFT JOIN product_template template
                    ON template.id = product.product_tmpl_id
                 WHERE level.id = ANY(%s)
              ORDER BY level.id,
                       (listing.state = 'linked' AND listing.fulfilled_by = 'merchant'
                        AND listing.active AND channel.active) DESC NULLS LAST,
                       COALESCE(channel.stock_live, FALSE) DESC, channel.id
                """,
                ids,
            )
        )

    # ------------------------------------------------------------------
    # One level
    # ------------------------------------------------------------------

    @api.model
    def _decide_quantity(self, row, source, available):
        """What Amazon is to offer of a level.

        :param row: of :meth:`_read_rules`
        :param available: ``{product id: units}`` of the source; a product that is not
            tracked in stock is missing
        """
        reason = self._explain_exclusion(row)
        if reason:
            return _Wanted(reason=reason)
        if not row["product_active"]:
            return _Wanted(note=self.env._("The product is archived."))
        if row["policy"] == "fixed":
            return self._cap(row["fixed"] or 0, 0)
        units = available.get(row["product_id"])
        if units is None:
            return _Wanted(
                reason=self.env._(
                    "Odoo does not count this product: track it by quantity under "
                    "Inventory on the product, or send a fixed quantity."
                )
            )
        units -= row["buffer"] or 0
        # Not 5 for what arithmetic on floats calls 5.9999999999.
        packs = math.floor(units / (row["pack"] or 1) + 1e-9)
        wanted = self._cap(max(packs, 0), row["maximum"] or 0)
        if not source.warehouse_ids:
            wanted.note = self.env._(
                "The company has no active warehouse: the mapped ones are archived, "
                "or there is none. Map others on the account, or create one in "
                "Inventory."
            )
        return wanted

    @api.model
    def _cap(self, quantity, maximum):
        if quantity > MAX_QUANTITY and not 0 < maximum < MAX_QUANTITY:
            return _Wanted(
                MAX_QUANTITY,
                note=self.env._(
                    "This is the most that Amazon accepts; Odoo has %s.", quantity
                ),
            )
        return _Wanted(min(quantity, maximum) if maximum else quantity)

    @api.model
    def _explain_exclusion(self, row):
        """Why nothing is sent for a level, or None."""
        if row["listing_state"] != "linked":
            return self.env._("The item is not linked to a product.")
        if row["fulfilled_by"] == "amazon":
            return self.env._("Amazon ships it, from its own stock.")
        if row["fulfilled_by"] != "merchant":
            return self.env._(
                "Amazon has not stated yet who ships it. The next items sync asks for "
                "it."
            )
        if not row["listed"]:
            return self.env._("It is no longer on Amazon.")
        if not row["channel_active"]:
            return self.env._("The channel is archived.")
        if row["policy"] == "none":
            return self.env._("The listing is set to send nothing.")
        return None

    @api.model
    def _get_handling_days(self, row):
        """``(days to send, days the listing had before the connector)``.

        Each may be 0, or None: nothing to send, nothing known.
        """
        told, sent_at, own = row["told_days"], row["sent_at"], row["own_handling_days"]
        told_since = sent_at and row["read_at"] and row["read_at"] > sent_at + READ_LAG
        if not sent_at or (told_since and told != row["sent_handling_days"]):
            own = told
        if row["chosen_days"] is not None:
            return row["chosen_days"], own
        if own is None:
            return row["default_days"], own
        # More than can be sent of every listing: it stays as it is on Amazon.
        return (own if own <= MAX_HANDLING_DAYS else None), own

    @api.model
    def _compare_level(self, row, wanted):
        """The values to write into a level, or None when it stays as it is."""
        days, own = self._get_handling_days(row)
        new = {
            "product_id": row["product_id"],
            "channel_id": row["channel_id"],
            "quantity": wanted.quantity,
            "handling_days": days,
            "own_handling_days": own,
            "state": self._get_state(
                row, wanted, choose_sent(days, own, row["sent_handling_days"])
            ),
            "quantity_note": wanted.note,
        }
        # Amazon's reason for a rejection stays until the level is sent again.
        keeps_reason = new["state"] in ("rejected", "held")
        new["reason"] = row["reason"] if keeps_reason else wanted.reason
        old = {
            **row,
            "product_id": row["old_product_id"],
            "channel_id": row["old_channel_id"],
        }
        same = all(
            old[name] == value
            if name in HANDLING
            else (old[name] or None) == (value or None)
            for name, value in new.items()
        )
        if same and not row["to_compute"]:
            return None
        return {"id": row["id"], "changed": not same, **new}

    @api.model
    def _get_state(self, row, wanted, days):
        if wanted.reason:
            return "excluded"
        if not row["live"]:
            return "rehearsal"
        if self._is_kept_back(row, wanted):
            return "held"
        same_days = days in (None, row["sent_handling_days"])
        if row["confirmed"] and row["confirmed_quantity"] == wanted.quantity:
            if same_days:
                return "confirmed"
        elif row["state"] in ("sent", "rejected") and same_days:
            if row["sent_quantity"] == wanted.quantity:
                return row["state"]
        return "to_send"

    @api.model
    def _is_kept_back(self, row, wanted):
        """Whether the brake, or the user whom it asked, keeps this zero off Amazon.

        Also one that was excluded or in rehearsal meanwhile. What is fixed by hand is
        no mistake, and another product is asked about anew.
        """
        if wanted.quantity or row["policy"] != "computed":
            return False
        if row["product_id"] != row["old_product_id"]:
            return False
        decision = row["brake_decision"]
        return decision == "keep" or (row["state"] == "held" and decision != "send")

    @api.model
    def _write_levels(self, changes):
        """Write the changed levels in one statement."""
        if not changes:
            return
        names = list(changes[0])
        columns = [[change[name] for change in changes] for name in names]
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_stock_level level
                   SET brake = CASE WHEN level.product_id = new.product_id
                           THEN level.brake END,
                       brake_decision = CASE WHEN level.product_id = new.product_id
                           THEN level.brake_decision END,
                       product_id = new.product_id, channel_id = new.channel_id,
                       quantity = new.quantity, handling_days = new.handling_days,
                       own_handling_days = new.own_handling_days,
                       state = new.state, reason = new.reason,
                       quantity_note = new.quantity_note, to_compute = FALSE,
                       -- Nobody follows what Amazon shows of what is not sent.
                       confirmed = level.confirmed AND (new.state = level.state
                           OR new.state NOT IN ('excluded', 'rehearsal')),
                       computed_at = CASE WHEN new.changed OR level.computed_at IS NULL
                           THEN %(now)s ELSE level.computed_at END,
                       retry_at = CASE WHEN new.changed THEN NULL
                           ELSE level.retry_at END,
                       attempts = CASE WHEN new.changed THEN 0
                           ELSE level.attempts END
                  FROM unnest(%(id)s::integer[], %(changed)s::boolean[],
                              %(product_id)s::integer[], %(channel_id)s::integer[],
                              %(quantity)s::integer[], %(handling_days)s::integer[],
                              %(own_handling_days)s::integer[], %(state)s::varchar[],
                              %(quantity_note)s::text[], %(reason)s::text[])
                    AS new(id, changed, product_id, channel_id, quantity,
                           handling_days, own_handling_days, state, quantity_note,
                           reason)
                 WHERE level.id = new.id
                """,
                now=fields.Datetime.now(),
                **dict(zip(names, columns, strict=True)),
            )
        )
