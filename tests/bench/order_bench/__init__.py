# SPDX-License-Identifier: LGPL-3.0-or-later
"""The parts of the bench `orders`; see tests/bench/README.md."""
