# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pieces of the bench of stock."""
