# SPDX-License-Identifier: LGPL-3.0-or-later
"""The worker process, seen from the bench."""

from order_bench import process


class Worker(process.Worker):
    """As the orders' bench has it, on this bench's module."""

    def __init__(self, odoo, pg, database):
        super().__init__(odoo, pg, database, "stock", "stock")
        self._command[self._command.index("order_bench.worker")] = "stock_bench.worker"
