# SPDX-License-Identifier: LGPL-3.0-or-later
"""The example of CONTRIBUTING.md, as it stands there: an addon with its own test."""

import re

from pieces import databases, odoo_home, server
from pieces.paths import REPOSITORY

ADDON = "amazon_suspension"
_FILE = re.compile(rf"`({ADDON}/[\w/.]+)`.*?```\w+\n(.*?)```", re.S)


def _write_addon(folder):
    page = (REPOSITORY / "CONTRIBUTING.md").read_text()
    for name, text in _FILE.findall(page):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_the_example_installs_and_passes(pg, tmp_path):
    _write_addon(tmp_path)
    assert (tmp_path / ADDON / "tests" / "test_suspension.py").is_file()
    home = odoo_home.get()
    folders = (*home.addons, home.path / "odoo/addons", REPOSITORY, tmp_path)
    with databases.temporary(home, pg, "contributing") as database:
        log = server.run(
            home,
            pg,
            [
                *("server", "-d", database, "-i", ADDON, "--stop-after-init"),
                *("--test-tags", f"/{ADDON}", "--max-cron-threads", "0", "--no-http"),
                *("--addons-path", ",".join(map(str, folders))),
            ],
            what="install the example",
        )
    assert re.search(r"0 failed, 0 error\(s\) of [1-9]\d* tests", log), log[-3000:]
