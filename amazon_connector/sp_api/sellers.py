# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's Sellers API v1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from .errors import ProtocolError
from .operations import Operation
from .reading import Reader

if TYPE_CHECKING:
    from .client import Client

T = TypeVar("T")

GET_PARTICIPATIONS = Operation(
    name="getMarketplaceParticipations",
    method="GET",
    path="/sellers/v1/marketplaceParticipations",
    rate=0.016,
    burst=15,
    idempotent=True,
)
GET_ACCOUNT = Operation(
    name="getAccount",
    method="GET",
    path="/sellers/v1/account",
    rate=0.016,
    burst=15,
    idempotent=True,
)


@dataclass(frozen=True)
class Participation:
    """One marketplace where the seller may sell. What Amazon leaves out is None."""

    marketplace_id: str
    name: str | None
    country_code: str | None
    currency: str | None
    language: str | None
    domain: str | None
    is_participating: bool | None
    has_suspended_listings: bool | None
    store_name: str | None = None


@dataclass(frozen=True)
class SellerAccount:
    """The seller's plan. Name, address and tax number of the seller's company are
    in Amazon's answer too; they are not read."""

    selling_plan: str | None
    business_type: str | None
    participations: tuple[Participation, ...] = ()

    @property
    def is_professional(self) -> bool:
        return self.selling_plan == "PROFESSIONAL"


class Sellers:
    """Reads the seller's account through a ``Client``."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def marketplace_participations(self) -> list[Participation]:
        """Return the list of Participation, pseudo-marketplaces included
        (``getMarketplaceParticipations``)."""
        payload = self._payload(GET_PARTICIPATIONS, list)
        return list(_read_participations(Reader({"payload": payload}), "payload"))

    def account(self) -> SellerAccount:
        """Return the SellerAccount (``getAccount``)."""
        root = Reader(self._payload(GET_ACCOUNT, dict))
        return SellerAccount(
            selling_plan=root.text("sellingPlan"),
            business_type=root.text("businessType"),
            participations=_read_participations(root, "marketplaceParticipationList"),
        )

    def _payload(self, operation: Operation, form: type[T]) -> T:
        payload = self.client.call(operation).get("payload")
        if not isinstance(payload, form):
            raise ProtocolError("The answer lacks: payload", operation=operation.name)
        return payload


def _read_participations(root: Reader, key: str) -> tuple[Participation, ...]:
    """Return a tuple; an entry without a marketplace id is of no use."""
    found = []
    for entry in root.children(key):
        marketplace = entry.child("marketplace")
        participation = entry.child("participation")
        marketplace_id = marketplace.text("id")
        if marketplace_id:
            found.append(
                Participation(
                    marketplace_id=marketplace_id,
                    name=marketplace.text("name"),
                    country_code=marketplace.text("countryCode"),
                    currency=marketplace.text("defaultCurrencyCode"),
                    language=marketplace.text("defaultLanguageCode"),
                    domain=marketplace.text("domainName"),
                    is_participating=participation.boolean("isParticipating"),
                    has_suspended_listings=participation.boolean(
                        "hasSuspendedListings"
                    ),
                    store_name=entry.text("storeName"),
                )
            )
    return tuple(found)
