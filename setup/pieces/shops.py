# SPDX-License-Identifier: LGPL-3.0-or-later
"""The demo's companies: what their own staff would have entered before Amazon."""

import itertools
import time

from . import rpc as _rpc
from . import server, simulator
from .console import SetupError
from .paths import log_file

CHARTS_OF_ACCOUNTS = {"IN": "in", "US": "generic_coa"}
CURRENCIES = {"IN": "INR", "US": "USD"}
# 1 US dollar and 1 rupee in other currencies, roughly as in 2026.
RATES = {"US": {"CAD": 1.38, "INR": 88.0}, "IN": {"USD": 0.0114, "CAD": 0.0157}}
# What Odoo has on hand beyond what Amazon offers, article by article in turn: so the
# first comparison shows differences of both signs, and orders can be shipped.
STOCK_BESIDE_AMAZON = (150, 10, -10)
# What a shop calls some articles in Odoo; on Amazon they have another SKU and title.
OWN_NAMES = {
    "IN-0029": ("BRUSH-BAMBOO", "Bamboo toothbrush, four in a box"),
    "US-0014": ("FEEDER-CEDAR", "Cedar bird feeder"),
}
# What an article costs, as a share of its price.
COST_SHARE = 0.55
_TRIES = 10
_PAUSE_SECONDS = 2


def enter(odoo, pg, database):
    """Build the simulated sellers' companies in a database."""
    with (
        simulator.SimulatorProcess("plain", 0, server.environment(pg)) as amazon,
        server.OdooServer(
            odoo,
            pg,
            database,
            port=server.free_port(),
            log=log_file("companies-odoo"),
            cron_threads=0,
        ) as running,
    ):
        session = _rpc.OdooRpc(running.url, database)
        Shops(session, amazon.sellers()).build(amazon.products())
    # The others wait for a day, so that they stand in nobody's way.
    others = (
        "NOT EXISTS (SELECT FROM ir_model_data WHERE model = 'ir.cron'"
        "  AND res_id = {} AND starts_with(module, 'amazon_connector'))"
    )
    pg.query(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'"
        " WHERE " + others.format("ir_cron.id"),
        database=database,
    )
    pg.query(
        "DELETE FROM ir_cron_trigger WHERE " + others.format("cron_id"),
        database=database,
    )


def find(odoo, sellers):
    """The companies that `enter` has built: {seller's key: company's id}."""
    return {
        seller["seller"]: odoo.find(
            "res.company", ("name", "=", seller["company_name"])
        )
        for seller in sellers
    }


class Shops:
    """Builds one company per simulated seller, with products and stock.

    The database must have the modules of the template `databases.DEMO`.

    :param pieces.rpc.OdooRpc odoo: an administrator's session
    :param sellers: as `SimulatorProcess.sellers` gives them
    :param bool registered: whether India's company has its tax numbers, which switches
        the taxes of its chart on
    """

    def __init__(self, odoo: _rpc.OdooRpc, sellers, registered=False):
        self._odoo = odoo
        self._registered = registered
        self._sellers = sellers
        self.companies = {}

    def build(self, products):
        """Enter everything; returns {seller's key: company's id}.

        :param products: as `SimulatorProcess.products` gives them
        """
        self._activate_currencies()
        for seller in self._sellers:
            self.companies[seller["seller"]] = self._company(seller)
        companies = list(self.companies.values())
        self._odoo.call(
            "res.users",
            "write",
            [self._odoo.user],
            {"company_ids": [(6, 0, companies)]},
        )
        for seller in self._sellers:
            self._books(seller)
        for seller in self._sellers:
            self._stock(seller, [p for p in products if self._is_sold(p, seller)])
        return self.companies

    @staticmethod
    def _is_sold(product, seller):
        """Some SKUs are left out, so that orders with unknown items are seen too."""
        is_there = product["in_odoo"] or product["seller_sku"] in OWN_NAMES
        return product["seller"] == seller["seller"] and is_there

    def _activate_currencies(self):
        names = sorted({*CURRENCIES.values(), *RATES["US"], *RATES["IN"]})
        currencies = self._odoo.call(
            "res.currency",
            "search",
            [("name", "in", names)],
            context={"active_test": False},
        )
        self._odoo.call("res.currency", "write", currencies, {"active": True})

    def _company(self, seller):
        country = self._odoo.find("res.country", ("code", "=", seller["country"]))
        values = {
            "name": seller["company_name"],
            "country_id": country,
            "state_id": self._odoo.find(
                "res.country.state",
                ("country_id", "=", country),
                ("code", "=", seller["state"]),
            ),
            "currency_id": self._currency(CURRENCIES[seller["country"]]),
        }
        if numbers := self._tax_numbers(seller):
            values["vat"] = numbers[seller["state"]]
        if self.companies:
            return self._patiently("res.company", "create", [values])[0]
        first = self._odoo.call("res.company", "search", [], limit=1, order="id")
        self._patiently("res.company", "write", first, values)
        return first[0]

    def _patiently(self, *call):
        """A call with which Odoo may install the modules of a country: it refuses to
        while one of its crons is at work."""
        for _attempt in range(_TRIES - 1):
            try:
                return self._odoo.call(*call)
            except SetupError:
                time.sleep(_PAUSE_SECONDS)
        return self._odoo.call(*call)

    def _currency(self, name):
        return self._odoo.find("res.currency", ("name", "=", name))

    def _books(self, seller):
        """Chart of accounts, taxes and rates of a company."""
        company = self.companies[seller["seller"]]
        chart = CHARTS_OF_ACCOUNTS[seller["country"]]
        loaded = self._odoo.call("res.company", "read", [company], ["chart_template"])
        if loaded[0]["chart_template"] != chart:
            self._odoo.call(
                "account.chart.template",
                "try_loading",
                [],
                chart,
                company,
                install_demo=False,
                context=self._context(company),
            )
        self._odoo.call(
            "res.currency.rate",
            "create",
            [
                {
                    "currency_id": self._currency(name),
                    "company_id": company,
                    "rate": rate,
                }
                for name, rate in RATES[seller["country"]].items()
            ],
        )

        self._registrations(company, self._tax_numbers(seller))

    def _tax_numbers(self, seller):
        """The seller's numbers as a tax payer, by state."""
        return seller["gstins"] if self._registered else {}

    def _registrations(self, company, numbers):
        """A journal for each GSTIN of a company, so that each numbers its invoices."""
        context = self._context(company)
        for state, number in numbers.items():
            journal = self._odoo.call(
                "account.journal",
                "create",
                [{"name": f"Amazon {state}", "code": f"AMZ{state}", "type": "sale"}],
                context=context,
            )[0]
            self._odoo.call(
                "amazon.gst.registration",
                "create",
                [{"company_id": company, "gstin": number, "journal_id": journal}],
                context=context,
            )

    @staticmethod
    def _context(company):
        return {"allowed_company_ids": [company]}

    def _stock(self, seller, products):
        company = self.companies[seller["seller"]]
        context = self._context(company)
        taxes = self._taxes(company, {product["tax_percent"] for product in products})
        ids = self._odoo.call(
            "product.product",
            "create",
            [self._product(product, company, taxes) for product in products],
            context=context,
        )
        warehouse = self._warehouse(seller, company)
        place = self._odoo.call(
            "stock.warehouse", "read", [warehouse], ["lot_stock_id"]
        )[0]["lot_stock_id"][0]
        counted = [
            {
                "product_id": product_id,
                "location_id": place,
                "inventory_quantity": max(product["quantities"].values()) + beside,
            }
            for product_id, product, beside in zip(
                ids, products, itertools.cycle(STOCK_BESIDE_AMAZON), strict=False
            )
        ]
        context["inventory_mode"] = True
        quants = self._odoo.call("stock.quant", "create", counted, context=context)
        self._odoo.call(
            "stock.quant", "action_apply_inventory", quants, context=context
        )

    def _warehouse(self, seller, company):
        """The company's warehouse; only Odoo's first company is born with one."""
        values = {
            "name": f"{seller['company_name']} warehouse",
            "code": f"WH{seller['seller']}",
        }
        found = self._odoo.call(
            "stock.warehouse", "search", [("company_id", "=", company)]
        )
        if not found:
            values["company_id"] = company
            return self._odoo.call("stock.warehouse", "create", [values])[0]
        self._odoo.call("stock.warehouse", "write", found[:1], values)
        return found[0]

    def _product(self, product, company, taxes):
        price = next(iter(product["prices"].values()))
        tax = taxes.get(product["tax_percent"])
        reference, name = OWN_NAMES.get(
            product["seller_sku"], (product["seller_sku"], product["title"])
        )
        return {
            "name": name,
            "l10n_in_hsn_code": product["hsn"] or False,
            "default_code": reference,
            "company_id": company,
            "is_storable": True,
            "list_price": float(price["amount"]),
            "standard_price": round(float(price["amount"]) * COST_SHARE, 2),
            "taxes_id": [(6, 0, [tax] if tax else [])],
        }

    def _taxes(self, company, percents):
        """India's GST by rate; elsewhere Amazon states the tax."""
        found = self._odoo.search_read(
            "account.tax",
            [
                ("company_id", "=", company),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "group"),
                ("amount", "in", [float(percent) for percent in percents]),
            ],
            ["amount"],
            context=self._context(company),
        )
        by_rate = {tax["amount"]: tax["id"] for tax in reversed(found)}
        return {percent: by_rate.get(float(percent)) for percent in percents}
