# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo over XML-RPC, as a script of its users would speak to it, and its web client's
requests."""

import http.client
import time
import xmlrpc.client

import requests

from .console import SetupError

# How long a scheduled action that runs by itself is waited for.
_PATIENCE_SECONDS = 120


class OdooRpc:
    """One user's session.

    :raises SetupError: the login is refused; each call: Odoo refuses or is gone
    """

    def __init__(self, url, database, login="admin", password="admin"):
        self.database = database
        self._password = password
        common = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common")
        self._models = xmlrpc.client.ServerProxy(
            f"{url}/xmlrpc/2/object", allow_none=True
        )
        self.user = common.authenticate(database, login, password, {})
        if not self.user:
            raise SetupError(f"Odoo refuses the login {login} on {database}.")

    def call(self, model, method, *arguments, **options):
        """Call a public method and return what it returns."""
        try:
            return self._models.execute_kw(
                self.database,
                self.user,
                self._password,
                model,
                method,
                list(arguments),
                options,
            )
        except xmlrpc.client.Fault as fault:
            # Odoo has done the work by then, it only cannot write a None
            if "cannot marshal None" in fault.faultString:
                return None
            reason = fault.faultString.strip().splitlines()[-1]
            raise SetupError(f"{model}.{method}: {reason}") from None
        except (OSError, http.client.HTTPException) as error:
            raise SetupError(f"Odoo does not answer any more ({error}).") from None

    def run_cron(self, cron):
        """Have a scheduled action run now, after it has run by itself if it does.

        :param int cron: its id
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self.call("ir.cron", "method_direct_trigger", [cron])
            except SetupError as error:
                is_busy = "already executing" in str(error)
                if not is_busy or time.monotonic() > deadline:
                    raise
            time.sleep(1)

    def search_read(self, model, domain, fields, **options):
        return self.call(model, "search_read", domain, fields, **options)

    def find(self, model, *domain):
        """The id of the one record that fits.

        :raises SetupError: there is none
        """
        found = self.call(model, "search", list(domain), limit=1)
        if not found:
            raise SetupError(f"There is no {model} with {domain}.")
        return found[0]


class WebSession(requests.Session):
    """One user's session in the web client."""

    def __init__(self, url, database, login, password):
        super().__init__()
        self._url = url
        answer = self.ask(
            "/web/session/authenticate",
            {"db": database, "login": login, "password": password},
        )
        assert answer.json()["result"]["uid"], login

    def ask(self, path, params):
        """A JSON-RPC call; the answer as it came."""
        return self.post(f"{self._url}{path}", json={"params": params}, timeout=120)

    def call(self, model, method, *arguments, **options):
        """Call a public method; the answer as it came."""
        params = {"model": model, "method": method, "args": arguments}
        params["kwargs"] = options
        return self.ask(f"/web/dataset/call_kw/{model}/{method}", params)

    def fetch(self, path):
        return self.get(f"{self._url}{path}", timeout=120)
