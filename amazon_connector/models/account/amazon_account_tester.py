# SPDX-License-Identifier: LGPL-3.0-or-later
"""What works of an account's connection, and what follows from what does not."""

from datetime import datetime, timedelta, timezone

from odoo import api, models

from ...sp_api import (
    AccessDeniedError,
    AmazonError,
    BadRequestError,
    FbaInventory,
    Feeds,
    Finances,
    Listings,
    Orders,
    Reports,
    Sellers,
)
from ...sp_api.listing_feed import FEED_TYPE as QUANTITY_FEED
from ...sp_api.report_rows import ALL_LISTINGS

LOOK_BACK = timedelta(days=30)


class AmazonAccountTester(models.AbstractModel):
    _name = "amazon.account.tester"
    _description = "Amazon Account: Connection Test"

    @api.model
    def _ask_everything(self, account, client):
        """Try every kind of call.

        :param client: an open client of the account
        :return: ``(lines, works, participations)``; lines are ``(ok, text)``
        """
        sellers, lines = Sellers(client), []
        try:
            participations = sellers.marketplace_participations()
        except AmazonError as error:
            return [(False, account._explain_error(error))], False, []
        lines.append((True, self.env._("Amazon accepts the authorization.")))
        lines.append(self._test_plan(sellers))
        known, names = self._split_participations(account.region, participations)
        lines.append(
            (
                bool(known),
                self.env._("Marketplaces: %(names)s.", names=", ".join(names))
                if names
                else self.env._(
                    "The seller sells in no marketplace of this region. Choose the "
                    "region that the seller's account belongs to."
                ),
            )
        )
        if not known:
            return lines, False, []
        order_lines, works = self._test_orders(account, Orders(client), known)
        if client.clock_skew and abs(client.clock_skew) > 300:
            lines.append(
                (
                    False,
                    self.env._(
                        "The clock of this server differs from Amazon's by "
                        "%(minutes)s min. Correct it, or Amazon will refuse calls.",
                        minutes=round(abs(client.clock_skew) / 60),
                    ),
                )
            )
        return lines + order_lines, works, participations

    @api.model
    def _ask_others(self, account, client, participations):
        """Try the kinds of call that orders do without. Each only reads.

        :return: ``(ok, text)`` of each
        """
        known = self._split_participations(account.region, participations)[0]
        place, now = known[0].marketplace_id, datetime.now(timezone.utc)
        tries = [
            (
                self.env._("Listings"),
                self.env._("Product Listing"),
                lambda: Listings(client).search([place], last_updated_after=now),
            ),
            (
                self.env._("Reports"),
                self.env._("Inventory and Order Tracking"),
                lambda: Reports(client).find([ALL_LISTINGS], created_since=now),
            ),
            (
                self.env._("Stock and shipments in bulk (feeds)"),
                self.env._("Inventory and Order Tracking"),
                lambda: Feeds(client).find([QUANTITY_FEED], created_since=now),
            ),
            (
                self.env._("Stock at Amazon (FBA)"),
                self.env._("Amazon Fulfillment"),
                lambda: FbaInventory(client).read_page(place),
            ),
            (
                self.env._("Payouts"),
                self.env._("Finance and Accounting"),
                lambda: Finances(client).payouts(now - LOOK_BACK),
            ),
        ]
        return [self._try_call(account, *one) for one in tries]

    @api.model
    def _try_call(self, account, what, role, call):
        """``(ok, text)`` of one call; a refusal says which role it needs."""
        try:
            call()
        except AccessDeniedError:
            return False, self.env._(
                "%(what)s: refused. If you need it, add the role %(role)s to your "
                "application and authorize it again.",
                what=what,
                role=role,
            )
        except AmazonError as error:
            reason = account._explain_error(error)
            return False, self.env._("%(what)s: %(reason)s", what=what, reason=reason)
        return True, self.env._("%s: allowed.", what)

    @api.model
    def _test_plan(self, sellers):
        try:
            account = sellers.account()
        except AmazonError as error:
            return (False, self.env._("Selling plan: unknown (%s).", error))
        if account.is_professional:
            return (True, self.env._("Selling plan: Professional."))
        return (
            False,
            self.env._(
                "Selling plan: %(plan)s. Amazon's API needs a Professional plan.",
                plan=account.selling_plan or self.env._("unknown"),
            ),
        )

    @api.model
    def _test_orders(self, account, orders, participations):
        """Read one order and infer the roles from the blocks that are missing."""
        try:
            page = orders.search(
                last_updated_after=datetime.now(timezone.utc) - LOOK_BACK,
                marketplace_ids=[p.marketplace_id for p in participations][:50],
                included_data=("BUYER", "RECIPIENT", "PROCEEDS", "FULFILLMENT"),
                page_size=10,
            )
        except (AccessDeniedError, BadRequestError) as error:
            # One marketplace or one block may be refused; the sync finds out which.
            return [(False, account._explain_error(error))], isinstance(
                error, BadRequestError
            )
        except AmazonError as error:
            return [(False, account._explain_error(error))], False
        lines = [(True, self.env._("Orders can be read."))]
        merchant = [
            order
            for order in page.orders
            if (order.get("fulfillment") or {}).get("fulfilledBy") == "MERCHANT"
            and (order.get("fulfillment") or {}).get("fulfillmentStatus") == "UNSHIPPED"
        ]
        if merchant:
            lines.append(self._judge_address(merchant))
        return lines, True

    @api.model
    def _judge_address(self, orders):
        addresses = [
            (order.get("recipient") or {}).get("deliveryAddress") or {}
            for order in orders
        ]
        if any(address.get("addressLine1") for address in addresses):
            return (True, self.env._("Delivery addresses are available."))
        return (
            False,
            self.env._(
                "No delivery addresses: the application does not have the restricted "
                "role Direct-to-Consumer Shipping. Orders come in with country and "
                "state only. Print labels in Seller Central, or add the role and "
                "authorize the application again."
            ),
        )

    @api.model
    def _split_participations(self, region, participations):
        """Those of known marketplaces that are active, and the names of these.

        Amazon lists pseudo-marketplaces for orders from elsewhere; no channel is made
        of what is not a marketplace.
        """
        marketplaces = {
            marketplace.amazon_code: marketplace
            for marketplace in self.env["amazon.marketplace"].search([])
            if marketplace.region == region
        }
        known = [
            participation
            for participation in participations
            if participation.is_participating
            and participation.marketplace_id in marketplaces
        ]
        return known, [marketplaces[p.marketplace_id].name for p in known]
