# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo's clock is PROOF_DAYS days ahead; barcodes, for which servers may lack a
library, are empty."""

import os
from datetime import timedelta

from odoo.fields import Date, Datetime
from odoo.sql_db import Cursor

from odoo.addons.base.models.ir_actions_report import IrActionsReport

_AHEAD = timedelta(days=float(os.environ.get("PROOF_DAYS", "0")))
_now, _database_now = Datetime.now, Cursor.now

Datetime.now = staticmethod(lambda *_args: _now() + _AHEAD)
Date.today = staticmethod(lambda *_args: Datetime.now().date())
Cursor.now = lambda cursor: _database_now(cursor) + _AHEAD
IrActionsReport.barcode = lambda *_args, **_options: b""
