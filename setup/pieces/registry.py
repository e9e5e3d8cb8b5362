# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo inside this process: for the benches, which time it without a network.

Several databases may be open in turn. Nothing is committed by itself.
"""

from . import server

_configured = None


def configure(odoo, pg):
    """Load Odoo into this process, once; later calls change nothing.

    :param pieces.odoo_home.OdooHome odoo: the Odoo of the environment
    :param pieces.postgres.Server pg: where the databases are
    """
    global _configured
    if _configured is None:
        from odoo.tools import config

        path = server.configuration(odoo, pg)
        config.parse_config(
            ["-c", str(path), "--max-cron-threads", "0", "--log-level", "warn"],
            setup_logging=True,
        )
        _configured = path
