# SPDX-License-Identifier: LGPL-3.0-or-later
"""Version that Amazon sees; equal to the addon's."""

VERSION = "19.0.1.0.0"
