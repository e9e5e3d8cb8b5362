# SPDX-License-Identifier: LGPL-3.0-or-later
"""Who may call what over RPC: every public method that the addon brings.

Views hide buttons; that is no protection. A new public method fails here until it is
entered below, or marked ``@api.private``.
"""

from base64 import b64encode

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.account import credentials
from ..common import item_json, of_class_too, order_json
from .security_common import SecurityCase

MANAGERS = {
    "amazon.account": "action_authorise action_connect action_continue_setup "
    "action_disable action_enable action_look_for_marketplaces action_open_disconnect "
    "action_open_removal action_show_connection action_test_connection",
    "amazon.account.disconnect": "action_disconnect",
    "amazon.account.remove": "action_remove",
    "amazon.channel": "action_apply_order_preference action_keep_held "
    "action_map_warehouses action_open_go_live action_send_held "
    "action_share_preferences action_stop_stock action_unmap_warehouses",
    "amazon.channel.mapping": "action_save",
    "amazon.customer": "action_delete_buyer_data",
    "amazon.fba.stock": "action_correct action_correct_without_cost",
    "amazon.listing": "action_ask_costs action_confirm action_fetch_picture "
    "action_ignore action_link action_link_many action_reconsider action_unlink "
    "action_update",
    "amazon.listing.confirm": "action_apply",
    "amazon.listing.ignore": "action_apply",
    "amazon.listing.link": "action_apply",
    "amazon.listing.link.many": "action_apply",
    "amazon.listing.suggestion": "action_choose",
    "amazon.listing.unlink": "action_apply",
    "amazon.listing.update": "action_apply action_take_quantity",
    "amazon.onboarding": "action_authorise action_back action_connect action_finish "
    "action_open_account action_open_channels action_open_listings "
    "action_open_orders action_open_unconfirmed action_to_channels "
    "action_to_connect action_to_preferences",
    "amazon.order": "action_ask_costs action_confirm_items action_delete_buyer_data "
    "action_ignore_place action_link_items action_link_suggested "
    "action_take_for_nothing action_take_unit_price",
    "amazon.order.line": "action_link_suggested",
    "amazon.report": "action_accept_drop",
    "amazon.sealed.file": "action_delete",
    "amazon.settlement.file": "action_read_again",
    "amazon.settlement.upload": "action_upload",
    "amazon.stock.golive": "action_compare action_go_live action_take_quantities",
    "amazon.stock.level": "action_keep_held action_send_held",
    "product.product": "action_unlink_amazon",
    "product.template": "action_unlink_amazon",
    "sale.order": "action_ask_amazon_costs action_confirm_amazon_items "
    "action_link_amazon_items "
    "action_link_amazon_suggested",
}
USERS = {
    "amazon.account": "action_sync_now",
    "amazon.cancellation": "action_retry",
    "amazon.listing": "action_push_stock",
    "amazon.order": "action_cancel action_cancel_as_requested action_close_delivery "
    "action_picked_up action_ready_for_pickup action_refuse_pickup action_retry "
    "action_ship_anyway",
    "amazon.order.recover": "action_recover",
    "amazon.shipment": "action_send action_skip",
    "amazon.stock.level": "action_push_stock",
    "amazon.sync.manual": "action_open_runs action_start",
    "amazon.sync.run": "action_resync",
    "amazon.sync.task": "action_sync_now",
    "product.product": "action_push_amazon_stock",
    "product.template": "action_push_amazon_stock",
}
SALESMEN = {
    "amazon.delivery.complete": "action_complete action_go_on",
    "amazon.delivery.confirm": "action_ship action_ship_others",
    "amazon.delivery.divide": "action_divide action_go_on",
    "amazon.desk.carrier": "action_apply",
    "amazon.order.adjust": "action_apply",
    "amazon.order.cancel": "action_apply action_apply_here",
    "amazon.tracking.import": "action_apply action_apply_and_validate",
    "sale.order": "action_adjust_on_amazon action_cancel_as_requested "
    "action_cancel_in_odoo_only action_cancel_on_amazon "
    "action_retry_amazon_cancellation action_ship_anyway",
    "stock.picking": "action_amazon_validate action_close_amazon_delivery "
    "action_divide_amazon_parcels",
}
ACCOUNTANTS = {
    "amazon.settlement": "action_book action_go_on action_match action_post "
    "action_undo",
}
WINDOWS = {
    "amazon.account": "action_open_cancellation_problems action_open_deletion_late "
    "action_open_desk action_open_fba_stock "
    "action_open_help action_open_late action_open_listings action_open_orders "
    "action_open_owed action_open_settlements action_open_ship_today "
    "action_open_rehearsal action_open_requests action_open_shipment_problems "
    "action_open_stock_held action_open_stock_rejected "
    "action_recover_order action_sync_manually",
    "amazon.cancellation": "action_open_sale_order",
    "amazon.channel": "action_open_listings action_open_orders action_open_stock "
    "action_sync_manually",
    "amazon.channel.mapping": "action_open_settings",
    "amazon.customer": "action_open_contact",
    "amazon.fba.stock": "action_open_listings",
    "amazon.feed": "action_open_records",
    "amazon.listing": "action_import_mapping action_open_product_page "
    "action_open_seller_central",
    "amazon.marketplace": "action_open_channels action_set_up",
    "amazon.onboarding": "action_open_carriers action_open_help action_refresh",
    "amazon.order": "action_open_delivery action_open_listings "
    "action_open_sale_order action_open_seller_central action_open_shipments",
    "amazon.sealed.file": "action_open",
    "amazon.settlement": "action_open_rows action_open_unknown",
    "amazon.settlement.file": "action_download",
    "amazon.settlement.row": "action_make_rule",
    "amazon.settlement.sum": "action_open_rows",
    "amazon.shipment": "action_open_order",
    "amazon.sync.record": "action_open_source",
    "amazon.sync.run": "action_open action_open_records action_open_resyncs "
    "action_open_waiting",
    "amazon.sync.task": "action_change_interval action_open_history "
    "action_open_last_records action_sync_manually",
    "product.product": "action_open_amazon_listings",
    "product.template": "action_open_amazon_listings",
    "sale.order": "action_open_amazon_cancellations action_open_amazon_order "
    "action_open_amazon_settlement_rows action_open_amazon_shipments "
    "action_open_seller_central action_tell_amazon_cancelled",
    "stock.picking": "action_amazon_batch action_amazon_print_picklist "
    "action_amazon_print_slips action_amazon_set_carrier "
    "action_open_amazon_shipments action_open_seller_central",
}
"""They answer with a window; what it shows is guarded by the rights on records."""
READS = {"stock.picking": "amazon_find_scanned"}
"""They answer with what the user may read, and nothing else."""
ARGUMENTS = {
    "amazon_find_scanned": ["403-0000000-0000001"],
    "action_cancel_on_amazon": ["NoInventory"],
}
TOLD_ANYHOW = {"id", "display_name", "create_date", "write_date", "account_name"}
# Counts of rows that the dialog was made with.
TOLD_ANYHOW |= {"problem_count"}


def spread(*tables):
    """``(model, method)`` of these tables."""
    return [
        (model, name)
        for table in tables
        for model, names in table.items()
        for name in names.split()
    ]


def no_network(*args, **kwargs):
    message = "There is no Amazon here."
    raise UserError(message)


@tagged("post_install", "-at_install")
class TestPublicMethods(SecurityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        warehouses = ",stock.group_stock_multi_warehouses"
        manager = "amazon_connector.group_manager,stock.group_stock_manager"
        cls.manager = cls._user("boss", manager + warehouses)
        other = cls.env["res.company"].create({"name": "Second company"})
        vals = {"company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        cls.foreign = cls._user("foreign_boss", manager + warehouses, **vals)
        cls.accountant = cls._user("accountant", "account.group_account_user")
        cls.portal = cls._user("portal", "base.group_portal")
        cls.employee = cls._user("employee", "base.group_user")
        cls.records = cls.everything()
        sale = cls.find("403-0000000-0000001").sale_order_id
        product = sale.order_line.product_id.filtered("amazon_listing_ids")[:1]
        frozen = cls.receive(order_json(5, items=[item_json("ASK", number="5")]))
        for model, records in cls.records.items():
            if "company_id" in records._fields:
                records = records.filtered(lambda one: one.company_id == cls.company)
            cls.records[model] = records[:1]
        cls.records |= {
            "amazon.account": cls.account,
            "amazon.channel": cls.channel,
            "amazon.order": frozen,
            "sale.order": frozen.sale_order_id,
            "stock.picking": sale.picking_ids,
            "product.product": product,
            "product.template": product.product_tmpl_id,
        }
        cls.dialogs = {
            user: {
                model: cls.env[model].with_user(user).create(vals)
                for model, vals in cls.prepare_dialogs().items()
                if cls.env[model].with_user(user).has_access("create")
            }
            for user in (cls.manager, cls.user)
        }
        link = cls.dialogs[cls.manager]["amazon.listing.link"]
        cls.dialogs[cls.manager]["amazon.listing.suggestion"] = link.env[
            "amazon.listing.suggestion"
        ].create({"wizard_id": link.id, "product_id": product.id})

    def setUp(self):
        super().setUp()
        self.patch(credentials, "Client", no_network)

    @of_class_too
    def prepare_dialogs(self):
        """``{model: values}`` of a dialog of each kind about this company's records."""
        account = {"account_id": self.account.id}
        sale = self.records["sale.order"]
        listing = self.env["amazon.listing"].search([("seller_sku", "=", "ASK")])
        linked = self.records["product.product"].amazon_listing_ids
        warehouse = self.channel._get_warehouse()
        return {
            "amazon.account.disconnect": {
                **account,
                "confirmation": self.account.name,
            },
            "amazon.account.remove": {
                **account,
                "confirmation": self.account.name,
            },
            "amazon.channel.mapping": {
                "channel_id": self.channel.id,
                "warehouse_id": warehouse.id,
                "stock_warehouse_ids": [(6, 0, warehouse.ids)],
            },
            "amazon.delivery.confirm": {
                "picking_ids": [(6, 0, self.records["stock.picking"].ids)],
            },
            "amazon.delivery.complete": {
                "picking_ids": [(6, 0, self.records["stock.picking"].ids)],
                "line_ids": [(0, 0, {"picking_id": self.records["stock.picking"].id})],
            },
            "amazon.delivery.divide": {
                "picking_id": self.records["stock.picking"].id,
                "picking_ids": [(6, 0, self.records["stock.picking"].ids)],
            },
            "amazon.desk.carrier": {
                "picking_ids": [(6, 0, self.records["stock.picking"].ids)],
                "carrier_code_id": self.env.ref(
                    "amazon_connector.carrier_code_bluedart"
                ).id,
            },
            "amazon.tracking.import": {
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "picking_id": self.records["stock.picking"].id,
                            "tracking": "T1",
                        },
                    )
                ],
            },
            "amazon.listing.confirm": {
                "line_ids": [(0, 0, {"listing_id": listing.id})],
            },
            "amazon.listing.ignore": {
                "listing_ids": [(6, 0, listing.ids)],
                "reason": "x",
            },
            "amazon.listing.link": {
                "listing_ids": [(6, 0, listing.ids)],
                "product_id": self.records["product.product"].id,
            },
            "amazon.listing.link.many": {
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "listing_id": listing.id,
                            "product_id": self.records["product.product"].id,
                        },
                    )
                ],
            },
            "amazon.listing.unlink": {"listing_ids": [(6, 0, linked.ids)]},
            "amazon.listing.update": {"listing_id": listing.id},
            "amazon.onboarding": account,
            "amazon.order.adjust": {"sale_order_id": sale.id},
            "amazon.order.cancel": {
                "sale_order_ids": [(6, 0, sale.ids)],
                "reason_code": "NoInventory",
            },
            "amazon.order.recover": {**account, "number": "403-0000000-0000009"},
            "amazon.settlement.upload": {**account, "content": b64encode(b"x")},
            "amazon.stock.golive": {"channel_id": self.channel.id},
            "amazon.sync.manual": account,
        }

    def call(self, user, model, name):
        """What the method returns, or the exception that it raises."""
        dialogs = self.dialogs[self.manager] | self.dialogs.get(user, {})
        record = dialogs.get(model) or self.records[model]
        self.assertTrue(record, f"no {model} to call {name} on")
        self.env.flush_all()
        self.env.invalidate_all()
        with self.env.cr.savepoint() as savepoint:
            try:
                result = getattr(record.with_user(user), name)(*ARGUMENTS.get(name, ()))
                self.env.flush_all()
            except UserError as error:
                result = error
            self.env.invalidate_all(flush=False)
            savepoint.rollback()
        return result

    def test_every_public_method_is_known_here(self):
        """S132: nothing can be called from outside that nobody thought of."""
        found = set()
        for model in self.env.registry.values():
            if model._abstract:
                continue
            for name in dir(model):
                # Scripts' methods have tests of their own, in tests/external.
                if not name.startswith("api_") and self._is_ours(model, name):
                    found.add((model._name, name))
        known = spread(MANAGERS, USERS, SALESMEN, ACCOUNTANTS, WINDOWS, READS)
        self.assertEqual(len(known), len(set(known)), "each has its place once")
        self.assertEqual(found, set(known))

    def test_outsiders_are_refused(self):
        """S132: portal users, employees, managers of another company."""
        for user in (self.portal, self.employee, self.foreign):
            for model, name in spread(MANAGERS, USERS, SALESMEN, ACCOUNTANTS):
                result = self.call(user, model, name)
                # Products are shared: whoever sees them finds no items behind them.
                shared = user == self.foreign and model.startswith("product.")
                self.assertIsInstance(
                    result,
                    UserError if shared else AccessError,
                    f"{user.login}: {model}.{name}",
                )

    def test_salesmen_and_users_are_refused_what_is_above_them(self):
        for user, tables in (
            (self.salesman, (MANAGERS, USERS, ACCOUNTANTS)),
            (self.user, (MANAGERS, ACCOUNTANTS)),
            (self.manager, (ACCOUNTANTS,)),
        ):
            for model, name in spread(*tables):
                result = self.call(user, model, name)
                self.assertIsInstance(
                    result, AccessError, f"{user.login}: {model}.{name}"
                )

    def test_whoever_may_is_not_refused(self):
        """A right that is asked for and that nobody has would close a button."""
        for user, tables in (
            (self.manager, (MANAGERS, USERS, SALESMEN)),
            (self.user, (USERS,)),
            (self.accountant, (ACCOUNTANTS,)),
        ):
            for model, name in spread(*tables):
                result = self.call(user, model, name)
                self.assertNotIsInstance(
                    result, AccessError, f"{user.login}: {model}.{name}: {result}"
                )

    def test_reads_tell_nothing_of_another_company(self):
        for model, name in spread(READS):
            self.assertTrue(self.call(self.manager, model, name))
            for user in (self.portal, self.employee, self.foreign):
                result = self.call(user, model, name)
                refused = isinstance(result, AccessError)
                self.assertTrue(refused or not result, f"{user.login}: {result}")

    def test_dialogs_tell_nothing_of_another_company(self):
        """A script may make a dialog about any record that it knows the number of."""
        for model, vals in self.prepare_dialogs().items():
            self.env.flush_all()
            with self.env.cr.savepoint() as savepoint:
                shown = [{}]
                try:
                    dialog = self.env[model].with_user(self.foreign).create(vals)
                    self.env.invalidate_all()
                    shown = dialog.read()
                except AccessError:
                    self.env.invalidate_all(flush=False)
                savepoint.rollback()
            fields = self.env[model]._fields
            # Odoo itself names whatever a many2one points to.
            told = {
                name
                for name, value in shown[0].items()
                if value and fields[name].type != "many2one"
            }
            self.assertFalse(told - set(vals) - TOLD_ANYHOW, model)

    def test_unsaved_dialogs_tell_nothing_of_another_company(self):
        """Nor may it open one with such numbers as default values."""
        order = self.records["stock.picking"].sale_id.amazon_order_id
        order.fulfillment_status = "CANCELLED"
        for model, vals in self.prepare_dialogs().items():
            Dialog = self.env[model].with_user(self.foreign)
            fields = Dialog._fields
            named = {name: val for name, val in vals.items() if fields[name].relational}
            spec = {
                name: {}
                for name, field in fields.items()
                if field.type != "many2one" and Dialog._has_field_access(field, "read")
            }
            defaults = {f"default_{name}": value for name, value in named.items()}
            self.env.flush_all()
            self.env.invalidate_all()
            shown = {}
            try:
                shown = Dialog.with_context(**defaults).onchange({}, [], spec)["value"]
            except AccessError:
                self.env.invalidate_all(flush=False)
            told = {name for name, value in shown.items() if value}
            self.assertFalse(told - set(named) - TOLD_ANYHOW, model)

    def test_dialogs_store_nothing_that_the_user_cannot_read(self):
        """Odoo computes stored fields as superuser, whatever a script points at."""
        computed = {
            str(field)
            for name, model in self.env.registry.items()
            if name.startswith("amazon.") and model._transient
            for field in model._fields.values()
            if field.compute and field.store and field.compute_sudo
        }
        self.assertFalse(computed)

    def test_lines_put_into_a_dialog_of_another_company(self):
        product = self.records["product.product"]
        product.with_company(self.company).standard_price = 77
        dialog = self.dialogs[self.manager]["amazon.stock.golive"]
        self.env.flush_all()
        self.env.invalidate_all()
        Line = self.env["amazon.stock.golive.line"].with_user(self.foreign)
        line = Line.create({"wizard_id": dialog.id, "product_id": product.id})
        self.assertNotEqual(line.cost, 77)
        setup = self.env["amazon.onboarding"].with_user(self.foreign)
        setup = setup.create({"account_id": self.account.id})
        setup.env.flush_all()
        self.assertNotIn(self.account.name, setup.name)

    def test_windows_only_open(self):
        """What needs no right of its own answers with a window and changes nothing."""
        for user in (self.portal, self.foreign, self.manager):
            for model, name in spread(WINDOWS):
                result = self.call(user, model, name)
                if isinstance(result, dict):
                    self.assertIn("type", result)
                else:
                    self.assertTrue(
                        isinstance(result, UserError) or not result or result is True,
                        f"{user.login}: {model}.{name}: {result}",
                    )
