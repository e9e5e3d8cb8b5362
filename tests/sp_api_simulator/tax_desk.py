# SPDX-License-Identifier: LGPL-3.0-or-later
"""The documents that Amazon issues under India's GST, and their rows in its reports.

Which orders are invoiced, refunded or cancelled is said by whoever drives the
simulator; all amounts are those of its own orders.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import ROUND_DOWN, Decimal

from .clock import HOUR, parse_time
from .marketplaces import BY_CODE
from .money import rounded

_INDIA = timezone(timedelta(hours=5, minutes=30))
SHIPMENT, REFUND, CANCEL = "Shipment", "Refund", "Cancel"
REPLACEMENT, WITHDRAWN = "FreeReplacement", "EInvoiceCancel"
KINDS = (SHIPMENT, REFUND, CANCEL, REPLACEMENT, WITHDRAWN)
# {state: its name, a warehouse of Amazon's there, what its postal codes begin with}
STATES = {
    "KA": ("KARNATAKA", "BLR7", ("56", "57", "58", "59")),
    "MH": ("MAHARASHTRA", "BOM7", ("40", "41", "42", "43", "44")),
}
_KINDS_OF_TAX = ("Cgst", "Sgst", "Igst", "Utgst")
_NOTHING = Decimal(0)
_TCS = Decimal("0.5")
TRANSFER, REMOVAL = "FC_TRANSFER", "FC_REMOVAL"


@dataclass
class TaxDocument:
    """One document of an order; `at` is its day in epoch seconds, `number` empty for
    what was cancelled before it had one, `invoice` what a refund refers to."""

    kind: str
    number: str
    at: float
    order: dict
    items: tuple
    invoice: "TaxDocument" = None


@dataclass
class StockMovement:
    """Goods that Amazon moved between two states, or within one."""

    kind: str
    number: str
    at: float
    sku: str
    units: int
    origin: str
    target: str
    transaction: str


class TaxDesk:
    """The documents and movements of all sellers."""

    def __init__(self, simulator):
        self._simulator = simulator
        self._documents = {}
        self._movements = {}

    # --- what happens ---------------------------------------------------------

    def invoice(self, key, order_ids=None, at=None):
        """Invoice orders of a seller that are not; None: all that have shipped.

        :param at: epoch seconds; a past month makes rows that come late
        """
        seller = self._seller(key)
        own = self._documents.setdefault(key, [])
        known = {one.order["orderId"] for one in own if one.kind == SHIPMENT}
        made = []
        for order in self._orders(seller, order_ids):
            if order["orderId"] in known:
                continue
            number = f"{self._series(seller, order)}-{1000 + len(own)}"
            made.append(self._document(SHIPMENT, number, order, at))
            own.append(made[-1])
        return made

    def add(self, kind, order_id, item_ids=None, at=None):
        """Another document of an order: a refund, a parcel that was cancelled, ...

        :param item_ids: some of its items; None: all
        """
        if kind not in KINDS:
            raise ValueError(f"Unknown kind {kind!r}")
        seller, version = self._simulator.find_order(order_id)
        own = self._documents.setdefault(self._seller(seller.key).key, [])
        of_order = (one for one in own if one.order["orderId"] == order_id)
        invoice = next((one for one in of_order if one.kind == SHIPMENT), None)
        if kind in (REFUND, WITHDRAWN) and invoice is None:
            raise ValueError("The order has no invoice")
        number = {
            REFUND: f"C{self._series(seller, version.data)}-{1000 + len(own)}",
            WITHDRAWN: invoice and invoice.number,
            REPLACEMENT: f"R{self._series(seller, version.data)}-{1000 + len(own)}",
        }.get(kind, "")
        document = self._document(kind, number, version.data, at, item_ids, invoice)
        own.append(document)
        return document

    def move(self, key, sku, units, origin, target, kind=TRANSFER, at=None):
        """Goods leave one of Amazon's warehouses for another state, or the same."""
        if not {origin, target} <= set(self._seller(key).gstins):
            raise ValueError("The seller has no GSTIN in that state")
        own = self._movements.setdefault(key, [])
        letter = "D" if origin == target else "T"
        number = f"{STATES[origin][1]}-{letter}-{len(own) + 1}"
        at = self._simulator.clock.now() if at is None else at
        movement = StockMovement(
            kind, number, at, sku, units, origin, target, f"TX{len(own) + 1:08d}"
        )
        own.append(movement)
        return movement

    def cancel_movement(self, key, movement):
        """A movement did not take place: it is told again, as cancelled."""
        word = f"{movement.kind}-Cancel"
        self._movements[key].append(StockMovement(**{**vars(movement), "kind": word}))

    # --- what reports tell -----------------------------------------------------

    def rows(self, seller, business, start, end):
        """Rows of the documents of a period, of businesses or of consumers."""
        return [
            row
            for document in self._documents.get(seller.key, ())
            if start <= document.at <= end and bool(_gstin(document.order)) == business
            for row in self._document_rows(seller, document)
        ]

    def transfer_rows(self, seller, start, end):
        """Rows of the stock that moved in a period."""
        return [
            self._movement_row(seller, one)
            for one in self._movements.get(seller.key, ())
            if start <= one.at <= end
        ]

    # --- parts -----------------------------------------------------------------

    def _seller(self, key):
        seller = self._simulator.sellers[key]
        if not seller.gstins:
            raise ValueError(f"Seller {key!r} has no GSTIN")
        return seller

    def _orders(self, seller, order_ids):
        if order_ids is not None:
            return [self._simulator.find_order(one)[1].data for one in order_ids]
        return [
            version.data
            for version in seller.orders.all()
            if version.data["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
            and version.data["salesChannel"]["marketplaceId"] == BY_CODE["IN"].id
        ]

    def _document(self, kind, number, order, at, item_ids=None, invoice=None):
        items = tuple(
            item
            for item in order["orderItems"]
            if item_ids is None or item["orderItemId"] in item_ids
        )
        at = self._simulator.clock.now() if at is None else at
        return TaxDocument(kind, number, at, order, items, invoice)

    def _origin(self, seller, order):
        """The state that an order's goods leave: Amazon keeps its stock in another one
        of the seller's, where he is registered in several."""
        others = [state for state in seller.gstins if state != seller.state]
        is_fba = order["fulfillment"].get("fulfilledBy") == "AMAZON"
        return others[0] if is_fba and others else seller.state

    def _series(self, seller, order):
        is_fba = order["fulfillment"].get("fulfilledBy") == "AMAZON"
        return STATES[self._origin(seller, order)][1] if is_fba else "IN"

    def _document_rows(self, seller, document):
        origin = self._origin(seller, document.order)
        return [
            {
                **self._facts(seller, document, item, origin),
                **self._money(document, item, origin),
            }
            for item in document.items
        ]

    def _facts(self, seller, document, item, origin):
        order, invoice = document.order, document.invoice or document
        if document.kind in (CANCEL, REPLACEMENT):
            invoice = document
        address = order.get("recipient", {}).get("deliveryAddress", {})
        name, warehouse, _pins = STATES[origin]
        is_fba = order["fulfillment"].get("fulfilledBy") == "AMAZON"
        gstin = _gstin(order)
        listing = self._listing(seller, item)
        facts = {
            "Seller Gstin": seller.gstins[origin],
            "Invoice Number": invoice.number,
            "Invoice Date": moment(invoice.at) if invoice.number else "",
            "Transaction Type": document.kind,
            "Order Id": order["orderId"],
            "Shipment Id": f"D{order['orderId'][-7:]}",
            "Shipment Date": moment(invoice.at - HOUR),
            "Order Date": moment(parse_time(order["createdTime"])),
            "Shipment Item Id": item["orderItemId"],
            "Quantity": item["quantityOrdered"],
            "Item Description": item["product"].get("title"),
            "Asin": item["product"].get("asin"),
            "Hsn/sac": listing.hsn if listing else None,
            "Sku": item["product"].get("sellerSku"),
            "Product Tax Code": "A_GEN_STANDARD",
            "Bill From State": name,
            "Bill From Country": "IN",
            "Ship From State": name,
            "Ship From Country": "IN",
            "Ship To City": address.get("city"),
            "Ship To State": address.get("stateOrRegion"),
            "Ship To Country": address.get("countryCode"),
            "Ship To Postal Code": address.get("postalCode"),
            "Warehouse Id": warehouse if is_fba else "",
            "Fulfillment Channel": "AFN" if is_fba else "MFN",
            "Payment Method Code": "Prepaid",
            "Customer Bill To Gstid": gstin,
            "Buyer Name": order.get("buyer", {}).get("buyerName") if gstin else None,
        }
        if document.kind == REFUND:
            facts["Credit Note No"] = document.number
            facts["Credit Note Date"] = moment(document.at)
        return facts

    def _money(self, document, item, origin):
        if document.kind in (CANCEL, REPLACEMENT):
            return {"Invoice Amount": "0.0", "Tax Exclusive Gross": "0.0"}
        total, taxes = _amounts(item)
        tax = sum(taxes.values())
        net = total - tax
        within = place_of(document.order) == origin
        # Amazon's files are not of one mind about it.
        sign = -1 if document.kind == REFUND else 1
        amounts = {
            "Invoice Amount": total * sign,
            "Tax Exclusive Gross": net * sign,
            "Total Tax Amount": tax * sign,
            "Principal Amount": total * sign,
            "Principal Amount Basis": net * sign,
            **_rates(net, tax, within),
        }
        for charge, amount in taxes.items():
            for kind, part in _split(amount, within).items():
                amounts[f"{charge}{kind} Tax"] = part * sign
        for kind, part in _split(rounded(net * _TCS / 100, "INR"), within).items():
            amounts[f"Tcs {kind} Amount"] = part * sign
        return {name: str(amount) for name, amount in amounts.items()}

    def _movement_row(self, seller, movement):
        listing = self._find(seller, movement.sku)
        net = Decimal(listing.price) * movement.units if listing else _NOTHING
        between = movement.origin != movement.target
        percent = Decimal(listing.tax_percent) if listing and between else _NOTHING
        tax = rounded(net * percent / 100, "INR")
        (origin, leaves, _), (target, arrives, _) = (
            STATES[state] for state in (movement.origin, movement.target)
        )
        return {
            "Gstin Of Receiver": seller.gstins[movement.target],
            "Transaction Type": movement.kind,
            "Transaction Id": movement.transaction,
            "Ship From Fc": leaves,
            "Ship From State": origin,
            "Ship From Country": "IN",
            "Ship To Fc": "" if movement.kind.startswith(REMOVAL) else arrives,
            "Ship To State": target,
            "Ship To Country": "IN",
            "Invoice Number": movement.number,
            "Invoice Date": moment(movement.at),
            "Invoice Value": str(net + tax),
            "Asin": listing.asin if listing else None,
            "Sku": movement.sku,
            "Quantity": movement.units,
            "Hsn Code": listing.hsn if listing else None,
            "Taxable Value": str(net),
            "Igst Rate": str(percent / 100),
            "Igst Amount": str(tax),
            "Gstin Of Supplier": seller.gstins[movement.origin],
        }

    def _listing(self, seller, item):
        return self._find(seller, item["product"].get("sellerSku"))

    @staticmethod
    def _find(seller, sku):
        every = seller.listings.values()
        return next((one for one in every if one.seller_sku == sku), None)


def moment(at):
    """A time as Amazon's files have it, in India."""
    return datetime.fromtimestamp(at, _INDIA).strftime("%d-%m-%Y %H:%M:%S")


def place_of(order):
    """The state of STATES that an order goes to, by name, else by postal code."""
    address = order.get("recipient", {}).get("deliveryAddress", {})
    if address.get("countryCode") != "IN":
        return None
    text = (address.get("stateOrRegion") or "").strip().upper()
    pin = address.get("postalCode") or ""
    for state, (name, _warehouse, pins) in STATES.items():
        if text == name or (not text and pin.startswith(pins)):
            return state
    return None


def _gstin(order):
    """The buyer's GSTIN in capitals without blanks, None for a consumer."""
    for one in order.get("tax", {}).get("taxRegistrations", ()):
        text = "".join(one.get("taxRegistrationNumber", "").split()).upper()
        if len(text) == 15:
            return text
    return None


def _amounts(item):
    """(what the buyer paid, {charge: tax}) of an item; the item's own charge is ""."""
    proceeds = item.get("proceeds", {})
    total = Decimal(proceeds.get("proceedsTotal", {}).get("amount", "0"))
    taxes = {"": _NOTHING, "Shipping ": _NOTHING, "Gift Wrap ": _NOTHING}
    for entry in proceeds.get("breakdowns", ()):
        if entry["type"] != "TAX":
            continue
        for detail in entry.get("detailedBreakdowns", ()):
            charge = f"{detail['subtype'].replace('_', ' ').title()} "
            if charge in taxes:
                taxes[charge] += Decimal(detail["value"]["amount"])
        due = Decimal(entry["subtotal"]["amount"])
        taxes[""] += due - sum(taxes.values())
    return total, taxes


def _split(amount, within):
    """{kind: part}: the whole as Igst, or two halves, an odd paisa with Cgst."""
    if not within:
        return {"Igst": amount}
    half = (amount / 2).quantize(Decimal("0.01"), ROUND_DOWN)
    return {"Cgst": amount - half, "Sgst": half}


def _rates(net, tax, within):
    """Fractions, as Amazon writes them."""
    percent = round(tax / net * 100 * 2) / Decimal(2) if net else _NOTHING
    fraction = percent / 100
    kinds = {"Cgst": fraction / 2, "Sgst": fraction / 2} if within else {}
    kinds = kinds or {"Igst": fraction}
    return {f"{kind} Rate": kinds.get(kind, _NOTHING) for kind in _KINDS_OF_TAX}
