# SPDX-License-Identifier: LGPL-3.0-or-later
"""What keeping buyers' data encrypted, shown and deleted costs."""
