# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonSyncCursor(models.Model):
    """How far a sync task has come on one channel.

    ``watermark`` moves when the last page of a window is committed. While a window is
    open, ``query`` holds the exact search and ``page_token`` the next page, so that a
    killed run goes on where it stopped.
    """

    _name = "amazon.sync.cursor"
    _description = "Amazon Sync Cursor"
    _inherit = "amazon.binding"
    _closed = True
    _order = "watermark, id"

    task_id = fields.Many2one(
        "amazon.sync.task", required=True, ondelete="cascade", index=True
    )
    channel_id = fields.Many2one(
        "amazon.channel", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="task_id.company_id", store=True)
    watermark = fields.Datetime(
        required=True,
        help="Everything that changed on Amazon before this time is in Odoo.",
    )
    query = fields.Json(help="The search of the current window.")
    page_token = fields.Char()
    completed_at = fields.Datetime(help="When the last window was complete.")
    page_time = fields.Datetime(help="When Amazon gave the page token.")
    seen_tokens = fields.Json(help="Digests of the page tokens of the current window.")
    ahead = fields.Json(help="The search for the newest changes beside a long window.")
    run_id = fields.Many2one(
        "amazon.sync.run", ondelete="set null", index="btree_not_null"
    )

    _task_channel_unique = models.Constraint(
        "unique(task_id, channel_id)",
        "There can be only one cursor per module and channel.",
    )
