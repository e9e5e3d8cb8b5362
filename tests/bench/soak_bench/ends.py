# SPDX-License-Identifier: LGPL-3.0-or-later
"""What must be true when a soak is over: the checks of the random days, and more."""

import subprocess
from types import SimpleNamespace

from faults.days_books import Books
from faults.days_checks import personal
from faults.shop import Shop

_LATE = """
    SELECT o.order_number FROM amazon_order_pii pii
      JOIN amazon_order o ON o.id = pii.order_id
      JOIN amazon_account account ON account.id = o.account_id
     WHERE o.closed_on < %s::timestamp
           - (account.buyer_data_days + 1) * interval '1 day' - interval '1 hour'
"""


def find_problems(soak):
    """Sentences; none where every order is there once and nothing leaked."""
    logs = "".join(one.log.read_text(errors="replace") for one in soak.servers)
    for key, traffic in soak.traffic.items():
        workers = SimpleNamespace(database=soak.database, log=lambda: logs)
        shop = Shop(workers, soak.pg, soak.sim, key)
        shop.account_id = soak.accounts[key]
        days = SimpleNamespace(shop=shop, sim=soak.sim, skus=traffic.skus)
        yield from Books(days).find_problems()
    now = [soak.clock.format_now()]
    for (number,) in soak.pg.query(_LATE, now, database=soak.database):
        yield f"{number}: its buyer's data are past their date"
    yield from _find_leaks(soak)


def _find_leaks(soak):
    """Buyers' words in a dump of the database."""
    dump = subprocess.run(
        ["pg_dump", "--no-owner", soak.database],
        env=soak.pg.environment(),
        capture_output=True,
        check=True,
    ).stdout.decode(errors="replace")
    words = {
        text: name
        for key in soak.traffic
        for order in soak.sim.truth(key)
        for name, text in personal(order)
    }
    for text, name in words.items():
        if text in dump:
            yield f"the database has a {name}"
