# SPDX-License-Identifier: LGPL-3.0-or-later
"""Addons that others wrote: for databases of their own, downloaded once."""

import dataclasses
from pathlib import Path

from . import apart
from .paths import SETUP


@dataclasses.dataclass(frozen=True)
class Neighbours:
    """A set of addons of others.

    :param str name: a word for its folder
    :param tuple modules: what is installed of them, and of Odoo's own addons with them
    :param pathlib.Path requirements: what is downloaded
    """

    name: str
    modules: tuple
    requirements: Path

    def known_to(self, odoo):
        """The same Odoo with these addons among its own.

        :param pieces.odoo_home.OdooHome odoo: the Odoo without them
        """
        addons = apart.folder(self.name, self.requirements) / "odoo" / "addons"
        return dataclasses.replace(odoo, addons=(*odoo.addons, addons))


# Those that get buyers' data to send them on: OCA's carriers, Odoo's e-invoices and
# e-way bills of India. With them what needs no database of its own: OCA's
# reconciliation of bank lines, and its job queue.
CARRIERS = Neighbours(
    "carriers",
    (
        "account_reconcile_oca",
        "delivery_dhl_parcel",
        "delivery_seur_atlas",
        "l10n_in_edi",
        "l10n_in_ewaybill",
        "queue_job",
    ),
    SETUP / "requirements-carriers.txt",
)
# All that touch what the connector touches: sales, deliveries, products, contacts.
BESIDE = Neighbours(
    "beside",
    (
        "account_reconcile_oca",
        "auditlog",
        "base_partner_sequence",
        "delivery_auto_refresh",
        "partner_firstname",
        "partner_ref_unique",
        "product_multi_barcode",
        "queue_job",
        "sale_automatic_workflow",
        "sale_cancel_reason",
        "sale_delivery_state",
        "sale_exception",
        "sale_financial_risk",
        "sale_order_archive",
        "sale_order_split_strategy",
        "sale_order_type",
        "sale_product_pack",
        "sale_stock_picking_blocking",
        "sale_tier_validation",
        "stock_available",
        "stock_no_negative",
        "stock_picking_batch_extended",
        "stock_product_pack",
        "stock_split_picking",
        # Odoo's own
        "point_of_sale",
        "purchase_stock",
        "sale_management",
        "sale_mrp",
        "stock_picking_batch",
        "website_sale",
    ),
    SETUP / "requirements-beside.txt",
)
