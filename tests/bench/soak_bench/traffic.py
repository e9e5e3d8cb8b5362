# SPDX-License-Identifier: LGPL-3.0-or-later
"""A shop's usual traffic: what buyers, Amazon and the shop's people do.

Buyers and Amazon act on the simulator, people through Odoo's own requests.
"""

import html
import math
import random
from collections import Counter
from datetime import datetime, timezone

from pieces.console import SetupError
from sp_api_simulator.changes import Refused
from sp_api_simulator.money import ADDED, DETAILS, TaxStyle

SLIP = "/report/html/stock.report_deliveryslip"
HOUR, DAY = 3600.0, 86400.0
# Of the orders: paid later, cancelled by buyers, asked to cancel, cancelled by the
# seller, sent back.
PENDING, CANCELLED, ASKED, REFUSED, RETURNED = 0.06, 0.03, 0.01, 0.01, 0.03
# What a warehouse packs in one go, and from when on after the order.
PACKED, PACK_AFTER = 25, 3 * HOUR
STYLES = {"US": TaxStyle(ADDED, DETAILS)}


class Traffic:
    """One seller's shop.

    :param sim: the simulator
    :param pieces.rpc.OdooRpc odoo: an administrator's session
    :param pieces.rpc.WebSession web: the same in the web client
    :param str key: the seller
    :param int company: its company's id
    :param clock: the `MovingClock`
    :param float per_day: orders
    """

    def __init__(self, sim, odoo, web, key, company, clock, per_day):
        self._sim, self._odoo, self._web = sim, odoo, web
        self._key, self._company, self._clock = key, company, clock
        self._per_day = per_day
        self._rng = random.Random(f"soak-{key}")
        self._context = {"allowed_company_ids": [company]}
        self._due = Counter()
        self._shipped, self._open, self._pending = [], [], []
        self.told = Counter()
        merchants = [one for one in sim.listings(key) if one.fulfilled_by == "MERCHANT"]
        sold = [one for one in merchants if one.in_odoo and one.active]
        self.skus = sorted({one.seller_sku for one in sold if not one.issues})
        self.by_amazon = [one for one in sim.listings(key) if one not in merchants]
        self._places = [place.id for place in sim.sellers[key].real_marketplaces()]

    def play(self, seconds):
        """All that happened in so many seconds until now."""
        self._buy(seconds)
        self._change_minds()
        if self._is_due("pack", HOUR / 4):
            self._pack()
        if self._is_due("amazon", HOUR):
            self._leave_amazon()
        if self._is_due("office", 2 * HOUR):
            self._answer_wishes()
            self._cancel()
            self._take_back()
        if self._is_due("stock", 4 * HOUR):
            self._receive()
        if self._is_due("listings", 6 * HOUR):
            self._edit_listings()
        if self._is_due("books", 8 * HOUR):
            self._post()
        if self._is_due("payout", 2 * DAY):
            self.told["settlements"] += len(self._sim.close_settlement(self._key))

    def calm_down(self):
        """What is pending is paid; nobody orders any more."""
        for number in self._pending:
            self._try(self._sim.release_order, number)
        self._pending.clear()

    def _is_due(self, what, seconds):
        if self._clock.passed() < self._due[what]:
            return False
        self._due[what] = self._clock.passed() + seconds
        return True

    def _call(self, model, method, *arguments, **options):
        return self._odoo.call(
            model, method, *arguments, context=self._context, **options
        )

    def _try(self, action, *arguments, **options):
        """What Amazon refuses does not happen."""
        try:
            return action(*arguments, **options)
        except Refused:
            self.told["refused by Amazon"] += 1

    # --- buyers, and Amazon ---------------------------------------------------

    def _buy(self, seconds):
        hour = self._clock.now() % DAY / HOUR
        busy = 1 + 0.8 * math.sin((hour - 9) / 24 * 2 * math.pi)
        expected = self._per_day * seconds / DAY * busy
        count = int(expected) + (self._rng.random() < expected % 1)
        for _number in range(count):
            self._place_order()

    def _place_order(self):
        rng = self._rng
        options = {"style": STYLES[self._key]} if self._key in STYLES else {}
        if self.by_amazon and rng.random() < 0.1:
            listing = rng.choice(self.by_amazon)
            items, place = {listing.seller_sku: 1}, listing.marketplace_id
            status = "UNSHIPPED"
        else:
            skus = rng.sample(self.skus, rng.choice((1, 1, 1, 2)))
            items = {sku: rng.choice((1, 1, 1, 2)) for sku in skus}
            place = rng.choice(self._places)
            status = "PENDING" if rng.random() < PENDING else "UNSHIPPED"
        number = self._try(
            self._sim.place_order, self._key, items, place, status, **options
        )
        if number:
            self.told["orders"] += 1
            (self._pending if status == "PENDING" else self._open).append(number)

    def _change_minds(self):
        """Payments arrive, buyers cancel or ask to, of what is new."""
        rng = self._rng
        for number in [one for one in self._pending if rng.random() < 0.1]:
            self._pending.remove(number)
            self._try(self._sim.release_order, number)
            self._open.append(number)
        for number in self._open:
            if rng.random() < CANCELLED:
                self._try(self._sim.cancel_order, number)
                self.told["cancelled by buyers"] += 1
            elif rng.random() < ASKED:
                self._try(self._sim.request_cancellation, number)
                self.told["wishes to cancel"] += 1
        self._open.clear()

    def _leave_amazon(self):
        """What lies at Amazon is shipped by Amazon."""
        for order in self._sim.truth(self._key):
            fulfillment = order["fulfillment"]
            if fulfillment["fulfilledBy"] == "AMAZON":
                if fulfillment["fulfillmentStatus"] == "UNSHIPPED":
                    self._try(self._sim.ship_order, order["orderId"])

    # --- the warehouse --------------------------------------------------------

    def _pack(self):
        """Slips are printed, parcels get their numbers and leave."""
        before = _format(self._clock.now() - PACK_AFTER)
        domain = [
            ("company_id", "=", self._company),
            ("amazon_to_ship", "=", True),
            ("state", "=", "assigned"),
            ("create_date", "<", before),
        ]
        pickings = self._call("stock.picking", "search", domain, limit=PACKED)
        if not pickings:
            return
        self._print(pickings)
        for picking in pickings:
            tracking = {"carrier_tracking_ref": f"TRK{picking:09d}"}
            self._call("stock.picking", "write", [picking], tracking)
        rows = self._call("stock.picking", "read", pickings, ["amazon_parcel"])
        ready = [row["id"] for row in rows if row["amazon_parcel"] == "ready"]
        if ready:
            self._call("stock.picking", "action_amazon_validate", ready)
            self.told["parcels"] += len(ready)
            self._shipped += ready

    def _print(self, pickings):
        """Each slip names its recipient, if Amazon told one.

        :raises SetupError: one does not
        """
        ids = ",".join(map(str, pickings))
        page = html.unescape(self._web.fetch(f"{SLIP}/{ids}").text)
        for number in self._read_numbers(pickings).values():
            told = self._sim.find_order(number)[1].data.get("recipient", {})
            if told.get("deliveryAddress", {}).get("name", "") not in page:
                raise SetupError(f"The slip of {number} does not name its recipient.")
        self.told["slips"] += len(pickings)

    def _read_numbers(self, pickings):
        """`{picking: Amazon's number}`."""
        rows = self._call("stock.picking", "read", pickings, ["sale_id"])
        sales = {row["id"]: row["sale_id"][0] for row in rows}
        ids = list(set(sales.values()))
        rows = self._call("sale.order", "read", ids, ["amazon_order_ref"])
        numbers = {row["id"]: row["amazon_order_ref"] for row in rows}
        return {picking: numbers[sale] for picking, sale in sales.items()}

    def _receive(self):
        """Goods come in of what is short."""
        domain = [("default_code", "in", self.skus)]
        domain += [("company_id", "in", (self._company, False))]
        fields = ["free_qty", "uom_id"]
        rows = self._call("product.product", "search_read", domain, fields)
        short = [row["id"] for row in rows if row["free_qty"] < 60]
        if short:
            self._move_in(short, 120)

    def _move_in(self, products, units):
        kind = self._call(
            "stock.picking.type",
            "search_read",
            [("code", "=", "incoming"), ("company_id", "=", self._company)],
            ["default_location_dest_id"],
            limit=1,
        )[0]
        suppliers = self._odoo.find("stock.location", ("usage", "=", "supplier"))
        places = {
            "location_id": suppliers,
            "location_dest_id": kind["default_location_dest_id"][0],
        }
        moves = [
            {"product_id": product, "product_uom_qty": units, **places}
            for product in products
        ]
        values = {"picking_type_id": kind["id"], **places}
        values["move_ids"] = [(0, 0, move) for move in moves]
        [picking] = self._call("stock.picking", "create", [values])
        self._call("stock.picking", "action_confirm", [picking])
        self._validate(picking, units)
        self.told["receipts"] += 1

    def _validate(self, picking, units=None):
        moves = self._call("stock.move", "search", [("picking_id", "=", picking)])
        values = {"picked": True, **({"quantity": units} if units else {})}
        self._call("stock.move", "write", moves, values)
        context = {**self._context, "skip_backorder": True}
        self._odoo.call("stock.picking", "button_validate", [picking], context=context)

    # --- the office -----------------------------------------------------------

    def _answer_wishes(self):
        for number, sale in self._find_sales(
            [("amazon_order_id.cancellation_requested", "=", True)]
        ):
            grant = self._rng.random() < 0.5
            method = "action_cancel_as_requested" if grant else "action_ship_anyway"
            self._ask(sale, method, number)

    def _cancel(self):
        for number, sale in self._find_sales([("delivery_status", "=", "pending")]):
            if self._rng.random() < REFUSED * 10:
                self._ask(sale, "action_cancel_on_amazon", number, "NoInventory")
                break

    def _ask(self, sale, method, number, *arguments):
        """Press a button on a sales order; what Odoo refuses is told."""
        try:
            self._call("sale.order", method, [sale], *arguments)
            self.told[method] += 1
        except SetupError as refusal:
            self.told[f"refused: {str(refusal)[:60]}"] += 1

    def _find_sales(self, domain):
        """[(Amazon's number, sales order's id)], the newest first."""
        domain = [
            ("company_id", "=", self._company),
            ("amazon_order_ref", "!=", False),
            ("state", "=", "sale"),
            *domain,
        ]
        rows = self._call(
            "sale.order",
            "search_read",
            domain,
            ["amazon_order_ref"],
            limit=10,
            order="id desc",
        )
        return [(row["amazon_order_ref"], row["id"]) for row in rows]

    def _take_back(self):
        """A buyer sends a parcel back, and Amazon refunds it."""
        for picking in self._shipped[-40:]:
            if self._rng.random() < RETURNED:
                self._shipped.remove(picking)
                self._return(picking)

    def _return(self, picking):
        number = self._read_numbers([picking])[picking]
        [wizard] = self._call(
            "stock.return.picking", "create", [{"picking_id": picking}]
        )
        model = "stock.return.picking.line"
        lines = self._call(
            model, "search_read", [("wizard_id", "=", wizard)], ["move_quantity"]
        )
        for line in lines:
            units = {"quantity": line["move_quantity"]}
            self._call(model, "write", [line["id"]], units)
        action = self._call("stock.return.picking", "action_create_returns", [wizard])
        self._validate(action["res_id"])
        self._try(self._sim.refund_order, number)
        self.told["returns"] += 1

    def _edit_listings(self):
        """The seller changes titles in Seller Central."""
        for sku in self._rng.sample(self.skus, 3):
            title = f"{sku}, edition of {_format(self._clock.now())}"
            self._sim.update_listing(self._key, sku, title=title)
            self.told["changed listings"] += 1

    def _post(self):
        drafts = self._call("amazon.settlement", "search", [("state", "=", "draft")])
        if drafts:
            self._call("amazon.settlement", "action_post", drafts)
            self.told["posted settlements"] += len(drafts)


def _format(moment):
    """Epoch seconds as Odoo takes them over RPC."""
    stamp = datetime.fromtimestamp(moment, timezone.utc)
    return stamp.strftime("%Y-%m-%d %H:%M:%S")
