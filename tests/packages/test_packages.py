# SPDX-License-Identifier: LGPL-3.0-or-later
"""The addons as packages: built, installed by pip, at work."""

import dataclasses
import re
from decimal import Decimal

import pytest
from pieces import databases, odoo_home, postgres
from pieces.paths import addons
from sp_api_simulator import Simulator
from sp_api_simulator.money import ADDED, DETAILS, TaxStyle
from sp_api_simulator.scenario import plain_sellers

from .fresh import FreshOdoo, build

SELLER = "US"
MODULES = [addon.name for addon in addons()]
SYNC = """
account = env["amazon.account"].search([])
if not account:
    account = env["amazon.account"].create({values!r})
    account.task_ids.filtered(lambda task: task.kind != "orders").active = False
    account.action_connect()
known = env["product.product"].search([]).mapped("default_code")
env["product.product"].create(
    [
        {{"name": sku, "default_code": sku, "is_storable": True, "taxes_id": False}}
        for sku in {skus!r}
        if sku not in known
    ]
)
account.task_ids.next_run = "2000-01-01"
env.cr.commit()
env["amazon.sync.orders"]._cron_fetch()
env["amazon.sync.orders"]._cron_apply()
env.cr.commit()
"""


@dataclasses.dataclass
class Stage:
    """What all tests act on."""

    fresh: FreshOdoo
    pg: postgres.Server
    database: str
    sim: Simulator

    def odoo(self, *arguments, script=""):
        more = ["-d", self.database]
        if arguments[0] == "server":
            more += ["--stop-after-init", "--no-http", "--max-cron-threads", "0"]
        return self.fresh.odoo(*arguments, *more, script=script)

    def sync(self):
        told = self.sim.credentials(SELLER)
        values = {
            "name": "Shop",
            "region": told["region"],
            "environment": "custom",
            "custom_api_url": told["api_url"],
            "custom_lwa_url": told["lwa_url"],
            "seller_id": told["merchant_token"],
            "client_id_input": told["client_id"],
            "client_secret_input": told["client_secret"],
            "refresh_token_input": told["refresh_token"],
        }
        products = self.sim.products()
        skus = sorted({one["seller_sku"] for one in products if one["in_odoo"]})
        script = SYNC.format(values=values, skus=skus)
        self.odoo("shell", "--no-http", script=script)

    def query(self, statement):
        return [tuple(row) for row in self.pg.query(statement, database=self.database)]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    return {addon.name: build(addon, folder) for addon in addons()}


@pytest.fixture(scope="module")
def stage(wheels, tmp_path_factory):
    home = odoo_home.get()
    with (
        postgres.running() as pg,
        databases.temporary(home, pg, "packages", databases.INDIA) as database,
        Simulator(seed=1, lag=(0, 0), quotas=False) as sim,
    ):
        plain_sellers(sim)
        sim.seed_orders(SELLER, 3, seed=1, days=5, tax=TaxStyle(ADDED, DETAILS))
        fresh = FreshOdoo(tmp_path_factory.mktemp("fresh"), home, pg)
        ready = Stage(fresh, pg, database, sim)
        ready.odoo("server", "-i", "queue_job")
        fresh.pip("install", "--no-index", *wheels.values())
        ready.odoo("server", "-i", ",".join(MODULES))
        yield ready


def test_versions(wheels):
    """Odoo's series, then the addon's own version of three numbers."""
    for name, wheel in wheels.items():
        assert re.match(rf"odoo_addon_{name}-19\.0(\.\d+){{3}}\D", wheel.name)


def test_pip_finds_nothing_missing(stage):
    listed = stage.fresh.pip("list", "--format", "freeze")
    assert sum("odoo-addon-amazon_connector" in line for line in listed.split()) == 3
    stage.fresh.pip("check")
    rows = stage.query(
        "SELECT count(*) FROM ir_module_module"
        " WHERE name LIKE 'amazon_connector%' AND state = 'installed'"
    )
    assert rows == [(len(MODULES),)]


def test_orders_come_in(stage):
    stage.sync()
    found = dict(
        stage.query(
            "SELECT amazon_order_ref, amount_total FROM sale_order"
            " WHERE amazon_order_ref IS NOT NULL AND state = 'sale'"
        )
    )
    assert found == {
        order["orderId"]: Decimal(order["proceeds"]["grandTotal"]["amount"])
        for order in stage.sim.truth(SELLER)
        if order["fulfillment"]["fulfillmentStatus"] != "CANCELLED"
    }
    assert found
