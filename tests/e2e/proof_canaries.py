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
    def reference(self):
        """The number that the buyer gave the order."""
        return f"{REFERENCE}{self.number}"

    def word(self, field):
        return f"{self._marker}{field}{self.number}"

    def address(self):
        return [
            *map(self.word, ("name", "company", "street", "floor", "door", "city")),
            f"{POSTAL_CODE}{self.number}",
            f"{PHONE}{self.number:03d}",
        ]

    def on_slip(self):
        """What the warehouse needs on paper."""
        return [*self.address(), *map(self.word, ("gift", "gate", "porch"))]

    def on_screen(self):
        """All that the dialog shows."""
        return [
            *self.on_slip(),
            f"{self._latin}@marketplace.example",
            f"https://{self._latin}.example/{self.word('made')}",
            f"{TAX_NUMBER}{self.number:04d}",
        ]

    def personalise(self, order):
        """A copy of an order of Amazon's with this buyer in every field there is."""
        order = json.loads(json.dumps(order))
        order["buyer"] = {
            "buyerName": self.word("name"),
            "buyerEmail": f"{self._latin}@marketplace.example",
            "buyerCompanyName": self.word("company"),
            "buyerPurchaseOrderNumber": self.reference,
        }
        order["recipient"] = {
            "deliveryAddress": self._address(order),
            "deliveryPreference": {
                "dropOffLocation": self.word("porch"),
                "addressInstruction": self.word("gate"),
            },
        }
        order["tax"] = {
            "taxRegistrations": [
                {"taxRegistrationNumber": f"{TAX_NUMBER}{self.number:04d}"}
            ]
        }
        for item in order["orderItems"]:
            self._personalise_item(item)
        del order["lastUpdatedTime"]
        return order

    def _address(self, order):
        known = order["recipient"]["deliveryAddress"]
        return {
            "name": self.word("name"),
            "companyName": self.word("company"),
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
