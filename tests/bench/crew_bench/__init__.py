# SPDX-License-Identifier: LGPL-3.0-or-later
"""Several Odoo processes at once on one database, see `../workers.py`."""
