# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the simulator's tests share: a well-behaved caller and a smallest order."""

import requests

ORDERS_PATH = "/orders/2026-01-01/orders"
USER_AGENT = "ContractSuite/1.0 (Language=Python/3.11; Platform=Linux)"


class Caller:
    """One seller's calls. `agent` and `token` may be replaced by a test."""

    def __init__(self, simulator, key):
        self.simulator = simulator
        self.key = key
        self.session = requests.Session()
        self.agent = USER_AGENT
        self.token = None
        self.base = simulator.api_url(simulator.sellers[key].region)

    def form(self, **changes):
        """The refresh grant's form, with changes; None drops a field."""
        known = self.simulator.credentials(self.key)
        form = {
            "grant_type": "refresh_token",
            "refresh_token": known["refresh_token"],
            "client_id": known["client_id"],
            "client_secret": known["client_secret"],
            **changes,
        }
        return {name: value for name, value in form.items() if value is not None}

    def login(self, **changes):
        url = self.simulator.lwa_url
        return self.session.post(url, data=self.form(**changes), timeout=30)

    def get(self, path, **query):
        """GET with a valid token, fetched when there is none."""
        return self.send("GET", path, params=query)

    def post(self, path, body):
        """POST of a JSON body, as `get`."""
        return self.send("POST", path, json=body)

    def send(self, method, path, **parts):
        """A call with a valid token, fetched when there is none."""
        if self.token is None:
            self.token = self.login().json()["access_token"]
        headers = {"x-amz-access-token": self.token, "User-Agent": self.agent}
        url = f"{self.base}{path}"
        return self.session.request(method, url, headers=headers, timeout=30, **parts)

    def search(self, **query):
        """searchOrders; since long ago unless the test says otherwise."""
        if not {"createdAfter", "lastUpdatedAfter"} & set(query):
            query["lastUpdatedAfter"] = "2025-01-01T00:00:00Z"
        return self.get(ORDERS_PATH, **query)

    def order(self, order_id, **query):
        return self.get(f"{ORDERS_PATH}/{order_id}", **query)

    def pages(self, **query):
        """Every page's orders, following the tokens."""
        found = []
        while True:
            answer = self.search(**query)
            assert answer.status_code == 200, answer.text
            found.append(answer.json()["orders"])
            token = answer.json().get("pagination", {}).get("nextToken")
            if token is None:
                return found
            query["paginationToken"] = token


def make_order(number=1, **changes):
    """The smallest order that Amazon's model allows; {**defaults, **changes}."""
    order = {
        "orderId": f"403-0000000-{number:07d}",
        "salesChannel": {
            "channelName": "AMAZON",
            "marketplaceId": "A21TJRUUN4KGV",
            "marketplaceName": "Amazon.in",
        },
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "orderItems": [
            {
                "orderItemId": f"{number:014d}",
                "quantityOrdered": 2,
                "product": {"sellerSku": "IN-0001", "title": "Cotton Kurta"},
                "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 2},
            }
        ],
    }
    return {**order, **changes}
