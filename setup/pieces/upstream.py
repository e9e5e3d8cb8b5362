# SPDX-License-Identifier: LGPL-3.0-or-later
"""The suite "upstream": Odoo's own tests with this project's addons and without.

A test that ends otherwise with them is a fault of ours; one that fails either way is
none. All run with every addon loaded, also those that Odoo runs while it installs.
"""

import re

from . import databases, server
from .console import SetupError

_MODULES = (
    "mrp",
    "purchase_stock",
    "sale",
    "sale_mrp",
    "sale_stock",
    "stock",
    "stock_account",
    "stock_delivery",
    "stock_picking_batch",
    "l10n_in",
    "l10n_in_edi",
    "l10n_in_ewaybill",
    "l10n_in_ewaybill_stock",
    "l10n_in_sale",
)
_INDIA = "l10n_in"
# Kinds of databases: without our addons, and with them.
_PLAIN = (databases.BASE, databases.ADDON)
_INDIAN = (databases.INDIA, databases.DEMO)
_SCRIPT = """
from odoo.tests.shell import run_tests
report = run_tests(env, {tags!r})
print("RAN", report.testsRun, report.skipped)
"""
_RAN = re.compile(r"^RAN (\d+) (\d+)$", re.M)
_BAD = re.compile(r"(?:odoo\.addons\.)(\S+): (?:FAIL|ERROR): (.+)$", re.M)


def run(outcome, setting, screen):
    """Compare the tests of the addons that the user named, or of all that matter."""
    named = setting.extra or _MODULES
    for kinds, is_indian in ((_PLAIN, False), (_INDIAN, True)):
        modules = [name for name in named if name.startswith(_INDIA) == is_indian]
        if modules:
            without, ours = (_run(kind, modules, setting, screen) for kind in kinds)
            _compare(outcome, without, ours, screen)


def _run(kind, modules, setting, screen):
    """``(tests, skipped, {"module.test: name", ...} that failed)``"""
    odoo, pg = setting.odoo, setting.pg
    with databases.temporary(odoo, pg, "upstream", kind) as database:
        install = ["server", "-d", database, "-i", ",".join(modules), "--no-http"]
        install += ["--stop-after-init", "--max-cron-threads", "0"]
        server.run(odoo, pg, install, what=f"install {', '.join(modules)}")
        tags = ",".join(f"/{name}" for name in modules)
        log = server.run(
            odoo,
            pg,
            ["shell", "-d", database],
            what="run Odoo's tests",
            script=_SCRIPT.format(tags=tags),
            variables=setting.environment,
        )
    found = _RAN.search(log)
    if not found:
        raise SetupError("Odoo's tests did not come to their end.")
    bad = {": ".join(one) for one in _BAD.findall(log)}
    ran, skipped = map(int, found.groups())
    screen.write(f"{kind}: {ran} tests of {tags}, {skipped} skipped\n")
    screen.write("".join(f"  {name}\n" for name in sorted(bad)))
    return ran, skipped, bad


def _compare(outcome, without, ours, screen):
    (ran, skipped, bad), (ran_ours, skipped_ours, bad_ours) = without, ours
    otherwise = sorted(bad ^ bad_ours)
    screen.write("".join(f"FAILED otherwise: {name}\n" for name in otherwise))
    outcome.failed += len(otherwise)
    outcome.skipped += skipped
    outcome.passed += max(ran - skipped - len(otherwise), 0)
    if (ran, skipped) != (ran_ours, skipped_ours):
        outcome.error = f"{ran_ours} tests and {skipped_ours} skips instead of {ran}"
        outcome.error += f" and {skipped}"
