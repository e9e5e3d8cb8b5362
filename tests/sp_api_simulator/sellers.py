# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sellers, their marketplaces and roles."""

from dataclasses import dataclass, field

from .listings import ListingStore
from .marketplaces import MARKETPLACES
from .store import OrderStore

DIRECT_TO_CONSUMER = "Direct-to-Consumer Shipping"
TAX_INVOICING = "Tax Invoicing"
TAX_REMITTANCE = "Tax Remittance"
FULFILLMENT = "Amazon Fulfillment"
FINANCE = "Finance and Accounting"
ORDER_TRACKING = "Inventory and Order Tracking"
PRODUCT_LISTING = "Product Listing"
RESTRICTED_ROLES = frozenset({DIRECT_TO_CONSUMER, TAX_INVOICING, TAX_REMITTANCE})
ORDINARY_ROLES = frozenset(
    {
        FULFILLMENT,
        "Buyer Communication",
        "Buyer Solicitation",
        FINANCE,
        ORDER_TRACKING,
        "Pricing",
        PRODUCT_LISTING,
        "Selling Partner Insights",
    }
)
ALL_ROLES = ORDINARY_ROLES | RESTRICTED_ROLES


@dataclass
class Seller:
    """One seller in one region; `merchant_token` is Amazon's seller id."""

    key: str
    merchant_token: str
    region: str
    marketplace_ids: list
    company_name: str
    country: str
    state: str
    application_id: str
    refresh_token: str
    selling_plan: str = "PROFESSIONAL"
    roles: set = field(default_factory=lambda: set(ALL_ROLES))
    # Without the shipping role Amazon leaves the address out; reports of an address
    # with city, state and country alone exist, so a test may choose that form.
    coarse_address: bool = False
    # {state of India: the seller's GSTIN there}
    gstins: dict = field(default_factory=dict)
    refused_data: set = field(default_factory=set)
    orders: OrderStore = None
    listings: ListingStore = None
    # {order id: {order item id: units that wait in the store for the buyer}}
    pickups: dict = field(default_factory=dict)

    def sells_in(self, marketplace_id):
        return marketplace_id in self.marketplace_ids

    def real_marketplaces(self):
        every = (MARKETPLACES[identifier] for identifier in self.marketplace_ids)
        return [marketplace for marketplace in every if not marketplace.pseudo]

    def sees_addresses(self):
        return DIRECT_TO_CONSUMER in self.roles

    def sees_buyers(self):
        """Buyer's name and tax data; North America no longer honours the second."""
        if TAX_INVOICING in self.roles:
            return True
        return self.region != "na" and TAX_REMITTANCE in self.roles
