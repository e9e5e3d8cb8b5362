# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ...tools.notifications import notify
from ...tools.secret_fields import Ciphertext
from .sealed import ROUTE


class AmazonSealedFile(models.Model):
    """A file that holds a buyer's data, encrypted under a key of its own.

    It is opened through its route alone (``controllers/sealed_file.py``), and goes with
    the data of its orders, or when the law does not ask for it any more.
    """

    _name = "amazon.sealed.file"
    _description = "Amazon File with Buyers' Data"
    _inherit = "amazon.binding"
    _closed = True
    _order = "id desc"

    name = fields.Char(required=True)
    kind = fields.Selection(
        [("delivery", "Delivery"), ("invoice", "Invoice")],
        required=True,
        help="Users who may print such documents may open the file.",
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    account_id = fields.Many2one("amazon.account", index="btree_not_null")
    order_ids = fields.Many2many("amazon.order", string="Amazon Orders")
    amazon_order_refs = fields.Char(
        "Order Numbers", help="They are kept when the Amazon orders are deleted."
    )
    res_model = fields.Char("Model")
    res_id = fields.Many2oneReference("Belongs to", model_field="res_model")
    res_field = fields.Char("Field")
    mimetype = fields.Char("Type", required=True)
    size = fields.Integer("Size (Bytes)")
    kept_until = fields.Date(
        help="How long the law requires it. Empty: it is deleted with "
        "the buyer's data.",
    )
    masked = fields.Text(
        "Without Buyer's Data",
        help="What Odoo reads from the file while no buyer's data is shown.",
    )
    token = fields.Char(required=True, copy=False, groups=fields.NO_ACCESS)
    key_ciphertext = Ciphertext(required=True)
    content = fields.Binary(
        attachment=True, copy=False, exportable=False, groups=fields.NO_ACCESS
    )

    _token_unique = models.Constraint(
        "unique(token)", "A token belongs to one file only."
    )
    _record_idx = models.Index("(res_model, res_id)")

    def unlink(self):
        """Override: what leads to the file goes with it."""
        urls = [f"{ROUTE}{token}" for token in self.sudo().mapped("token")]
        attachments = self.env["ir.attachment"].sudo()
        # Those that are values of fields are left out of searches by default.
        attachments.search([("url", "in", urls), ("id", "!=", False)]).unlink()
        return super().unlink()

    def _is_over(self):
        """Whether nobody may open this file any more."""
        self.ensure_one()
        if self.kept_until:
            return self.kept_until < fields.Date.context_today(self)
        return any(
            order.redacted_on or order._is_data_due() for order in self.sudo().order_ids
        )

    def action_open(self):
        """Lead to the route that decides who sees the file."""
        self.ensure_one()
        self.check_access("read")
        url = f"{ROUTE}{self.sudo().token}"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    # ------------------------------------------------------------------
    # Deletion
    # ------------------------------------------------------------------

    @api.model
    def _delete_of_orders(self, order_ids):
        """Delete the files about these Amazon orders, except what the law keeps.

        :return: how many
        """
        files = self.sudo().search(
            [
                ("order_ids", "in", order_ids),
                *self._get_unkept_domain(),
            ]
        )
        return files._delete()

    @api.model
    def _delete_of_account(self, account):
        """Delete the files of an account that ends, except what the law keeps."""
        of_account = [("account_id", "=", account.id), *self._get_unkept_domain()]
        return self.sudo().search(of_account)._delete()

    @api.model
    def _delete_over(self, account, limit):
        """Delete a batch of files that no order takes along: those that the law asked
        for until now, and those without an order.

        :return: how many
        """
        made_before = account._get_deletion_limit()
        files = self.sudo().search(
            [
                ("account_id", "=", account.id),
                "|",
                ("kept_until", "<", fields.Date.today()),
                "&",
                ("kept_until", "=", False),
                "&",
                ("order_ids", "=", False),
                ("create_date", "<=", made_before),
            ],
            limit=limit,
        )
        return files._delete()

    @api.model
    def _delete_left(self):
        """Delete what is over of accounts that were removed."""
        left = [("account_id", "=", False), *self._get_unkept_domain()]
        for company, files in self.sudo().search(left).grouped("company_id").items():
            redaction = self.env["amazon.redaction"]._start(
                company, files.account_id, "schedule"
            )
            redaction._count({"file_count": files._delete()})
            redaction._finish()

    @api.model
    def _get_unkept_domain(self):
        return [
            "|",
            ("kept_until", "=", False),
            ("kept_until", "<", fields.Date.today()),
        ]

    def action_delete(self):
        """Delete these files at once, with a proof of it; for managers.

        :raises AccessError: for those who may not decide that
        """
        self.env["amazon.redaction"]._check_may_delete()
        self.check_access("read")
        redactions = self.env["amazon.redaction"].sudo()
        for file in self.sudo():
            numbers = file.amazon_order_refs
            redaction = redactions._start(
                file.company_id, file.account_id, "file", numbers
            )
            redaction._count({"file_count": file._delete()})
            redaction._finish()
        return notify(self.env._("Deleted. Configuration > Deletions keeps the proof."))

    def _delete(self):
        count = len(self)
        self.unlink()
        self.env.flush_all()
        return count
