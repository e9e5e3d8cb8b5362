# SPDX-License-Identifier: LGPL-3.0-or-later
"""Two weeks pass on the simulated Amazon: it pays, Odoo books it, the bank shows it."""

import dataclasses
import time

from .console import SetupError

DAY_SECONDS = 86400
PERIOD_DAYS = 14
# The money is at the bank three days after its settlement ended.
WAY_DAYS = 3
_PATIENCE_SECONDS = 300


@dataclasses.dataclass
class Played:
    """What came of it: a sentence per settlement, and what is not as it should be."""

    told: list = dataclasses.field(default_factory=list)
    differences: list = dataclasses.field(default_factory=list)


class Payout:
    """Plays a period of Amazon's to its end, as accountant of all companies.

    :param pieces.rpc.OdooRpc odoo: an administrator's session
    :param companies: {seller's key: company's id}
    :param alive: called now and then; raises when a server has died
    """

    def __init__(self, odoo, amazon, companies, alive):
        self._odoo = odoo
        self._amazon = amazon
        self._companies = companies
        self._alive = alive

    def play(self):
        """Ship what is invoiced, let the time pass, book and match; returns Played."""
        self._become_accountant()
        self._ship()
        self._amazon.control("clock", {"advance": PERIOD_DAYS * DAY_SECONDS})
        self._amazon.control("clock", {"advance": WAY_DAYS * DAY_SECONDS})
        amazons = {
            one["settlement_id"]: one
            for key in self._companies
            for one in self._amazon.control("settlements", seller=key)["settlements"]
        }
        if not amazons:
            raise SetupError("Amazon has made no settlement.")
        accounts = self._call("amazon.account", "search", [])
        self._call("amazon.account", "action_sync_now", accounts)
        found = self._wait_for(amazons)
        drafts = [one["id"] for one in found if one["state"] == "draft"]
        self._call("amazon.settlement", "action_post", drafts)
        played = Played()
        for settlement in self._read(list(amazons)):
            self._look_at(settlement, amazons[settlement["name"]], played)
        return played

    def _call(self, model, method, *arguments, **options):
        context = {"allowed_company_ids": list(self._companies.values())}
        return self._odoo.call(model, method, *arguments, context=context, **options)

    def _become_accountant(self):
        """Lines of the bank are for who has Odoo's full accounting."""
        group = self._call(
            "ir.model.data",
            "search_read",
            [("module", "=", "account"), ("name", "=", "group_account_user")],
            ["res_id"],
        )[0]["res_id"]
        groups = {"group_ids": [(4, group)]}
        self._call("res.users", "write", [self._odoo.user], groups)

    def _ship(self):
        """Have Amazon's side ship the orders that Odoo has invoiced."""
        invoices = [("move_type", "=", "out_invoice"), ("state", "=", "posted")]
        sales = [("invoice_ids", "any", invoices), ("amazon_order_id", "!=", False)]
        found = self._call("sale.order", "search_read", sales, ["amazon_order_ref"])
        invoiced = {sale["amazon_order_ref"] for sale in found}
        for orders in self._amazon.orders().values():
            for order in orders:
                status = order["fulfillment"]["fulfillmentStatus"]
                if order["orderId"] in invoiced and status == "UNSHIPPED":
                    self._amazon.control(f"orders/{order['orderId']}/ship", {})

    def _read(self, names):
        fields = ["name", "state", "total", "is_proven", "problem", "row_count"]
        fields += ["currency_id", "company_id", "payout_trace"]
        domain = [("name", "in", names)]
        return self._call("amazon.settlement", "search_read", domain, fields)

    def _wait_for(self, amazons):
        """The settlements of these numbers, once all are booked."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            self._alive()
            found = self._read(list(amazons))
            problems = [one["problem"] for one in found if one["problem"]]
            if problems:
                raise SetupError(problems[0])
            booked = [one for one in found if one["state"] in ("draft", "posted")]
            if len(booked) == len(amazons) and all(
                one["payout_trace"] or one["total"] <= 0 for one in booked
            ):
                return booked
            if time.monotonic() > deadline:
                raise SetupError(
                    f"Amazon made {len(amazons)} settlements, {len(booked)} of them "
                    "are booked. Look at Amazon > Sync history."
                )
            time.sleep(0.5)

    def _look_at(self, settlement, amazons, played):
        name = f"Settlement {settlement['name']}"
        total = f"{settlement['currency_id'][1]} {settlement['total']:,.2f}"
        if abs(settlement["total"] - float(amazons["total"])) > 0.005:
            played.differences.append(f"{name}: {total}, not {amazons['total']}")
        if not settlement["is_proven"] or settlement["state"] != "posted":
            played.differences.append(f"{name} is not proven and booked")
        orders = self._call(
            "amazon.settlement.order",
            "search_read",
            [("settlement_id", "=", settlement["id"])],
            ["order_number", "state", "difference"],
        )
        played.differences += [
            f"{name}: {one['order_number']} differs by {one['difference']}"
            for one in orders
            if one["state"] == "partial"
        ]
        paid = sum(one["state"] == "paid" for one in orders)
        at_bank = self._receive(settlement)
        if at_bank is False:
            played.differences.append(f"{name}: the bank's line is not matched")
        bank = "matched with the bank" if at_bank else "without a line of the bank"
        played.told.append(
            f"{name}: {total}, {settlement['row_count']} rows, {len(orders)} orders, "
            f"{paid} of them paid, {bank}"
        )

    def _receive(self, settlement):
        """The bank shows the payout, and it is matched.

        :return: whether that went well, None for what does not go to this bank
        """
        company = settlement["company_id"][0]
        currency = self._call("res.company", "read", [company], ["currency_id"])
        is_home = currency[0]["currency_id"] == settlement["currency_id"]
        if settlement["total"] <= 0 or not is_home:
            return None
        payout = self._find_payout(settlement)
        journal = self._call(
            "account.journal",
            "search_read",
            [("type", "=", "bank"), ("company_id", "=", company)],
            ["suspense_account_id"],
            limit=1,
        )[0]
        line = self._call(
            "account.bank.statement.line",
            "create",
            [
                {
                    "journal_id": journal["id"],
                    "payment_ref": f"AMAZON PAYMENTS {settlement['payout_trace']}",
                    "amount": settlement["total"],
                }
            ],
        )
        move = self._call("account.bank.statement.line", "read", line, ["move_id"])
        items = self._call(
            "account.move.line",
            "search",
            [
                ("move_id", "=", move[0]["move_id"][0]),
                ("account_id", "=", journal["suspense_account_id"][0]),
            ],
        )
        account = {"account_id": payout["account_id"][0]}
        self._call("account.move.line", "write", items, account)
        self._call("account.move.line", "reconcile", [*items, payout["id"]])
        return self._find_payout(settlement)["reconciled"]

    def _find_payout(self, settlement):
        entries = self._call(
            "amazon.settlement.entry",
            "search_read",
            [
                ("settlement_id", "=", settlement["id"]),
                ("payout_line_id", "!=", False),
            ],
            ["payout_line_id"],
        )
        item = entries[0]["payout_line_id"][0]
        fields = ["account_id", "reconciled"]
        return self._call("account.move.line", "read", [item], fields)[0]
