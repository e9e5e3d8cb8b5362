# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo's clock is PROOF_DAYS days ahead; carriers are at PROOF_OUTSIDE; barcodes, for
which servers may lack a library, are empty."""

import os
from datetime import timedelta
from urllib.parse import urlsplit

import requests

from odoo.fields import Date, Datetime
from odoo.sql_db import Cursor

from odoo.addons.base.models.ir_actions_report import IrActionsReport

_AHEAD = timedelta(days=float(os.environ.get("PROOF_DAYS", "0")))
_now, _database_now = Datetime.now, Cursor.now

Datetime.now = staticmethod(lambda *_args: _now() + _AHEAD)
Date.today = staticmethod(lambda *_args: Datetime.now().date())
Cursor.now = lambda cursor: _database_now(cursor) + _AHEAD
_CARRIERS = ("external.dhl.es", "servicios.apipre.seur.io")
_request = requests.Session.request


def _ask_stand_in(session, method, url, **options):
    parts = urlsplit(url)
    if parts.hostname in _CARRIERS:
        url = os.environ["PROOF_OUTSIDE"] + url.partition(parts.netloc)[2]
    return _request(session, method, url, **options)


requests.Session.request = _ask_stand_in
IrActionsReport.barcode = lambda *_args, **_options: b""
