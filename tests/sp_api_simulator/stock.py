# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is for sale: submissions with their delay, orders, cancellations.

A submission sets a quantity outright, in all marketplaces of a pool; Amazon itself
lowers it at each order, pending ones too, and raises it when an order is cancelled,
unless the seller had none.
"""

import itertools
import random
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from .availability import effect, frozen, lead_time, patched, problems, rows_of
from .listings import Issue
from .marketplaces import MARKETPLACES
from .settings import change_settings

LAG = (15.0, 90.0)
ACCEPTED, INVALID, NOT_FOUND = "accepted", "invalid", "not_found"
NO_INVENTORY = frozenset({"NO_INVENTORY", "NoInventory"})
UNKNOWN_SKU = Issue(
    "13013", "This SKU does not exist in the Amazon catalog.", "ERROR", (), ()
)
REJECTED = Issue(
    "8541", "The offer of this SKU cannot be changed now.", "ERROR", (), ()
)


@dataclass
class StockSettings:
    """`lag`: (shortest, longest) seconds until a submission is for sale.

    `unknown_sku`: what becomes of a submission for a SKU that the seller does not
    have: accepted without effect, as Amazon was seen to do; invalid; or not_found (404,
    PATCH only).
    """

    lag: tuple = LAG
    unknown_sku: str = ACCEPTED


class Push(NamedTuple):
    """One submission of a quantity; `via` is patch or feed."""

    moment: float
    seller: str
    seller_sku: str
    pool: str
    rows: tuple
    via: str
    accepted: bool

    @property
    def quantity(self):
        return next((row.get("quantity") for row in self.rows), None)


class Stock:
    """The offered quantities of all sellers of one simulator."""

    def __init__(self, simulator, lag):
        self.settings = StockSettings(lag)
        self.pushes = []
        self._simulator = simulator
        self._random = random.Random(f"stock-{simulator.seed}")
        self._rejected = {}
        self._numbers = itertools.count(1)
        # {(seller, SKU, pool): number of the last PATCH that took effect}
        self._newest = {}

    def set(self, **changes):
        """Change settings; ValueError for what makes no sense."""
        if "lag" in changes:
            shortest, longest = changes["lag"] = tuple(map(float, changes["lag"]))
            if not 0 <= shortest <= longest:
                raise ValueError("The lag is a shortest and a longest time")
        if changes.get("unknown_sku", ACCEPTED) not in (ACCEPTED, INVALID, NOT_FOUND):
            raise ValueError("unknown_sku is accepted, invalid or not_found")
        return change_settings(self.settings, "stock", changes)

    def reject(self, seller_key, seller_sku, issues=None, silent=False):
        """Refuse every submission of a SKU; `silent`: accept it without effect."""
        found = (REJECTED,) if issues is None else tuple(issues)
        self._rejected[seller_key, seller_sku] = () if silent else found

    def accept(self, seller_key, seller_sku):
        """Take submissions of a SKU again."""
        self._rejected.pop((seller_key, seller_sku), None)

    def submission_id(self):
        return f"{self._random.getrandbits(128):032x}"

    # --- submissions --------------------------------------------------------

    def issues(self, seller, seller_sku, places, patches):
        """The Issues for which patches of a SKU in some marketplaces are refused."""
        listings = self._offers(seller, seller_sku, _pools(places))
        if not listings and self.settings.unknown_sku != ACCEPTED:
            return [UNKNOWN_SKU]
        rejected = self._rejected.get((seller.key, seller_sku), ())
        return [*problems(patches, listings[0] if listings else None), *rejected]

    def submit(self, seller, seller_sku, places, patches, via, moment=None):
        """Take patches, unless there are Issues, which are returned."""
        now = self._simulator.clock.now() if moment is None else moment
        issues = self.issues(seller, seller_sku, places, patches)
        rows = tuple(row for patch in patches for row in patch.get("value") or [])
        for pool in sorted(_pools(places)):
            push = Push(now, seller.key, seller_sku, pool, rows, via, not issues)
            self.pushes.append(push)
            if not issues:
                self._take(seller, seller_sku, pool, patches, via, now)
        return issues

    def _take(self, seller, seller_sku, pool, patches, via, now):
        """Show the attribute at once, and what is for sale when its time has come.

        Among PATCHes the last one stays; Amazon does not promise it of a feed.
        """
        for listing in self._offers(seller, seller_sku, {pool}):
            rows = patched(rows_of(listing), patches)
            changes = {"submitted": frozen(rows), "handling_days": lead_time(rows)}
            seller.listings.change(listing.key, now, **changes)
        if (seller.key, seller_sku) in self._rejected:
            return
        key, number = (seller.key, seller_sku, pool), next(self._numbers)

        def happen(moment):
            if via == "patch":
                if self._newest.get(key, 0) > number:
                    return
                self._newest[key] = number
            for listing in self._offers(seller, seller_sku, {pool}):
                self._change(seller, listing, moment, effect(patches))

        self._simulator.agenda.at(
            now + self._random.uniform(*self.settings.lag), happen
        )

    @staticmethod
    def _offers(seller, seller_sku, pools):
        """The SKU's offers in all marketplaces of some pools."""
        found = [
            seller.listings.get((seller_sku, place))
            for place in seller.marketplace_ids
            if MARKETPLACES[place].pool in pools
        ]
        return [each for each in found if each is not None and not each.is_parent]

    @staticmethod
    def _change(seller, listing, moment, values):
        changes = {
            name: value
            for name, value in values.items()
            if getattr(listing, name) != value
        }
        if changes:
            changes["submitted"] = frozen(rows_of(listing))
            seller.listings.change(listing.key, moment, **changes)

    # --- orders -------------------------------------------------------------

    def follow(self, seller, before, after):
        """Lower and raise quantities as an order changes; `before` None: it is new."""
        change = Counter(_taken(after))
        change.subtract(_taken(before))
        now = self._simulator.clock.now()
        for (seller_sku, place), units in change.items():
            if not units or place not in MARKETPLACES:
                continue
            for listing in self._offers(seller, seller_sku, _pools([place])):
                if listing.fulfilled_by == "MERCHANT":
                    quantity = max(0, listing.quantity - units)
                    self._change(seller, listing, now, {"quantity": quantity})


def _pools(places):
    return {MARKETPLACES[place].pool for place in places}


def _taken(order):
    """{(SKU, marketplace): units that the order takes from the merchant's offer}."""
    taken = Counter()
    fulfillment = (order or {}).get("fulfillment", {})
    if fulfillment.get("fulfilledBy") != "MERCHANT":
        return taken
    channel = order.get("salesChannel", {})
    if channel.get("channelName", "AMAZON") != "AMAZON":
        return taken
    cancelled = fulfillment.get("fulfillmentStatus") == "CANCELLED"
    for item in order.get("orderItems", ()):
        key = (item.get("product", {}).get("sellerSku"), channel.get("marketplaceId"))
        taken[key] += _units(item, cancelled)
    return taken


def _units(item, cancelled):
    """Units that an item holds: to be shipped, shipped, or never there at all."""
    ordered = item.get("quantityOrdered", 0)
    execution = item.get("cancellation", {}).get("cancellationExecution", {})
    if execution.get("cancelReason") in NO_INVENTORY:
        return ordered
    state = item.get("fulfillment", {})
    open_units = 0 if cancelled else state.get("quantityUnfulfilled", ordered)
    return state.get("quantityFulfilled", 0) + open_units
