# SPDX-License-Identifier: LGPL-3.0-or-later
from . import amazon_account_dashboard, amazon_account_graph
