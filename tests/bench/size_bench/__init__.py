# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the bench `size` runs in processes of Odoo."""
