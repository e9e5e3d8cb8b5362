# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon says of its payments beside the settlement report.

Sources: Finances API 2024-06-19 (``listSummary``, ``listBalances``) and Transfers API
2024-06-01 (``listPayouts``). They check a settlement, and tell whether its money
arrived; nothing is booked from them. ``initiatePayout`` moves money: never called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from .aliases import JsonObject
from .amounts import read_amount
from .errors import ProtocolError
from .operations import Operation
from .reading import Money, Reader
from .times import format_time

if TYPE_CHECKING:
    from .client import Client


def _read(name: str, path: str) -> Operation:
    return Operation(
        name=name, method="GET", path=path, rate=0.5, burst=10, idempotent=True
    )


LIST_SUMMARY = _read("listSummary", "/finances/2024-06-19/summary")
LIST_BALANCES = _read("listBalances", "/finances/2024-06-19/balances")
LIST_PAYOUTS = _read("listPayouts", "/finances/transfers/2024-06-01/payouts")

SETTLEMENT_ID = "SETTLEMENT_ID"
_MAX_PAGES = 50


@dataclass(frozen=True)
class Payout:
    """One transfer to the seller's bank, or card.

    :param settlement_ids: the settlements that it pays
    :param status: STARTED, IN_TRANSIT, PAID, FAILED, CANCELLED, NO_PAYOUT, or a word
        that is not known here
    :param trace_id: what the bank shows, None as long as there is none
    :param failure: why it failed, in Amazon's words
    """

    payout_id: str
    settlement_ids: tuple[str, ...]
    status: str | None
    amount: Money | None
    trace_id: str | None
    failure: str | None
    created: datetime | None


class Finances:
    """Reads summaries, balances and payouts through a ``Client``."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def settlement_total(self, settlement_id: str) -> Money | None:
        """Return the Money that Amazon's summary makes of a settlement.

        A settlement of several marketplaces has a summary of each. None: Amazon tells
        of none, or of several currencies.
        """
        query = {
            "relatedIdentifierName": SETTLEMENT_ID,
            "relatedIdentifierValue": settlement_id,
        }
        amounts = [
            money
            for summary in self._list(LIST_SUMMARY, "summaries", query)
            if (money := _money(summary.child("netProceeds")))
        ]
        return _sum(amounts)

    def payouts(self, since: datetime) -> list[Payout]:
        """Return the Payouts created since then.

        :param datetime since: aware
        """
        query = {"createdAfter": format_time(since)}
        found = map(_payout, self._list(LIST_PAYOUTS, "payouts", query))
        return [payout for payout in found if payout is not None]

    def balances(self) -> dict[str, Decimal]:
        """Return ``{currency: Decimal}``: all that Amazon holds for the seller."""
        totals: dict[str, Decimal] = {}
        query = {"balanceType": "TOTAL"}
        for balance in self._list(LIST_BALANCES, "balances", query):
            if money := _money(balance.child("amount")):
                known = totals.get(money.currency, Decimal(0))
                totals[money.currency] = known + money.amount
        return totals

    def _list(
        self, operation: Operation, name: str, query: JsonObject
    ) -> Iterator[Reader]:
        """Yield the entries of all pages; a page may be empty and not the last."""
        seen: set[str] = set()
        token = None
        while True:
            # Amazon wants the token together with the arguments that made it.
            page = {**query, "nextToken": token} if token else query
            answer = Reader(self.client.call(operation, query=page))
            yield from answer.children(name)
            token = answer.text("nextToken")
            if not token:
                return
            if token in seen or len(seen) >= _MAX_PAGES:
                raise ProtocolError("The list has no end", operation=operation.name)
            seen.add(token)


def _money(entry: Reader) -> Money | None:
    """Return the Money of Amazon's ``Currency``, whose amount is a JSON number."""
    amount = read_amount(entry.data.get("currencyAmount"))
    currency = entry.text("currencyCode")
    return Money(amount, currency) if amount is not None and currency else None


def _sum(amounts: Iterable[Money]) -> Money | None:
    currencies = {money.currency for money in amounts}
    if len(currencies) != 1:
        return None
    total = sum((money.amount for money in amounts), Decimal(0))
    return Money(total, currencies.pop())


def _payout(entry: Reader) -> Payout | None:
    """Return the Payout, None for an entry without an id."""
    payout_id = entry.text("id")
    if not payout_id:
        return None
    history = entry.children("statusHistory")
    failures = [state.text("failureReason") for state in history]
    return Payout(
        payout_id=payout_id,
        settlement_ids=tuple(
            value
            for one in entry.children("relatedIdentifiers")
            if one.text("relatedIdentifierName") == SETTLEMENT_ID
            and (value := one.text("relatedIdentifierValue"))
        ),
        status=entry.text("currentStatus"),
        amount=_money(entry.child("amount")),
        trace_id=entry.text("traceId"),
        failure=next(filter(None, reversed(failures)), None),
        created=entry.time("creationDate"),
    )
