# SPDX-License-Identifier: LGPL-3.0-or-later
"""Control of documents under India's GST, in Python and over HTTP; see README.md."""

from types import SimpleNamespace

from .report_types import REPORT_TYPES
from .tax_desk import KINDS, moment
from .tax_reports import write_csv


class TaxControl:
    """For a class with `taxes`, `sellers`, `clock`, `lock` and `settle`."""

    def issue_invoices(self, key, order_ids=None, at=None):
        """Amazon invoices orders of a seller; None: all that have shipped."""
        with self.lock:
            self.settle()
            return self.taxes.invoice(key, order_ids, at)

    def issue_document(self, kind, order_id, item_ids=None, at=None):
        """Another document of an order: one of `tax_desk.KINDS`."""
        with self.lock:
            self.settle()
            return self.taxes.add(kind, order_id, item_ids, at)

    def move_stock(self, key, sku, units, origin, target, **options):
        """Amazon moves goods between its warehouses, see `TaxDesk.move`."""
        with self.lock:
            self.settle()
            return self.taxes.move(key, sku, units, origin, target, **options)

    def tax_file(self, key, report_type, start=0.0, end=None, old=False):
        """The bytes of a seller's tax report, as the Tax Document Library gives it.

        :param start: epoch seconds, like `end` (None: now)
        """
        with self.lock:
            self.settle()
            kind = REPORT_TYPES[report_type]
            end = self.clock.now() if end is None else end
            period = {"data_start": start, "data_end": end}
            report = SimpleNamespace(report_type=report_type, **period)
            rows = kind.contents(self.sellers[key], report, self)
            return write_csv(kind.columns, rows, old)


def _shown(document):
    return {
        "kind": document.kind,
        "number": document.number,
        "order_id": document.order["orderId"],
        "date": moment(document.at),
    }


def _invoices(simulator, _query, data):
    made = simulator.issue_invoices(data["seller"], data.get("orders"))
    return {"documents": [_shown(one) for one in made]}


def _document(simulator, _query, data, order_id):
    kinds = {kind.lower(): kind for kind in KINDS}
    kind = kinds[str(data.pop("kind")).lower()]
    return _shown(simulator.issue_document(kind, order_id, **data))


def _move(simulator, _query, data):
    movement = simulator.move_stock(data.pop("seller"), **data)
    return {"number": movement.number, "date": moment(movement.at)}


def _file(simulator, query, _data):
    old = query.get("old", "0") != "0"
    content = simulator.tax_file(query["seller"], query["type"], old=old)
    return {"csv": content.decode()}


ROUTES = (
    ("POST", "/tax/invoices", _invoices),
    ("POST", r"/orders/(\d{3}-\d{7}-\d{7})/tax-document", _document),
    ("POST", "/tax/movements", _move),
    ("GET", "/tax/report", _file),
)
