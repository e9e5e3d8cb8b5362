# SPDX-License-Identifier: LGPL-3.0-or-later
"""With Odoo's Manufacturing beside the addon: kits."""

import re

from pieces import databases, odoo_home, paths, postgres, server

# The tests that need Manufacturing bear this tag and are left out of the suite `odoo`.
TAG = "amazon_kits"


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
            ["server", "-d", database, "--test-tags", TAG, *quiet],
            what="test kits",
        )
    results = re.search(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", log)
    failed, errors, ran = map(int, results.groups())
    assert (failed, errors) == (0, 0), log[-5000:]
    assert ran == len(_named_tests()), "each of them ran"
    assert "skipped" not in log


def _named_tests():
    """What the files of tests with the tag define."""
    return [
        name
        for path in (paths.REPOSITORY / "amazon_connector" / "tests").rglob("*.py")
        if TAG in path.read_text()
        for name in re.findall(r"^    def (test_\w+)", path.read_text(), re.M)
    ]
