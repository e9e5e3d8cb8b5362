# SPDX-License-Identifier: LGPL-3.0-or-later
"""Finances 2024-06-19: listTransactions, listSummary, listBalances."""

from datetime import datetime, timezone

from .clock import DAY, MINUTE, format_time
from .finances_view import (
    ACCOUNT_RESERVE,
    ACCOUNT_TYPE,
    AVAILABLE,
    DEFERRED,
    DEFERRED_RELEASED,
    RELEASED,
    RESERVED,
    TOTAL,
    balances,
    flat,
    summaries,
    transactions,
)
from .list_pages import ListPage
from .marketplaces import BY_CODE
from .messages import Answer, ApiError
from .queries import check_marketplaces, known_parameters, moment, split
from .routes import Route
from .sellers import FINANCE
from .settlement_ledger import MOVEMENT, released_rows

PAGE = 100
SAFETY = 2 * MINUTE
LONGEST = 180 * DAY
SEARCHABLE = ("FINANCIAL_EVENT_GROUP_ID", "ORDER_ID")
STATUSES = (DEFERRED, RELEASED, DEFERRED_RELEASED)
BALANCES = (AVAILABLE, RESERVED, ACCOUNT_RESERVE, DEFERRED, TOTAL)
TRANSACTION_FILTERS = frozenset(
    {
        "postedAfter",
        "postedBefore",
        "marketplaceId",
        "transactionStatus",
        "relatedIdentifierName",
        "relatedIdentifierValue",
        "nextToken",
    }
)
SUMMARY_FILTERS = frozenset(
    {
        "marketplaceIds",
        "accountType",
        "relatedIdentifierName",
        "relatedIdentifierValue",
        "periodStart",
        "periodEnd",
        "nextToken",
    }
)
BALANCE_FILTERS = frozenset(
    {"marketplaceIds", "balanceType", "accountType", "asOfDate", "nextToken"}
)


def paged(call, found, size=PAGE):
    """(entries of the page that is asked for, token of the next one or None).

    The token comes with the arguments of the call that produced it.
    """
    query = dict(call.query)
    text, offset = query.pop("nextToken", None), 0
    tokens = call.simulator.finance_tokens
    if text is not None:
        page = tokens.resolve(text, call.seller.key)
        if page.query != {"operation": call.route.operation, **query}:
            raise ApiError.invalid_input("The arguments differ from the token's.")
        offset = page.offset
    after = offset + size
    if len(found) <= after:
        return found[offset:], None
    known = {"operation": call.route.operation, **query}
    return found[offset:after], tokens.issue(ListPage(call.seller.key, known, after))


def account_of(call):
    return call.simulator.settlements.account(call.seller.key)


def chosen_marketplaces(call):
    """The marketplaces that a list names, all of the seller's if there is none."""
    wanted = split(call.query, "marketplaceIds")
    check_marketplaces(wanted, call.seller)
    own = [marketplace.id for marketplace in call.seller.real_marketplaces()]
    if call.query.get("accountType", ACCOUNT_TYPE) != ACCOUNT_TYPE:
        return frozenset()
    return frozenset(wanted or own)


def _day(call, name):
    """The first second of a date in UTC, None if it is not given."""
    if name not in call.query:
        return None
    try:
        day = datetime.strptime(call.query[name], "%Y-%m-%d")
    except ValueError:
        raise ApiError.invalid_input(f"{name} must be a date.") from None
    return day.replace(tzinfo=timezone.utc).timestamp()


# --- transactions ---------------------------------------------------------------


def list_transactions(call):
    known_parameters(call.query, TRANSACTION_FILTERS)
    after, before = _posted(call)
    wanted = _transaction_filter(call)
    found = []
    if after is None or before - after <= LONGEST:
        every = transactions(call.seller, account_of(call).ledgers, call.now)
        found = [
            view
            for view in every
            if (after or 0) <= view.posted < before and wanted(view)
        ]
    shown, token = paged(call, found)
    payload = {"transactions": [view.shown() for view in shown]}
    if token is not None:
        payload["nextToken"] = token
    return Answer(200, {"payload": payload})


def _posted(call):
    """(after or None, before) in epoch seconds."""
    query, latest = call.query, call.now - SAFETY
    after, before = moment(query, "postedAfter"), moment(query, "postedBefore")
    if after is None and "relatedIdentifierName" not in query:
        raise ApiError.invalid_input("postedAfter is required.")
    # A page's token repeats what was right when the first page was asked for.
    for name, value in (("postedAfter", after), ("postedBefore", before)):
        if value is not None and value > latest:
            raise ApiError.invalid_input(f"{name} must be two minutes old.")
    if before is None:
        before = latest
    if after is not None and after >= before:
        raise ApiError.invalid_input("postedBefore must be later than postedAfter.")
    return after, before


def _transaction_filter(call):
    query = call.query
    place, status = query.get("marketplaceId"), query.get("transactionStatus")
    if place is not None:
        check_marketplaces([place], call.seller)
    if status not in (None, *STATUSES):
        raise ApiError.invalid_input("transactionStatus has an invalid value.")
    identifier = _identifier(query, SEARCHABLE)

    def wanted(view):
        return (
            place in (None, view.marketplace.id)
            and not _hidden(view, place)
            and status in (None, view.status)
            and (identifier is None or identifier in view.identifiers())
        )

    return wanted


def _identifier(query, allowed):
    """(name, value) of a related identifier, None if none is asked for."""
    name = query.get("relatedIdentifierName")
    value = query.get("relatedIdentifierValue")
    if name is None and value is None:
        return None
    if name not in allowed or not value:
        raise ApiError.invalid_input("The related identifier is invalid.")
    return name, value


def _hidden(view, place):
    """Amazon: for the seller's own parcels in the US, leave the marketplace out."""
    own = view.posting.rows[0].fulfillment_id == "MFN"
    return place == BY_CODE["US"].id and own


# --- summary and balances --------------------------------------------------------


def list_summary(call):
    known_parameters(call.query, SUMMARY_FILTERS)
    places = chosen_marketplaces(call)
    identifier = _identifier(call.query, ("SETTLEMENT_ID",))
    if identifier is not None:
        found = _settlement_summaries(call, identifier[1])
    else:
        found = _period_summaries(call)
    own = [
        summary
        for summary in found
        if summary["partnerMetadata"]["marketplaceId"] in places
    ]
    return _listed(call, "summaries", own)


def _settlement_summaries(call, settlement_id):
    for ledger in account_of(call).ledgers:
        for one in ledger.settlements:
            if one.settlement_id == settlement_id:
                return summaries(
                    call.seller,
                    one.rows,
                    one.currency,
                    one.start,
                    one.end,
                    settlement_id,
                )
    return []


def _period_summaries(call):
    start, end = _day(call, "periodStart"), _day(call, "periodEnd")
    if start is None or end is None or end < start:
        raise ApiError.invalid_input("A period or a settlement id is required.")
    end = min(end + DAY, call.now)
    found = []
    for ledger in account_of(call).ledgers:
        rows = [
            row
            for posting in ledger.postings
            if posting.kind != MOVEMENT and start <= posting.released < end
            for row in released_rows(posting)
        ]
        found += summaries(call.seller, rows, ledger.currency, start, end)
    return found


def list_balances(call):
    known_parameters(call.query, BALANCE_FILTERS)
    places = chosen_marketplaces(call)
    kind = call.query.get("balanceType")
    if kind not in (None, *BALANCES):
        raise ApiError.invalid_input("balanceType has an invalid value.")
    at, told = _balance_moment(call)
    found = [
        balance
        for ledger in account_of(call).ledgers
        for balance in balances(call.seller, ledger, at, told)
        if balance["partnerMetadata"]["marketplaceId"] in places
    ]
    if kind is not None:
        every = [one for balance in found for one in flat(balance)]
        found = [one for one in every if one["balanceType"] == kind]
    return _listed(call, "balances", found)


def _balance_moment(call):
    """(epoch seconds, how the answer tells it)."""
    day = _day(call, "asOfDate")
    if day is None:
        return call.now, {"lastUpdatedTime": format_time(call.now)}
    if day > call.now:
        raise ApiError.invalid_input("asOfDate lies in the future.")
    return min(day + DAY, call.now), {"asOfDate": format_time(day)}


def _listed(call, name, found):
    shown, token = paged(call, found)
    body = {name: shown}
    return Answer(200, {**body, "nextToken": token} if token else body)


_MODEL = "finances_2024-06-19"
_ROLES = frozenset({FINANCE})
ROUTES = tuple(
    Route(
        "GET",
        f"/finances/2024-06-19/{path}",
        operation,
        _MODEL,
        0.5,
        10,
        handler,
        _ROLES,
    )
    for path, operation, handler in (
        ("transactions", "listTransactions", list_transactions),
        ("summary", "listSummary", list_summary),
        ("balances", "listBalances", list_balances),
    )
)
