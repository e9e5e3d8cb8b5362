# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sales that are none of Amazon's, with and without the addon."""
