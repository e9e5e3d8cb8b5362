# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo inside this process: for the benches, which time it without a network.

Several databases may be open in turn. Nothing is committed by itself.
"""

import contextlib

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


@contextlib.contextmanager
def open_env(database, user=None):
    """An Odoo environment on a database; what is not committed is rolled back.

    `env.cr.commit()` commits. The registry is closed at the end, so that the database
    can be dropped.

    :param str database: its name
    :param int user: id of the user (default: Odoo's superuser)
    """
    import odoo.sql_db
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry

    registry = Registry(database)
    try:
        with registry.cursor() as cursor:
            yield api.Environment(cursor, user or SUPERUSER_ID, {})
            cursor.rollback()
    finally:
        Registry.delete(database)
        odoo.sql_db.close_db(database)
