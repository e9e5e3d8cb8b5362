# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a kept file to a settlement: proof, twins, files of other sellers."""

import hashlib

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...sp_api import (
    DocumentFile,
    SettlementError,
    fallback_charsets,
    read_settlement,
)
from ...tools.context import drop_caller_context
from ...tools.error_words import tell
from ...tools.times import to_naive


class AmazonSettlementFile(models.Model):
    _inherit = "amazon.settlement.file"

    def _read_kept(self):
        """Take the file's settlement in, or say why not.

        :return: the settlement if it is new, else empty
        """
        self.ensure_one()
        self.env.flush_all()
        try:
            with _open(self) as document, self.env.cr.savepoint():
                return self._take(read_settlement(document))
        except SettlementError as error:
            self._refuse(tell(self.env, error))
        return self.env["amazon.settlement"]

    def _take(self, told):
        """
        :param told: :class:`~..sp_api.Settlement`
        :raises SettlementError: it cannot be of this account
        """
        digest = _digest(told)
        known = self.env["amazon.settlement"].search(
            [
                ("account_id", "=", self.account_id.id),
                ("name", "=", told.settlement_id),
            ]
        )
        if known:
            self._compare(known, digest)
            return known.browse()
        settlement = self._create_settlement(told, digest)
        self.env["amazon.settlement.row"]._insert(settlement, told.rows())
        self._check_seller(settlement)
        settlement._prepare()
        self.write({"state": "read", "settlement_id": settlement.id, "message": False})
        self.account_id._clear_alert(self._get_alert_key())
        return settlement

    def _create_settlement(self, told, digest):
        times = {
            name: moment and to_naive(moment).replace(microsecond=0)
            for name, moment in (
                ("start_time", told.start),
                ("end_time", told.end),
                ("deposit_time", told.deposit),
            )
        }
        return self.env["amazon.settlement"].create(
            {
                "name": told.settlement_id,
                "account_id": self.account_id.id,
                "company_id": self.company_id.id,
                "currency_id": self._find_currency(told.currency).id,
                "total": float(told.total),
                "row_count": told.row_count,
                "marketplaces": ", ".join(told.marketplaces),
                "content_digest": digest,
                "start_date": told.start_date,
                "end_date": told.end_date,
                "deposit_date": told.deposit_date,
                **times,
            }
        )

    def _find_currency(self, code):
        """
        :raises SettlementError: Odoo does not have the currency, or it is archived
        """
        currency = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", code)], limit=1)
        )
        if not currency:
            message = self.env._(
                "Odoo does not have the currency %s. Create it first.", code
            )
            raise SettlementError(message)
        if not currency.active:
            message = self.env._("Currency %s is archived. Activate it first.", code)
            raise SettlementError(message)
        return currency

    def _compare(self, known, digest):
        """The settlement is here already: the same once more, or another one?"""
        vals = {"settlement_id": known.id, "state": "twin", "message": False}
        if digest != known.content_digest:
            vals["state"] = "differs"
            vals["message"] = self.env._(
                "Settlement %s was read before with different rows. What is booked "
                "stays as it is. Compare the two files.",
                known.name,
            )
        self.write(vals)
        if vals["state"] == "differs":
            self._tell(vals["message"])

    def _check_seller(self, settlement):
        """A file that was uploaded may be another seller's.

        :raises SettlementError: its orders are those of another account
        """
        if not self.is_upload:
            return
        foreign, own, named = self._count_orders(settlement)
        if foreign:
            raise SettlementError(
                self.env._("Its orders belong to another Amazon account.")
            )
        if named and not own:
            settlement.held_reason = self.env._(
                "%(account)s knows none of its %(count)s orders. If the file belongs "
                "to this account anyway, press Continue.",
                count=named,
                account=self.account_id.name,
            )

    def _count_orders(self, settlement):
        """How many orders of the file are another account's, its own, and in all."""
        self.env["amazon.order"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*) FILTER (WHERE o.account_id <> %(account)s
                           AND NOT EXISTS (
                               SELECT FROM amazon_order own
                                WHERE own.order_number = r.order_number
                                  AND own.account_id = %(account)s)),
                       COUNT(*) FILTER (WHERE o.account_id = %(account)s),
                       COUNT(DISTINCT r.order_number)
                  FROM (SELECT DISTINCT order_number FROM amazon_settlement_row
                         WHERE settlement_id = %(settlement)s
                           AND order_number IS NOT NULL) r
             LEFT JOIN amazon_order o ON o.order_number = r.order_number
                """,
                account=self.account_id.id,
                settlement=settlement.id,
            )
        )[0]

    def _refuse(self, message):
        self.write({"state": "refused", "message": message})
        if not self.is_upload:
            self._tell(message)

    def _tell(self, message):
        """Have an activity about this file, one for each."""
        self.account_id._raise_alert(
            self.env._("Amazon settlement: check %s", self.name),
            message,
            key=self._get_alert_key(),
        )

    def _get_alert_key(self):
        return f"settlement file {self.id}"

    def action_read_again(self):
        """Read refused files once more, e.g. after a currency was activated.

        :raises AccessError: for whoever is no manager
        :raises UserError: one is refused again
        """
        self.check_access("read")
        if not self.env.user.has_group("amazon_connector.group_manager"):
            raise AccessError(
                self.env._("Only an Amazon manager can read settlement files.")
            )
        for file in drop_caller_context(self.sudo()):
            if file.state == "refused" and file.attachment_id:
                file._read_kept()
                if file.state == "refused":
                    raise UserError(file.message)


def _digest(told):
    """Fingerprint of a settlement's rows, whatever their order and dialect."""
    total = 0
    for row in told.rows():
        text = repr(tuple(row[1:]))
        total += int.from_bytes(hashlib.sha256(text.encode()).digest())
    head = f"{told.settlement_id} {told.currency} {told.total.normalize()}"
    return hashlib.sha256(f"{head} {total}".encode()).hexdigest()


def _open(file):
    """The DocumentFile of a kept file, to be closed."""
    marketplaces = file.account_id.channel_ids.marketplace_id
    fallbacks = fallback_charsets(marketplaces.mapped("amazon_code"))
    stated = f"text/plain; charset={file.charset}" if file.charset else None
    content = file.attachment_id.raw or b""
    return DocumentFile.from_bytes(content, stated, fallbacks)
