# SPDX-License-Identifier: LGPL-3.0-or-later
"""What all benches share: a process of its own that does the work and measures it."""
