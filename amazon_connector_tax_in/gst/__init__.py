# SPDX-License-Identifier: LGPL-3.0-or-later
"""What GST asks of places, as plain Python."""
