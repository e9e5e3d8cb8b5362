# SPDX-License-Identifier: LGPL-3.0-or-later
"""Booking settlements: drafts, posting, matching, undoing."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

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
        self.write(
            {
                "payout_status": payout.status,
                "payout_trace": payout.trace_id,
                "payout_failure": payout.failure,
            }
        )
        # The bank shows it: the entry, draft or posted, is found by it.
        if payout.trace_id:
            self.entry_ids.payout_line_id.name = self._get_payment_text()
            self.entry_ids.filtered("month").move_id.ref = self._get_payment_text()
        key = f"settlement payout {self.id}"
        if payout.status != "FAILED":
            self.account_id._clear_alert(key)
            return
        self.account_id._raise_alert(
            self.env._("Amazon's payout for settlement %s failed", self.name),
            self.env._(
                "Reason given by Amazon: %s. The amount is included in the next "
                "settlement. Check the bank account in Seller Central.",
                payout.failure or "-",
            ),
            key=key,
        )

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
        self.env["amazon.settlement.row"]._link(self)
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
                    "payout_line_id": _get_line(move, part.payout),
                }
                for part, move in zip(parts, moves, strict=True)
            ]
        )
        self.env["amazon.settlement.order"].create(
            [
                {
                    **vals,
                    "entry_id": entry.id,
                    "line_id": _get_line(entry.move_id, place),
                }
                for part, entry in zip(parts, entries, strict=True)
                for place, vals in part.orders
            ]
        )

    def _is_posted_by_itself(self):
        """Whether the account posts by itself, and a first one was looked at."""
        return self.account_id.settlement_auto_post and self.entry_ids.search_count(
            [
                ("settlement_id.account_id", "=", self.account_id.id),
                ("move_state", "=", "posted"),
            ],
            limit=1,
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
                move.inalterable_hash
                or move._get_violated_lock_dates(move.date, move._affect_tax_report())
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
    def _classify_again(self, companies, moved=()):
        """A rule changed: drafts are written anew, what is booked gets a correction.

        :param moved: rules whose rows are what they were, and are booked elsewhere
        :return: settlements of which rows are taken for something else
        """
        Row = self.env["amazon.settlement.row"]
        settlements = self.search([("company_id", "in", companies.ids)])
        changed = settlements.filtered(lambda one: Row._classify(one))
        settlements.account_id._tell_unknown_labels()
        if moved:
            rows = Row._read_group([("rule_id", "in", moved.ids)], ["settlement_id"])
            changed |= self.union(*(settlement for (settlement,) in rows))
        changed._write_anew()
        return changed

    def _write_anew(self):
        """Write drafts anew, and correct what is booked."""
        booked = self.filtered(
            lambda one: "posted" in one.entry_ids.mapped("move_state")
        )
        drafts = (self - booked).filtered("entry_ids")
        for settlement in drafts:
            settlement._undo()
        new = self.filtered(lambda one: one.state == "new" and not one.is_undone)
        (drafts | new)._book()
        for settlement in booked:
            settlement.with_company(settlement.company_id)._correct()

    @api.model
    def _find_late(self, account):
        """Settlements of an account whose entries say of an order that it is not in
        Odoo, though it has come since."""
        self.env["amazon.settlement.order"].flush_model()
        self.env["amazon.order"].flush_model(["sale_order_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT settled.settlement_id
                  FROM amazon_settlement_order settled
                  JOIN amazon_settlement s ON s.id = settled.settlement_id
                  JOIN amazon_order o ON o.order_number = settled.order_number
                       AND o.account_id = s.account_id
                 WHERE settled.state = 'unknown' AND o.sale_order_id IS NOT NULL
                       AND s.account_id = %s
                """,
                account.id,
            )
        )
        return self.browse([settlement for (settlement,) in rows])

    def _take_up_orders(self):
        """Book what is paid for orders that came after their settlement to them."""
        for settlement in self:
            try:
                with self.env.cr.savepoint():
                    self.env["amazon.settlement.row"]._link(settlement)
                    settlement._write_anew()
            except (UserError, ValidationError) as error:
                settlement._tell_problem(str(error))

    def _correct(self):
        """Book the difference between what is booked and what is to be booked now.

        Drafts among the entries are corrected with the rest.
        """
        sums, late = {}, []
        known = self.order_ids.grouped(lambda one: (one.order_number, one.kind))
        known = {key: list(orders) for key, orders in known.items()}
        for part in self.env["amazon.settlement.booker"]._prepare_parts(self):
            told = {place for place, _vals in part.orders}
            settled = [
                (place, vals, self._take_first(known, vals))
                for place, vals in part.orders
            ]
            self._close_empty(settled)
            for place, vals, order in settled:
                if place is not None and not order.line_id:
                    late.append((part.lines[place], vals, order))
                elif place is not None:
                    part.lines[place].update(
                        account_id=order.line_id.account_id.id,
                        partner_id=order.line_id.partner_id.id,
                    )
            new = {id(line) for line, _vals, _order in late}
            for place, line in enumerate(part.lines):
                if id(line) not in new:
                    _add_up(sums, _get_key(line, place in told), line, line["amount"])
        self._take_off_booked(sums)
        lines = [line for line, _vals, _order in late]
        for line, amount in sums.values():
            if left := self.currency_id.round(amount):
                lines.append({**line, "amount": left})
        if lines:
            self._create_correction(lines, late)

    def _take_first(self, known, vals):
        """The record of an order of an entry's values, each once, or empty."""
        records = known.get((vals["order_number"], vals["kind"]))
        return records.pop(0) if records else self.order_ids.browse()

    def _close_empty(self, settled):
        """Orders that came late and have nothing to be paid are paid."""
        for place, vals, order in settled:
            if place is None and order and vals["sale_order_id"]:
                order.sale_order_id = vals["sale_order_id"]
                order._refresh()

    def _take_off_booked(self, sums):
        numbers = set(self.order_ids.mapped("order_number"))
        for line in self.entry_ids.move_id.line_ids:
            vals = _read_line(line)
            is_order = bool(line.partner_id) and line.name in numbers
            _add_up(sums, _get_key(vals, is_order), vals, -line.amount_currency)

    def _create_correction(self, lines, late):
        """
        :param late: ``[(line, values of its amazon.settlement.order, the record)]`` of
            orders, in the order of the first lines
        """
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
                        Command.create(vals)
                        for vals in Booker._prepare_lines(self, lines, today)
                    ],
                }
            )
        )
        entry = self.env["amazon.settlement.entry"].create(
            {"settlement_id": self.id, "move_id": move.id}
        )
        for place, (_line, vals, order) in enumerate(late):
            vals = {**vals, "entry_id": entry.id, "line_id": move.line_ids[place].id}
            order.write(vals) if order else order.create(vals)
        if self._is_posted_by_itself():
            self._post_entries()

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
                raise UserError(self.env._("Nothing of this settlement is booked."))
            settlement.with_company(settlement.company_id)._undo()
            settlement.is_undone = True

    def action_match(self):
        """Match what is open once more, e.g. after invoices were corrected."""
        for settlement in self._as_booker():
            late = settlement._find_late(settlement.account_id)
            (late & settlement)._take_up_orders()
            settlement.order_ids.filtered("sale_order_id")._match()


def _get_line(move, place):
    """The id of the journal item at a place of an entry's values, or False."""
    return place is not None and move.line_ids[place].id


def _add_up(sums, key, vals, amount):
    """Add an amount to the sum of a key, whose values are those that came first."""
    line, former = sums.get(key, (vals, 0.0))
    sums[key] = (line, former + amount)


def _get_key(vals, is_order):
    """What journal items of a settlement are set off by: items of orders one by one,
    others by their account, whatever their text."""
    taxes = vals.get("tax_ids") or [Command.set([])]
    return (
        vals["account_id"],
        vals.get("partner_id", False),
        vals["name"] if is_order else None,
        vals.get("tax_repartition_line_id", False),
        tuple(sorted(taxes[0][2])),
    )


def _read_line(line):
    """The values that a journal item would be made of again."""
    return {
        "account_id": line.account_id.id,
        "partner_id": line.partner_id.id,
        "name": line.name,
        "tax_ids": [Command.set(line.tax_ids.ids)],
        "tax_tag_ids": [Command.set(line.tax_tag_ids.ids)],
        "tax_repartition_line_id": line.tax_repartition_line_id.id,
        "group_tax_id": line.group_tax_id.id,
    }
