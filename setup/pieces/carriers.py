# SPDX-License-Identifier: LGPL-3.0-or-later
"""Addons that get buyers' data to send them on, in a database of their own.

Carriers of OCA, which are downloaded once, and Odoo's e-invoices and e-way bills of
India, which come with it. With them OCA's reconciliation of bank lines, which needs no
database of its own.
"""

import dataclasses
import hashlib
import shutil
import sys

from .commands import die_with_parent, run
from .console import say
from .paths import SETUP, cache, lock

REQUIREMENTS = SETUP / "requirements-carriers.txt"
MODULES = ",".join(
    (
        "account_reconcile_oca",
        "delivery_dhl_parcel",
        "delivery_seur_atlas",
        "l10n_in_edi",
        "l10n_in_ewaybill",
    )
)


def known_to(odoo):
    """The same Odoo with these carriers among its addons.

    :param pieces.odoo_home.OdooHome odoo: the Odoo without them
    """
    return dataclasses.replace(odoo, addons=(*odoo.addons, _folder()))


def _folder():
    key = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    home = cache("carriers") / key
    with lock(f"carriers-{key}"):
        if not home.exists():
            _fetch(home)
    return home / "odoo" / "addons"


def _fetch(home):
    say("Fetching carriers that others wrote (once)")
    unfinished = home.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-input", "--no-deps"]
        + ["--target", unfinished, "-r", REQUIREMENTS],
        what="fetch the carriers' addons",
        # a killed command must not go on filling the folder that the next one clears
        preexec_fn=die_with_parent,
    )
    unfinished.rename(home)
