# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

SHARED = ("_apply_waiting", "_take_turns")


class AmazonSyncHelper(models.AbstractModel):
    """The one kind of job there is: a further worker, with commits of its own."""

    _name = "amazon.sync.helper"
    _description = "Amazon Sync Helper"

    @api.model
    def _help(self, model, method):
        """
        :param str model: a kind of sync, ``amazon.sync.orders``
        :param str method: as ``amazon.sync.base._call_helpers``
        """
        if method not in SHARED:
            raise ValueError(f"{method} is not shared with helpers")
        getattr(self.env[model], method)()
