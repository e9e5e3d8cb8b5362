# SPDX-License-Identifier: LGPL-3.0-or-later
from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...tools.cron import wake
from ...tools.notifications import notify
from .amazon_service_level import name_level

# Orders 2026-01-01, programs: names that sellers know them by; the others are read.
PROGRAM_NAMES = {
    "AMAZON_BUSINESS": "Business",
    "AMAZON_EASY_SHIP": "Easy Ship",
    "AMAZON_HAUL": "Haul",
    "FBM_SHIP_PLUS": "Ship+",
    "IN_STORE_PICK_UP": "In-store pickup",
    "PREMIUM": "Premium Shipping",
    "SUBSCRIBE_AND_SAVE": "Subscribe & Save",
}


def name_programs(codes):
    """Amazon's programs, as they are stored, in words."""
    return ", ".join(
        PROGRAM_NAMES.get(code, name_level(code)) for code in (codes or "").split(", ")
    )


class AmazonOrder(models.Model):
    """What Amazon says about one order, without personal data.

    Inbox record and sale order binding at once: rows are fetched in bulk
    (:mod:`.amazon_order_inbox`), wait with ``to_apply`` and are then applied to Odoo
    (:mod:`...sync.orders.kind`).
    """

    _name = "amazon.order"
    _description = "Amazon Order"
    _inherit = ["amazon.binding", "mail.thread", "mail.activity.mixin"]
    _closed = True
    # The record is the connector's; whoever reads it may note something on it.
    _mail_post_access = "read"
    _rec_name = "order_number"
    _order = "purchase_time desc, id desc"

    order_number = fields.Char(
        "Amazon Order ID", required=True, readonly=True, index="trigram"
    )
    seller_id = fields.Char("Merchant Token", required=True, readonly=True)
    account_id = fields.Many2one(
        "amazon.account", required=True, ondelete="restrict", readonly=True
    )
    channel_id = fields.Many2one(
        "amazon.channel", ondelete="restrict", readonly=True, index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    sale_order_id = fields.Many2one(
        "sale.order", "Sales Order", readonly=True, ondelete="restrict", copy=False
    )
    fulfillment_status = fields.Char("Status Code on Amazon", readonly=True)
    fulfilled_by = fields.Char(readonly=True)
    purchase_time = fields.Datetime("Ordered", readonly=True)
    last_updated_time = fields.Datetime("Changed on Amazon", readonly=True)
    closed_on = fields.Datetime(
        "Closed",
        readonly=True,
        help="When the last parcel was shipped, or the order was cancelled. The "
        "buyer's data is deleted a number of days later, as set on the account.",
    )
    redacted_on = fields.Datetime(
        "Buyer's Data Deleted",
        readonly=True,
        help="From then on nothing about the buyer is stored, whatever Amazon sends.",
    )
    programs = fields.Char(
        "Program Codes",
        readonly=True,
        help="Amazon's programs that the order belongs to, e.g. PRIME.",
    )
    service_level = fields.Char(
        readonly=True, help="Amazon's code of the shipping speed that the buyer chose."
    )
    ship_country = fields.Char(
        readonly=True, help="Amazon's code of the country of delivery."
    )
    ship_state = fields.Char(
        readonly=True,
        help="State of delivery in Amazon's spelling, if it is a known state.",
    )
    ship_state_digests = fields.Char(
        groups=fields.NO_ACCESS,
        copy=False,
        prefetch=False,
        help="Keyed hashes of what the buyer typed instead of a known state.",
    )
    ship_state_typed = fields.Boolean(
        "State Typed by the Buyer",
        compute="_compute_ship_state_typed",
        compute_sudo=True,
        help="The buyer typed something that is not a known state. It is kept "
        "encrypted; look the order up in Seller Central.",
    )
    place_id = fields.Many2one(
        "amazon.place",
        "Unknown Place",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    ignore_place = fields.Boolean(
        readonly=True,
        help="A user decided that the taxes do not need the place of delivery.",
    )
    asked_for = fields.Selection(
        [("period", "In a period"), ("number", "By its number")],
        readonly=True,
        help="A user asked for this order, so it comes in although it was placed "
        "before the channel's start date; by its number, also if it was already "
        "shipped.",
    )
    read_at = fields.Datetime(
        "Last Read", readonly=True, help="When this order was last read by its number."
    )
    place_asked_at = fields.Datetime(
        readonly=True, help="When a report that could contain the place was read."
    )
    shipments_asked_at = fields.Datetime(
        readonly=True, help="When a report of Amazon's shipments was last read."
    )
    ship_by = fields.Datetime(readonly=True)
    deliver_by = fields.Datetime(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_total = fields.Monetary("Amazon's Total", readonly=True)
    difference = fields.Monetary(
        readonly=True,
        help="Amazon's total minus the total that Odoo gets from Amazon's amounts.",
    )
    withheld_tax = fields.Monetary(
        readonly=True,
        help="Tax that the buyer paid on top and that Amazon remits itself.",
    )
    cancellation_requested = fields.Boolean(
        readonly=True, help="The buyer asked to cancel the order."
    )
    replaces = fields.Char(
        readonly=True,
        help="Amazon's number of the order that this one replaces or exchanges.",
    )
    replaced_order_id = fields.Many2one(
        "amazon.order", "Replaces Order", compute="_compute_replaced_order_id"
    )
    payload = fields.Json(
        readonly=True,
        groups="amazon_connector.group_manager",
        prefetch=False,
        exportable=False,
        help="The order as received from Amazon, without personal data.",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("pending", "Pending"),
            ("frozen", "Frozen"),
            ("held", "Held"),
            ("failed", "Failed"),
            ("applied", "Applied"),
            ("cancelled", "Cancelled"),
            ("skipped", "Skipped"),
        ],
        "Status",
        required=True,
        default="waiting",
        readonly=True,
        index=True,
    )
    reason = fields.Text(readonly=True)
    to_apply = fields.Boolean(readonly=True)
    retry_at = fields.Datetime("Next Try", readonly=True)
    attempts = fields.Integer(readonly=True)
    applied_digest = fields.Char(
        readonly=True,
        help="Fingerprint of the contents that the sales order is based on.",
    )
    applied_tip = fields.Monetary(
        readonly=True, help="The delivery tip that is on the sales order."
    )
    run_id = fields.Many2one(
        "amazon.sync.run", readonly=True, ondelete="set null", index="btree_not_null"
    )
    line_ids = fields.One2many("amazon.order.line", "order_id", "Items")
    record_ids = fields.One2many(
        "amazon.sync.record", "amazon_order_id", "Sync History"
    )

    _seller_order_unique = models.Constraint(
        "unique(seller_id, order_number)", "This Amazon order already exists."
    )
    _sale_order_unique = models.UniqueIndex(
        "(sale_order_id) WHERE sale_order_id IS NOT NULL",
        "A sales order can belong to only one Amazon order.",
    )
    _order_number_idx = models.Index("(order_number)")
    # Lists open with the newest; without it each opening reads all orders.
    _list_idx = models.Index("(purchase_time DESC, id DESC)")
    _one_sale_order = models.UniqueIndex(
        "(order_number) WHERE sale_order_id IS NOT NULL",
        "This Amazon order already has a sales order, through another account.",
    )
    # As Odoo's domains say it: PostgreSQL does not see that `to_apply` alone says the
    # same, and would read the whole table.
    _to_apply_idx = models.Index("(purchase_time, id) WHERE to_apply IS TRUE")
    _run_idx = models.Index("(run_id) WHERE to_apply IS TRUE")
    # Which orders a report can tell more of is asked after every fetch.
    _placeless_idx = models.Index("(account_id) WHERE ship_country IS NULL")
    _unasked_idx = models.Index(
        "(account_id) WHERE fulfilled_by = 'AMAZON' AND shipments_asked_at IS NULL"
    )
    _due_idx = models.Index("(account_id, closed_on) WHERE redacted_on IS NULL")
    _updated_idx = models.Index("(account_id, last_updated_time)")
    # The dashboard counts the last days' orders each time it is opened.
    _purchase_idx = models.Index("(account_id, purchase_time)")
    # And all orders, under the rule of the companies: by the index alone.
    _account_idx = models.Index("(account_id, company_id)")
    _requested_idx = models.Index(
        "(account_id) WHERE cancellation_requested IS TRUE AND ship_anyway IS NOT TRUE"
    )

    @api.depends("replaces", "seller_id")
    def _compute_replaced_order_id(self):
        found = self.search_fetch(
            [("order_number", "in", self.filtered("replaces").mapped("replaces"))],
            ["order_number", "seller_id"],
        )
        orders = {(order.seller_id, order.order_number): order for order in found}
        for order in self:
            order.replaced_order_id = orders.get((order.seller_id, order.replaces))

    @api.depends("ship_state_digests")
    def _compute_ship_state_typed(self):
        for order in self:
            order.ship_state_typed = bool(order.ship_state_digests)

    @api.model
    def _find_by_number(self, account, number):
        """The order of this seller with Amazon's number, or empty."""
        return self.search(
            [("seller_id", "=", account.seller_id), ("order_number", "=", number)]
        )

    @api.model
    def _get_channels_by_marketplace(self, account):
        """``{Amazon's code of the marketplace: channel}``."""
        return {
            channel.marketplace_id.amazon_code: channel
            for channel in account.sudo().channel_ids
        }

    def _lock_for_apply(self):
        """Take the orders for applying; False when a worker has one in work."""
        return self.try_lock_for_update() == self

    @api.private
    def _apply_again(self):
        """Have these orders applied once more, as soon as a worker is free."""
        self.write({"to_apply": True, "retry_at": False, "attempts": 0})
        wake(self.env, "ir_cron_orders_apply")

    def action_retry(self):
        """Try again what failed or is held; for users of the Amazon group."""
        self.check_access("read")
        self._refuse_forgotten()
        self.sudo()._apply_again()
        return notify(self.env._("The order is tried again within a minute."))

    def action_ignore_place(self):
        """Let held orders go on without a known country or state of delivery.

        :raises AccessError: for those who may not decide on taxes
        """
        if not self.env.user.has_group("amazon_connector.group_manager"):
            raise AccessError(
                self.env._(
                    "Only an Amazon manager can let orders continue without a known "
                    "place."
                )
            )
        self.check_access("read")
        self.sudo().ignore_place = True
        return self.action_retry()

    def action_open_listings(self):
        """Open the listings of these orders that have no product yet."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_listing_action"
        )
        unlinked = self.line_ids.listing_id.filtered(
            lambda listing: not listing.product_id
        )
        # Some may be gone from Amazon, or have no SKU there.
        context = {"active_test": False}
        return {**action, "domain": [("id", "in", unlinked.ids)], "context": context}

    def action_open_seller_central(self):
        """Open the order at Amazon."""
        self.ensure_one()
        self.check_access("read")
        return self._open_seller_central()

    def _open_seller_central(self):
        """The action that opens the order on its marketplace; False for none."""
        base = self.sudo().channel_id.marketplace_id.seller_central_url
        if not base:
            return False
        url = f"{base.rstrip('/')}/orders-v3/order/{self.order_number}"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def action_open_sale_order(self):
        """Open the sales order of this Amazon order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.sale_order_id.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------
    # Words for Amazon's codes
    # ------------------------------------------------------------------

    status_text = fields.Char("Status on Amazon", compute="_compute_words")
    shipper_text = fields.Char("Shipped By", compute="_compute_words")
    speed_text = fields.Char("Speed", compute="_compute_words")
    program_text = fields.Char("Programs", compute="_compute_words")
    country_text = fields.Char("Ship Country", compute="_compute_country_text")

    @api.depends("fulfillment_status", "fulfilled_by", "service_level", "programs")
    @api.depends_context("lang")
    def _compute_words(self):
        """Say the codes in words; a code that is unknown is shown as it is."""
        statuses = {
            "PENDING": self.env._("Payment pending"),
            "PENDING_AVAILABILITY": self.env._("Not released yet"),
            "INVOICE_PENDING": self.env._("Invoice pending"),
            "UNSHIPPED": self.env._("To ship"),
            "PARTIALLY_SHIPPED": self.env._("Partly shipped"),
            "SHIPPED": self.env._("Shipped"),
            "CANCELLED": self.env._("Cancelled"),
            "UNFULFILLABLE": self.env._("Cannot be fulfilled"),
        }
        shippers = {
            "AMAZON": self.env._("Amazon (FBA)"),
            "MERCHANT": self.env._("You"),
        }
        for order in self:
            status, shipper = order.fulfillment_status, order.fulfilled_by
            order.status_text = statuses.get(status, status)
            order.shipper_text = shippers.get(shipper, shipper)
            order.speed_text = name_level(order.service_level)
            order.program_text = name_programs(order.programs)

    @api.depends("ship_country")
    @api.depends_context("lang")
    def _compute_country_text(self):
        codes = set(self.mapped("ship_country")) - {False}
        countries = self.env["res.country"].search([("code", "in", list(codes))])
        names = {country.code: country.name for country in countries}
        for order in self:
            order.country_text = names.get(order.ship_country, order.ship_country)

    # ------------------------------------------------------------------
    # What it asks a human: activities on its sales order
    # ------------------------------------------------------------------

    def _raise_notice(self, key, summary, note):
        """Put an activity on these sales orders for the account's responsible user.

        :param key: one of the ``..._NOTICE``, or an outbox record's own
        :param note: text; Amazon's or a buyer's words in it are never HTML
        """
        for account, orders in self.grouped("account_id").items():
            orders.sale_order_id.sudo().activity_schedule(
                "mail.mail_activity_data_warning",
                summary=summary,
                note=escape(note),
                user_id=account._get_responsible().id,
                amazon_alert=key,
            )

    def _get_notices(self, key):
        """The open activities about this on the sales orders."""
        activities = self.sale_order_id.sudo().activity_ids
        return activities.filtered(lambda activity: activity.amazon_alert == key)

    def _clear_notices(self, key):
        """Close the activities about this: it is settled."""
        self._get_notices(key).action_feedback()

    # ------------------------------------------------------------------
    # Chatter
    # ------------------------------------------------------------------

    def _message_auto_subscribe(self, updated_values, **options):
        """Override: nobody follows an order for what the connector writes on it.

        Odoo would look for followers at each write; the connector writes all day.
        """
        if self.env.su:
            return True
        return super()._message_auto_subscribe(updated_values, **options)

    @api.model
    def _delete_threads(self, account):
        """Delete what users noted on the orders of an account that is removed."""
        orders = self._search([("account_id", "=", account.id)])
        files = [("res_model", "=", self._name), ("res_id", "in", orders)]
        self.env["ir.attachment"].search(files).unlink()
        for table, column in (
            ("mail_message", "model"),
            ("mail_scheduled_message", "model"),
            ("mail_followers", "res_model"),
            ("mail_activity", "res_model"),
        ):
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE %s = %s AND res_id IN %s",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    self._name,
                    orders.subselect(),
                )
            )
