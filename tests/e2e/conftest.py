# SPDX-License-Identifier: LGPL-3.0-or-later
"""One Odoo server and one simulated Amazon for the whole suite."""

import contextlib
import dataclasses
import time
from pathlib import Path

import pytest
from pieces import (
    connect,
    databases,
    odoo_home,
    paths,
    postgres,
    rpc,
    server,
    shops,
    simulator,
)

ORDERS = 60
# Of the proof of data protection: buyers of each script and country, businesses and
# consumers.
PROOF_ORDERS = 8
SERVER_ADDONS = Path(__file__).parent / "server_addons"


def pytest_addoption(parser):
    """An option of the proof."""
    parser.addoption(
        "--orders",
        type=int,
        default=PROOF_ORDERS,
        help="orders of the proof of data protection",
    )


@dataclasses.dataclass
class Stage:
    """What a test acts on: servers, an administrator's session, what was connected."""

    odoo: server.OdooServer
    amazon: simulator.SimulatorProcess
    admin: rpc.OdooRpc
    companies: dict
    accounts: list = dataclasses.field(default_factory=list)

    def login(self, name, password):
        """Another user's session."""
        return rpc.OdooRpc(self.odoo.url, self.odoo.database, name, password)

    def connect(self, sellers):
        """Connect the sellers' accounts; returns when their orders are there."""
        since = connect.from_now()
        self.accounts = connect.connect(
            self.admin, self.amazon, sellers, self.companies
        )
        self._wait_for_sync(since)

    def sync(self):
        """Press "Sync Now"; returns when it is done."""
        since = connect.from_now()
        self.admin.call("amazon.account", "action_sync_now", self.accounts)
        self._wait_for_sync(since)

    def wait_until(self, condition, what, seconds=300):
        """Wait for something that Odoo does by itself; returns what came of it."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            self.alive()
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.5)
        return found

    def _wait_for_sync(self, since):
        connect.wait_for_sync(self.admin, self.accounts, since, self.alive)

    def alive(self):
        """Fail if a server has died."""
        assert self.odoo.is_running(), f"Odoo has ended, see {self.odoo.log}"
        assert self.amazon.is_running(), "the simulator has ended"


@pytest.fixture(scope="session")
def stage():
    with built("e2e") as ready:
        yield ready


def hastily(home, addons=()):
    """Options of a server that waits for no minute to pass.

    :param addons: more of `server_addons` for it to load
    """
    return server.loading(home, [SERVER_ADDONS], ["hasty_server", *addons])


@contextlib.contextmanager
def built(purpose):
    """A stage with both sellers connected, for as long as the block lasts.

    :param str purpose: a word for the name of its database
    """
    with prepared(purpose) as ready:
        ready.connect(ready.amazon.sellers())
        yield ready


@contextlib.contextmanager
def prepared(purpose, orders=ORDERS, addons=(), variables=None):
    """As `built`, with both companies in Odoo but no account.

    :param int orders: how many Amazon has
    :param addons: more of `server_addons` for Odoo to load
    :param dict variables: further ones of Odoo's environment
    """
    home = odoo_home.get()
    with contextlib.ExitStack() as parts:
        pg = parts.enter_context(postgres.running())
        database = parts.enter_context(
            databases.temporary(home, pg, purpose, databases.SHOPS)
        )
        amazon = parts.enter_context(
            simulator.SimulatorProcess("plain", orders, server.environment(pg))
        )
        odoo = parts.enter_context(
            server.OdooServer(
                home,
                pg,
                database,
                port=server.free_port(),
                log=paths.log_file(f"{purpose}-odoo"),
                options=hastily(home, addons),
                variables=variables,
            )
        )
        admin = rpc.OdooRpc(odoo.url, database)
        companies = shops.find(admin, amazon.sellers())
        yield Stage(odoo, amazon, admin, companies)
