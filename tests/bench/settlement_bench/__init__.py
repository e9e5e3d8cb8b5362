# SPDX-License-Identifier: LGPL-3.0-or-later
"""A settlement of many orders, read, booked and matched."""
