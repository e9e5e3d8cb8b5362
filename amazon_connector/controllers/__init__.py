# SPDX-License-Identifier: LGPL-3.0-or-later
from . import buyer_data, consent, help, metrics, report, sealed_file
