# SPDX-License-Identifier: LGPL-3.0-or-later
from . import amazon_sync_base  # What others inherit comes first.

# isort: split
from . import amazon_sync_helper, amazon_sync_orders, queue_job
