# SPDX-License-Identifier: LGPL-3.0-or-later
# A model comes before what extends it.
# isort: off
from . import kind
from . import fetch
from . import requests
from . import ahead
from . import mapper
from . import writer
from . import destination
from . import line_updater
from . import updater
from . import deliverer
from . import invoicer
