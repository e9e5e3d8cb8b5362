# SPDX-License-Identifier: LGPL-3.0-or-later
"""What may happen on a random day, each event a method that tells its outcome."""

from sp_api_simulator.money import ADDED, DETAILS, TaxStyle
from sp_api_simulator.parcels import Refused, left, settle_status

from faults.day_jobs import SECOND

KINDS = (
    "items",
    "orders",
    "apply",
    "shipments",
    "cancellations",
    "stock",
    "fba_stock",
)
# Where a worker may stand still or die: inside transactions, between them, on the line.
STOPS = {
    "orders": (
        ("amazon.sync.orders", "_store_fetched"),
        ("amazon.sync.orders", "_settle_success"),
        ("amazon.sync.orders", "_call"),
    ),
    "apply": (
        ("amazon.sync.orders", "_claim_waiting"),
        ("amazon.sync.orders", "_apply_batch"),
        ("amazon.order.writer", "_create_sale_orders"),
        ("amazon.order.writer", "_confirm"),
    ),
    "stock": (
        ("amazon.stock.change", "_consume"),
        ("amazon.sync.stock", "_compute_some"),
        ("amazon.sync.stock", "_take_some"),
        ("amazon.sync.stock", "_patch_some"),
        ("amazon.sync.stock", "_store_answers"),
        ("amazon.sync.stock", "_note_submitted"),
        ("amazon.sync.stock", "_call"),
    ),
    "shipments": (
        ("amazon.sync.shipments", "_send_batch"),
        ("amazon.sync.shipments", "_settle_batch"),
        ("amazon.sync.shipments", "_call"),
    ),
    "cancellations": (
        ("amazon.feed", "_mark_submitted"),
        ("amazon.sync.cancellations", "_transact"),
        ("amazon.sync.cancellations", "_call"),
    ),
    "items": (("amazon.sync.items", "_call"), ("amazon.sync.items", "_transact")),
}
FAULTS = (
    ("throttle", {}),
    ("throttle", {"retry_after": 120}),
    ("error", {"status": 500}),
    ("error", {"status": 503}),
    ("cut_before", {}),
    ("cut_body", {}),
    ("html", {"status": 502}),
    ("empty", {}),
)
GARBLED = ("repeat_page", "duplicates", "disorder", "truncated")
FEED_FAULTS = ("feed_fatal", "feed_fatal_late", "feed_cancelled", "feed_hang")
OPERATIONS = (
    "*",
    "searchOrders",
    "getOrder",
    "patchListingsItem",
    "confirmShipment",
    "createFeed",
    "*Feed*",
    "getListingsItem",
    "searchListingsItems",
)
REASONS = ("NoInventory", "BuyerCanceled", "GeneralAdjustment", None)


class Events:
    """For a class with `rng`, `shop`, `sim`, `books`, `kinds`, and ways to run
    workers."""

    WEIGHTS = {
        "order": 24,
        "fba_order": 2,
        "payment": 4,
        "buyer_cancels": 4,
        "buyer_asks": 2,
        "small_change": 2,
        "fewer_units": 2,
        "amazon_ships": 4,
        "receipt": 4,
        "parcel": 16,
        "late_tracking": 3,
        "return": 3,
        "taking_up": 2,
        "fewer_sold": 2,
        "seller_cancels": 4,
        "answer": 2,
        "settings": 4,
        "listing_settings": 3,
        "warehouses": 2,
        "relink": 2,
        "archive": 1,
        "hold": 3,
        "fault": 6,
        "feed_fault": 2,
        "round": 14,
        "quarter": 20,
        "stop": 14,
        "pair": 4,
        "clock": 6,
    }

    def happen(self, count):
        """So many random events."""
        events = [name for name in dir(self) if name.startswith("_on_")]
        weights = [self.WEIGHTS[name[4:]] for name in events]
        assert len(events) == len(self.WEIGHTS)
        for _number in range(count):
            (name,) = self.rng.choices(events, weights)
            outcome = getattr(self, name)()
            self.tell(f"{name[4:]}:", outcome)
            self.books.close_page()

    def _pick_order(self):
        """One of the newer orders, or None."""
        return self.rng.choice(self.orders[-12:]) if self.orders else None

    def _pick_confirmed(self):
        """One of the newer orders that are confirmed in Odoo, or None."""
        numbers = self.books.read_confirmed()[-8:]
        return self.rng.choice(numbers) if numbers else None

    # Amazon's side

    def _on_order(self):
        rng = self.rng
        skus = rng.sample(self.skus, rng.choice((1, 1, 1, 2)))
        items = {sku: rng.choice((1, 1, 2, 3)) for sku in skus}
        status = rng.choice(("UNSHIPPED", "UNSHIPPED", "PENDING"))
        return self._place(items, rng.choice(self.places), status)

    def _on_fba_order(self):
        return self._place({self.fba_sku: 1}, self.places[0], "UNSHIPPED")

    def _place(self, items, place, status):
        style = TaxStyle(ADDED, DETAILS)
        try:
            number = self.sim.place_order(
                self.shop.key, items, place, status, style=style
            )
        except Refused as refused:
            return f"{items} {refused}"
        self.orders.append(number)
        return f"{number} {status} {items} {place}"

    def _amazon(self, change, number=None):
        number = number or self._pick_order()
        if number is None:
            return "no order"
        try:
            change(number)
        except Refused as refused:
            return f"{number} {refused}"
        return number

    def _on_payment(self):
        pending = [
            order["orderId"]
            for order in self.sim.truth(self.shop.key)
            if order["fulfillment"]["fulfillmentStatus"] == "PENDING"
        ]
        if not pending:
            return "nothing pending"
        number = self.rng.choice(sorted(pending))
        self.sim.release_order(number)
        return number

    def _on_buyer_cancels(self):
        by = self.rng.choice(("BUYER", "AMAZON"))
        return self._amazon(
            lambda number: self.sim.cancel_order(number, by, "Changed my mind")
        )

    def _on_buyer_asks(self):
        return self._amazon(self.sim.request_cancellation)

    def _on_small_change(self):
        return self._amazon(
            lambda number: self.sim.update_order(number, {"programs": ["PRIME"]})
        )

    def _on_fewer_units(self):
        """A buyer, or Amazon, wants one unit less."""
        return self._amazon(
            lambda number: self.sim.change_order(number, _take_unit_off)
        )

    def _on_amazon_ships(self):
        """Amazon hears of a parcel by itself: FBA, or a label bought there."""
        number = self._pick_order()
        if number is None:
            return "no order"
        tracking = self._get_tracking()
        return self._amazon(
            lambda number: self.sim.ship_order(number, tracking=tracking), number
        )

    # Odoo's users

    def _on_receipt(self):
        sku, units = self.rng.choice(self.skus), self.rng.randrange(1, 15)
        second = self.rng.random() < 0.25
        done = self.run("receive", sku=sku, units=units, second=second)
        return f"{sku} {units} {done} {'in the second house' if second else ''}"

    def _on_parcel(self):
        number, share = self._pick_confirmed(), self.rng.choice((0.5, 1, 1))
        tracking = self._get_tracking() if self.rng.random() < 0.8 else None
        return self._for_order("ship", number, share=share, tracking=tracking)

    def _get_tracking(self):
        self._number += 1
        return f"TRK{self.seed}X{self._number}"

    def _for_order(self, job, number, **options):
        if number is None:
            return "no order"
        return f"{number} {options} {self.run(job, number=number, **options)}"

    def _on_late_tracking(self):
        return self._for_order(
            "track", self._pick_confirmed(), tracking=self._get_tracking()
        )

    def _on_return(self):
        return self._for_order("take_back", self._pick_confirmed())

    def _on_taking_up(self):
        return self._for_order("take_up", self._pick_order())

    def _on_fewer_sold(self):
        return self._for_order("sell_fewer", self._pick_confirmed())

    def _on_seller_cancels(self):
        reason = self.rng.choice(REASONS)
        return self._for_order("cancel_sale", self._pick_confirmed(), reason=reason)

    def _on_answer(self):
        cancel = self.rng.random() < 0.5
        return self._for_order("answer_wish", self._pick_order(), cancel=cancel)

    def _on_settings(self):
        name, value = self.rng.choice(
            (("stock_buffer", 0), ("stock_buffer", 2), ("stock_maximum", 5))
            + (("stock_maximum", 0), ("stock_basis", "free"))
            + (("stock_basis", "forecast"),)
        )
        channel = self.rng.choice(self.books.read_channels())
        values = {name: value}
        done = self.run("change_channel", channel_id=channel, values=values)
        return f"{channel} {values} {done}"

    def _on_listing_settings(self):
        values = self.rng.choice(
            (
                {"stock_policy": "fixed", "stock_fixed_quantity": 4},
                {"stock_policy": "computed"},
                {"stock_policy": "computed"},
                {"stock_policy": "none"},
                {"stock_own_buffer": True, "stock_buffer_own": 1},
                {"stock_pack_size": 2},
                {"stock_pack_size": 1},
            )
        )
        listing = self._pick_listing()
        done = self.run("change_listing", listing_id=listing["id"], values=values)
        return f"{listing['seller_sku']} {listing['place']} {values} {done}"

    def _on_warehouses(self):
        channel = self.rng.choice(self.books.read_channels())
        codes = self.rng.choice((None, [""], ["", SECOND], [SECOND, ""]))
        done = self.run("map_warehouses", channel_id=channel, codes=codes)
        return f"{channel} {codes} {done}"

    def _pick_listing(self):
        return self.rng.choice(self.books.read_listings())

    def _on_relink(self):
        listing = self._pick_listing()
        sku = self.rng.choice((*self.skus, listing["seller_sku"], None))
        done = self.run("relink", listing_id=listing["id"], sku=sku)
        return f"{listing['seller_sku']} {listing['place']} {sku} {done}"

    def _on_archive(self):
        sku, active = self.rng.choice(self.skus), self.rng.random() < 0.6
        return f"{sku} {self.run('archive', sku=sku, active=active)}"

    def _on_hold(self):
        # Whoever is on the line when the hold comes ends that one call.
        self.release(kill=False)
        self.set_hold(not self.is_on_hold)
        return "on" if self.is_on_hold else "off"

    def set_hold(self, on_hold):
        """The account goes on hold, or off; nothing has left while it was."""
        if self.is_on_hold:
            self.books.check_silent()
        self.run("hold", account_id=self.shop.account_id, on_hold=on_hold)
        self.is_on_hold, self.calls_at_hold = on_hold, len(self.sim.calls)

    # Bad luck

    def _on_fault(self):
        rng = self.rng
        (kind, options), operation = rng.choice(FAULTS), rng.choice(OPERATIONS)
        if rng.random() < 0.2:
            kind, options, operation = rng.choice(GARBLED), {}, "searchOrders"
        after, count = rng.randrange(4), rng.randrange(1, 4)
        self.sim.add_fault(
            kind, operation=operation, after=after, count=count, **options
        )
        return f"{kind} {options} {operation} after {after} times {count}"

    def _on_feed_fault(self):
        kind = self.rng.choice(FEED_FAULTS)
        self.sim.add_fault(kind, operation="createFeed", count=1)
        return kind

    def _on_clock(self):
        minutes = self.rng.choice((1, 3, 5, 12, 16, 16, 31, 65, 300))
        self.pass_time(minutes)
        if self.rng.random() < 0.3:
            self.sim.release_feeds()
        return f"{minutes} minutes"

    # The connector

    def _on_round(self):
        kinds = self.rng.sample(KINDS, self.rng.choice((1, 2, 7)))
        self.work(kinds, **self._draw_sizes())
        return " ".join(kinds)

    def _on_quarter(self):
        """The time passes after which orders are fetched, and all modules work."""
        self.pass_time(16)
        self.work(self.kinds, **self._draw_sizes())
        return "all modules"

    def _draw_sizes(self):
        """Pages, batches and feeds are small on some days."""
        if self.rng.random() < 0.5:
            return {}
        return {"page_size": 3, "batch_size": 2, "feed_from": 3}

    def _on_stop(self):
        """A worker stands still somewhere, until the next event of this kind."""
        if self.standing:
            kill = self.rng.random() < 0.5
            self.release(kill)
            return "killed" if kill else "went on"
        kind = self.rng.choice(sorted(STOPS))
        self._give_work(kind)
        model, method = self.rng.choice(STOPS[kind])
        number = self.rng.choice((1, 1, 1, 2, 3))
        moment = self.rng.choice(("before", "after"))
        patches = {**self._draw_sizes(), "stops": [[model, method, number, moment]]}
        name = f"{kind} {moment} {method} {number}"
        job = self.start("work", patches, kinds=[kind])
        if not job.stops():
            return f"{name}: not reached"
        self.standing = (job, name)
        return name

    def _give_work(self, kind):
        """Have something to do for a module that is about to be stopped."""
        if kind in ("orders", "apply"):
            self.tell("  ", self._on_order())
            self.pass_time(16)
        if kind == "apply":
            self.work(["orders"])
        elif kind == "stock":
            self.tell("  ", self._on_receipt())
        elif kind == "shipments":
            self.tell("  ", self._on_parcel())
        elif kind == "cancellations":
            self.tell("  ", self._on_seller_cancels())

    def _on_pair(self):
        """Two workers at once."""
        self.release(kill=False)
        kinds = self.rng.choice((["orders", "apply"], ["stock"], ["apply"], KINDS))
        self.pass_time(16)
        self.work_in_pairs(kinds)
        return " ".join(kinds)


def _take_unit_off(order, _now):
    for item in order["orderItems"]:
        rest = left(item)
        if rest > 1:
            item.setdefault("fulfillment", {})["quantityUnfulfilled"] = rest - 1
            settle_status(order)
            return order
    raise Refused("There is no unit to take off")
