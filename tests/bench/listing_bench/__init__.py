# SPDX-License-Identifier: LGPL-3.0-or-later
"""The parts of the bench `listings`; tests/bench/README.md tells what is compared."""
