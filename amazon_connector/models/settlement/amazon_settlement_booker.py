# SPDX-License-Identifier: LGPL-3.0-or-later
"""From rows to journal entries: one per settlement and month."""

from calendar import monthrange
from dataclasses import dataclass, field

from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...sp_api import TAKEN_BACK
from .amazon_settlement_rule import FEES

QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
}
OF_ORDERS = ("sale", "refund")
ALWAYS = ("transit", "balance", "clarify")
# Which account takes what is no fee; a payout that failed opens the former one again.
PURPOSES = {
    "facilitator": "facilitator",
    "tcs": "tcs",
    "tds": "tds",
    "income": "income",
    "reserve": "reserve",
    "balance": "balance",
    "failed": "transit",
    "unknown": "clarify",
}


@dataclass(frozen=True)
class Group:
    """Rows of one month that become one line of the entry.

    :param amount: from the seller's side, in the settlement's currency
    :param opening: the reserve of before the first settlement
    :param number: of orders Amazon's number, of failed payouts the row's: each of them
        opens another one
    """

    month: object
    bucket: str
    fee_type: "str | None"
    rule_id: "int | None"
    opening: bool
    number: "str | None"
    order_id: "int | None"
    amount: float


@dataclass
class Part:
    """The entry of one month: ``lines`` are values of journal items, ``orders`` of
    ``amazon.settlement.order`` with the place of their line; ``payout``: the place of
    what Amazon transfers, None in all but the last month."""

    month: object
    amount: float = 0.0
    lines: list = field(default_factory=list)
    orders: list = field(default_factory=list)
    payout: "int | None" = None


class AmazonSettlementBooker(models.AbstractModel):
    """Prepares journal entries of settlements; writes nothing but which accounts.

    Each line is from Amazon's side of the company: what Amazon owes is debited to
    *Amazon in transit*, and what it is made of is on the other side.
    """

    _name = "amazon.settlement.booker"
    _description = "Amazon Settlement: Journal Entries"

    @api.model
    def _prepare_parts(self, settlement):
        """The Parts of a settlement, month after month; each of them balances.

        :raises UserError: accounts are missing or archived
        """
        company = settlement.company_id
        groups = self._read_groups(settlement)
        accounts = company._get_amazon_settlement_accounts(self._get_needs(groups))
        accounts = settlement._keep_booked_accounts(accounts)
        settlement.booked_accounts = {
            **(settlement.booked_accounts or {}),
            **{purpose: account.id for purpose, account in accounts.items()},
        }
        sales = self._find_sales(groups)
        receivables = self._find_receivables(company, sales)
        last = _month_of(settlement.end_date) or max(
            (group.month for group in groups), default=None
        )
        months = sorted({group.month for group in groups} | {last} - {None})
        parts = []
        for month in months:
            part = Part(month)
            mine = [group for group in groups if group.month == month]
            self._add_orders(settlement, part, mine, sales, receivables, accounts)
            self._add_others(settlement, part, mine, accounts)
            parts.append(part)
        self._add_payout(settlement, parts, accounts)
        return [part for part in parts if part.lines]

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    @api.model
    def _read_groups(self, settlement):
        """What the rows make, per month, account to be, and order."""
        self.env["amazon.settlement.row"].flush_model()
        self.env["sale.order"].flush_model(["amazon_order_id"])
        self.env["sale.order.line"].flush_model(["order_id", "price_tax", "tax_ids"])
        # Of an order whose total leaves out the tax that Amazon keeps, the tax is paid
        # and withheld in the settlement alone: it is nothing to its customer.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT date_trunc('month', LEAST(COALESCE(posted_date, %(end)s),
                                                 %(end)s))::date AS m,
                       kind, fee_type, rule_id,
                       kind = 'reserve' AND %(first)s
                           AND lower(trim(description)) LIKE 'previous reserve%%'
                           AS opening,
                       CASE WHEN kind IN ('sale', 'refund') THEN order_number
                            WHEN kind = 'failed' THEN told.number::varchar
                            END AS number,
                       CASE WHEN kind IN ('sale', 'refund') THEN order_id END,
                       SUM(amount)
                  FROM (
                       SELECT r.*,
                              CASE WHEN r.bucket = 'facilitator' AND EXISTS (
                                  SELECT FROM sale_order sale
                                   WHERE sale.amazon_order_id = r.order_id
                                     AND NOT EXISTS (
                                      SELECT FROM sale_order_line line
                                        JOIN account_tax_sale_order_line_rel rel
                                          ON rel.sale_order_line_id = line.id
                                        JOIN account_tax tax
                                          ON tax.id = rel.account_tax_id
                                       WHERE line.order_id = sale.id
                                         AND tax.amazon_role = 'facilitator'
                                         AND line.price_tax <> 0))
                              THEN CASE WHEN r.transaction_type
                                             ~* %(taken_back)s
                                        THEN 'refund' ELSE 'sale' END
                              ELSE r.bucket END AS kind
                         FROM amazon_settlement_row r
                        WHERE r.settlement_id = %(settlement)s
                          AND r.bucket <> 'payout'
                       ) told
              GROUP BY 1, 2, 3, 4, 5, 6, 7
              ORDER BY 1, MIN(number)
                """,
                settlement=settlement.id,
                end=settlement.end_date or settlement.create_date.date(),
                taken_back="|".join(TAKEN_BACK),
                first=self._is_first(settlement),
            )
        )
        digits = settlement.currency_id
        return [Group(*row[:7], digits.round(float(row[7]))) for row in rows]

    @api.model
    def _is_first(self, settlement):
        """Whether Odoo has no settlement of before: its reserve came from nowhere."""
        return not settlement.search_count(
            [
                ("account_id", "=", settlement.account_id.id),
                ("currency_id", "=", settlement.currency_id.id),
                ("end_time", "<", settlement.end_time),
                ("held_reason", "=", False),
                ("id", "!=", settlement.id),
            ],
            limit=1,
        )

    @api.model
    def _find_sales(self, groups):
        """``{amazon.order id: sale.order}`` of those that are in Odoo."""
        ids = {group.order_id for group in groups if group.order_id}
        orders = self.env["amazon.order"].browse(ids)
        return {
            order.id: order.sale_order_id for order in orders if order.sale_order_id
        }

    @api.model
    def _find_receivables(self, company, sales):
        """``{sale.order: (account id, partner id)}``: those of its invoices, if any."""
        every = self.env["sale.order"].union(*sales.values())
        documents = self.env["amazon.settlement.order"]._find_documents(every)
        found = {}
        for sale in every:
            lines = documents.get((sale.id, "out_invoice"))
            if lines:
                found[sale] = (lines[0].account_id.id, lines[0].partner_id.id)
            else:
                partner = sale.partner_invoice_id.commercial_partner_id
                account = partner.with_company(company).property_account_receivable_id
                if not account:
                    raise UserError(
                        self.env._(
                            "%s has no receivable account. Enter it on the contact.",
                            partner.display_name,
                        )
                    )
                found[sale] = (account.id, partner.id)
        return found

    # ------------------------------------------------------------------
    # Lines
    # ------------------------------------------------------------------

    @api.model
    def _add_orders(self, settlement, part, groups, sales, receivables, accounts):
        """One line on the receivable of each order; the others are to be clarified."""
        strange = 0.0
        for (bucket, number, order_id), amount in self._sum_orders(groups).items():
            sale = sales.get(order_id)
            order = {
                "settlement_id": settlement.id,
                "company_id": settlement.company_id.id,
                "currency_id": settlement.currency_id.id,
                "order_number": number,
                "kind": bucket,
                "amount": amount,
                "sale_order_id": sale.id if sale else False,
                "state": "draft" if sale else "unknown",
            }
            place = None
            if sale and amount:
                account_id, partner_id = receivables[sale]
                place = len(part.lines)
                self._add_line(part, account_id, amount, number, partner_id=partner_id)
            else:
                strange += amount
            part.orders.append((place, order))
        strange = settlement.currency_id.round(strange)
        if strange:
            name = self.env._("Orders that are not in Odoo")
            self._add_line(part, accounts["clarify"].id, strange, name)

    @api.model
    def _sum_orders(self, groups):
        """``{(bucket, number, amazon.order id): amount}`` of rows of orders."""
        sums = {}
        for group in groups:
            if group.bucket in OF_ORDERS and not self._get_ruled_account(group):
                key = (group.bucket, group.number, group.order_id)
                sums[key] = sums.get(key, 0.0) + group.amount
        return sums

    @api.model
    def _add_others(self, settlement, part, groups, accounts):
        """One line per account and name of all that is no order's receivable, and what
        taxes make of it."""
        sums, stated = {}, {}
        for group in groups:
            account = self._get_ruled_account(group)
            if not account:
                if group.bucket in OF_ORDERS:
                    continue
                account = accounts[self._get_purpose(group)]
            name, taxes = self._get_name(group), self._get_taxes(group)
            if taxes and group.bucket == "fee_tax":
                told = stated.setdefault((name, taxes), [account, 0.0])
                told[1] += group.amount
                continue
            key = (account, name, taxes, group.number)
            sums[key] = sums.get(key, 0.0) + group.amount
        for (account, name, taxes, _number), amount in sums.items():
            _account, tax = stated.pop((name, taxes), (None, 0.0))
            self._add_fee(settlement, part, (account, name), taxes, amount, tax)
        for (name, _taxes), (account, tax) in stated.items():
            # A tax without its fee: there is no base to declare.
            self._add_fee(settlement, part, (account, name), _taxes.browse(), tax, 0.0)

    @api.model
    def _add_fee(self, settlement, part, place, taxes, amount, tax):
        """Add the lines of a fee, or of anything else that has no taxes.

        :param place: ``(account, name)``
        :param amount: what Amazon keeps; it contains the taxes unless they are stated
        :param tax: what Amazon states as the taxes' amount, else 0
        """
        (account, name), digits = place, settlement.currency_id
        amount, tax = digits.round(amount), digits.round(tax)
        if not taxes or not amount:
            if amount + tax:
                self._add_line(part, account.id, amount + tax, name)
            return
        base, lines = self._split_taxes(settlement, part, place, taxes, amount, tax)
        self._add_line(part, account.id, **base)
        for vals in lines:
            self._add_line(part, vals.pop("account_id"), vals.pop("amount"), **vals)

    @api.model
    def _split_taxes(self, settlement, part, place, taxes, amount, tax):
        """What Odoo's own taxes make of a fee; the sum is Amazon's to the cent.

        :return: values of the base's line, and of the lines of its taxes
        """
        account, name = place
        company, currency = settlement.company_id, settlement.currency_id
        Tax = self.env["account.tax"].with_company(company)
        base_line = Tax._prepare_base_line_for_taxes_computation(
            None,
            currency_id=currency,
            tax_ids=taxes,
            account_id=account,
            price_unit=-amount,
            quantity=1.0,
            is_refund=amount > 0,
            special_mode="total_excluded" if tax else "total_included",
            rate=company.currency_id._get_conversion_rate(
                company.currency_id,
                currency,
                company,
                settlement._get_entry_date(part.month),
            ),
        )
        Tax._add_tax_details_in_base_lines([base_line], company)
        Tax._round_base_lines_tax_details([base_line], company)
        Tax._add_accounting_data_in_base_lines_tax_details(
            [base_line], company, include_caba_tags=True
        )
        told = Tax._prepare_tax_lines([base_line], company)
        tags = told["base_lines_to_update"][0][1]["tax_tag_ids"]
        lines = [_get_tax_values(vals, currency) for vals in told["tax_lines_to_add"]]
        base = {
            "amount": amount,
            "name": name,
            "tax_ids": [Command.set(taxes.ids)],
            "tax_tag_ids": tags,
        }
        if tax and not lines:
            # The taxes of so little are nothing, and Odoo would compute those of both.
            return {"amount": amount + tax, "name": name}, []
        made = sum(vals["amount"] for vals in lines)
        if lines and tax:
            largest = max(lines, key=lambda vals: abs(vals["amount"]))
            largest["amount"] = currency.round(largest["amount"] + tax - made)
        else:
            base["amount"] = currency.round(amount + tax - made)
        return base, lines

    @api.model
    def _get_ruled_account(self, group):
        """The account that a rule of the company names, or empty.

        :raises UserError: it is archived
        """
        rule = self.env["amazon.settlement.rule"].browse(group.rule_id)
        self._refuse_archived(rule, rule.account_id)
        return rule.account_id

    @api.model
    def _get_taxes(self, group):
        """The taxes that a rule of the company names, or empty.

        :raises UserError: one is archived
        """
        rule = self.env["amazon.settlement.rule"].browse(group.rule_id)
        taxes = rule.tax_ids if group.bucket in FEES else rule.tax_ids.browse()
        self._refuse_archived(rule, taxes)
        return taxes

    @api.model
    def _refuse_archived(self, rule, named):
        archived = named.filtered(lambda one: not one.active)
        if archived:
            raise UserError(
                self.env._(
                    "Rule %(rule)s uses archived records: %(names)s.",
                    rule=rule.display_name,
                    names=", ".join(archived.mapped("display_name")),
                )
            )

    @api.model
    def _get_purpose(self, group):
        if group.bucket in FEES:
            return f"fee_{group.fee_type or 'other'}"
        return "clarify" if group.opening else PURPOSES[group.bucket]

    @api.model
    def _get_needs(self, groups):
        """The purposes of the accounts that these groups, and a payout, are booked to.

        A company outside of India gets no account for what India withholds.
        """
        others = [group for group in groups if group.bucket not in OF_ORDERS]
        return {*ALWAYS, *map(self._get_purpose, others)}

    @api.model
    def _get_name(self, group):
        if group.opening:
            return self.env._("Reserve from before the first settlement")
        row = self.env["amazon.settlement.row"]
        if group.fee_type:
            field, value = row._fields["fee_type"], group.fee_type
        else:
            field, value = row._fields["bucket"], group.bucket
        return dict(field._description_selection(self.env))[value]

    @api.model
    def _add_line(self, part, account_id, amount, name, **vals):
        part.amount += amount
        part.lines.append(
            {"account_id": account_id, "amount": -amount, "name": name, **vals}
        )

    @api.model
    def _add_payout(self, settlement, parts, accounts):
        """Carry each month on the balance; the last one pays all of it out."""
        carried, currency = 0.0, settlement.currency_id
        for part in parts:
            own = currency.round(part.amount)
            if part is not parts[-1]:
                carried += own
                if own:
                    self._add_counterpart(part, accounts["balance"], own, settlement)
                continue
            if carried := currency.round(carried):
                self._add_counterpart(part, accounts["balance"], -carried, settlement)
            if settlement.total:
                part.payout = len(part.lines)
                self._add_counterpart(
                    part, accounts["transit"], settlement.total, settlement
                )

    @api.model
    def _add_counterpart(self, part, account, amount, settlement):
        part.lines.append(
            {
                "account_id": account.id,
                "amount": amount,
                "name": settlement._get_payment_text(),
            }
        )

    # ------------------------------------------------------------------
    # Entries
    # ------------------------------------------------------------------

    @api.model
    def _prepare_move(self, settlement, part):
        """Values of the journal entry of a Part."""
        company = settlement.company_id
        date = settlement._get_entry_date(part.month)
        return {
            "move_type": "entry",
            "journal_id": company._get_amazon_settlement_journal().id,
            "company_id": company.id,
            "date": date,
            "ref": settlement._get_payment_text(),
            "line_ids": [
                Command.create(vals)
                for vals in self._prepare_lines(settlement, part.lines, date)
            ],
        }

    @api.model
    def _prepare_lines(self, settlement, lines, date):
        """Add the company's currency; the largest line takes what rounding leaves.

        :param lines: with ``balance`` where that is known
        """
        currency, company = settlement.currency_id, settlement.company_id
        home = company.currency_id
        rate = currency._get_conversion_rate(currency, home, company, date)
        prepared = []
        for line in lines:
            vals = {"balance": None, **line, "currency_id": currency.id}
            amount = vals["amount_currency"] = currency.round(vals.pop("amount"))
            if vals["balance"] is None or amount * vals["balance"] < 0:
                vals["balance"] = amount * rate
            vals["balance"] = home.round(vals["balance"])
            prepared.append(vals)
        # Another line could get the other sign by it.
        largest = max(prepared, key=lambda vals: abs(vals["balance"]))
        left = sum(vals["balance"] for vals in prepared)
        largest["balance"] = home.round(largest["balance"] - left)
        return prepared


def _get_tax_values(vals, currency):
    """Values of a tax's journal item, with its amount from the seller's side."""
    kept = ("name", "account_id", "tax_repartition_line_id", "group_tax_id")
    kept += ("tax_ids", "tax_tag_ids", "tax_base_amount")
    amount = -currency.round(vals["amount_currency"])
    return {"amount": amount, **{name: vals[name] for name in kept}}


def _month_of(day):
    return day and day.replace(day=1)


def last_day(month):
    """The last day of a month that is named by its first one."""
    return month.replace(day=monthrange(month.year, month.month)[1])
