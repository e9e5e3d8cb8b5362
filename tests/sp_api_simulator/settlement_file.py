# SPDX-License-Identifier: LGPL-3.0-or-later
"""Settlement files: GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2 in its dialects."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .marketplaces import MARKETPLACES

COLUMNS = (
    "settlement-id",
    "settlement-start-date",
    "settlement-end-date",
    "deposit-date",
    "total-amount",
    "currency",
    "transaction-type",
    "order-id",
    "merchant-order-id",
    "adjustment-id",
    "shipment-id",
    "marketplace-name",
    "amount-type",
    "amount-description",
    "amount",
    "fulfillment-id",
    "posted-date",
    "posted-date-time",
    "order-item-code",
    "merchant-order-item-id",
    "merchant-adjustment-item-id",
    "sku",
    "quantity-purchased",
    "promotion-id",
)


@dataclass(frozen=True)
class Dialect:
    """How a marketplace's files write times, numbers and characters.

    `deposit` is the form of the deposit date where it is another one, in the zone that
    is `hours` from UTC.
    """

    moment: str = "%Y-%m-%d %H:%M:%S UTC"
    day: str = "%Y-%m-%d"
    deposit: str = None
    hours: float = 0
    comma: bool = False
    charset: str = "utf-8"


DIALECTS = {
    "en": Dialect(),
    "uk": Dialect("%Y-%m-%dT%H:%M:%S+00:00", "%d/%m/%y"),
    "de": Dialect("%d.%m.%Y %H:%M:%S UTC", "%d.%m.%Y", comma=True, charset="cp1252"),
    "in": Dialect(
        "%d.%m.%Y %H:%M:%S UTC", "%d.%m.%Y", "%d.%m.%Y %H:%M GMT+5:30", hours=5.5
    ),
    "jp": Dialect(charset="cp932"),
}
OF_MARKETPLACE = {"UK": "uk", "IN": "in", "JP": "jp"}
GERMAN = frozenset({"DE", "FR", "IT", "ES", "NL", "BE", "PL", "SE"})


def dialect_of(marketplace, chosen=None):
    """The Dialect of a marketplace's files, or the one that was chosen by name."""
    usual = "de" if marketplace.code in GERMAN else "en"
    return DIALECTS[chosen or OF_MARKETPLACE.get(marketplace.code, usual)]


class SettlementFile:
    """Writes one Settlement.

    :param settings: `settlements.SettlementSettings`
    """

    def __init__(self, settlement, settings):
        self._settlement = settlement
        self._settings = settings
        marketplace = MARKETPLACES[settlement.marketplace_id]
        self.dialect = dialect_of(marketplace, settings.dialect)

    def content(self):
        """The file's bytes, in the dialect's charset."""
        names = COLUMNS if self._settings.promotion_column else COLUMNS[:-1]
        lines = [names]
        for row in (self._summary(), *map(self._row, self._settlement.rows)):
            lines.append([row.get(name, "") for name in names])
        text = "".join("\t".join(line) + "\r\n" for line in lines)
        if self._settings.spoil == "cut":
            text = text[: len(text) * 2 // 3]
        return text.encode(self.dialect.charset, "replace")

    def _head(self):
        settlement = self._settlement
        return {
            "settlement-id": settlement.settlement_id,
            "settlement-start-date": self._moment(settlement.start),
            "settlement-end-date": self._moment(settlement.end),
            "deposit-date": self._deposit(settlement.deposit),
        }

    def _summary(self):
        total = self._settlement.total
        if self._settings.spoil == "sum":
            total += 1
        return {
            **self._head(),
            "total-amount": self._number(total, self._settings.thousands),
            "currency": self._settlement.currency,
        }

    def _row(self, row):
        head = self._head() if self._settings.repeat_head else {}
        quantity = "" if row.quantity is None else str(row.quantity)
        return {
            **head,
            "settlement-id": self._settlement.settlement_id,
            "transaction-type": row.transaction_type,
            "order-id": row.order_id,
            "merchant-order-id": row.merchant_order_id,
            "adjustment-id": row.adjustment_id,
            "shipment-id": row.shipment_id,
            "marketplace-name": self._marketplace_name(row),
            "amount-type": row.amount_type,
            "amount-description": row.description,
            "amount": self._number(row.amount),
            "fulfillment-id": row.fulfillment_id,
            "posted-date": self._time(row.posted, self.dialect.day),
            "posted-date-time": self._moment(row.posted),
            "order-item-code": row.order_item_code,
            "sku": row.sku,
            "quantity-purchased": quantity,
            "promotion-id": row.promotion_id,
        }

    def _marketplace_name(self, row):
        if not row.named:
            return ""
        return MARKETPLACES[row.marketplace_id].name

    def _moment(self, seconds):
        return self._time(seconds, self.dialect.moment)

    def _deposit(self, seconds):
        form = self.dialect.deposit
        if form is None:
            return self._moment(seconds)
        return self._time(seconds + self.dialect.hours * 3600, form)

    @staticmethod
    def _time(seconds, form):
        shown = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(
            seconds=int(seconds)
        )
        return shown.strftime(form)

    def _number(self, amount, thousands=False):
        text = f"{amount:,}" if thousands else f"{amount:f}"
        if self.dialect.comma:
            return text.translate(str.maketrans(",.", ".,"))
        return text
