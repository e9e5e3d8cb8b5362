# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the bench and its workers call things."""

STOCKED = "CREW-"
