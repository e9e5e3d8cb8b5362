# SPDX-License-Identifier: LGPL-3.0-or-later
# A model comes before what extends it.
# isort: off
from . import kind
from . import check
