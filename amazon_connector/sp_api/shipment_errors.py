# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon says against a parcel, as types and reasons that a caller can act on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .errors import BadRequestError, TransientError

if TYPE_CHECKING:
    from typing_extensions import Self

    from .errors import AmazonError

ALREADY_SHIPPED = "already_shipped"
PACKAGE_NOT_FOUND = "package_not_found"
SHIPPED_BY_AMAZON = "shipped_by_amazon"
PICK_UP = "pick_up"
NOT_YET = "not_yet"
CANCELLED = "cancelled"
TOO_MANY = "too_many"
TRANSPARENCY = "transparency"
FOREIGN_ITEM = "foreign_item"
SHIP_DATE = "ship_date"
TRACKING = "tracking"
CARRIER = "carrier"
REFERENCE = "reference"
UNKNOWN = "unknown"

# Amazon's codes are all InvalidInput: its words decide, the most telling first.
_WORDS = (
    (PACKAGE_NOT_FOUND, r"PackageToUpdateNotFound"),
    (ALREADY_SHIPPED, r"already (?:been )?(?:\w+ )?(?:shipped|fulfilled|confirmed)"),
    (
        SHIPPED_BY_AMAZON,
        r"easy.?ship|ship.?plus|ship ?\+|(?:delivered|delivery|fulfilled) by amazon"
        r"|\b(?:FBA|AFN)\b",
    ),
    (PICK_UP, r"pick.?up"),
    (NOT_YET, r"pending"),
    (CANCELLED, r"cancell?ed"),
    (TRANSPARENCY, r"transparency"),
    (TOO_MANY, r"quantity"),
    (FOREIGN_ITEM, r"order.?item"),
    (SHIP_DATE, r"ship(?:ping)?.?date"),
    (TRACKING, r"tracking"),
    (CARRIER, r"carrier"),
    (REFERENCE, r"package.?reference"),
)
_PATTERNS = tuple((reason, re.compile(text, re.IGNORECASE)) for reason, text in _WORDS)
_ADVICE = {
    ALREADY_SHIPPED: "Compare the order's packages with this parcel.",
    PACKAGE_NOT_FOUND: "The order was shipped in other packages: compare them.",
    SHIPPED_BY_AMAZON: "Amazon confirms this order itself: there is nothing to send.",
    PICK_UP: "The buyer collects this order: tell Amazon when it is ready.",
    NOT_YET: "Wait until the payment of the order is authorized.",
    CANCELLED: "The order is cancelled: do not ship it, or take the parcel back.",
    TOO_MANY: "Compare the quantities with what Amazon still expects.",
    TRANSPARENCY: "Enter one Transparency code for each unit.",
    SHIP_DATE: "Correct the shipping date.",
    TRACKING: "Enter the tracking number.",
    CARRIER: "Choose the carrier's code, or Other with the carrier's name.",
}
_FACTS = (
    "operation",
    "status",
    "code",
    "request_id",
    "retry_at",
    "advice",
    "retry_after",
)


def _facts(error: AmazonError) -> dict[str, Any]:
    return {name: getattr(error, name) for name in _FACTS}


class ShipmentRefusedError(BadRequestError):
    """Amazon refuses the parcel; repeating it unchanged is useless.

    :param reason: one of this module's constants, ``UNKNOWN`` for new words
    """

    def __init__(self, message: str, *, reason: str = UNKNOWN, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.reason = reason

    @property
    def explanation(self) -> str:
        """What a human can do about it, before Amazon's own words."""
        if not self.advice:
            return str(self)
        return f"{self.advice} Amazon's answer: {self}"

    @classmethod
    def of(cls, error: AmazonError) -> Self:
        """Return the typed form of Amazon's refusal `error`."""
        refusal = cls(error.message, reason=read_reason(error), **_facts(error))
        if refusal.reason in _ADVICE:
            refusal.add_advice(_ADVICE[refusal.reason])
        return refusal


class UnknownResultError(TransientError):
    """Amazon may have carried the request out: read its state before sending again."""

    @classmethod
    def of(cls, error: AmazonError) -> Self:
        """Return the typed form of `error`, whose outcome is unknown."""
        found = cls(
            f"Unknown result: {error.message}", outcome_unknown=True, **_facts(error)
        )
        found.add_advice("Amazon's state is read before anything is sent again.")
        return found


def read_reason(error: AmazonError) -> str:
    """Return the reason that Amazon's words stand for."""
    text = f"{error.code} {error.message}"
    for reason, pattern in _PATTERNS:
        if pattern.search(text):
            return reason
    return UNKNOWN
