# SPDX-License-Identifier: LGPL-3.0-or-later
"""What lies in Amazon's warehouses: units of each seller SKU, and what orders take."""

from dataclasses import dataclass, fields, replace

from .marketplaces import MARKETPLACES

# Pan-European stock serves them all; the United Kingdom has its own.
PAN_EUROPEAN = frozenset({"DE", "FR", "IT", "ES", "NL", "BE", "IE", "SE", "PL"})


def pool_of(marketplace_id):
    """Marketplaces of one pool sell from the same units."""
    marketplace = MARKETPLACES[marketplace_id]
    return "PAN_EU" if marketplace.code in PAN_EUROPEAN else marketplace.id


@dataclass(frozen=True)
class Holding:
    """Units of one SKU in one pool; `updated` in epoch seconds.

    `fulfillable` can be sold; `reserved_orders` are sold and not gone yet.
    """

    seller_sku: str
    pool: str
    updated: float
    fnsku: str
    fulfillable: int = 0
    reserved_orders: int = 0
    reserved_transfer: int = 0
    reserved_processing: int = 0
    inbound_working: int = 0
    inbound_shipped: int = 0
    inbound_receiving: int = 0
    researching: int = 0
    customer_damaged: int = 0
    warehouse_damaged: int = 0
    distributor_damaged: int = 0
    carrier_damaged: int = 0
    defective: int = 0
    expired: int = 0
    # No page of a reading names it; asking for its SKU does.
    unlisted: bool = False

    @property
    def reserved(self):
        return self.reserved_orders + self.reserved_transfer + self.reserved_processing

    @property
    def inbound(self):
        return self.inbound_working + self.inbound_shipped + self.inbound_receiving

    @property
    def unfulfillable(self):
        return sum(getattr(self, name) for name in UNFULFILLABLE)

    @property
    def total(self):
        known = self.fulfillable + self.reserved + self.inbound
        return known + self.researching + self.unfulfillable


COUNTS = tuple(item.name for item in fields(Holding) if item.type in (int, "int"))
UNFULFILLABLE = COUNTS[COUNTS.index("customer_damaged") :]
# Amazon does not count these as a change.
SILENT = frozenset({"inbound_working", "inbound_shipped", "inbound_receiving"})


class FbaStock:
    """The units of all sellers of one simulator."""

    def __init__(self, simulator):
        self._simulator = simulator
        self._holdings = {}

    def get(self, seller_key, marketplace_id, seller_sku):
        """The Holding, or None where the SKU was never stocked."""
        return self._holdings.get((seller_key, pool_of(marketplace_id), seller_sku))

    def of(self, seller_key, marketplace_id):
        """All Holdings that one marketplace sells from, by SKU."""
        pool = pool_of(marketplace_id)
        found = [
            holding
            for (key, place, _sku), holding in self._holdings.items()
            if (key, place) == (seller_key, pool)
        ]
        return sorted(found, key=lambda holding: holding.seller_sku)

    def set(self, seller_key, marketplace_id, seller_sku, **counts):
        """Create or change a Holding; ValueError for what makes no sense."""
        fnsku, unlisted = counts.pop("fnsku", None), counts.pop("unlisted", None)
        if foreign := sorted(set(counts) - set(COUNTS)):
            raise ValueError(f"FBA stock has no {foreign[0]!r}")
        if any(type(units) is not int or units < 0 for units in counts.values()):
            raise ValueError("Units are whole numbers from 0")
        now = self._simulator.clock.now()
        pool = pool_of(marketplace_id)
        key = (seller_key, pool, seller_sku)
        known = self._holdings.get(key)
        if known is None:
            known = Holding(seller_sku, pool, now, f"X00SIM{len(self._holdings):04d}")
        updated = known.updated if set(counts) <= SILENT else now
        changed = replace(known, updated=updated, **counts)
        if fnsku is not None:
            changed = replace(changed, fnsku=fnsku)
        if unlisted is not None:
            changed = replace(changed, unlisted=bool(unlisted))
        self._holdings[key] = changed
        return changed

    def follow(self, seller, before, after):
        """Reserve, release and take units as an order changes; None: it is new."""
        then, now = _claims(before), _claims(after)
        for place, seller_sku in set(then) | set(now):
            if place not in MARKETPLACES:
                continue
            holding = self.get(seller.key, place, seller_sku)
            if holding is None:
                continue
            key = (place, seller_sku)
            reserved = now[key].waiting - then[key].waiting
            gone = now[key].gone - then[key].gone
            self._change(seller, place, holding, reserved, gone)

    def _change(self, seller, place, holding, reserved, gone):
        if not reserved and not gone:
            return
        self.set(
            seller.key,
            place,
            holding.seller_sku,
            fulfillable=max(0, holding.fulfillable - reserved - gone),
            reserved_orders=max(0, holding.reserved_orders + reserved),
        )


@dataclass
class _Claim:
    """Units that an order holds: waiting to leave, and gone."""

    waiting: int = 0
    gone: int = 0


class _Claims(dict):
    """{(marketplace, SKU): _Claim}"""

    def __missing__(self, key):
        return _Claim()


def _claims(order):
    claims = _Claims()
    fulfillment = (order or {}).get("fulfillment", {})
    if fulfillment.get("fulfilledBy") != "AMAZON":
        return claims
    place = order.get("salesChannel", {}).get("marketplaceId")
    over = fulfillment.get("fulfillmentStatus") == "CANCELLED"
    for item in order.get("orderItems", ()):
        sku = item.get("product", {}).get("sellerSku")
        state = item.get("fulfillment", {})
        waiting = state.get("quantityUnfulfilled", item.get("quantityOrdered", 0))
        claim = claims[place, sku]
        claims[place, sku] = _Claim(
            claim.waiting + (0 if over else waiting),
            claim.gone + state.get("quantityFulfilled", 0),
        )
    return claims
