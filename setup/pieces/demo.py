# SPDX-License-Identifier: LGPL-3.0-or-later
"""The demo: Odoo with the connector, connected to a simulated Amazon."""

import contextlib
import fcntl
import time

from . import (
    compare,
    connect,
    databases,
    india,
    invoices,
    payout,
    postgres,
    rpc,
    server,
    shipping,
    shops,
    simulator,
)
from .console import SetupError, say
from .paths import cache, log_file

LOGIN = PASSWORD = "admin"
SCENARIO = "plain"


def run(odoo, options):
    """Bring the demo up and keep it up; with `options.check` compare and end.

    :param options: `port`, `database`, `orders`, `fresh`, `check` of the command line
    :return: the exit code
    """
    if not options.check:
        server.require_port(options.port)
    with contextlib.ExitStack() as parts:
        parts.enter_context(_alone_on(options.database))
        pg = parts.enter_context(postgres.running())
        template = databases.template(odoo, pg, databases.DEMO)
        state = f"{template} orders={options.orders}"
        fresh = _prepare_database(pg, options, template, state)
        say(f"Starting the simulated Amazon with {options.orders} orders")
        amazon = parts.enter_context(
            simulator.SimulatorProcess(SCENARIO, options.orders, server.environment(pg))
        )
        say("Starting Odoo")
        running = parts.enter_context(
            server.OdooServer(
                odoo,
                pg,
                options.database,
                port=server.free_port() if options.check else options.port,
                log=log_file(f"demo-{options.database}"),
            )
        )
        session = rpc.OdooRpc(running.url, options.database, LOGIN, PASSWORD)
        companies, seconds = _sync(session, amazon, running, fresh)
        if options.check:
            differing = _check(session, amazon, companies, seconds)
        played = options.payout and _play_payout(session, amazon, running, companies)
        if options.check:
            databases.remember(pg, options.database, state)
            return 1 if differing or played and played.differences else 0
        if fresh and not played:
            _work(session, amazon, companies)
        databases.remember(pg, options.database, state)
        _tell(session, running, amazon, options, seconds)
        _stay(amazon, running)


@contextlib.contextmanager
def _alone_on(database):
    """Keep a second demo off the same database."""
    with (cache("locks") / f"demo-{database}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(
                f"A demo on the database {database} is running. End it, or take "
                "another database: --database NAME"
            ) from None
        yield


def _prepare_database(pg, options, template, state):
    """Make the database unless a fitting one is there; whether it is a new one.

    :param str state: what a finished demo notes on its database, if it would fit
    """
    name = options.database
    found = databases.remembered(pg, name)
    if found is not None and not found.startswith("amazon_template"):
        raise SetupError(
            f"The database {name} is not one of the demo's. Take another name: "
            "--database NAME"
        )
    anew = options.fresh or options.check or options.payout
    if found == state and not anew:
        return False
    say(f"Creating the database {name}")
    databases.copy(pg, name, template)
    return True


def _sync(session, amazon, running, fresh):
    """Enter the companies, connect the accounts, wait for the orders.

    :return: {seller's key: company's id} and how long the sync took
    """
    sellers = amazon.sellers()
    if fresh:
        say("Entering the companies, their products and stock")
        builder = shops.Shops(session, sellers, registered=True)
        companies = builder.build(amazon.products())
    else:
        companies = shops.find(session, sellers)
    say("Connecting the accounts; the first sync starts by itself")
    since = connect.from_now()
    started = time.monotonic()
    accounts = connect.connect(session, amazon, sellers, companies)

    def alive():
        if not running.is_running() or not amazon.is_running():
            raise SetupError(f"A server has ended; see {running.log}")

    connect.wait_for_sync(session, accounts, since, alive)
    if fresh:
        # The other shop rehearses: its differences are for people to look at.
        connect.go_live(session, accounts[0], alive)
        say("Invoicing some orders, in India by Amazon's tax report")
        for seller in sellers:
            key = seller["seller"]
            if seller["gstins"]:
                india.close_month(session, amazon, key, companies[key])
            else:
                invoices.post_some(session, companies[key])
    return companies, time.monotonic() - started


def _play_payout(session, amazon, running, companies):
    say("Two weeks pass on Amazon")

    def alive():
        if not running.is_running() or not amazon.is_running():
            raise SetupError(f"A server has ended; see {running.log}")

    played = payout.Payout(session, amazon, companies, alive).play()
    for line in (*played.told, *played.differences):
        say(line)
    say(
        f"demo payout: {len(played.told)} settlements, {len(played.differences)} "
        "differences"
    )
    return played


def _work(session, amazon, companies):
    """What the staff would have done by now: a healthy shop with a few problems."""
    countries = {seller["seller"]: seller["country"] for seller in amazon.sellers()}
    say("Shipping what had to leave by now")
    for key, company in companies.items():
        shipping.furnish(session, company, countries[key])
        shipping.ship_late(session, company)


def _tell(session, running, amazon, options, seconds):
    orders = session.call("amazon.order", "search_count", [])
    sales = session.search_read(
        "sale.order", [("amazon_order_id", "!=", False)], ["state"]
    )
    confirmed = sum(sale["state"] == "sale" for sale in sales)
    frozen = session.call("amazon.order", "search_count", [("state", "=", "frozen")])
    pending = session.call("amazon.order", "search_count", [("state", "=", "pending")])
    say("")
    say(f"Odoo:  {running.url}/odoo/amazon-accounts")
    say(f"       login {LOGIN}, password {PASSWORD}")
    say("       (the second company is behind the company's name at the top right)")
    say(f"Amazon, simulated: {amazon.url}")
    say(
        f"{orders} Amazon orders in {seconds:.0f} s: {confirmed} confirmed sales "
        f"orders, {frozen} waiting for a product, {pending} pending on Amazon"
    )
    say(f"Data:  the database {options.database}")
    say(f"Log:   {running.log}")
    say("Ctrl-C ends it; the database stays for the next time.")


def _stay(amazon, running):
    while True:
        if not running.is_running():
            raise SetupError(f"Odoo has ended; see {running.log}")
        if not amazon.is_running():
            raise SetupError("The simulator has ended; start the demo again.")
        time.sleep(1)


def _check(session, amazon, companies, seconds):
    known = {key: set() for key in companies}
    for product in amazon.products():
        if product["in_odoo"]:
            known[product["seller"]].add(product["seller_sku"])
    orders = amazon.orders()
    differences, counts = compare.compare(session, orders, known, companies)
    differences += _compare_months(session, amazon, companies)
    for difference in differences:
        say(difference)
    total = sum(map(len, orders.values()))
    figures = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    say(f"{total} orders of {len(orders)} sellers in {seconds:.0f} s: {figures}")
    say(f"demo check: {total} orders, {len(differences)} differences")
    return 1 if differences or not total else 0


def _compare_months(session, amazon, companies):
    """What India's tax reports and Odoo's invoices differ in, as sentences."""
    found = []
    for seller in amazon.sellers():
        if not seller["gstins"]:
            continue
        months = india.compare(session, companies[seller["seller"]])
        for name, rows, count in months:
            say(f"{name}: {rows} rows of Amazon's tax report, {count} differences")
            found += [f"{name}: {count} differences"] if count else []
        if not months:
            found.append("No month of Amazon's tax report was read")
    return found
