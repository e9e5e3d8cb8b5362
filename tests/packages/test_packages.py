# SPDX-License-Identifier: LGPL-3.0-or-later
"""The addons' life as packages: built, installed by pip, upgraded, removed, taken up.

One database goes through it, from top to bottom.
"""

import dataclasses
import re
from decimal import Decimal

import pytest
from pieces import databases, odoo_home, postgres
from pieces.paths import addons
from sp_api_simulator import Simulator
from sp_api_simulator.money import ADDED, DETAILS, TaxStyle
from sp_api_simulator.scenario import plain_sellers

from .fresh import NEXT_VERSION, FreshOdoo, build, copy_next
from .pictures import find_named, read_rows, read_shape

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
# Each step of a migration notes that it ran, and from which version.
MIGRATION = """
def migrate(cr, version):
    cr.execute(
        "INSERT INTO ir_config_parameter (key, value) VALUES ('migrated', %s)"
        " ON CONFLICT (key) DO UPDATE"
        " SET value = ir_config_parameter.value || ' ' || excluded.value",
        ["STEP:" + version],
    )
"""
# Odoo writes views, actions, versions ... anew whenever an addon is upgraded, bundles
# as attachments, when scheduled actions are due, and that caches are out of date.
WRITTEN_BY_ODOO = ("ir_", "orm_signaling")
COUNTED_BY_ODOO = (
    "ir_attachment",
    "ir_config_parameter",
    "ir_cron_trigger",
    "orm_signaling",
)


@dataclasses.dataclass
class Stage:
    """What all tests act on."""

    fresh: FreshOdoo
    pg: postgres.Server
    database: str
    sim: Simulator
    before: set

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
        ready = Stage(fresh, pg, database, sim, set())
        ready.odoo("server", "-i", "queue_job")
        ready.before = read_shape(pg, database)
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


def test_upgrading_changes_nothing(stage, tmp_path):
    """The next version's migrations run, once and in their order; no record and no
    column is another one afterwards."""
    steps = ("pre", "post", "end")
    scripts = {f"{step}-note.py": MIGRATION.replace("STEP", step) for step in steps}
    sources = tmp_path / "sources"
    sources.mkdir()
    for addon in addons():
        own = scripts if addon.name == databases.OUR_ADDON else {}
        wheel = build(copy_next(addon, sources, own), tmp_path)
        stage.fresh.pip("install", "--no-index", "--no-deps", str(wheel))
    rows, shape = (read(stage.pg, stage.database) for read in (read_rows, read_shape))
    for _again in range(2):
        stage.odoo("server", "-u", databases.OUR_ADDON)
        after = read_rows(stage.pg, stage.database)
        assert set(after) == set(rows)
        changed = [table for table in rows if rows[table] != after[table]]
        assert all(table.startswith(WRITTEN_BY_ODOO) for table in changed), changed
        counted = [table for table in changed if rows[table][0] != after[table][0]]
        assert all(table.startswith(COUNTED_BY_ODOO) for table in counted), counted
        assert read_shape(stage.pg, stage.database) == shape
    told = "SELECT value FROM ir_config_parameter WHERE key = 'migrated'"
    former = "19.0.1.0.0"
    assert stage.query(told) == [(f"pre:{former} post:{former} end:{former}",)]
    versions = "SELECT DISTINCT latest_version FROM ir_module_module WHERE name = ANY("
    versions += f"ARRAY{MODULES}::varchar[])"
    assert stage.query(versions) == [(NEXT_VERSION,)]
    counts = "SELECT count(*) FROM amazon_order WHERE sale_order_id IS NOT NULL"
    [(orders,)] = stage.query(counts)
    stage.sync()
    assert stage.query(counts) == [(orders,)]


def test_uninstalling_leaves_nothing(stage):
    """No table, column, index, function, cron or text is left of the addons; the sales
    orders stay."""
    stage.odoo("module", "uninstall", *reversed(MODULES))
    assert read_shape(stage.pg, stage.database) - stage.before == set()
    assert stage.before - read_shape(stage.pg, stage.database) == set()
    # The names of products that sales orders use stay, to be found when it comes again.
    named = find_named(stage.pg, stage.database, "amazon%")
    assert set(named) <= {"ir_model_data.module"}
    kept = "SELECT DISTINCT model FROM ir_model_data WHERE module LIKE 'amazon%'"
    assert set(stage.query(kept)) <= {("product.product",), ("product.template",)}
    assert (
        stage.query("SELECT cron_name FROM ir_cron WHERE cron_name ~* 'amazon'") == []
    )
    assert stage.query("SELECT count(*) > 0 FROM sale_order WHERE state = 'sale'") == [
        (True,)
    ]


def test_installing_again_takes_everything_up(stage):
    """No order comes in a second time."""
    counts = "SELECT count(*) FROM sale_order"
    before = stage.query(counts)
    stage.odoo("server", "-i", ",".join(MODULES))
    stage.sync()
    assert stage.query(counts) == before
    refs = "SELECT count(*) FROM sale_order WHERE amazon_order_ref IS NOT NULL"
    assert stage.query(refs) == before
    inactive = "SELECT count(*) FROM product_product"
    inactive += " WHERE amazon_charge IS NOT NULL AND NOT active"
    assert stage.query(inactive) == [(0,)]
