# SPDX-License-Identifier: LGPL-3.0-or-later
"""The test suites, in the order in which their results are told."""

SUITES = ("lint", "contract", "odoo", "faults", "e2e")
# They take long and need more of others: by name only.
BY_NAME = ("packages", "beside", "alone", "upstream")
