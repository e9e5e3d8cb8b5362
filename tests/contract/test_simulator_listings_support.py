# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the tests of the simulator's listings share: one seller's calls."""

from urllib.parse import quote

from contract.test_simulator_support import Caller
from sp_api_simulator.listings_view import INCLUDED_DATA

INDIA = "A21TJRUUN4KGV"
US, CANADA, MEXICO = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8"
EVERYTHING = ",".join(INCLUDED_DATA)


class Shelf:
    """One seller's calls of the Listings Items API."""

    def __init__(self, simulator, key="IN", marketplace_ids=INDIA):
        self.caller = Caller(simulator, key)
        self.marketplace_ids = marketplace_ids
        self.path = (
            f"/listings/2021-08-01/items/{simulator.sellers[key].merchant_token}"
        )

    def search(self, **query):
        query = {"marketplaceIds": self.marketplace_ids, **query}
        return self.caller.get(self.path, **_sent(query))

    def get(self, sku, **query):
        query = {"marketplaceIds": self.marketplace_ids, **query}
        return self.caller.get(f"{self.path}/{quote(sku, safe='')}", **_sent(query))

    def patch(self, sku, body, **query):
        """patchListingsItem; a body of None goes without its Content-Type."""
        query = {"marketplaceIds": self.marketplace_ids, **query}
        options = {"data": b"{}"} if body is None else {"json": body}
        path = f"{self.path}/{quote(sku, safe='')}"
        return self.caller.send("PATCH", path, params=_sent(query), **options)

    def item(self, sku, **query):
        answer = self.get(sku, includedData=EVERYTHING, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def skus(self, **query):
        """The SKUs of all pages, in their order."""
        query = {"pageSize": "20", **query}
        found = []
        while True:
            answer = self.search(**query)
            assert answer.status_code == 200, answer.text
            found += [item["sku"] for item in answer.json()["items"]]
            token = answer.json().get("pagination", {}).get("nextToken")
            if token is None:
                return found
            query["pageToken"] = token


def _sent(query):
    return {name: value for name, value in query.items() if value is not None}


def summary(item, marketplace_id=INDIA):
    """The item's summary of one marketplace."""
    (found,) = (
        entry for entry in item["summaries"] if entry["marketplaceId"] == marketplace_id
    )
    return found
