# SPDX-License-Identifier: LGPL-3.0-or-later
"""What people of another company may try, and what everybody keeps."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import AmazonCase, order_json
from ..shipment.shipment_common import ShipmentMixin

MODELS = "odoo.addons.amazon_connector.models"
OUTBOX_LOGGER = f"{MODELS}.shipment.amazon_shipment_outbox"


class ForeignCase(ShipmentMixin, AmazonCase):
    """A salesman and storeman of a second company without any business on Amazon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Second company"})
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.other.id)], limit=1
        ) or cls.env["stock.warehouse"].create(
            {"name": "Second", "code": "SEC", "company_id": cls.other.id}
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.product, cls.warehouse.lot_stock_id, 100
        )
        groups = "sales_team.group_sale_salesman_all_leads,stock.group_stock_user"
        cls.stranger = cls.new_user("stranger", groups, cls.other)
        cls.own = cls.new_user("own", groups, cls.company)
        cls.buyer = cls.env["res.partner"].create({"name": "Somebody"})
        cls.set_up_carrier()

    @classmethod
    def new_user(cls, login, groups, company):
        return new_test_user(
            cls.env,
            f"links_{login}",
            groups,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )

    def setUp(self):
        super().setUp()
        # In each test, which has the order in memory: what Odoo had to read as the
        # stranger it would refuse, before the connector is asked.
        self.binding = self.receive(self.order_of(2))
        self.sale = self.binding.sale_order_id
        self.line = self.sale.order_line.filtered(lambda li: li.amazon_charge == "item")
        self.delivery = self.picking_of(self.binding)
        self.env.flush_all()

    def own_order(self, **line):
        """A sales order of the second company, by its own salesman."""
        return (
            self.env["sale.order"]
            .with_user(self.stranger)
            .create(
                {
                    "partner_id": self.buyer.id,
                    "warehouse_id": self.warehouse.id,
                    "order_line": [
                        Command.create({"product_id": self.product.id, **line})
                    ],
                }
            )
        )

    def own_delivery(self, sale_line, quantity=2, **vals):
        """A delivery of the second company whose move names a sales order's line."""
        picking_type = self.warehouse.out_type_id
        places = {
            "location_id": self.warehouse.lot_stock_id.id,
            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
        }
        picking = (
            self.env["stock.picking"]
            .with_user(self.stranger)
            .create(
                {
                    "picking_type_id": picking_type.id,
                    "carrier_tracking_ref": "FORGED",
                    **places,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "product_uom_qty": quantity,
                                "sale_line_id": sale_line.id,
                                **places,
                                **vals,
                            }
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        return picking

    def validate_own(self, picking):
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        with mute_logger(OUTBOX_LOGGER):
            picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(picking.state, "done")

    def refuse(self, attempt, *arguments, **options):
        with self.assertRaises(UserError):
            attempt(*arguments, **options)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestForeignShipments(ForeignCase):
    """S132: nobody makes Amazon count an order of another company as shipped."""

    def assert_untouched(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.shipments_of(self.binding))
        self.assertFalse(self.line.qty_delivered)
        self.assertEqual(self.delivery.state, "assigned")

    def test_line_linked_by_writing(self):
        sale = self.own_order()
        item = self.binding.line_ids
        self.refuse(sale.order_line.write, {"amazon_order_line_id": item.id})
        self.refuse(sale.order_line.write, {"amazon_charge": "item"})
        command = Command.update(sale.order_line.id, {"amazon_order_line_id": item.id})
        self.refuse(sale.write, {"order_line": [command]})
        self.assertFalse(sale.sudo().order_line.amazon_order_line_id)

    def test_line_linked_at_creation(self):
        item = self.binding.line_ids
        forged = {"amazon_order_line_id": item.id, "amazon_charge": "item"}
        self.refuse(self.own_order, **forged)
        Sale = self.env["sale.order"].with_user(self.stranger)
        given = Sale.with_context(default_amazon_shipping="odoo")
        self.refuse(given.create, {"partner_id": self.buyer.id})
        vals = {"order_id": self.own_order().id, "product_id": self.product.id}
        for name, value in forged.items():
            given = Sale.order_line.with_context(**{f"default_{name}": value})
            self.refuse(given.create, vals)
        forged = [Command.create({"product_id": self.product.id, **forged})]
        given = Sale.with_context(default_order_line=forged)
        made = given.create({"partner_id": self.buyer.id})
        self.assertFalse(made.order_line.amazon_charge)
        self.assertEqual(item.sale_line_ids, self.line)

    def test_what_links_are_left_is_compared(self):
        """As if a forged link had been made before, or by another addon."""
        sale = self.own_order()
        sale.action_confirm()
        sale.sudo().amazon_shipping = "odoo"
        sale.sudo().order_line.write(
            {
                "amazon_order_line_id": self.binding.line_ids.id,
                "amazon_charge": "item",
            }
        )
        self.validate_own(sale.picking_ids)
        self.assert_untouched()

    def test_move_of_another_company(self):
        picking = self.own_delivery(self.line)
        self.assertFalse(picking.amazon_notice)
        self.validate_own(picking)
        self.assert_untouched()
        with mute_logger(OUTBOX_LOGGER):
            picking.carrier_tracking_ref = "FORGED AGAIN"
            picking.move_ids.move_line_ids.quantity = 1
        self.assert_untouched()

    def test_move_done_by_a_script(self):
        picking = self.own_delivery(self.line)
        picking.move_ids.write({"quantity": 2, "picked": True})
        with mute_logger(OUTBOX_LOGGER):
            picking.move_ids.sudo()._action_done()
        self.assert_untouched()

    def test_transfer_put_into_the_company(self):
        picking = self.own_delivery(self.line)
        self.validate_own(picking)
        mine = self.delivery
        for record, vals in (
            (picking, {"picking_type_id": mine.picking_type_id.id}),
            (picking.move_ids, {"company_id": self.company.id}),
        ):
            self.refuse(record.write, vals)
        self.assert_untouched()

    def test_goods_put_into_its_delivery(self):
        """Two companies' goods in one transfer: nobody could validate it any more."""
        sale = self.own_order()
        for move in (
            self.own_delivery(self.line).move_ids,
            self.own_delivery(sale.order_line).move_ids,
        ):
            self.refuse(move.write, {"picking_id": self.delivery.id})
        values = move.copy_data()[0] | {"picking_id": self.delivery.id}
        self.refuse(move.create, values)
        units = {"picking_id": self.delivery.id, "product_id": self.product.id}
        self.refuse(move.move_line_ids.create, {**units, "quantity": 1})
        self.assertEqual(len(self.delivery.move_ids), 1)

    def test_form_of_a_delivery_that_is_not_saved(self):
        mine = self.own_delivery(self.env["sale.order.line"])
        spec = {"amazon_notice": {}, "amazon_missing": {}, "amazon_stopped": {}}
        forged = {"sale_id": self.sale.id, "company_id": self.company.id}
        for status in ("UNSHIPPED", "CANCELLED"):
            self.binding.fulfillment_status = status
            for picking, state in ((mine, {}), (mine.browse(), {"state": "assigned"})):
                vals = {
                    **forged,
                    **state,
                    "picking_type_id": self.delivery.picking_type_id.id,
                }
                shown = picking.onchange(vals, list(vals), spec)["value"]
                self.assertFalse([name for name, told in shown.items() if told])

    def test_closing_its_delivery(self):
        self.binding.shipped_outside = True
        picking = self.own_delivery(self.line)
        self.assertEqual(picking.sudo().sale_id, self.sale)
        self.refuse(picking.action_close_amazon_delivery)
        self.assertFalse(picking.amazon_shipped_outside)
        self.assert_untouched()

    def test_parcels_tied_to_own_deliveries(self):
        """Through a field of the delivery that an Amazon user sees."""
        self.deliver(self.binding)
        shipment, picking = (
            self.shipments_of(self.binding),
            self.own_delivery(self.env["sale.order.line"]),
        )
        user = self.new_user("clerk", "amazon_connector.group_user", self.company)
        user.group_ids += self.env.ref("stock.group_stock_user")
        user.company_ids += self.other
        mine = picking.with_user(user).with_context(
            allowed_company_ids=(self.company | self.other).ids
        )
        self.refuse(mine.write, {"amazon_shipment_ids": [Command.link(shipment.id)]})
        self.assertNotEqual(shipment.picking_id, picking)

    def test_its_own_people_ship(self):
        """S166: who may validate the delivery tells Amazon, without other rights."""
        picking = self.picking_of(self.binding).with_user(self.own)
        picking.write({"carrier_id": self.method.id, "carrier_tracking_ref": "TRK1"})
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        shipment = self.shipments_of(self.binding)
        self.assertEqual(shipment.state, "waiting")
        self.assertEqual(self.line.qty_delivered, 2)
        picking.carrier_tracking_ref = "TRK2"
        self.assertEqual(shipment.tracking_number, "TRK2")

    def test_its_own_people_close(self):
        self.binding.payload = {
            **self.binding.payload,
            "fulfillment": {"fulfillmentStatus": "SHIPPED"},
        }
        self.binding.shipped_outside = True
        picking = self.picking_of(self.binding).with_user(self.own)
        self.assertTrue(picking.amazon_shipped_outside)
        picking.action_close_amazon_delivery()
        self.assertFalse(self.binding.shipped_outside)


@tagged("post_install", "-at_install")
class TestForeignOrders(ForeignCase):
    """S132: nobody reads, blocks or cancels an order of another company."""

    def test_order_taken_before_it_came_in(self):
        late = self.store(order_json(7))
        defaults = {
            "default_amazon_order_id": late.id,
            "default_amazon_channel_id": self.channel.id,
            "default_amazon_order_ref": late.order_number,
        }
        Sale = self.env["sale.order"].with_user(self.stranger)
        for key, value in defaults.items():
            given = Sale.with_context(**{key: value})
            self.refuse(given.create, {"partner_id": self.buyer.id})
            self.refuse(given.name_create, "S0001")
            self.refuse(self.own_order().with_context(**{key: value}).copy)
        self.apply()
        self.assertEqual(late.state, "applied")

    def test_nothing_is_cancelled_for_it(self):
        """As if a forged link had been made before."""
        late = self.store(order_json(7))
        sale = self.own_order()
        sale.sudo().amazon_order_id = late
        sale.action_cancel_on_amazon("NoInventory")
        self.assertFalse(late.cancellation_ids)

    def test_others_take_no_order_up_again(self):
        self.sale.action_cancel_on_amazon("NoInventory")
        row = self.binding.cancellation_ids
        with self.assertRaises(AccessError):
            self.sale.with_user(self.stranger).action_draft()
        self.assertEqual(row.state, "waiting")

    def test_items_stay_on_their_order(self):
        elsewhere = self.sale.with_user(self.own).copy()
        line = self.line.with_user(self.own)
        self.refuse(line.write, {"order_id": elsewhere.id})
        self.refuse(elsewhere.write, {"order_line": [Command.link(line.id)]})
        self.assertEqual(self.line.order_id, self.sale)

    def test_no_line_is_put_on_another_company_s_order(self):
        line = self.own_order().order_line
        self.refuse(line.write, {"order_id": self.sale.id})
        self.assertEqual(self.sale.order_line, self.line)

    def test_order_stays_in_its_company(self):
        self.own.company_ids += self.other
        mine = self.sale.with_user(self.own).with_context(
            allowed_company_ids=(self.company | self.other).ids
        )
        self.refuse(mine.write, {"company_id": self.other.id})
        self.assertEqual(self.sale.company_id, self.company)

    def test_recovering_an_order_of_an_account_that_is_not_seen(self):
        group = "amazon_connector.group_user"
        user = self.new_user("clerk", group, self.other)
        account = self._create_account(
            company_id=self.other.id, region="na", seller_id="ATESTSELLER"
        )
        with self.assertRaises(AccessError):
            account.with_user(user).recover_order(self.binding.order_number)


@tagged("post_install", "-at_install")
class TestForeignAccounts(ForeignCase):
    def test_connected_without_amazon(self):
        boss = self.new_user("boss", "amazon_connector.group_manager", self.company)
        Account = self.env["amazon.account"].with_user(boss)
        vals = {"name": "Forged", "seller_id": "AFORGED"}
        self.refuse(Account.with_context(default_state="connected").create, vals)
        self.refuse(Account.create, {**vals, "state": "connected"})
        self.refuse(Account.create, {**vals, "company_id": self.other.id})
        given = Account.with_context(default_company_id=self.other.id)
        self.refuse(given.create, vals)
        draft = Account.create(vals)
        self.assertEqual(draft.state, "draft")
        self.refuse(draft.write, {"company_id": self.other.id})
        self.refuse(draft.copy, {"state": "connected"})


@tagged("post_install", "-at_install")
class TestDailyWork(ForeignCase):
    """What people do with Amazon's orders every day goes on."""

    def test_duplicating_an_order(self):
        copy = self.sale.with_user(self.own).copy()
        self.assertFalse(copy.amazon_order_id)
        self.assertEqual(copy.order_line.product_id, self.product)
        copy.action_confirm()
        self.assertEqual(copy.state, "sale")

    def test_editing_an_order_in_its_form(self):
        sale = self.sale.with_user(self.own)
        with Form(sale) as form:
            form.client_order_ref = "Call first"
            with form.order_line.edit(0) as line:
                line.product_uom_qty = 3
            with form.order_line.new() as line:
                line.product_id = self.other_product
        self.assertEqual(sale.order_line.mapped("product_uom_qty"), [3, 1])
        self.assertTrue(self.line.amazon_order_line_id)

    def test_new_orders_in_the_form(self):
        with Form(self.env["sale.order"].with_user(self.own)) as form:
            form.partner_id = self.buyer
            with form.order_line.new() as line:
                line.product_id = self.product
        self.assertFalse(form.record.amazon_order_id)

    def test_activities_and_products(self):
        sale = self.sale.with_user(self.own)
        sale.activity_schedule("mail.mail_activity_data_todo", user_id=self.own.id)
        product = self.product.copy()
        self.assertFalse(product.amazon_listing_ids)
