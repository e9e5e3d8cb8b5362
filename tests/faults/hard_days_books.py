# SPDX-License-Identifier: LGPL-3.0-or-later
"""What must be true after hard days, beside what is true after a random day."""

import subprocess
from datetime import datetime, timezone

from faults.days_books import Books
from faults.days_checks import personal


class HardBooks(Books):
    """The books of one `HardDays`.

    :param dict environment: of programs that read the database
    """

    def __init__(self, days, environment):
        super().__init__(days)
        self._environment = environment

    def find_problems(self):
        return [
            *super().find_problems(),
            *self._find_wrong_settlements(),
            *self._find_late_deletions(),
            *self._find_names(),
        ]

    def _find_wrong_settlements(self):
        """Each payout once, with all of its rows, and an entry per month."""
        rows = self._read(
            """
            SELECT settlement.name AS number,
                   (SELECT count(*) FROM amazon_settlement_row
                     WHERE settlement_id = settlement.id) AS rows
              FROM amazon_settlement settlement WHERE account_id = %(account)s
            """
        )
        told = {one.settlement_id: len(one.rows) for one in self.days.settled}
        kept = {row["number"]: row["rows"] for row in rows}
        if len(rows) != len(kept) or kept != told:
            yield f"settlements: {kept} of {told}"
        for file in self._read(
            "SELECT report_number, state, message FROM amazon_settlement_file"
            " WHERE account_id = %(account)s AND state != 'read'"
        ):
            yield f"settlement file: {dict(file)}"

    def _find_late_deletions(self):
        """No buyer's data past its date: the day after, and the day of the schedule."""
        for row in self._read(
            """
            SELECT o.order_number FROM amazon_order_pii pii
              JOIN amazon_order o ON o.id = pii.order_id
             WHERE o.account_id = %(account)s
               AND o.closed_on < %(now)s AT TIME ZONE 'UTC' - interval '50 hours'
            """,
            now=datetime.fromtimestamp(self.sim.clock.now(), timezone.utc),
        ):
            yield f"{row['order_number']}: its buyer's data are past their date"

    def _find_names(self):
        """Buyers' words, in a dump of the database."""
        dump = subprocess.run(
            ["pg_dump", "--data-only", self.shop.workers.database],
            env=self._environment,
            capture_output=True,
            check=True,
        ).stdout.decode(errors="replace")
        for order in self.sim.truth(self.shop.key):
            for name, text in personal(order):
                if text in dump:
                    yield f"the database has the {name} of {order['orderId']}"
