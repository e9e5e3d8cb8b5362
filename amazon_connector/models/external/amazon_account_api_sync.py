# SPDX-License-Identifier: LGPL-3.0-or-later
"""External API: syncing by hand, and what came of it."""

from odoo import api, models

from ...tools.external_api import (
    ARGUMENT,
    NOT_FOUND,
    external,
    find_ids,
    is_id,
    own,
    read_id,
    read_list,
    read_period,
    read_text,
    read_texts,
    refuse,
)
from ..sync.amazon_sync_task import KINDS


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    @external
    def api_sync(self, kinds=None, since=None, until=None, channels=None):
        """Have modules of these accounts synced as soon as a worker is free.

        What is asked for already is not asked for twice.

        :param kinds: modules, all that are switched on if there are none
        :param since: with ``until`` (now) a period to fetch once more, of modules that
            take periods; without it the latest changes
        :param channels: ids, or Amazon's ids of marketplaces; none: all. Latest changes
            are asked for all channels of an account at once
        :return: ``{"modules": [{"account_id", "kind", "run_id"}]}``; the run of latest
            changes does not exist yet, its id is False
        """
        steps = self.env["amazon.account.api.sync"]
        found = steps._find_channels(own(self), channels)
        return steps._sync(kinds, since, until, found)

    @api.model
    @external
    def api_run(self, run_id):
        """What a run did.

        :return: see ``amazon.sync.run._get_api_values``
        """
        run = self.env["amazon.account.api.sync"]._find_run(run_id)
        return run._get_api_values()

    @api.model
    @external
    def api_resync(self, run_id):
        """Fetch the records of a run once more.

        :return: the new run as :meth:`api_run`, or the one that repeats it already;
            with ``id`` False where the module's next run does it
        """
        run = self.env["amazon.account.api.sync"]._find_run(run_id)
        repeated = run.resync_ids.filtered(lambda one: one.state == "running")
        if not repeated:
            known = run.resync_ids
            run.action_resync()
            run.invalidate_recordset(["resync_ids"])
            repeated = run.resync_ids - known
        return repeated[:1]._get_api_values()


class AmazonAccountApiSync(models.AbstractModel):
    _name = "amazon.account.api.sync"
    _description = "External API: Syncing"

    @api.model
    def _find_run(self, run_id):
        run_id = read_id(self.env, run_id, "run_id")
        return find_ids(self.env["amazon.sync.run"], [run_id])

    @api.model
    def _find_channels(self, accounts, channels):
        """The channels that a script named, of these accounts; all of none."""
        if channels is None or channels is False:
            return accounts.channel_ids
        wanted = self.env["amazon.channel"]
        for one in read_list(self.env, channels, "channels"):
            if is_id(one):
                found = accounts.channel_ids.filtered(lambda c, id_=one: c.id == id_)
            else:
                code = read_text(self.env, one, "channels")
                found = accounts.channel_ids.filtered(
                    lambda c, code=code: c.marketplace_id.amazon_code == code
                )
            if not found:
                refuse(self.env._("There is no channel %s.", one), NOT_FOUND)
            wanted |= found
        return wanted

    @api.model
    def _sync(self, kinds, since, until, channels):
        start, end = read_period(self.env, since, until)
        tasks = self._find_tasks(channels.account_id, kinds, by_period=bool(start))
        tasks._check_can_run()
        runs = {}
        if start:
            runs = {task: task._request_by_api(channels, start, end) for task in tasks}
        else:
            tasks._request_run("manual")
        return {
            "modules": [
                {
                    "account_id": task.account_id.id,
                    "kind": task.kind,
                    "run_id": runs[task].ids[0] if runs.get(task) else False,
                }
                for task in tasks
            ]
        }

    @api.model
    def _find_tasks(self, accounts, kinds, by_period):
        """The modules that a script named; of none, those that are switched on."""
        names = dict(KINDS)
        tasks = accounts.with_context(active_test=False).task_ids
        takes_periods = {
            kind for kind in names if self.env[f"amazon.sync.{kind}"]._takes_periods()
        }
        if kinds is None or kinds is False:
            tasks = tasks.filtered("active")
            wanted = takes_periods if by_period else set(names)
        else:
            wanted = set(read_texts(self.env, kinds, "kinds"))
            allowed = takes_periods if by_period else set(names)
            if foreign := sorted(wanted - allowed):
                message = self.env._(
                    "%(kinds)s cannot be synced this way. Choose from: %(known)s.",
                    kinds=", ".join(foreign),
                    known=", ".join(sorted(allowed)),
                )
                refuse(message, ARGUMENT)
        tasks = tasks.filtered(lambda task: task.kind in wanted)
        if not tasks:
            refuse(self.env._("None of these modules is switched on."))
        return tasks.with_context(active_test=True)


class AmazonSyncTask(models.Model):
    _inherit = "amazon.sync.task"

    def _request_by_api(self, channels, start, end):
        """Have a period of these channels fetched; returns the run that tells of it."""
        self.ensure_one()
        own_channels = channels.filtered(lambda c: c.account_id == self.account_id)
        sync = self.env[f"amazon.sync.{self.kind}"]
        return sync._request_period(self, own_channels, start, end).sudo(False)
