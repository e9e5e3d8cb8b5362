# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class QueueJob(models.Model):
    _inherit = "queue.job"

    def _related_action_amazon_sync(self):
        """Open the history of the kind of sync that the job helps."""
        self.ensure_one()
        model = self.args[0]
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_sync_run_action"
        )
        return {
            **action,
            "domain": [("kind", "=", self.env[model]._kind)],
            "context": {},
        }
