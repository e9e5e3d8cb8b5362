# SPDX-License-Identifier: LGPL-3.0-or-later
"""What people do in Odoo on a random day, each with the rights of their work.

Each is refused in words (`UserError`) or done; a collision with the connector is tried
again, as Odoo's own requests are.
"""

import functools

SECOND = "DAYS2"
CLERK, KEEPER, MANAGER = "days-clerk", "days-keeper", "days-manager"
GROUPS = {
    CLERK: ("sales_team.group_sale_salesman_all_leads", "amazon_connector.group_user"),
    KEEPER: ("stock.group_stock_user",),
    MANAGER: (
        "product.group_product_manager",
        "sales_team.group_sale_manager",
        "stock.group_stock_manager",
        "amazon_connector.group_manager",
    ),
}


def open_days(env):
    """The people, and how parcels leave."""
    if env["res.users"].search_count([("login", "=", CLERK)]):
        return
    for login, groups in GROUPS.items():
        env["res.users"].create(
            {
                "name": login,
                "login": login,
                "group_ids": [(6, 0, [env.ref(group).id for group in groups])],
            }
        )
    env["stock.warehouse"].create({"name": "Days", "code": SECOND})
    product = env["product.product"].create({"name": "Days", "type": "service"})
    method = env["delivery.carrier"].create(
        {"name": "Days courier", "product_id": product.id}
    )
    code = env.ref("amazon_connector.carrier_code_dtdc")
    env["amazon.carrier"].create({"delivery_carrier_id": method.id, "code_id": code.id})


def by(login):
    """A job of the user `login`; returns what it returns, or why it was refused."""

    def decorate(job):
        @functools.wraps(job)
        def wrapper(env, **options):
            from odoo.exceptions import AccessError, UserError
            from odoo.service.model import retrying

            user = env["res.users"].search([("login", "=", login)])
            env = env(user=user, context={"lang": "en_US"})
            try:
                return retrying(functools.partial(job, env, **options), env)
            except AccessError:
                raise
            except UserError as refusal:
                env.cr.rollback()
                return f"refused: {refusal}"

        return wrapper

    return decorate


def _find_sale(env, number):
    orders = env["amazon.order"].sudo()
    sale = orders.search([("order_number", "=", number)]).sale_order_id
    return env["sale.order"].browse(sale.ids)


def _find_product(env, sku):
    products = env["product.product"].with_context(active_test=False)
    return products.search([("default_code", "=", sku)])


@by(KEEPER)
def receive(env, sku, units, second):
    """Goods come in from a supplier, to the first warehouse or the second."""
    domain = [("company_id", "=", env.company.id)]
    if second:
        domain.append(("code", "=", SECOND))
    warehouse = env["stock.warehouse"].search(domain, limit=1)
    places = {
        "location_id": env.ref("stock.stock_location_suppliers").id,
        "location_dest_id": warehouse.lot_stock_id.id,
    }
    product = _find_product(env, sku)
    move = {"product_id": product.id, "product_uom_qty": units, **places}
    picking = env["stock.picking"].create(
        {
            "picking_type_id": warehouse.in_type_id.id,
            "move_ids": [(0, 0, move)],
            **places,
        }
    )
    picking.action_confirm()
    picking.move_ids.write({"quantity": units, "picked": True})
    picking.button_validate()
    return "received"


@by(KEEPER)
def ship(env, number, share, tracking):
    """A parcel leaves with some of what is reserved for an order.

    :param share: of the units of each line, 1 for all
    :param tracking: its number; None: nobody entered one
    """
    pickings = _find_sale(env, number).sudo().picking_ids
    pickings = env["stock.picking"].browse(pickings.ids)
    open_ones = pickings.filtered(lambda one: one.state not in ("done", "cancel"))
    if not open_ones:
        return "nothing to ship"
    picking = open_ones[0]
    picking.action_assign()
    moves = picking.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
    units = {move: max(1, int(move.quantity * share)) for move in moves}
    units = {move: min(some, move.quantity) for move, some in units.items()}
    if not any(units.values()):
        return "nothing is reserved"
    method = env["delivery.carrier"].sudo().search([("name", "=", "Days courier")])
    picking.write({"carrier_id": method.id, "carrier_tracking_ref": tracking})
    for move, some in units.items():
        move.write({"quantity": some, "picked": bool(some)})
    picking.with_context(skip_backorder=True).button_validate()
    return f"shipped {[*units.values()]}"


@by(KEEPER)
def track(env, number, tracking):
    """A tracking number is entered, or corrected, after the parcel left."""
    pickings = _find_sale(env, number).sudo().picking_ids
    done = pickings.filtered(lambda one: one.state == "done")[-1:]
    if not done:
        return "nothing left yet"
    env["stock.picking"].browse(done.ids).carrier_tracking_ref = tracking
    return "entered"


@by(KEEPER)
def take_back(env, number):
    """A buyer sends back what the last parcel held."""
    pickings = _find_sale(env, number).sudo().picking_ids
    done = pickings.filtered(
        lambda one: one.state == "done" and one.picking_type_id.code == "outgoing"
    )[-1:]
    if not done:
        return "nothing left yet"
    wizard = env["stock.return.picking"].create({"picking_id": done.id})
    for line in wizard.product_return_moves:
        line.quantity = line.move_quantity
    action = wizard.action_create_returns()
    back = env["stock.picking"].browse(action["res_id"])
    back.move_ids.write({"picked": True})
    back.with_context(skip_backorder=True).button_validate()
    return f"back {back.move_ids.mapped('quantity')}"


@by(CLERK)
def take_up(env, number):
    """An order that was cancelled in Odoo is taken up again."""
    sale = _find_sale(env, number)
    if sale.state != "cancel":
        return "not cancelled"
    sale.action_draft()
    sale.action_confirm()
    return "taken up"


@by(CLERK)
def sell_fewer(env, number):
    """A unit cannot be delivered: it is taken off, and Amazon told."""
    sale = _find_sale(env, number)
    lines = sale.order_line.filtered(
        lambda line: (
            line.amazon_charge == "item"
            and line.product_uom_qty - line.qty_delivered >= 1
            and line.product_uom_qty > 1
        )
    )
    if sale.state != "sale" or not lines:
        return "nothing to take off"
    lines[0].product_uom_qty -= 1
    dialog = env["amazon.order.adjust"].browse(sale.action_adjust_on_amazon()["res_id"])
    dialog.reason_code = "NoInventory"
    dialog.action_apply()
    return f"{lines[0].product_uom_qty} left"


@by(CLERK)
def cancel_sale(env, number, reason):
    """An order is cancelled; Amazon is told unless `reason` is None."""
    sale = _find_sale(env, number)
    if not sale or sale.state == "cancel":
        return "nothing to cancel"
    if reason:
        sale.action_cancel_on_amazon(reason)
    else:
        sale.action_cancel_in_odoo_only()
    return "cancelled"


@by(CLERK)
def answer_wish(env, number, cancel):
    """A buyer's wish to cancel is granted or not."""
    sale = _find_sale(env, number)
    if not sale:
        return "not here yet"
    sale.action_cancel_as_requested() if cancel else sale.action_ship_anyway()
    return "answered"


@by(MANAGER)
def change_channel(env, channel_id, values):
    env["amazon.channel"].browse(channel_id).write(values)
    return "changed"


@by(MANAGER)
def map_warehouses(env, channel_id, codes):
    """The quantity is that of these warehouses (None: of all).

    :param codes: of the second warehouse, and "" for the first
    """
    channel = env["amazon.channel"].browse(channel_id)
    if codes is None:
        channel.use_warehouses = False
        return "all"
    houses = env["stock.warehouse"].search([("company_id", "=", channel.company_id.id)])
    second = houses.filtered(lambda house: house.code == SECOND)
    chosen = [second if code else houses[0] for code in codes]
    channel.write(
        {
            "use_warehouses": True,
            "warehouse_id": chosen[0].id,
            "stock_warehouse_ids": [(6, 0, [house.id for house in chosen])],
        }
    )
    return "mapped"


@by(MANAGER)
def change_listing(env, listing_id, values):
    env["amazon.listing"].browse(listing_id).write(values)
    return "changed"


@by(MANAGER)
def relink(env, listing_id, sku):
    """A listing is taken off its product (`sku` None), or put onto another."""
    listing = env["amazon.listing"].browse(listing_id)
    if listing.product_id:
        listing._unlink_from_product()
    if sku:
        listing._link_to(_find_product(env, sku))
    return "linked" if sku else "unlinked"


@by(MANAGER)
def archive(env, sku, active):
    _find_product(env, sku).active = active
    return "active" if active else "archived"


@by(MANAGER)
def hold(env, account_id, on_hold):
    account = env["amazon.account"].browse(account_id)
    account.action_disable() if on_hold else account.action_enable()
    return "on hold" if on_hold else "enabled"


def work(env, kinds):
    """One round of each module's cron; `apply` is that of the orders in the inbox."""
    for kind in kinds:
        if kind == "apply":
            env["amazon.sync.orders"]._cron_apply()
        else:
            env[f"amazon.sync.{kind}"]._cron_fetch()


DAY_JOBS = (
    open_days,
    receive,
    ship,
    track,
    take_back,
    take_up,
    sell_fewer,
    cancel_sale,
    answer_wish,
    change_channel,
    map_warehouses,
    change_listing,
    relink,
    archive,
    hold,
    work,
)
