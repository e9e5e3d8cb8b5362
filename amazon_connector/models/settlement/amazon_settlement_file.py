# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib

from odoo import api, fields, models

from ...tools.retention import days_ago

STATES = [
    ("found", "Found"),
    ("kept", "To Read"),
    ("read", "Read"),
    ("twin", "Duplicate"),
    ("differs", "Differs"),
    ("refused", "Refused"),
    ("gone", "No Longer at Amazon"),
]


# More than a century is no date any more.
LONGEST_MONTHS = 1200


class AmazonSettlementFile(models.Model):
    """A settlement report as Amazon made it, kept because Amazon forgets it.

    Amazon lists a report for 90 days, and may list one settlement twice. The raw file
    is an attachment of this record, so that only who reads the record reads it.
    """

    _name = "amazon.settlement.file"
    _description = "Amazon Settlement File"
    _inherit = "amazon.binding"
    _closed = True
    _order = "created_time desc, id desc"

    name = fields.Char(required=True, readonly=True)
    account_id = fields.Many2one(
        "amazon.account", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    report_number = fields.Char("Amazon's Report ID", readonly=True)
    document_ref = fields.Char(readonly=True)
    created_time = fields.Datetime("Created", readonly=True)
    is_upload = fields.Boolean("Uploaded by Hand", readonly=True)
    file_digest = fields.Char(readonly=True, help="SHA-256 of the file.")
    charset = fields.Char(readonly=True)
    size = fields.Integer("Bytes", readonly=True)
    attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="set null")
    state = fields.Selection(
        STATES, "Status", required=True, default="found", readonly=True
    )
    message = fields.Text(readonly=True)
    settlement_id = fields.Many2one(
        "amazon.settlement", readonly=True, ondelete="set null", index="btree_not_null"
    )

    _report_unique = models.UniqueIndex(
        "(account_id, report_number) WHERE report_number IS NOT NULL",
        "This report already exists.",
    )
    _state_idx = models.Index("(account_id) WHERE state IN ('found', 'kept')")

    @api.model
    def _note_found(self, account, reports):
        """Remember reports of Amazon's list that are new.

        :param reports: :class:`~..sp_api.Report` that are done
        :return: the new files
        """
        known = self.search(
            [
                ("account_id", "=", account.id),
                ("report_number", "in", [report.report_id for report in reports]),
            ]
        ).mapped("report_number")
        return self.create(
            [
                {
                    "name": f"settlement-{report.report_id}.txt",
                    "account_id": account.id,
                    "report_number": report.report_id,
                    "document_ref": report.document_id,
                    "created_time": report.created_time
                    and report.created_time.replace(tzinfo=None, microsecond=0),
                }
                for report in reports
                if report.report_id not in known
            ]
        )

    @api.model
    def _find_next(self, account, state):
        """The oldest file of an account in a state, or empty."""
        return self.search(
            [("account_id", "=", account.id), ("state", "=", state)],
            order="created_time, id",
            limit=1,
        )

    def _keep(self, content, charset):
        """Keep what was downloaded or uploaded.

        :param bytes content: the file, unpacked
        :param charset: Python's name of what it is written in
        """
        self.ensure_one()
        attachment = self.env["ir.attachment"].create(
            {
                "name": self.name,
                "raw": content,
                "mimetype": "text/plain",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        self.write(
            {
                "attachment_id": attachment.id,
                "file_digest": hashlib.sha256(content).hexdigest(),
                "size": len(content),
                "charset": charset,
                "state": "kept",
            }
        )

    def action_download(self):
        """Save the raw file.

        :return: an action that downloads it
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
        }

    @api.autovacuum
    def _gc_files(self):
        """Drop raw files that are older than the account keeps them.

        What they say stays: rows and journal entries.
        """
        accounts = self.env["amazon.account"].with_context(active_test=False)
        for account in accounts.search([("settlement_keep_months", ">", 0)]):
            months = min(account.settlement_keep_months, LONGEST_MONTHS)
            old = self.search(
                [
                    ("account_id", "=", account.id),
                    ("attachment_id", "!=", False),
                    ("create_date", "<", days_ago(31 * months)),
                ],
                limit=100,
            )
            old.attachment_id.unlink()
