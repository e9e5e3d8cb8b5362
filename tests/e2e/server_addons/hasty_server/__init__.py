# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo looks for due scheduled actions every second, not every minute; a password is
hashed once, as in Odoo's own tests, not 600,000 times at every call after a change."""

from odoo.service import server

from odoo.addons.base.models import res_users

server.SLEEP_INTERVAL = 1
res_users.MIN_ROUNDS = 1
