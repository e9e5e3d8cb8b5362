# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from functools import partial

from odoo import api, fields, models

from ...models.account.credentials import open_client
from ...sp_api import (
    GET_REPORTS,
    SETTLEMENTS,
    AccessDeniedError,
    NotFoundError,
    Reports,
)


class AmazonSyncSettlements(models.AbstractModel):
    """Settlements: find the reports that Amazon made, keep them, read them.

    Nobody can ask for a settlement report: Amazon makes it with each payout and lists
    it for 90 days. Each file is kept in a transaction of its own before it is read, so
    a killed worker, or a file that cannot be read, loses nothing.
    """

    _name = "amazon.sync.settlements"
    _inherit = "amazon.sync.base"
    _description = "Amazon Sync: Settlements"

    _kind = "settlements"
    _slowest_operation = GET_REPORTS

    @api.model
    def _fetch(self, task, deadline):
        resumed = self._transact_leased(task, partial(self._begin, task))
        with open_client(task.account_id, "live") as client:
            reports = Reports(client)
            if not resumed:
                self._list_reports(task, reports)
            while file := self._find_next(task, "found"):
                self._download(task, file, reports)
                if time.monotonic() > deadline:
                    return False
            while file := self._find_next(task, "kept"):
                self._transact_leased(task, partial(self._read_file, task, file))
                if time.monotonic() > deadline:
                    return False
            self._check_all(task, client)
        for settlement in self._find_unbooked(task):
            self._transact_leased(task, settlement._book)
            if time.monotonic() > deadline:
                return False
        for settlement in self.env["amazon.settlement"]._find_late(task.account_id):
            self._transact_leased(task, settlement._take_up_orders)
            if time.monotonic() > deadline:
                return False
        self._transact_leased(task, partial(self._end, task))
        return True

    @api.model
    def _begin(self, task):
        """Open a run, unless one broke off with files left of Amazon's list.

        :return: whether the list need not be asked for again
        """
        run = self._find_open_runs(task)[:1]
        if not run:
            self._start_run(task, task.account_id.channel_ids)
            return False
        return bool(self._find_next(task, "found") or self._find_next(task, "kept"))

    @api.model
    def _end(self, task):
        self._find_open_runs(task)._finish("done")

    @api.model
    def _find_next(self, task, state):
        return self.env["amazon.settlement.file"]._find_next(task.account_id, state)

    @api.model
    def _find_unbooked(self, task):
        """Settlements that have no entry yet, the oldest first.

        What could not be booked comes once in a run.
        """
        run = self._find_open_runs(task)[:1]
        return self.env["amazon.settlement"].search(
            [
                ("account_id", "=", task.account_id.id),
                ("state", "=", "new"),
                ("entry_ids", "=", False),
                ("is_undone", "=", False),
                "|",
                ("problem", "=", False),
                ("write_date", "<", run.started_at or fields.Datetime.now()),
            ],
            order="end_time, id",
        )

    @api.model
    def _list_reports(self, task, reports):
        """Note what Amazon lists and Odoo does not have.

        :raises AccessDeniedError: with the role that the account lacks
        """
        try:
            found = self._call(
                task, lambda: reports.find([SETTLEMENTS], statuses=["DONE"])
            )
        except AccessDeniedError as error:
            error.add_advice(
                self.env._(
                    "Settlements need the role Finance and Accounting. Add it to your "
                    "application in Seller Central (Develop Apps > Edit App), then "
                    "authorize the application again, so that the new role takes "
                    "effect. Until then, upload the files by hand, or switch this "
                    "module off."
                )
            )
            raise
        done = [report for report in found if report.is_done]
        self._transact_leased(task, partial(self._note_found, task, done))

    @api.model
    def _note_found(self, task, reports):
        files = self.env["amazon.settlement.file"]._note_found(task.account_id, reports)
        run = self._find_open_runs(task)[:1]
        run.write(
            {
                "page_count": run.page_count + 1,
                "seen_count": len(reports),
                "unchanged_count": len(reports) - len(files),
            }
        )

    @api.model
    def _download(self, task, file, reports):
        document_id = file.document_ref
        marketplaces = task.account_id.channel_ids.marketplace_id
        names = marketplaces.mapped("amazon_code")
        try:
            with self._call(
                task, lambda: reports.download(document_id, names)
            ) as document:
                content, charset = document.content(), document.charset()
        except NotFoundError:
            self._transact_leased(task, partial(self._note_gone, file))
            return
        self._transact_leased(task, partial(file._keep, content, charset))

    @api.model
    def _note_gone(self, file):
        """Amazon listed it and does not have it any more."""
        file.write(
            {
                "state": "gone",
                "message": self.env._("Amazon no longer has the document."),
            }
        )

    @api.model
    def _read_file(self, task, file):
        """Read one kept file and tell it in the history."""
        file._read_kept()
        run = self._find_open_runs(task)[:1]
        outcomes = {"read": "created", "twin": "skipped"}
        run.changed_count += file.state == "read"
        self.env["amazon.sync.record"].create(
            {
                "run_id": run.id,
                "name": file.settlement_id.name or file.name,
                "outcome": outcomes.get(file.state, "failed"),
                "reason": file.message
                or (file.state == "twin" and self.env._("It is already in Odoo.")),
            }
        )
