# SPDX-License-Identifier: LGPL-3.0-or-later
"""The names of the ways of importing."""

CONNECTOR, ROWS, ODOO = "connector", "rows", "odoo"
