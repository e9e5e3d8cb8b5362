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
            # The text of an item is part of what Odoo secures with a hash.
            self.entry_ids.payout_line_id.filtered(
                lambda line: not line.move_id.inalterable_hash
            ).name = self._get_payment_text()
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
            if settlement._may_book_now():
                settlement._try(settlement._create_and_post)

    def _try(self, work):
        """Do a part of the booking; what stands against it is told.

        :return: whether it is done
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                work()
        except (UserError, ValidationError) as error:
            self._tell_problem(str(error))
            return False
        self._forget_problem()
        return True

    def _create_and_post(self):
        self._create_entries()
        if self._is_posted_by_itself():
            self._post_entries()

    def _may_book_now(self):
        """Lock it; whoever comes second finds its entries."""
        if not self.try_lock_for_update(allow_referencing=True):
            return False
        self.invalidate_recordset(["state"])
        return self.state == "new" and not self._get_live_entries()

    def _get_live_entries(self):
        """The entries that nobody cancelled in the journal."""
        return self.entry_ids.filtered(lambda one: one.move_state != "cancel")

    def _create_entries(self):
        Booker = self.env["amazon.settlement.booker"]
        # What was cancelled in the journal stays there.
        self.order_ids.unlink()
        self.entry_ids.unlink()
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
        """Post the drafts; what can be matched is matched by it."""
        moves = self.entry_ids.move_id.filtered(lambda move: move.state == "draft")
        # Odoo moves the accounting date past a lock date by itself.
        moves._post(soft=False)

    def _match_posted(self):
        """Match what can be matched of the entries that are posted."""
        self.order_ids.filtered("sale_order_id")._match()
        self._match_failed_payouts()

    def _match_failed_payouts(self):
        """A payout that came back closes the one that never arrived."""
        payouts = self.entry_ids.payout_line_id
        accounts = self.company_id._get_amazon_settlement_accounts(["transit"])
        transit = payouts.account_id | self._keep_booked_accounts(accounts)["transit"]
        back = self.entry_ids.move_id.line_ids.filtered(
            lambda line: (
                line.account_id in transit
                and line.account_id.reconcile
                and line.amount_currency < 0
                and line.parent_state == "posted"
                and not line.reconciled
            )
        )
        for line in back - payouts:
            if former := self._find_failed_payout(line):
                (line | former).reconcile()

    def _find_failed_payout(self, line):
        """The open item of the latest payout of an amount that came back, or empty."""
        entries = self.env["amazon.settlement.entry"].search(
            [
                ("settlement_id.account_id", "=", self.account_id.id),
                ("settlement_id.currency_id", "=", self.currency_id.id),
                ("settlement_id", "!=", self.id),
                ("payout_line_id.account_id", "=", line.account_id.id),
                ("payout_line_id.parent_state", "=", "posted"),
                ("payout_line_id.reconciled", "=", False),
                ("payout_line_id.amount_currency", "=", -line.amount_currency),
            ]
        )
        return entries.payout_line_id.sorted("date", reverse=True)[:1]

    def _keep_booked_accounts(self, accounts):
        """The accounts of what is booked, where an accountant chose others since.

        :param accounts: ``{purpose: account}`` of today
        """
        if not self._get_live_entries():
            return accounts
        booked = dict(self.booked_accounts or {})
        if payout := self.entry_ids.payout_line_id:
            booked.setdefault("transit", payout[0].account_id.id)
        Account = self.env["account.account"]
        return {
            purpose: Account.browse(booked.get(purpose, [])).exists() or account
            for purpose, account in accounts.items()
        }

    def _write_next_anew(self):
        """The settlement after this one may have been the first that Odoo had: its
        reserve is what this one held back."""
        self.ensure_one()
        own = [
            ("account_id", "=", self.account_id.id),
            ("currency_id", "=", self.currency_id.id),
            ("held_reason", "=", False),
            ("id", "!=", self.id),
        ]
        if not self.end_time or self.held_reason:
            return
        after = [*own, ("end_time", ">", self.end_time)]
        following = self.search(after, order="end_time, id", limit=1)
        before = [*own, ("end_time", "<", following.end_time)]
        if following.entry_ids and not self.search_count(before, limit=1):
            following._write_anew()

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
        # A number that was given is not taken back.
        former = drafts.filtered("posted_before")
        (drafts - former).unlink()
        (posted - locked | former).button_cancel()
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
        drafts = (self - booked).filtered(
            lambda one: "draft" in one.entry_ids.mapped("move_state")
        )
        undone = drafts.filtered(lambda one: one._try(one._undo))
        new = self.filtered(
            lambda one: one.state == "new" and not one.is_undone and not one.entry_ids
        )
        (undone | new)._book()
        for settlement in booked:
            settlement._try(settlement.with_company(settlement.company_id)._correct)

    @api.model
    def _find_late(self, account):
        """Settlements of an account whose entries say of an order that it is not in
        Odoo, though it has come since, or whose last correction failed."""
        self.env["amazon.settlement.order"].flush_model()
        self.env["amazon.order"].flush_model(["sale_order_id"])
        self.flush_model(["problem"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT settled.settlement_id
                  FROM amazon_settlement_order settled
                  JOIN amazon_settlement s ON s.id = settled.settlement_id
                  JOIN amazon_order o ON o.order_number = settled.order_number
                       AND o.account_id = s.account_id
                 WHERE settled.state = 'unknown' AND o.sale_order_id IS NOT NULL
                       AND s.account_id = %(account)s
                 UNION
                SELECT entry.settlement_id
                  FROM amazon_settlement_entry entry
                  JOIN amazon_settlement s ON s.id = entry.settlement_id
                 WHERE s.problem IS NOT NULL AND s.account_id = %(account)s
                """,
                account=account.id,
            )
        )
        return self.browse([settlement for (settlement,) in rows])

    def _take_up_orders(self):
        """Book what is paid for orders that came after their settlement to them."""
        for settlement in self:
            self.env["amazon.settlement.row"]._link(settlement)
            settlement._write_anew()

    def _correct(self):
        """Book the difference between what is booked and what is to be booked now.

        Drafts among the entries are corrected with the rest.
        """
        parts = self.env["amazon.settlement.booker"]._prepare_parts(self)
        late = self._find_changed_orders(parts)
        sums = {}
        for part in parts:
            rate = self._get_booked_rate(part.month)
            orders = {place for place, _vals in part.orders}
            for place, line in enumerate(part.lines):
                if place not in orders:
                    balance = rate and line["amount"] * rate
                    _add_up(sums, line, line["amount"], balance)
        self._take_off_booked(sums)
        lines = [line for line, _vals, _order in late]
        for line, amount, balance in sums.values():
            if left := self.currency_id.round(amount):
                told = {} if balance is None else {"balance": balance}
                lines.append({**line, "amount": left, **told})
        if lines:
            self._create_correction(lines, late)

    def _find_changed_orders(self, parts):
        """Orders of which more, or less, is paid than what is booked.

        :return: ``[(line of an entry, values of its amazon.settlement.order, the
            record)]``
        """
        planned = {}
        for part in parts:
            rate = self._get_booked_rate(part.month)
            for place, vals in part.orders:
                line = place is not None and dict(part.lines[place])
                if line and rate:
                    line["balance"] = line["amount"] * rate
                key = (vals["order_number"], vals["kind"])
                planned.setdefault(key, []).append((line, vals))
        records = self.order_ids.grouped(lambda one: (one.order_number, one.kind))
        changed = []
        for key in dict.fromkeys([*planned, *records]):
            known = records.get(key, self.order_ids.browse())
            booked = known.filtered(
                lambda one: one.line_id and one.entry_id.move_state != "cancel"
            )
            if booked:
                changed += self._find_difference(planned.get(key, ()), booked)
            else:
                changed += self._find_new(planned.get(key, ()), known)
        return changed

    def _find_new(self, planned, known):
        """What is to be booked for an order of which nothing is; paid is what makes
        nothing.

        :param known: the records that say so
        """
        known, new = list(known), []
        for line, vals in planned:
            order = known.pop(0) if known else self.order_ids.browse()
            if line:
                new.append((line, vals, order))
            elif order and vals["sale_order_id"]:
                order.sale_order_id = vals["sale_order_id"]
                order._refresh()
        return new

    def _find_difference(self, planned, booked):
        """What is to be booked for an order beside what is booked, in a list."""
        amount = sum(vals["amount"] for line, vals in planned if line)
        left = self.currency_id.round(amount - sum(booked.mapped("amount")))
        if not left:
            return []
        former = booked[0].line_id
        line = {**_read_line(former), "amount": -left}
        if former.amount_currency:
            line["balance"] = -left * former.balance / former.amount_currency
        vals = {
            "settlement_id": self.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "order_number": booked[0].order_number,
            "kind": booked[0].kind,
            "amount": left,
            "sale_order_id": booked[0].sale_order_id.id,
            "state": "draft",
        }
        return [(line, vals, self.order_ids.browse())]

    def _get_booked_rate(self, month):
        """The company's currency for one unit of the settlement's in the entry of a
        month, None if there is no such entry."""
        entry = self._get_live_entries().filtered(lambda one: one.month == month)
        line = max(
            entry.move_id.line_ids,
            key=lambda one: abs(one.amount_currency),
            default=None,
        )
        return line and line.amount_currency and line.balance / line.amount_currency

    def _take_off_booked(self, sums):
        entries = self._get_live_entries()
        of_orders = self.order_ids.filtered(lambda one: one.entry_id in entries).line_id
        for line in entries.move_id.line_ids - of_orders:
            vals = _read_line(line)
            _add_up(sums, vals, -line.amount_currency, -line.balance)

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
            if "draft" not in settlement.entry_ids.mapped("move_state"):
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


def _add_up(sums, vals, amount, balance):
    """Add an amount to the sum of what it is set off with, whose values are those that
    came first.

    :param balance: the amount in the company's currency, None: at today's rate
    """
    key = _get_key(vals)
    line, former, in_company = sums.get(key, (vals, 0.0, 0.0))
    unknown = balance is None or in_company is None
    sums[key] = (line, former + amount, None if unknown else in_company + balance)


def _get_key(vals):
    """What journal items of a settlement are set off by, whatever their text."""
    taxes = vals.get("tax_ids") or [Command.set([])]
    return (
        vals["account_id"],
        vals.get("partner_id", False),
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
