# SPDX-License-Identifier: LGPL-3.0-or-later
"""The first step of each setup command: Odoo and the environment to run in."""

from . import environment, odoo_home
from .paths import cache


def in_environment():
    """Install what is missing; returns only inside the environment.

    :rtype: pieces.odoo_home.OdooHome
    """
    try:
        cache()
    except (OSError, RuntimeError) as error:
        _refuse(error)
    odoo = odoo_home.get()
    environment.enter(odoo)
    return odoo


def _refuse(error):
    from .console import SetupError

    raise SetupError(
        f"The cache folder cannot be made ({error}). Set XDG_CACHE_HOME to a folder "
        "you may write to."
    ) from error
