# SPDX-License-Identifier: LGPL-3.0-or-later
"""A shop's weeks in an hour: its clock, its people, what is measured meanwhile."""
