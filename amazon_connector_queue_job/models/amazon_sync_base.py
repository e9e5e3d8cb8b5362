# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

# More would only wait for one another's quotas and rows.
MOST_HELPERS = 8


class AmazonSyncBase(models.AbstractModel):
    _inherit = "amazon.sync.base"

    @api.model
    def _call_helpers(self, method):
        """Override: as jobs, where more waits than one worker takes at a time.

        The scheduled action works on, too. What nobody needs any more when its turn
        comes finds nothing to claim.
        """
        count = min(self._count_shares(method) - 1, MOST_HELPERS)
        for number in range(1, count + 1):
            self.env["amazon.sync.helper"].with_delay(
                identity_key=f"{self._name}.{method} {number}",
                description=self.env._(
                    "%(model)s: helper %(number)s",
                    model=self._description,
                    number=number,
                ),
            )._help(self._name, method)
        # Whoever claims does so first thing after a commit.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return super()._call_helpers(method)

    @api.model
    def _count_shares(self, _method):
        """How many workers would find something to do: the tasks that are due."""
        now = fields.Datetime.now()
        return self.env["amazon.sync.task"].search_count(
            [
                ("kind", "=", self._kind),
                ("next_run", "<=", now),
                "|",
                ("leased_until", "=", False),
                ("leased_until", "<=", now),
                ("account_id.active", "=", True),
                ("account_id.state", "=", "connected"),
                ("account_id.on_hold", "=", False),
            ],
            limit=MOST_HELPERS + 1,
        )
