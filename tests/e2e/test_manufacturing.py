# SPDX-License-Identifier: LGPL-3.0-or-later
"""With Odoo's Manufacturing beside the addon: kits."""

from pieces import databases, odoo_home, postgres, server

TAGS = "/amazon_connector:TestOrderKits,/amazon_connector:TestShipmentKits"


def test_kits_move_as_their_parts():
    """The addon's tests of kits, which need sale_mrp, in a database that has it."""
    home = odoo_home.get()
    with (
        postgres.running() as pg,
        databases.temporary(home, pg, "kits") as database,
    ):
        quiet = ["--stop-after-init", "--max-cron-threads", "0", "--no-http"]
        server.run(
            home,
            pg,
            ["server", "-d", database, "-i", "sale_mrp", *quiet],
            what="install sale_mrp",
        )
        log = server.run(
            home,
            pg,
            ["server", "-d", database, "--test-tags", TAGS, *quiet],
            what="test kits",
        )
    assert "0 failed, 0 error(s) of 6 tests" in log
