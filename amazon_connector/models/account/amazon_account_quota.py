# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's call quotas of an account: how many calls are left, and for whom."""

import math
import time

from odoo import api, fields, models

from ... import sp_api
from ...sp_api import Bucket, Credentials, Operation
from ...tools.vault import VaultError
from .credentials import read_credentials

OPERATIONS = sorted(
    (value for value in vars(sp_api).values() if isinstance(value, Operation)),
    key=lambda operation: (not operation.reserves, operation.rate),
)
SECONDS_A_DAY = 86400


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    quota_plan = fields.Html(
        compute="_compute_quota_plan",
        sanitize=False,
        help="The calls to Amazon that were left when this page was opened.",
    )

    def _compute_quota_plan(self):
        plan = self.env["amazon.account.quota"]
        for account in self:
            connected = account.has_credentials and account.state != "draft"
            rows = connected and plan._get_rows(account, time.time())
            account.quota_plan = rows and self.env["ir.qweb"]._render(
                "amazon_connector.quota_plan", {"rows": rows}
            )


class AmazonAccountQuota(models.AbstractModel):
    _name = "amazon.account.quota"
    _description = "Amazon Account: Call Quotas"

    @api.model
    def _get_rows(self, account, now):
        """What is left of each operation that was called or has reserves.

        :param now: epoch seconds
        :return: dicts with ``operation`` (Amazon's name), ``use`` (words), ``burst``,
            ``left``, ``used`` (calls), ``percent`` (left of the bucket), ``per_day``
            and ``purposes``: per purpose, the first first, ``name`` (words), ``left``
            (calls) and ``wait`` (words, empty: a call is free)
        """
        buckets = self._load_buckets(account)
        uses, purposes = self._describe_operations(), self._describe_purposes()
        rows = []
        for operation in OPERATIONS:
            bucket = buckets.get(operation.name)
            if not bucket and not operation.reserves:
                continue
            bucket = bucket or Bucket.full(operation.rate, operation.burst, now)
            left = bucket.level(now)
            rows.append(
                {
                    "operation": operation.name,
                    "use": uses.get(operation.name, ""),
                    "burst": bucket.burst,
                    "left": math.floor(left),
                    "used": bucket.burst - math.floor(left),
                    "percent": round(100 * left / bucket.burst),
                    "per_day": f"{math.floor(bucket.rate * SECONDS_A_DAY):,}",
                    "purposes": [
                        {
                            "name": purposes.get(purpose, purpose),
                            "left": max(0, math.floor(left - floor)),
                            "wait": self._describe_wait(bucket, floor, now),
                        }
                        for purpose, floor in _get_floors(operation)
                    ],
                }
            )
        return rows

    @api.model
    def _load_buckets(self, account):
        """``{operation: Bucket}`` of an account's application and seller."""
        try:
            stored = read_credentials(account)
        except VaultError:
            return {}
        if not stored.get("client_id") or not account.seller_id:
            return {}
        key = Credentials(stored["client_id"], "", "").application_key
        rows = (
            self.env["amazon.token.bucket"]
            .sudo()
            .search([("application", "=", key), ("seller_id", "=", account.seller_id)])
        )
        return {
            row.operation: Bucket(
                row.rate, row.burst, row.tokens, row.stamp, row.until, row.learned
            )
            for row in rows
        }

    @api.model
    def _describe_wait(self, bucket, floor, now):
        """How long until the next free call, in words; empty when there is one."""
        # A copy of what is left: looking takes nothing.
        seconds = Bucket(
            bucket.rate, bucket.burst, bucket.tokens, bucket.stamp, bucket.until
        ).take(floor, now)
        if seconds <= 0:
            return ""
        if seconds < 90:
            return self.env._("in %s s", math.ceil(seconds))
        return self.env._("in %s min", math.ceil(seconds / 60))

    @api.model
    def _describe_purposes(self):
        """``{purpose: words}`` of those for whom calls are kept."""
        return {
            "live": self.env._("Scheduled syncs"),
            "user": self.env._("Sync Now, resync, recover"),
            "backfill": self.env._("Specific periods and stock"),
            "cancel": self.env._("Cancellations"),
            "shipment": self.env._("Shipments"),
            "stock": self.env._("Stock"),
            "": self.env._("Everything else"),
        }

    @api.model
    def _describe_operations(self):
        """``{operation: words}``: what the connector calls it for."""
        return {
            "searchOrders": self.env._("New and changed orders, 100 a call"),
            "getOrder": self.env._("Single orders: resync, recover, nightly check"),
            "createReport": self.env._("Requesting reports"),
            "createReportSchedule": self.env._("Scheduling monthly reports"),
            "getReport": self.env._("Checking whether a report is ready"),
            "getReports": self.env._("Finding reports and settlements"),
            "getReportDocument": self.env._("Downloading reports"),
            "createRestrictedDataToken": self.env._(
                "Downloading reports that name buyers"
            ),
            "searchListingsItems": self.env._("Changed items, 20 a call"),
            "getListingsItem": self.env._("Single items"),
            "patchListingsItem": self.env._("Quantity of a single item"),
            "createFeed": self.env._("Quantities, shipments, cancellations in bulk"),
            "createFeedDocument": self.env._("Uploading in bulk"),
            "getFeed": self.env._("Checking whether Amazon has processed a feed"),
            "getFeeds": self.env._("Finding a feed that was sent"),
            "getFeedDocument": self.env._("Results of feeds"),
            "cancelFeed": self.env._("Cancelling a feed"),
            "confirmShipment": self.env._("Shipment of one order"),
            "updateShipmentStatus": self.env._("Pick-ups"),
            "getInventorySummaries": self.env._("Stock at Amazon (FBA)"),
            "listSummary": self.env._("Checking the total of a settlement"),
            "listPayouts": self.env._("Checking whether payouts arrived"),
            "listBalances": self.env._("Checking what Amazon still owes"),
            "getMarketplaceParticipations": self.env._("Testing and connecting"),
            "getAccount": self.env._("Testing and connecting"),
        }


def _get_floors(operation):
    """``(purpose, calls that it leaves to those before it)``, the first first.

    The last one stands for all that has no reserve of its own.
    """
    last = "backfill" if "live" in operation.reserves else ""
    names = [*operation.reserves, last]
    return [(name, operation.floor(name)) for name in names]
