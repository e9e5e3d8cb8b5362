# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from ...tools.scrubbing import get_scrubber


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def message_post(self, **values):
        """Override: while buyers' data are lent, messages do not tell them, and so do
        not the notifications and mails that are made of them before they are stored."""
        if scrubber := get_scrubber():
            for name in ("body", "subject"):
                if isinstance(text := values.get(name), str):
                    values[name] = scrubber.hide_column(text)
        return super().message_post(**values)
