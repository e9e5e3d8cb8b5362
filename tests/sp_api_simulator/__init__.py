# SPDX-License-Identifier: LGPL-3.0-or-later
"""A stateful Amazon seller account on localhost, for tests, demos and benches."""

from .simulator import Simulator

__all__ = ["Simulator"]
__version__ = "1.0.0"
