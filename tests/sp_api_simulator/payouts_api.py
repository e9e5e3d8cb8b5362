# SPDX-License-Identifier: LGPL-3.0-or-later
"""Transfers 2024-06-01: listPayouts, listExpectedPayouts.

initiatePayout moves money and is not played, nor are payment methods.
"""

from .clock import format_time
from .finances_api import account_of, chosen_marketplaces, paged
from .finances_view import amount_of, code_of, partner
from .messages import Answer
from .queries import known_parameters, moment
from .routes import Route
from .sellers import FINANCE
from .settlement_ledger import IN_TRANSIT, NO_PAYOUT, PAID, PAYOUT_STATES
from .settlement_rows import NOTHING

ACCOUNT_TAIL = "429"
PAYOUT_FILTERS = frozenset(
    {
        "marketplaceIds",
        "createdAfter",
        "createdBefore",
        "payoutId",
        "accountType",
        "nextToken",
    }
)
EXPECTED_FILTERS = frozenset({"marketplaceIds", "accountType", "nextToken"})
RAILS = {"na": "ACH", "eu": "SEPA", "fe": "ZENGIN"}


def list_payouts(call):
    query = call.query
    known_parameters(query, PAYOUT_FILTERS)
    places = chosen_marketplaces(call)
    after, before = moment(query, "createdAfter"), moment(query, "createdBefore")
    found = []
    for ledger in account_of(call).ledgers:
        found += [
            settlement
            for settlement in reversed(ledger.settlements)
            if ledger.main in places
            and (after is None or after <= settlement.end)
            and (before is None or settlement.end < before)
            and query.get("payoutId") in (None, settlement.group_id)
        ]
    shown, token = paged(call, found)
    body = {"payouts": [_payout(call, settlement) for settlement in shown]}
    return Answer(200, {**body, "nextToken": token} if token else body)


def _payout(call, settlement):
    history = settlement.payout_history(call.now)
    status = history[-1][0]
    place = call.simulator.settlements.find(settlement.settlement_id)[0].main
    shown = {
        "id": settlement.group_id,
        "partnerMetadata": partner(call.seller, place),
        "currentStatus": status,
        "statusHistory": [_state(*entry) for entry in history],
        "creationDate": format_time(settlement.end),
        "period": _period(settlement.start, settlement.end),
        "relatedIdentifiers": _identifiers(settlement),
    }
    if status != NO_PAYOUT:
        shown.update(
            type="SCHEDULED",
            amount=amount_of(settlement.total, settlement.currency),
            accountTail=ACCOUNT_TAIL,
            paymentMethod="BANK_ACCOUNT",
        )
    if status in (IN_TRANSIT, PAID):
        shown["paymentRail"] = RAILS[call.seller.region]
        shown["traceId"] = trace_of(settlement)
    return shown


def trace_of(settlement):
    """What the bank statement shows of the payout."""
    return code_of("trace", settlement.group_id)[:15].upper()


def _state(status, at, reason):
    shown = {"status": status, "lastUpdatedDate": format_time(at)}
    return {**shown, "failureReason": reason} if reason else shown


def _period(start, end):
    return {"startDate": format_time(start), "endDate": format_time(end)}


def _identifiers(settlement):
    return [
        {
            "relatedIdentifierName": "SETTLEMENT_ID",
            "relatedIdentifierValue": settlement.settlement_id,
        }
    ]


def list_expected_payouts(call):
    known_parameters(call.query, EXPECTED_FILTERS)
    places = chosen_marketplaces(call)
    account = account_of(call)
    found = [
        _expected(call, account, ledger)
        for ledger in account.ledgers
        if ledger.main in places
    ]
    shown, token = paged(call, found)
    body = {"expectedPayouts": shown}
    return Answer(200, {**body, "nextToken": token} if token else body)


def _expected(call, account, ledger):
    due = sum(ledger.balances(call.now).values(), NOTHING)
    due -= sum(ledger.deferred(call.now).values(), NOTHING)
    shown = {
        "partnerMetadata": partner(call.seller, ledger.main),
        "status": "SCHEDULED" if due > 0 else "NO_PAYOUT_EXPECTED",
        "period": _period(account.opened, account.closes),
        "scheduledDate": format_time(account.closes + PAYOUT_STATES[0][0]),
    }
    if due > 0:
        shown.update(
            amount=amount_of(due, ledger.currency),
            accountTail=ACCOUNT_TAIL,
            paymentMethod="BANK_ACCOUNT",
        )
    return shown


ROUTES = tuple(
    Route(
        "GET",
        f"/finances/transfers/2024-06-01/{path}",
        operation,
        "transfers_2024-06-01",
        0.5,
        10,
        handler,
        frozenset({FINANCE}),
    )
    for path, operation, handler in (
        ("payouts", "listPayouts", list_payouts),
        ("payouts/expected", "listExpectedPayouts", list_expected_payouts),
    )
)
