# SPDX-License-Identifier: LGPL-3.0-or-later
"""Invented buyers whose every word is recognised wherever it turns up.

Each text begins with a marker of its script, so that one search for the markers finds
all texts of all orders; what follows tells the field and the order.
"""

import json

MARKERS = {
    "latin": "Zyqxwvut",
    "devanagari": "झठणढङञ",
    "japanese": "ヱヰヮヵヶ",
    "arabic": "ظغضثذط",
}
PHONE = "+91 98450 31"
POSTAL_CODE = "ZQX77K"
TAX_NUMBER = "29ZYQXW"
# The number that a business gave its order stands on its papers until the data go.
REFERENCE = "Poqzjxkw"

ALL = (*MARKERS.values(), PHONE, POSTAL_CODE, TAX_NUMBER)
_SCRIPTS = tuple(MARKERS.values())


class Canary:
    """What the buyer of one order tells Amazon.

    :param int number: tells this order's texts from all others
    """

    def __init__(self, number):
        self.number = number
        self._marker = _SCRIPTS[number % len(_SCRIPTS)]
        self._latin = f"{MARKERS['latin']}mail{number}".lower()

    @property
    def is_business(self):
        """Two of five are consumers: no company, no tax number, masked invoices."""
        return self.number % 5 < 3

    @property
    def reference(self):
        """The number that the buyer gave the order."""
        return f"{REFERENCE}{self.number}"

    def word(self, field):
        return f"{self._marker}{field}{self.number}"

    def on_invoice(self):
        """What an invoice names, of businesses."""
        company = ["company"] if self.is_business else []
        words = ("name", *company, "street", "floor", "door", "city")
        return [*map(self.word, words), f"{POSTAL_CODE}{self.number}"]

    def address(self):
        return [*self.on_invoice(), f"{PHONE}{self.number:03d}"]

    def on_label(self):
        """What every carrier asks for."""
        return [self.word("street"), self.word("city"), f"{POSTAL_CODE}{self.number}"]

    def on_slip(self):
        """What the warehouse needs on paper."""
        return [
            *self.address(),
            *map(self.word, ("gift", "gate", "porch")),
            f"https://{self._latin}.example/{self.word('made')}",
        ]

    def on_screen(self):
        """All that the dialog shows."""
        return [
            *self.on_slip(),
            f"{self._latin}@marketplace.example",
            *([f"{TAX_NUMBER}{self.number:04d}"] if self.is_business else ()),
        ]

    def personalise(self, order):
        """A copy of an order of Amazon's with this buyer in every field there is."""
        order = json.loads(json.dumps(order))
        order["buyer"] = {
            "buyerName": self.word("name"),
            "buyerEmail": f"{self._latin}@marketplace.example",
            "buyerPurchaseOrderNumber": self.reference,
        }
        order["recipient"] = {
            "deliveryAddress": self._address(order),
            "deliveryPreference": {
                "dropOffLocation": self.word("porch"),
                "addressInstruction": self.word("gate"),
            },
        }
        order["tax"] = {}
        if self.is_business:
            number = {"taxRegistrationNumber": f"{TAX_NUMBER}{self.number:04d}"}
            order["buyer"]["buyerCompanyName"] = self.word("company")
            order["tax"]["taxRegistrations"] = [number]
        for item in order["orderItems"]:
            self._personalise_item(item)
        del order["lastUpdatedTime"]
        return order

    def _address(self, order):
        known = order["recipient"]["deliveryAddress"]
        company = {"companyName": self.word("company")} if self.is_business else {}
        return {
            "name": self.word("name"),
            **company,
            "addressLine1": self.word("street"),
            "addressLine2": self.word("floor"),
            "addressLine3": self.word("door"),
            "city": self.word("city"),
            "stateOrRegion": known["stateOrRegion"],
            "postalCode": f"{POSTAL_CODE}{self.number}",
            "countryCode": known["countryCode"],
            "phone": f"{PHONE}{self.number:03d}",
            "addressType": known["addressType"],
        }

    def _personalise_item(self, item):
        url = f"https://{self._latin}.example/{self.word('made')}"
        item["product"]["customization"] = {"customizedUrl": url}
        gift = {"giftMessage": self.word("gift"), "giftWrapLevel": "Classic"}
        item["fulfillment"]["packing"] = {"giftOption": gift}
