# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the simulator's report tests share: a seller who asks for reports."""

import gzip

import requests
from contract.test_simulator_support import Caller, make_order

REPORTS = "/reports/2021-06-30/reports"
DOCUMENTS = "/reports/2021-06-30/documents"
BY_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
BY_CREATION = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
SHIPMENTS = "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
INDIA, GERMANY, JAPAN = "A21TJRUUN4KGV", "A1PA6795UKMFR9", "A1VC38T7YXB528"
PERIOD = {
    "dataStartTime": "2026-08-25T00:00:00Z",
    "dataEndTime": "2026-09-21T14:13:00Z",
}
ADDRESS = {
    "name": "Asha Rao",
    "addressLine1": "1 Lake Road",
    "city": "MYSURU",
    "stateOrRegion": "KARNATAKA",
    "postalCode": "570001",
    "countryCode": "IN",
}


class Desk(Caller):
    """A seller who asks for reports."""

    def create(self, report_type=BY_UPDATE, marketplaces=(INDIA,), **more):
        body = {"reportType": report_type, "marketplaceIds": list(marketplaces), **more}
        return self.send("POST", REPORTS, json=body)

    def report(self, report_id):
        return self.get(f"{REPORTS}/{report_id}").json()

    def made(self, *arguments, **more):
        """The report's last state, after its time."""
        answer = self.create(*arguments, **more)
        assert answer.status_code == 202, answer.text
        self.simulator.clock.advance(10)
        return self.report(answer.json()["reportId"])

    def document(self, report):
        return self.get(f"{DOCUMENTS}/{report['reportDocumentId']}")

    def content(self, report):
        """(unpacked bytes, Content-Type) of a report."""
        found = self.document(report).json()
        answer = requests.get(found["url"], timeout=30)
        assert answer.status_code == 200
        packed = found.get("compressionAlgorithm") == "GZIP"
        content = gzip.decompress(answer.content) if packed else answer.content
        return content, answer.headers["Content-Type"]

    def rows(self, report, charset="utf-8"):
        content, _content_type = self.content(report)
        header, *lines = content.decode(charset).split("\r\n")[:-1]
        names = header.split("\t")
        return [dict(zip(names, line.split("\t"), strict=True)) for line in lines]


def fba_order(number=1, **changes):
    """An FBA order of two pieces that waits for Amazon's warehouse."""
    order = make_order(number, **changes)
    order["fulfillment"] = {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "AMAZON"}
    order["recipient"] = {"deliveryAddress": ADDRESS}
    order["buyer"] = {"buyerName": "Asha Rao"}
    return order
