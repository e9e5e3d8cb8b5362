# SPDX-License-Identifier: LGPL-3.0-or-later
"""The checks of the suite `lint`.

Each takes the suites' setting and returns what is wrong, '' if nothing is. The first
line of its docstring is its title.
"""

import subprocess
import sys

from .paths import REPOSITORY, addons

CHECKS = ()
