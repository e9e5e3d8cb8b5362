# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_feed,
    amazon_report,
    amazon_sync_cursor,
    amazon_sync_record,
    amazon_sync_request,
    amazon_sync_run,
    amazon_sync_run_resync,
    amazon_sync_task,
    amazon_sync_task_schedule,
    amazon_unknown_word,
)
