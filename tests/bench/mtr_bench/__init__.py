# SPDX-License-Identifier: LGPL-3.0-or-later
"""The process that reads and compares a Merchant Tax Report."""
