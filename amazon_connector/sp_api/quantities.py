# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is for sale of a seller SKU, as Amazon's attribute fulfillment_availability.

A ``merge`` changes the quantity and leaves the rest of the row; the channel code says
which row. A handling time is accepted together with a quantity only. It is taken back
by a ``replace`` without one, which takes a restock date along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .aliases import JsonObject
from .errors import ProtocolError
from .listing_schema import MERCHANT_CHANNEL, read_issue

if TYPE_CHECKING:
    from .listing_schema import ListingIssue
    from .reading import Reader

ANY_PRODUCT_TYPE = "PRODUCT"
"""Stands for every product type where only terms of sale are changed."""
MAX_QUANTITY = 99_999_999
MAX_HANDLING_DAYS = 30
"""Some product types allow more, but none refuses this."""
AMAZONS_OWN = "Amazon's own"
"""Instead of days: the handling time that was sent is taken back, Amazon decides."""
STATUSES = ("ACCEPTED", "INVALID", "VALID")
_PATH = "/attributes/fulfillment_availability"


@dataclass(frozen=True)
class PatchResult:
    """Amazon's answer to one submission.

    :param status: one of STATUSES, or a word that is not known here; VALID is for
        previews
    :param issues: tuple of ListingIssue
    """

    status: str
    submission_id: str | None
    issues: tuple[ListingIssue, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Amazon will work on it: whether it takes effect shows on reading back."""
        return self.status == "ACCEPTED"

    @property
    def errors(self) -> tuple[ListingIssue, ...]:
        """The issues that are the reason of a refusal."""
        return tuple(issue for issue in self.issues if issue.severity == "ERROR")


def patches(quantity: int, handling_days: int | str | None = None) -> list[JsonObject]:
    """Return the patches that set one SKU's quantity, for a PATCH and for a feed.

    :param int quantity: 0 to MAX_QUANTITY
    :param int handling_days: 0 to MAX_HANDLING_DAYS; None leaves it as it is,
        AMAZONS_OWN takes it back
    :raises ValueError: for anything else
    """
    row = {
        "fulfillment_channel_code": MERCHANT_CHANNEL,
        "quantity": _whole(quantity, MAX_QUANTITY, "quantity"),
    }
    if handling_days == AMAZONS_OWN:
        return [{"op": "replace", "path": _PATH, "value": [row]}]
    if handling_days is not None:
        row["lead_time_to_ship_max_days"] = _whole(
            handling_days, MAX_HANDLING_DAYS, "handling time"
        )
    return [{"op": "merge", "path": _PATH, "value": [row]}]


def read_result(answer: Reader, operation_name: str) -> PatchResult:
    """Return the PatchResult of a Reader of the answer.

    :raises ProtocolError: the answer says nothing
    """
    status = answer.text("status", STATUSES)
    if not status:
        raise ProtocolError(
            "The answer does not say what became of it",
            operation=operation_name,
            outcome_unknown=True,
        )
    issues = tuple(read_issue(issue) for issue in answer.children("issues"))
    return PatchResult(status, answer.text("submissionId"), issues)


def _whole(value: int | str, largest: int, name: str) -> int:
    if type(value) is not int or not 0 <= value <= largest:
        raise ValueError(f"A {name} is a whole number from 0 to {largest}")
    return value
