# SPDX-License-Identifier: LGPL-3.0-or-later
"""Booking settlements: drafts, posting, matching, undoing."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools.context import drop_caller_context
from .amazon_settlement_booker import QUIET, last_day

PROBLEM_ALERT = "settlement booking"


class AmazonSettlement(models.Model):
    _inherit = "amazon.settlement"

    def _get_payment_text(self):
        """What the bank line of the payout is found by."""
        text = self.env._("Amazon settlement %s", self.name)
        return f"{text} {self.payout_trace}" if self.payout_trace else text

    def _note_payout(self, payout):
        """Take over what became of the payout; a failed one is told once.

        :param payout: :class:`~..sp_api.Payout`
        """
        lines = self._get_payout_lines()
        self.write(
            {
                "payout_status": payout.status,
                "payout_trace": payout.trace_id,
                "payout_failure": payout.failure,
            }
        )
        # The bank shows it: the entry, draft or posted, is found by it.
        lines.name = self._get_payment_text()
        key = f"settlement payout {self.id}"
        if payout.status != "FAILED":
            self.account_id._clear_alert(key)
            return
        self.account_id._raise_alert(
            self.env._("Amazon's payout of settlement %s failed", self.name),
            self.env._(
                "Amazon says: %s. The money comes back with the next settlement. Check "
                "the bank account in Seller Central.",
                payout.failure or "-",
            ),
            key=key,
        )

    def _get_payout_lines(self):
        """The journal items that say what Amazon transfers."""
        text = self._get_payment_text()
        return self.entry_ids.move_id.line_ids.filtered(lambda one: one.name == text)

    def _get_entry_date(self, month):
        """The accounting date of a month's entry: its last day, or the settlement's."""
        end = self.end_date
        if not month:
            return fields.Date.context_today(self)
        is_last = end and (end.year, end.month) == (month.year, month.month)
        return end if is_last else last_day(month)

    # ------------------------------------------------------------------
    # Booking
    # ------------------------------------------------------------------

    def _book(self):
        """Make the entries of settlements that have none; post them if wanted.

        What cannot be booked says why, and is tried again with the next round.
        """
        for settlement in self.sorted("end_time"):
            settlement = settlement.with_company(settlement.company_id)
            if not settlement._may_book_now():
                continue
            try:
                with self.env.cr.savepoint():
                    settlement._create_entries()
                    if settlement._is_posted_by_itself():
                        settlement._post_entries()
            except (UserError, ValidationError) as error:
                settlement._tell_problem(str(error))
            else:
                settlement._forget_problem()

    def _may_book_now(self):
        """Lock it; whoever comes second finds its entries."""
        if not self.try_lock_for_update(allow_referencing=True):
            return False
        self.invalidate_recordset(["state"])
        return self.state == "new" and not self.entry_ids

    def _create_entries(self):
        Booker = self.env["amazon.settlement.booker"]
        parts = Booker._prepare_parts(self)
        moves = self.env["account.move"].with_context(**QUIET)
        moves = moves.create([Booker._prepare_move(self, part) for part in parts])
        entries = self.env["amazon.settlement.entry"].create(
            [
                {
                    "settlement_id": self.id,
                    "month": part.month,
                    "move_id": move.id,
                    "amount": part.amount,
                }
                for part, move in zip(parts, moves, strict=True)
            ]
        )
        self.env["amazon.settlement.order"].create(
            [
                {
                    **vals,
                    "entry_id": entry.id,
                    "line_id": place is not None and entry.move_id.line_ids[place].id,
                }
                for part, entry in zip(parts, entries, strict=True)
                for place, vals in part.orders
            ]
        )

    def _is_posted_by_itself(self):
        """Whether the account posts by itself, and a first one was looked at."""
        return self.account_id.settlement_auto_post and self.search_count(
            [("account_id", "=", self.account_id.id), ("state", "=", "posted")], limit=1
        )

    def _post_entries(self):
        """Post the drafts and match what can be matched."""
        moves = self.entry_ids.move_id.filtered(lambda move: move.state == "draft")
        # Odoo moves the accounting date past a lock date by itself.
        moves._post(soft=False)
        self.order_ids.filtered("sale_order_id")._match()
        self._match_failed_payouts()

    def _match_failed_payouts(self):
        """A payout that came back closes the one that never arrived."""
        accounts = self.company_id._get_amazon_settlement_accounts(["transit"])
        transit = accounts["transit"]
        back = self.entry_ids.move_id.line_ids.filtered(
            lambda line: line.account_id == transit and not line.reconciled
        )
        Line = self.env["account.move.line"]
        for line in back:
            former = Line.search(
                [
                    ("account_id", "=", transit.id),
                    ("company_id", "=", self.company_id.id),
                    ("currency_id", "=", line.currency_id.id),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                    ("amount_currency", "=", -line.amount_currency),
                    ("id", "not in", back.ids),
                    ("move_id.journal_id", "=", line.move_id.journal_id.id),
                ],
                order="date desc",
                limit=1,
            )
            if former:
                (line | former).reconcile()

    # ------------------------------------------------------------------
    # Undoing
    # ------------------------------------------------------------------

    def _undo(self):
        """Take back all that was booked: matched lines are open again."""
        moves = self.entry_ids.move_id
        moves.line_ids.remove_move_reconcile()
        sales = self.order_ids.sale_order_id
        drafts = moves.filtered(lambda move: move.state == "draft")
        posted = moves.filtered(lambda move: move.state == "posted")
        locked = posted.filtered(
            lambda move: (
                move.inalterable_hash or move._get_violated_lock_dates(move.date, False)
            )
        )
        self.order_ids.unlink()
        self.entry_ids.unlink()
        drafts.unlink()
        (posted - locked).button_cancel()
        if locked:
            today = fields.Date.context_today(self)
            locked._reverse_moves([{"date": today} for _move in locked], cancel=True)
        sales._match_amazon_settlements()

    # ------------------------------------------------------------------
    # Later decisions
    # ------------------------------------------------------------------

    @api.model
    def _classify_again(self, companies):
        """A rule changed: drafts are written anew, what is booked gets a correction.

        :return: settlements of which rows are taken for something else
        """
        Row = self.env["amazon.settlement.row"]
        settlements = self.search([("company_id", "in", companies.ids)])
        changed = settlements.filtered(lambda one: Row._classify(one))
        settlements.account_id._tell_unknown_labels()
        booked = changed.filtered(
            lambda one: "posted" in one.entry_ids.mapped("move_state")
        )
        drafts = (changed - booked).filtered("entry_ids")
        for settlement in drafts:
            settlement._undo()
        new = changed.filtered(lambda one: one.state == "new" and not one.is_undone)
        (drafts | new)._book()
        for settlement in booked:
            settlement.with_company(settlement.company_id)._correct()
        return changed

    def _correct(self):
        """Book the difference between what is booked and what rules say now."""
        Booker = self.env["amazon.settlement.booker"]
        wanted = {}
        for part in Booker._prepare_parts(self):
            for line in part.lines:
                key = (line["account_id"], line.get("partner_id", False), line["name"])
                wanted[key] = wanted.get(key, 0.0) + line["amount"]
        for line in self.entry_ids.move_id.line_ids:
            key = (line.account_id.id, line.partner_id.id, line.name)
            wanted[key] = wanted.get(key, 0.0) - line.amount_currency
        lines = [
            {"account_id": key[0], "partner_id": key[1], "name": key[2], "amount": left}
            for key, amount in wanted.items()
            if (left := self.currency_id.round(amount))
        ]
        if lines:
            self._create_correction(lines)

    def _create_correction(self, lines):
        Booker = self.env["amazon.settlement.booker"]
        today = fields.Date.context_today(self)
        journal = self.company_id._get_amazon_settlement_journal()
        move = (
            self.env["account.move"]
            .with_context(**QUIET)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
                    "company_id": self.company_id.id,
                    "date": today,
                    "ref": self.env._("Amazon settlement %s: correction", self.name),
                    "line_ids": [
                        (0, 0, vals)
                        for vals in Booker._prepare_lines(self, lines, today)
                    ],
                }
            )
        )
        self.env["amazon.settlement.entry"].create(
            {"settlement_id": self.id, "move_id": move.id}
        )
        if self._is_posted_by_itself():
            move._post(soft=False)

    # ------------------------------------------------------------------
    # Problems
    # ------------------------------------------------------------------

    def _tell_problem(self, message):
        self.problem = message
        self.account_id._raise_alert(
            self.env._("Amazon settlement %s cannot be booked", self.name),
            message,
            key=f"{PROBLEM_ALERT} {self.id}",
        )

    def _forget_problem(self):
        if self.problem:
            self.problem = False
            self.account_id._clear_alert(f"{PROBLEM_ALERT} {self.id}")

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def _as_booker(self):
        """These settlements as superuser, once the user may book.

        :raises AccessError:
        """
        self._check_may_book()
        return drop_caller_context(self.sudo())

    def action_book(self):
        """Make draft entries.

        :raises UserError: it cannot be booked
        """
        settlements = self._as_booker()
        settlements.is_undone = False
        settlements._book()
        if problems := list(filter(None, settlements.mapped("problem"))):
            raise UserError("\n".join(problems))

    def action_post(self):
        """Post the draft entries and match the orders' invoices.

        :raises UserError: there is no draft
        """
        for settlement in self._as_booker():
            if settlement.state != "draft":
                raise UserError(self.env._("There are no draft entries to post."))
            settlement.with_company(settlement.company_id)._post_entries()

    def action_undo(self):
        """Take the entries back, completely.

        :raises UserError: nothing is booked
        """
        for settlement in self._as_booker():
            if not settlement.entry_ids:
                raise UserError(self.env._("Nothing of it is booked."))
            settlement.with_company(settlement.company_id)._undo()
            settlement.is_undone = True

    def action_match(self):
        """Match what is open once more, e.g. after invoices were corrected."""
        for settlement in self._as_booker():
            settlement.order_ids.filtered("sale_order_id")._match()
