# SPDX-License-Identifier: LGPL-3.0-or-later
from . import controllers, models, sync, wizard
from .hooks import post_init_hook, uninstall_hook
from .tools.log_masks import protect_logs
from .tools.scrubbing import protect_records

protect_logs()
protect_records()
