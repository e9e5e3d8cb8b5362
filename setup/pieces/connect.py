# SPDX-License-Identifier: LGPL-3.0-or-later
"""Connect the simulated sellers to Odoo and wait for the first sync, over XML-RPC."""

import time

from .console import SetupError

_WITHOUT_PROGRESS_SECONDS = 300


def connect(odoo, simulator, sellers, companies):
    """Give each seller's account its credentials and connect it.

    An account that is there already is connected again.

    :param pieces.rpc.OdooRpc odoo: an administrator's session
    :param companies: {seller's key: company's id}
    :return: the accounts' ids
    """
    context = {"allowed_company_ids": list(companies.values())}
    accounts = []
    for seller in sellers:
        values = {
            "name": seller["company_name"],
            "company_id": companies[seller["seller"]],
            "region": seller["region"],
            "environment": "custom",
            "custom_api_url": f"{simulator.url}/{seller['region']}",
            "custom_lwa_url": f"{simulator.url}/auth/o2/token",
            "seller_id": seller["merchant_token"],
            "client_id_input": seller["client_id"],
            "client_secret_input": seller["client_secret"],
            "refresh_token_input": seller["refresh_token"],
        }
        switch_a_tax_on(odoo, values["company_id"])
        domain = [
            ("region", "=", values["region"]),
            ("seller_id", "=", values["seller_id"]),
        ]
        found = odoo.call("amazon.account", "search", domain, context=context)
        if found:
            odoo.call("amazon.account", "write", found, values, context=context)
        else:
            found = odoo.call("amazon.account", "create", [values], context=context)
        odoo.call("amazon.account", "action_connect", found, context=context)
        accounts += found
    return accounts


def switch_a_tax_on(odoo, company):
    """India's chart comes with all taxes switched off; connecting asks for one."""
    context = {"allowed_company_ids": [company]}
    sales = [("company_id", "=", company), ("type_tax_use", "=", "sale")]
    sales += [("amount_type", "=", "percent"), ("amazon_role", "=", False)]
    if not odoo.call("account.tax", "search_count", sales, context=context):
        context["active_test"] = False
        found = odoo.call("account.tax", "search", sales, limit=1, context=context)
        odoo.call("account.tax", "write", found, {"active": True}, context=context)


def from_now():
    """A moment for `wait_for_sync`, as Odoo writes times over RPC (UTC).

    Odoo's times have whole seconds: an earlier sync is never taken for a later one.
    """
    moment = int(time.time()) + 1
    while time.time() < moment:
        time.sleep(0.05)
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment))


def wait_for_sync(odoo, accounts, since, alive):
    """Wait until the orders of these accounts are fetched and applied.

    :param str since: a sync must have succeeded after it, see `from_now`
    :param alive: called now and then; raises when the server has died
    :raises SetupError: the sync failed, or nothing moved for five minutes
    """
    seen, moved = None, time.monotonic()
    while True:
        alive()
        _refuse_failure(odoo, accounts)
        # in this order: what a finished fetch left to apply is seen after it
        synced = odoo.call("amazon.sync.task", "search_count", _synced(accounts, since))
        ours = [("account_id", "in", accounts)]
        fetched = odoo.call("amazon.order", "search_count", ours)
        waiting = odoo.call(
            "amazon.order", "search_count", [*ours, ("to_apply", "=", True)]
        )
        if synced == len(accounts) and not waiting:
            return
        if (synced, fetched, waiting) != seen:
            seen, moved = (synced, fetched, waiting), time.monotonic()
        if time.monotonic() - moved > _WITHOUT_PROGRESS_SECONDS:
            raise SetupError(
                f"The sync stands still: {fetched} orders fetched, {waiting} of them "
                "wait. Look at Amazon > Sync history and at the server's log."
            )
        time.sleep(0.5)


def go_live(odoo, account, alive):
    """Have Odoo's quantities of an account's channels sent, once its items are there.

    :raises SetupError: the items do not come
    """
    deadline = time.monotonic() + _WITHOUT_PROGRESS_SECONDS
    items = [
        ("account_id", "=", account),
        ("kind", "=", "items"),
        ("last_success", "!=", False),
    ]
    while not odoo.call("amazon.sync.task", "search_count", items):
        alive()
        if time.monotonic() > deadline:
            raise SetupError("The items do not come; look at the server's log.")
        time.sleep(0.5)
    company = odoo.call("amazon.account", "read", [account], ["company_id"])
    context = {"allowed_company_ids": [company[0]["company_id"][0]]}
    for channel in odoo.call(
        "amazon.channel", "search", [("account_id", "=", account)], context=context
    ):
        dialog = odoo.call(
            "amazon.channel", "action_open_go_live", [channel], context=context
        )
        odoo.call(
            "amazon.stock.golive", "action_go_live", [dialog["res_id"]], context=context
        )


def _synced(accounts, since):
    return [
        ("account_id", "in", accounts),
        ("kind", "=", "orders"),
        ("last_success", ">=", since),
    ]


def _refuse_failure(odoo, accounts):
    for account in odoo.call(
        "amazon.account", "read", accounts, ["name", "state", "error_message"]
    ):
        if account["state"] != "connected":
            raise SetupError(
                f"{account['name']} is not connected: {account['error_message']}"
            )
