# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ...tools.database import prepare_defaults
from ...tools.times import to_naive
from .amazon_settlement_rule import BUCKETS, FEE_TYPES, LABELS

CHUNK = 2000
# Columns in the order of ``_get_values``.
COLUMNS = (
    "settlement_id",
    "company_id",
    "currency_id",
    "number",
    *LABELS,
    "bucket",
    "amount",
    "posted_date",
    "posted_time",
    "order_ref",
    "order_number",
    "merchant_order_ref",
    "adjustment_ref",
    "shipment_ref",
    "order_item_id",
    "seller_sku",
    "quantity",
    "marketplace_name",
    "fulfillment",
    "promotion_ref",
)


class AmazonSettlementRow(models.Model):
    """One row of a settlement, as Amazon's file has it, and what it is taken for.

    Rows are inserted many in a statement. Two of them may be equal: both are real.
    """

    _name = "amazon.settlement.row"
    _description = "Amazon Settlement Row"
    _inherit = "amazon.binding"
    _closed = True
    _order = "settlement_id desc, number"
    _rec_name = "description"

    settlement_id = fields.Many2one(
        "amazon.settlement", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    account_id = fields.Many2one(related="settlement_id.account_id")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    number = fields.Integer("Row", readonly=True, help="Position in Amazon's file.")
    transaction_type = fields.Char(readonly=True)
    amount_type = fields.Char(readonly=True)
    description = fields.Char("Amount Description", readonly=True)
    bucket = fields.Selection(BUCKETS, "Category", readonly=True)
    fee_type = fields.Selection(FEE_TYPES, "Kind of Fee", readonly=True)
    rule_id = fields.Many2one(
        "amazon.settlement.rule",
        "By Rule",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    amount = fields.Monetary(readonly=True)
    posted_date = fields.Date("Posted", readonly=True)
    posted_time = fields.Datetime(readonly=True)
    order_ref = fields.Char(
        "Reference",
        readonly=True,
        help="The order ID in Amazon's file. For some fees it is not the number of an "
        "order.",
    )
    order_number = fields.Char("Amazon Order ID", readonly=True)
    order_id = fields.Many2one(
        "amazon.order",
        "Amazon Order",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    channel_id = fields.Many2one("amazon.channel", readonly=True, ondelete="set null")
    product_id = fields.Many2one("product.product", readonly=True, ondelete="set null")
    merchant_order_ref = fields.Char(readonly=True)
    adjustment_ref = fields.Char(readonly=True)
    shipment_ref = fields.Char("Shipment ID", readonly=True)
    order_item_id = fields.Char("Order Item ID", readonly=True)
    seller_sku = fields.Char("Seller SKU", readonly=True)
    quantity = fields.Integer(readonly=True)
    marketplace_name = fields.Char("Marketplace", readonly=True)
    fulfillment = fields.Char(readonly=True, help="AFN: shipped by Amazon.")
    promotion_ref = fields.Char("Promotion ID", readonly=True)

    _number_unique = models.Constraint(
        "unique(settlement_id, number)", "Each row of a settlement can exist only once."
    )

    @api.model
    def _insert(self, settlement, rows):
        """Keep the rows of a file, chunk by chunk.

        :param rows: iterable of :class:`~..sp_api.SettlementRow`
        """
        statement = self._prepare_insert()
        template = f"({', '.join(map(self._get_placeholder, COLUMNS))})"
        head = (settlement.id, settlement.company_id.id, settlement.currency_id.id)
        for chunk in split_every(CHUNK, rows):
            self.env.cr.execute_values(
                statement,
                [(*head, *_get_values(row)) for row in chunk],
                template=template,
                page_size=CHUNK,
            )
        self.invalidate_model()

    @api.model
    def _prepare_insert(self):
        """The statement that inserts rows, with one place for their values."""
        columns, defaults = prepare_defaults(self, COLUMNS)
        query = SQL(
            """
            INSERT INTO amazon_settlement_row (%s%s)
            SELECT told.*%s FROM (VALUES {rows}) AS told
            """,
            SQL(", ").join(map(SQL.identifier, COLUMNS)),
            columns,
            defaults,
        )
        text = self.env.cr.mogrify(query.code, query.params).decode()
        return text.replace("%", "%%").replace("{rows}", "%s")

    @api.model
    def _get_placeholder(self, name):
        # An empty column of a VALUES list has no type of its own.
        return f"%s::{self._fields[name].column_type[1].split('(')[0]}"

    @api.model
    def _link(self, settlement):
        """Find the orders, items and channels that rows speak of."""
        self.env["amazon.order"].flush_model()
        self.env["amazon.order.line"].flush_model()
        self.env["amazon.listing"].flush_model()
        for statement in (_LINK_ORDERS, _LINK_CHANNELS, _LINK_ITEMS, _LINK_SKUS):
            self.env.cr.execute(
                SQL(
                    statement,
                    settlement=settlement.id,
                    account=settlement.account_id.id,
                )
            )
        self.invalidate_model(["order_id", "channel_id", "product_id"])

    @api.model
    def _classify(self, settlements):
        """Say what the rows of these settlements are, by the rules of today.

        :return: whether any row is taken for something else than before
        """
        changed = False
        for settlement in settlements:
            labels = [
                tuple(label)
                for label in self.env.execute_query(
                    SQL(
                        """
                        SELECT DISTINCT transaction_type, amount_type, description
                          FROM amazon_settlement_row
                         WHERE settlement_id = %s AND bucket IS DISTINCT FROM 'payout'
                        """,
                        settlement.id,
                    )
                )
            ]
            meanings = self.env["amazon.settlement.rule"]._read_labels(
                settlement.company_id, labels
            )
            for label, meaning in meanings.items():
                changed |= self._mark(settlement, label, meaning)
        self.invalidate_model(["bucket", "fee_type", "rule_id"], flush=False)
        self.env["amazon.settlement.sum"].invalidate_model(flush=False)
        settlements.invalidate_recordset(["sum_ids", "row_ids"], flush=False)
        return changed

    @api.model
    def _mark(self, settlement, label, meaning):
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_settlement_row
                   SET bucket = %(bucket)s, fee_type = %(fee)s, rule_id = %(rule)s
                 WHERE settlement_id = %(settlement)s
                   AND transaction_type = %(kind)s AND amount_type = %(amount)s
                   AND description = %(description)s AND bucket <> 'payout'
                   AND (bucket, fee_type, rule_id)
                       IS DISTINCT FROM (%(bucket)s, %(fee)s::varchar, %(rule)s::int)
                """,
                settlement=settlement.id,
                kind=label[0],
                amount=label[1],
                description=label[2],
                bucket=meaning[0],
                fee=meaning[1],
                rule=meaning[2],
            )
        )
        return bool(self.env.cr.rowcount)

    def action_make_rule(self):
        """Open a new rule about the label of this row.

        :return: an action that opens it
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Choose a Category"),
            "res_model": "amazon.settlement.rule",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_company_id": self.company_id.id,
                **{f"default_{name}": self[name] for name in LABELS},
            },
        }


# Orders of the account itself: a number of another seller's order is none.
_LINK_ORDERS = """
    UPDATE amazon_settlement_row r
       SET order_id = o.id, channel_id = o.channel_id
      FROM amazon_order o
     WHERE r.settlement_id = %(settlement)s AND o.account_id = %(account)s
       AND o.order_number = r.order_number
       AND (r.order_id, r.channel_id) IS DISTINCT FROM (o.id, o.channel_id)
"""
_LINK_CHANNELS = """
    UPDATE amazon_settlement_row r
       SET channel_id = channel.id
      FROM amazon_channel channel
      JOIN amazon_marketplace place ON place.id = channel.marketplace_id
     WHERE r.settlement_id = %(settlement)s AND r.channel_id IS NULL
       AND channel.account_id = %(account)s
       AND lower(r.marketplace_name) IN (lower(place.name), lower(place.domain))
"""
_LINK_ITEMS = """
    UPDATE amazon_settlement_row r
       SET product_id = listing.product_id
      FROM amazon_order_line line
      JOIN amazon_listing listing ON listing.id = line.listing_id
     WHERE r.settlement_id = %(settlement)s AND r.product_id IS NULL
       AND line.order_id = r.order_id AND line.order_item_id = r.order_item_id
"""
_LINK_SKUS = """
    UPDATE amazon_settlement_row r
       SET product_id = listing.product_id
      FROM amazon_listing listing
     WHERE r.settlement_id = %(settlement)s AND r.product_id IS NULL
       AND listing.channel_id = r.channel_id AND listing.seller_sku = r.seller_sku
"""


def _get_values(row):
    """What a row of the file is in the table, behind the settlement's own columns."""
    posted_time = row.posted_time and to_naive(row.posted_time)
    return (
        row.number,
        row.transaction_type,
        row.amount_type,
        row.description,
        "payout" if row.is_payout else "unknown",
        row.amount,
        row.posted_date,
        posted_time,
        row.order_ref,
        row.order_id,
        row.merchant_order_id,
        row.adjustment_id,
        row.shipment_id,
        row.order_item_id,
        row.sku,
        row.quantity,
        row.marketplace,
        row.fulfillment,
        row.promotion_id,
    )
