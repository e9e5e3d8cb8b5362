# SPDX-License-Identifier: LGPL-3.0-or-later
"""Deleting what is known of buyers, once no order needs it any more."""

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.notifications import notify

REDACTED = "REDACTED"
CONTACTS = ("partner_id", "partner_invoice_id", "partner_shipping_id")
"""The columns of sales orders that name a contact."""


class AmazonCustomer(models.Model):
    _inherit = "amazon.customer"

    redacted_on = fields.Datetime(
        "Data Deleted",
        readonly=True,
        help="A buyer who orders again gets a new contact.",
    )

    _unredacted_idx = models.Index(
        "(company_id, id) WHERE redacted_on IS NULL AND anonymous_key IS NULL"
    )

    @api.model
    def _find_unused(self, account, last_id, limit):
        """The ids of some of this account's customers whom no order needs any more.

        Those whose channel is gone are anybody's of the company.

        :param last_id: the last one that was found before
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT customer.id
                  FROM amazon_customer customer
             LEFT JOIN amazon_channel channel ON channel.id = customer.channel_id
                 WHERE customer.company_id = %(company)s
                   AND (channel.account_id = %(account)s OR channel.id IS NULL)
                   AND customer.redacted_on IS NULL
                   AND customer.anonymous_key IS NULL
                   AND customer.id > %(last)s
                   AND %(unused)s
              ORDER BY customer.id
                 LIMIT %(limit)s
                """,
                account=account.id,
                company=account.company_id.id,
                last=last_id,
                limit=limit,
                unused=SQL(" AND ").join(
                    SQL(
                        """
                        NOT EXISTS (
                            SELECT
                              FROM sale_order sale
                              JOIN amazon_order binding
                                ON binding.id = sale.amazon_order_id
                             WHERE sale.%s = customer.partner_id
                               AND binding.redacted_on IS NULL)
                        """,
                        SQL.identifier(column),
                    )
                    for column in CONTACTS
                ),
            )
        )
        return [row[0] for row in rows]

    def _claim_unused(self):
        """Lock those of these customers whom no order needs; skip what is in use."""
        partners = self.partner_id.ids
        needed = self.env.execute_query(
            SQL(
                " UNION ".join(
                    f"""
                    SELECT sale.{column}
                      FROM sale_order sale
                      JOIN amazon_order binding ON binding.id = sale.amazon_order_id
                     WHERE sale.{column} = ANY(%(partners)s)
                       AND binding.redacted_on IS NULL
                    """
                    for column in CONTACTS
                ),
                partners=partners,
            )
        )
        needed = {row[0] for row in needed}
        unused = self.filtered(lambda one: one.partner_id.id not in needed)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT customer.id
                  FROM amazon_customer customer
                  JOIN res_partner partner ON partner.id = customer.partner_id
                 WHERE customer.id = ANY(%s)
              ORDER BY customer.id
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                unused.ids,
            )
        )
        return self.browse([row[0] for row in rows])

    def _redact(self):
        """Delete ciphertexts and hashes of these customers; contacts say REDACTED.

        :return: ``{field of amazon.redaction: count}``
        """
        self._redact_contacts()
        self.env.flush_all()
        changed = self.env.execute_query(
            SQL(
                """
                UPDATE amazon_customer
                   SET ciphertext = NULL, email_digest = NULL, identity_digest = NULL,
                       address_digest = NULL, redacted_on = %s
                 WHERE id = ANY(%s)
                   AND redacted_on IS NULL AND anonymous_key IS NULL
             RETURNING id
                """,
                fields.Datetime.now(),
                self.ids,
            )
        )
        self.env.invalidate_all(flush=False)
        return {"customer_count": len(changed)}

    def _redact_contacts(self):
        """Have masked contacts say that nothing is known any more.

        Contacts that were made for Amazon's buyers only: one that a buyer was merged
        into, that logs in, or that ordered elsewhere too, is the company's own. A draft
        is no order: copies of Amazon's begin as such.
        """
        masked = self.filtered(
            lambda one: (
                not one.anonymous_key
                # Made in the same transaction.
                and one.partner_id.create_date == one.create_date
            )
        )
        partners = masked.partner_id
        others = (
            self.env["sale.order"]
            .sudo()
            ._read_group(
                [
                    ("partner_id", "in", partners.ids),
                    ("amazon_order_ref", "=", False),
                    ("state", "in", ("sent", "sale")),
                ],
                ["partner_id"],
            )
        )
        partners -= partners.browse().union(*(partner for (partner,) in others))
        partners = partners.filtered(lambda partner: not partner.user_ids)
        self._overwrite_contacts(
            partners.with_context(tracking_disable=True, no_vat_validation=True)
        )

    @api.model
    def _overwrite_contacts(self, partners):
        """Write REDACTED over what masked contacts say."""
        values = dict.fromkeys(
            ("name", "street", "street2", "phone", "email"), REDACTED
        )
        partners.write({**values, "city": False, "zip": False})

    # ------------------------------------------------------------------
    # On request
    # ------------------------------------------------------------------

    def action_delete_buyer_data(self):
        """Delete at once all that is known of this buyer, in all orders; for managers.

        :raises AccessError: for those who may not decide that
        """
        self.ensure_one()
        self.env["amazon.redaction"]._check_may_delete()
        self.check_access("read")
        buyer = self.sudo()
        buyer = buyer.parent_id or buyer
        family = buyer | self.sudo().search([("parent_id", "=", buyer.id)])
        redaction = (
            self.env["amazon.redaction"]
            .sudo()
            ._start(
                buyer.company_id, buyer.channel_id.account_id, "buyer", buyer.number
            )
        )
        redaction._count(family._find_orders()._redact_now())
        family.lock_for_update(allow_referencing=True)
        redaction._count(family._redact())
        redaction._finish()
        return notify(self.env._("Deleted. Configuration > Deletions keeps the proof."))

    def _find_orders(self):
        """The Amazon orders of these customers that still know them."""
        sales = (
            self.env["sale.order"]
            .sudo()
            .search(
                [
                    "|",
                    "|",
                    ("partner_id", "in", self.partner_id.ids),
                    ("partner_invoice_id", "in", self.partner_id.ids),
                    ("partner_shipping_id", "in", self.partner_id.ids),
                    ("amazon_order_id", "!=", False),
                ]
            )
        )
        return sales.amazon_order_id.filtered(lambda order: not order.redacted_on)
