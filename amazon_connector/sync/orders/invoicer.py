# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
from datetime import timedelta

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import SQL

from ...models.order.amazon_customer import SOFT
from ...tools.database import CONFLICTS, NOT_THE_DATA

_logger = logging.getLogger(__name__)

BATCH_SIZE = 50

MAX_CONFLICTS = 10

RETRY_AFTER = timedelta(hours=1)


class AmazonOrderInvoicer(models.AbstractModel):
    """Invoicing: shipped orders of channels that invoice by themselves.

    A batch is one transaction, so an invoice is there with its order's new invoice
    status or not at all. Errors bisect the batch until the bad order stands alone.
    """

    _name = "amazon.order.invoicer"
    _description = "Amazon Order: Invoices"

    @api.model
    def _cron_invoice(self):
        """Invoice shipped orders, batch by batch, until none is left or time is up."""
        if self.env["amazon.sync.orders"]._leave_to_next_round():
            return
        cron = self.env["ir.cron"]
        last_id, size, conflicts = 0, BATCH_SIZE, 0
        while True:
            try:
                sales = self._claim_invoiceable(last_id, size)
                if not sales:
                    cron._commit_progress(remaining=0)
                    return
                self._invoice_sales(sales)
                left = cron._commit_progress(len(sales), remaining=1)
            except CONFLICTS:
                self.env.cr.rollback()
                conflicts += 1
                if conflicts > MAX_CONFLICTS:
                    raise
                size = max(1, size // 2)
                continue
            if not left:
                return
            last_id = sales.ids[-1]
            size, conflicts = min(BATCH_SIZE, size * 2), 0

    @api.model
    def _claim_invoiceable(self, last_id, limit):
        """Lock a batch of orders that may be invoiced; first thing after a commit.

        The lock lets others refer to the orders: deliveries go on meanwhile.

        :param last_id: id of the last order of the batch before
        """
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sale.id
                  FROM sale_order sale
                  JOIN amazon_channel channel ON channel.id = sale.amazon_channel_id
                  JOIN amazon_order binding ON binding.id = sale.amazon_order_id
                 WHERE channel.auto_invoice IN ('shipped', 'posted')
                   AND sale.state = 'sale'
                   AND sale.invoice_status = 'to invoice'
                   AND COALESCE(sale.delivery_status, 'full') <> 'pending'
                   AND COALESCE(sale.amazon_invoice_retry_at, %(now)s) <= %(now)s
                   AND binding.state = 'applied'
                   AND COALESCE(binding.purchase_time, %(now)s) >= channel.go_live_date
                   AND sale.id > %(last_id)s
              ORDER BY sale.id
                 LIMIT %(limit)s
                   FOR NO KEY UPDATE OF sale SKIP LOCKED
                """,
                now=now,
                last_id=last_id,
                limit=limit,
            )
        )
        return self.env["sale.order"].browse([row[0] for row in rows])

    @api.model
    def _invoice_sales(self, sales):
        """Invoice those of the claimed orders that are due, and post if wanted."""
        due = sales.filtered(lambda sale: sale._is_amazon_invoice_due())
        different = due.filtered("amazon_difference")
        for sale in different:
            self._tell_invoice_problem(
                sale,
                self.env._("Its total no longer equals Amazon's. Invoice it by hand."),
            )
        places = (due - different).grouped(
            lambda sale: (sale.company_id, sale.amazon_channel_id.marketplace_id)
        )
        for (company, marketplace), group in places.items():
            # An invoice bears the date of the place where it is made.
            group = group.with_company(company).with_context(
                tz=marketplace.time_zone, mail_auto_subscribe_no_notify=True, **SOFT
            )
            invoices = self._create_invoices(group)
            posted = invoices.filtered(
                lambda move: (
                    move.line_ids.sale_line_ids.order_id.amazon_channel_id.auto_invoice
                    == "posted"
                )
            )
            self._post_invoices(posted)

    @api.model
    def _create_invoices(self, sales):
        """One draft invoice for each order; what fails is told and left out."""
        if not sales:
            return self.env["account.move"]
        invoices = self._try_together(
            sales,
            lambda some: some._create_invoices(grouped=True),
            self._tell_invoice_problem,
        )
        solved = invoices.line_ids.sale_line_ids.order_id.filtered(
            "amazon_invoice_problem"
        )
        for sale in solved:
            sale._get_amazon_invoice_alert().action_feedback()
        solved.write(
            {"amazon_invoice_problem": False, "amazon_invoice_retry_at": False}
        )
        return invoices

    @api.model
    def _post_invoices(self, invoices):
        """Post invoices; one that cannot be posted stays a draft, and is told."""
        # Odoo moves the accounting date past a lock date by itself.
        self._try_together(
            invoices, lambda some: some._post(soft=False), self._tell_unposted
        )

    @api.model
    def _try_together(self, records, work, tell):
        """``work(records)`` in a savepoint; on an error, each half by itself.

        :param tell: called with the one record that fails and the reason
        :return: the results together
        """
        try:
            with self.env.cr.savepoint():
                return work(records) if records else self.env["account.move"]
        except NOT_THE_DATA:
            raise
        except Exception as error:
            if len(records) == 1:
                tell(records, self._explain_error(records, error))
                return self.env["account.move"]
        middle = len(records) // 2
        return self._try_together(records[:middle], work, tell) | self._try_together(
            records[middle:], work, tell
        )

    @api.model
    def _explain_error(self, record, error):
        if isinstance(error, (UserError, RedirectWarning)):
            return error.args[0]
        _logger.exception("%s %s cannot be invoiced", record._name, record.id)
        return type(error).__name__

    @api.model
    def _tell_invoice_problem(self, sale, reason):
        """Ask the responsible user once; the order is tried again in an hour."""
        if sale.amazon_invoice_problem != reason:
            sale._get_amazon_invoice_alert().action_feedback()
            self._ask_about_invoice(sale, reason)
        sale.write(
            {
                "amazon_invoice_problem": reason,
                "amazon_invoice_retry_at": fields.Datetime.now() + RETRY_AFTER,
            }
        )

    @api.model
    def _tell_unposted(self, invoice, reason):
        sale = invoice.line_ids.sale_line_ids.order_id
        self._ask_about_invoice(
            sale,
            self.env._("The invoice could not be posted and is a draft: %s", reason),
        )

    @api.model
    def _ask_about_invoice(self, sale, note):
        sale.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=sale._get_amazon_invoice_summary(),
            note=escape(note),
            user_id=sale.amazon_order_id.account_id._get_responsible().id,
        )
