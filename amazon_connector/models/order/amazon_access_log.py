# SPDX-License-Identifier: LGPL-3.0-or-later
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from ...tools.retention import drop_some

KEEP_MONTHS = 12
"""Also in the trigger."""


class AmazonAccessLog(models.Model):
    """Append-only: who saw the data of which buyer, when, how and from where.

    It has the number of the order and no link to it, so that it outlives the order and
    never changes with it. The database itself refuses whatever is no insertion.
    """

    _name = "amazon.access.log"
    _description = "Amazon Buyer Data Access"
    _inherit = "amazon.binding"
    _closed = True
    _log_access = False
    _order = "id desc"
    _rec_name = "amazon_order_ref"

    date = fields.Datetime(required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    kind = fields.Selection(
        [
            ("print", "Printed"),
            ("screen", "Shown"),
            ("file", "File opened"),
            ("carrier", "Sent to a carrier"),
            ("document", "Put into a document"),
        ],
        required=True,
        readonly=True,
    )
    document = fields.Char(
        "Document Code", readonly=True, help="What was printed, or where it was shown."
    )
    document_text = fields.Char("Document", compute="_compute_document_text")
    amazon_order_ref = fields.Char(
        "Amazon Order", required=True, readonly=True, index=True
    )
    shown = fields.Char(
        required=True, readonly=True, help="Which fields were shown, not their values."
    )
    ip_address = fields.Char("From", readonly=True, help="IP address of the caller.")

    @api.depends("document")
    @api.depends_context("lang")
    def _compute_document_text(self):
        """Say in words which report was printed, or which model's form was open; names
        of carriers and of files stay as they are."""
        codes = list({(access.document or "").partition(" ")[0] for access in self})
        models = self.env["ir.model"].sudo().search([("model", "in", codes)])
        names = {model.model: model.name for model in models}
        Report = self.env["ir.actions.report"].sudo()
        for report in Report.search([("report_name", "in", codes)]):
            # Some are called "PDF", of whatever it is.
            model = report.model_id.name
            names[report.report_name] = f"{report.name} ({model})"
        for access in self:
            code, blank, rest = (access.document or "").partition(" ")
            access.document_text = f"{names.get(code, code)}{blank}{rest}"

    def init(self):
        """Override: refuse changes to everybody, superuser and SQL included."""
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION amazon_access_log_keep() RETURNS trigger AS $$
            BEGIN
                IF TG_OP = 'DELETE' THEN
                    IF OLD.date
                        < now() AT TIME ZONE 'UTC' - interval '12 months'
                    THEN
                        RETURN OLD;
                    END IF;
                END IF;
                RAISE EXCEPTION 'amazon_access_log is append-only';
            END $$ LANGUAGE plpgsql;
            CREATE OR REPLACE TRIGGER amazon_access_log_keep_rows
                BEFORE UPDATE OR DELETE ON amazon_access_log
                FOR EACH ROW EXECUTE FUNCTION amazon_access_log_keep();
            CREATE OR REPLACE TRIGGER amazon_access_log_keep_table
                BEFORE TRUNCATE ON amazon_access_log
                FOR EACH STATEMENT EXECUTE FUNCTION amazon_access_log_keep();
            """
        )

    @api.autovacuum
    def _gc_accesses(self):
        """Drop what is older than a year.

        :return: ``(deleted, more_left)``
        """
        before = fields.Datetime.now() - relativedelta(months=KEEP_MONTHS, days=1)
        return drop_some(self, [("date", "<", before)])
