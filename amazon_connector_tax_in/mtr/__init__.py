# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's Merchant Tax Report (MTR) of India, as plain Python."""

from .errors import MtrError
from .rows import MtrRow, open_mtr

__all__ = ["MtrError", "MtrRow", "open_mtr"]
