# SPDX-License-Identifier: LGPL-3.0-or-later
"""What outlives the daily work: copies of a database, and Odoo without the addon."""

import pytest
from packages.pictures import find_named, read_shape
from pieces import databases, odoo_home, paths, postgres, rpc, server

ACCOUNT = """
    INSERT INTO amazon_account (
           name, active, company_id, region, environment, seller_id,
           state, on_hold, credentials_ciphertext, authorisation_digest,
           fba_correction, buyer_data_days, buyer_data_printing)
    SELECT 'Shop', TRUE, id, 'eu', 'production', 'ASELLER',
           'connected', FALSE, 'secret', 'digest', 'off', 28, 'stock'
      FROM res_company LIMIT 1
"""


@pytest.fixture(scope="module")
def home():
    return odoo_home.get()


@pytest.fixture(scope="module")
def pg():
    with postgres.running() as running:
        yield running


def test_neutralised_copy_knows_nothing_and_is_on_hold(home, pg):
    """Rule 11: `odoo neutralize` makes a copy that cannot talk to Amazon."""
    with databases.temporary(home, pg, "copy") as database:
        pg.query(ACCOUNT, database=database)
        server.run(home, pg, ["neutralize", "-d", database], what="neutralise a copy")
        rows = pg.query(
            "SELECT credentials_ciphertext, authorisation_digest, on_hold, state"
            "  FROM amazon_account",
            database=database,
        )
    assert [tuple(row) for row in rows] == [(None, None, True, "draft")]


def test_odoo_works_without_the_addon(home, pg):
    """S4: uninstalling leaves Odoo working: sales orders are confirmed as before."""
    with databases.temporary(home, pg, "plain", databases.BASE) as database:
        before = read_shape(pg, database)
    with databases.temporary(home, pg, "uninstall") as database:
        pg.query(ACCOUNT, database=database)
        server.run(
            home,
            pg,
            ["module", "uninstall", "amazon_connector", "-d", database],
            what="uninstall the addon",
        )
        # no table, column, index or function more than before it was installed
        assert read_shape(pg, database) == before
        assert find_named(pg, database, "amazon%") == {}
        with server.OdooServer(
            home,
            pg,
            database,
            port=server.free_port(),
            log=paths.log_file("e2e-uninstalled"),
        ) as odoo:
            session = rpc.OdooRpc(odoo.url, database)
            product = session.call(
                "product.product", "create", [{"name": "Mug", "is_storable": True}]
            )[0]
            partner = session.call("res.partner", "create", [{"name": "Somebody"}])[0]
            line = {"product_id": product, "product_uom_qty": 2}
            sale = session.call(
                "sale.order",
                "create",
                [{"partner_id": partner, "order_line": [(0, 0, line)]}],
            )[0]
            session.call("sale.order", "action_confirm", [sale])
            order = session.call("sale.order", "read", [sale], ["state", "picking_ids"])
    assert order[0]["state"] == "sale"
    assert len(order[0]["picking_ids"]) == 1
