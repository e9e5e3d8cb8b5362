# SPDX-License-Identifier: LGPL-3.0-or-later
"""What `setup/demo`, `setup/test`, `setup/bench` and `setup/odoo` share."""
