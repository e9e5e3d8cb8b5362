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


def wait_for_sync(odoo, accounts, since, alive, progress=None):
    """Wait until the orders of these accounts are fetched and applied.

    :param str since: Odoo's time (UTC) before the connection; a sync must have
        succeeded after it
    :param alive: called now and then; raises when the server has died
    :param progress: called with the number of orders that are dealt with
    :raises SetupError: the sync failed, or nothing moved for five minutes
    """
    seen, moved = None, time.monotonic()
    while True:
        alive()
        _refuse_failure(odoo, accounts)
        waiting = [("account_id", "in", accounts), ("to_apply", "=", True)]
        state = (
            odoo.call("amazon.order", "search_count", [("account_id", "in", accounts)]),
            odoo.call("amazon.order", "search_count", waiting),
            odoo.call("amazon.sync.task", "search_count", _synced(accounts, since)),
        )
        if state[1] == 0 and state[2] == len(accounts):
            return
        if state != seen:
            seen, moved = state, time.monotonic()
            if progress:
                progress(state[0] - state[1])
        if time.monotonic() - moved > _WITHOUT_PROGRESS_SECONDS:
            raise SetupError(
                f"The sync stands still: {state[0]} orders fetched, {state[1]} of them "
                "wait. Look at Amazon > Sync history and at the server's log."
            )
        time.sleep(0.5)


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
