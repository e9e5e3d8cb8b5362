# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo with folders of its own, its buyers, and its people.

Whatever this Odoo writes lies below `Stage.searched`, or in its database.
"""

import contextlib
import dataclasses
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import requests
from pieces import (
    connect,
    databases,
    odoo_home,
    paths,
    postgres,
    rpc,
    server,
    shops,
)
from pieces import simulator as _simulator

from .conftest import hastily
from .proof_canaries import Canary

# What a delivery method of each carrier has to say.
CARRIERS = {
    "dhl_parcel": (
        "dhl_parcel_customer_code",
        "dhl_parcel_uid",
        "dhl_parcel_password",
    ),
    "seur_atlas": (
        "seur_atlas_vat",
        "seur_atlas_account_code",
        "seur_atlas_username",
        "seur_atlas_password",
        "seur_atlas_secret",
        "seur_atlas_client",
    ),
}
PASSWORD = "password-of-the-proof"
ROLES = {
    "user": ("amazon_connector.group_user",),
    "manager": ("amazon_connector.group_manager",),
    "buyers": ("amazon_connector.group_buyer_data", "stock.group_stock_user"),
    "stock": ("stock.group_stock_manager",),
    "sales": ("sales_team.group_sale_manager",),
    "books": ("account.group_account_manager",),
    "contacts": ("base.group_user", "base.group_partner_manager"),
    "portal": ("base.group_portal",),
    "system": (
        "base.group_system",
        "amazon_connector.group_manager",
        "sales_team.group_sale_manager",
        "stock.group_stock_manager",
        "account.group_account_manager",
    ),
}


@dataclasses.dataclass
class Stage:
    """What the proof acts on.

    `searched` has all folders that Odoo writes to; `seen` is what our stand-in for
    wkhtmltopdf was given, which lies elsewhere; `outside` stands for carriers' servers.
    """

    home: object
    pg: postgres.Server
    database: str
    folder: Path
    amazon: _simulator.SimulatorProcess
    outside: object
    odoo: server.OdooServer = None
    admin: rpc.OdooRpc = None
    companies: dict = dataclasses.field(default_factory=dict)
    accounts: list = dataclasses.field(default_factory=list)
    canaries: dict = dataclasses.field(default_factory=dict)
    starts: int = 0
    _sessions: dict = dataclasses.field(default_factory=dict)

    @property
    def searched(self):
        return self.folder / "searched"

    @property
    def seen(self):
        return self.folder / "seen"

    # --- Odoo -----------------------------------------------------------------

    def start(self, addons=(), **variables):
        """Start Odoo, which logs all it can.

        :param addons: those of `server_addons` that it loads beside `proof_server`
        """
        self.starts += 1
        options = ["--data-dir", self.searched / "data", "--log-handler", ":DEBUG"]
        options += hastily(self.home, ("proof_server", *addons))
        self.odoo = server.OdooServer(
            self.home,
            self.pg,
            self.database,
            port=server.free_port(),
            log=self.searched / "logs" / f"odoo-{self.starts}.log",
            options=options,
            variables={
                "TMPDIR": str(self.searched / "tmp"),
                "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "PROOF_SEEN": str(self.seen),
                "PROOF_OUTSIDE": self.outside.url,
                **variables,
            },
        )
        self.odoo.start()
        self.admin = rpc.OdooRpc(self.odoo.url, self.database)

    def restart(self, addons=(), **variables):
        self.odoo.stop()
        self.start(addons, **variables)

    def session(self, role):
        """This role's session."""
        key = (self.odoo.url, role)
        if key not in self._sessions:
            self._sessions[key] = rpc.WebSession(
                self.odoo.url, self.database, role, PASSWORD
            )
        return self._sessions[key]

    @contextlib.contextmanager
    def beside(self, call):
        """Have a call made in a thread; it may fail, since Odoo may be killed."""

        def make_call():
            with contextlib.suppress(requests.RequestException):
                call()

        thread = threading.Thread(target=make_call)
        thread.start()
        try:
            yield
        finally:
            thread.join()

    def csrf_token(self, session):
        """The word that forms of the web client carry."""
        page = session.get(f"{self.odoo.url}/odoo", timeout=120).text
        return re.search(r'csrf_token: "(\w+)"', page).group(1)

    def query(self, statement, values=None):
        return self.pg.query(statement, values, database=self.database)

    def dump(self):
        """The database as its backup has it."""
        command = ["pg_dump", "--no-owner", self.database]
        return subprocess.run(
            command, env=self.pg.environment(), capture_output=True, check=True
        ).stdout

    def wait_until(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.1)
        return found

    # --- buyers ---------------------------------------------------------------

    def order(self, count):
        """So many buyers order in India and America; Amazon's search shows them."""
        first = len(self.canaries)
        for number in range(first, first + count):
            key = "IN" if number % 3 else "US"
            known = set(self._numbers(key))
            plain = {"seller": key, "orders": 1, "days": 1, "seed": number}
            self.amazon.control("seed", plain)
            [order] = [
                order for order in self._orders(key) if order["orderId"] not in known
            ]
            canary = Canary(number)
            data = {"seller": key, "orders": [canary.personalise(order)]}
            self.amazon.control("orders", data)
            self.canaries[order["orderId"]] = canary
        self.amazon.control("clock", {"advance": 300})

    def _orders(self, key):
        return self.amazon.control("orders", seller=key)["orders"]

    def _numbers(self, key):
        return [order["orderId"] for order in self._orders(key)]

    def sync(self):
        since = connect.from_now()
        self.admin.call("amazon.account", "action_sync_now", self.accounts)
        connect.wait_for_sync(self.admin, self.accounts, since, lambda: None)

    def sales(self):
        """``{Amazon's number: (sales order, delivery)}``, ids."""
        rows = self.query(
            "SELECT amazon_order_ref, sale.id, min(picking.id) FROM sale_order sale"
            "  LEFT JOIN stock_picking picking ON picking.sale_id = sale.id"
            " WHERE amazon_order_ref = ANY(%s) GROUP BY 1, 2",
            [list(self.canaries)],
        )
        return {number: (sale, picking) for number, sale, picking in rows}

    def invoices(self):
        """``{Amazon's number: invoice}``, ids."""
        numbers = {sale: number for number, (sale, _picking) in self.sales().items()}
        rows = self.admin.call("sale.order", "read", list(numbers), ["invoice_ids"])
        return {numbers[row["id"]]: row["invoice_ids"][0] for row in rows}

    def open_sealed(self, role, model, record):
        """What the encrypted files about a record say to a role."""
        tokens = self.query(
            "SELECT token FROM amazon_sealed_file WHERE res_model = %s AND res_id = %s",
            [model, record],
        )
        session = self.session(role)
        answers = [
            session.fetch(f"/amazon_connector/file/{token}") for (token,) in tokens
        ]
        assert all(answer.status_code == 200 for answer in answers)
        return [answer.content for answer in answers]

    def make_carriers(self):
        """Delivery methods of carriers that others wrote, ids."""
        product = self.admin.call(
            "product.product", "create", {"name": "Delivery", "type": "service"}
        )
        common = {"product_id": product, "integration_level": "rate_and_ship"}
        return [
            self.admin.call(
                "delivery.carrier",
                "create",
                {"name": kind, "delivery_type": kind, "debug_logging": True}
                | {name: "1-2" for name in names}
                | common,
            )
            for kind, names in CARRIERS.items()
        ]

    # --- people ---------------------------------------------------------------

    def hire(self):
        """One user per role, in both companies."""
        companies = list(self.companies.values())
        for login, groups in ROLES.items():
            ids = [self.find(group) for group in groups]
            values = {
                "name": login,
                "login": login,
                "password": PASSWORD,
                "group_ids": [(6, 0, ids)],
                "company_id": companies[0],
                "company_ids": [(6, 0, companies)],
            }
            self.admin.call("res.users", "create", [values])

    def find(self, xml_id):
        """The id of a record with this external id."""
        [(found,)] = self.query(
            "SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s",
            xml_id.split("."),
        )
        return found


@contextlib.contextmanager
def built(folder, orders):
    """A stage whose buyers' orders are in Odoo, for as long as the block lasts.

    :param pathlib.Path folder: an empty one
    :param int orders: how many
    """
    home = odoo_home.get()
    for part in ("searched/data/filestore", "searched/tmp", "searched/logs", "seen"):
        (folder / part).mkdir(parents=True)
    _write_stand_in(folder / "bin")
    with contextlib.ExitStack() as parts:
        pg = parts.enter_context(postgres.running())
        database = parts.enter_context(
            databases.temporary(home, pg, "proof", databases.CARRIERS_SHOPS)
        )
        shutil.copytree(
            paths.odoo_data() / "filestore" / database,
            folder / "searched/data/filestore" / database,
            copy_function=os.link,
        )
        amazon = parts.enter_context(
            _simulator.SimulatorProcess("plain", 0, server.environment(pg))
        )
        outside = _stand_in_for_carriers()
        parts.callback(outside.stop)
        home = databases.with_neighbours(home, databases.CARRIERS_SHOPS)
        stage = Stage(home, pg, database, folder, amazon, outside)
        stage.start()
        parts.callback(lambda: stage.odoo.stop())
        _open(stage, orders)
        yield stage


def _stand_in_for_carriers():
    """The server of the addon's own tests; the addon itself needs Odoo."""
    path = paths.REPOSITORY / "amazon_connector/tests/carrier/carrier_server.py"
    spec = importlib.util.spec_from_file_location("carrier_server", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CarrierServer()


def _open(stage, orders):
    sellers = stage.amazon.sellers()
    stage.companies = shops.find(stage.admin, sellers)
    stage.hire()
    # Odoo is to keep printed slips, as shops have it do; those of buyers it does not.
    slip = stage.find("stock.action_report_delivery")
    values = {"attachment": "'slip-%s.pdf' % object.id", "attachment_use": True}
    stage.admin.call("ir.actions.report", "write", [slip], values)
    stage.order(orders)
    stage.accounts = connect.connect(
        stage.admin, stage.amazon, sellers, stage.companies
    )
    stage.sync()


def _write_stand_in(folder):
    """A `wkhtmltopdf` that keeps what it is given, and hands it on if there is one."""
    folder.mkdir()
    program = folder / "wkhtmltopdf"
    source = (Path(__file__).parent / "proof_wkhtmltopdf.py").read_text()
    program.write_text(f"#!{sys.executable}\n{source}")
    program.chmod(0o755)
