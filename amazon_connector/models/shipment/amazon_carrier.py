# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import escape_psql, ormcache

OTHER = "Other"


class AmazonCarrierCode(models.Model):
    """A carrier code that Amazon knows, for all companies.

    System administrators add those that Amazon adds; until then managers name such a
    carrier as another one (Other).
    """

    _name = "amazon.carrier.code"
    _description = "Amazon Carrier Code"
    _inherit = ["amazon.binding", "amazon.reference"]
    _order = "sequence, name"

    name = fields.Char("Carrier", required=True)
    code = fields.Char(
        required=True, help="Amazon's exact spelling, e.g. DHL or India Post."
    )
    sequence = fields.Integer(default=10)
    countries = fields.Char(
        help="Country codes of the marketplaces it serves, separated by commas, e.g. "
        "IN, US. It is listed first for these marketplaces."
    )

    _code_unique = models.Constraint(
        "unique(code)", "This carrier code already exists."
    )

    @api.depends("name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Override: all but one are names, and alike in each language."""
        words = {"Another carrier": self.env._("Another carrier")}
        for carrier in self:
            carrier.display_name = words.get(carrier.name, carrier.name)

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Override: the last choice first, then the carriers of the marketplace.

        The view names the channel in the context (``amazon_carriers_of``).
        """
        channel = self._get_channel_of_context()
        if not channel:
            return super().name_search(name, domain, operator, limit)
        found = super().name_search(name, domain, operator, None)
        last = self._find_last(channel)
        country = channel.marketplace_id.country_id.code
        own = self.search([("countries", "ilike", country)])
        ranks = {**dict.fromkeys(own.ids, 1), last.id: 0}
        found.sort(key=lambda pair: ranks.get(pair[0], 2))
        return found[:limit]

    @api.model
    def _get_channel_of_context(self):
        channel_id = self.env.context.get("amazon_carriers_of")
        if not isinstance(channel_id, int):
            return self.env["amazon.channel"]
        channel = self.env["amazon.channel"].sudo().browse(channel_id).exists()
        return channel.filtered(lambda c: c.company_id in self.env.companies)

    @api.model
    def _find_last(self, channel):
        """The carrier of the last parcel that Odoo told Amazon of, or empty."""
        last = (
            self.env["amazon.shipment"]
            .sudo()
            .search(
                [
                    ("channel_id", "=", channel.id),
                    ("source", "=", "odoo"),
                    ("carrier_code", "!=", False),
                ],
                order="id desc",
                limit=1,
            )
        )
        return self.search([("code", "=", last.carrier_code or "")])

    @api.model_create_multi
    def create(self, vals_list):
        """Override: delivery methods may be named like the new codes."""
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        """Override: deliveries read codes from a cache."""
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        """Override: deliveries read codes from a cache."""
        self.env.registry.clear_cache()
        return super().unlink()


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    def write(self, vals):
        """Override: a method may be named now as Amazon names its carrier."""
        if "name" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)


class AmazonCarrier(models.Model):
    """Which carrier Amazon is told when a delivery method ships.

    The most telling row counts: delivery method and marketplace, then delivery method,
    then marketplace, then a row without both.
    """

    _name = "amazon.carrier"
    _description = "Amazon Carrier"
    _inherit = ["amazon.binding", "amazon.reference"]
    _order = "delivery_carrier_id, marketplace_id, id"
    _check_company_auto = True

    delivery_carrier_id = fields.Many2one(
        "delivery.carrier",
        "Delivery Method",
        ondelete="cascade",
        check_company=True,
        index="btree_not_null",
        help="Empty: all delivery methods without a row of their own.",
    )
    marketplace_id = fields.Many2one(
        "amazon.marketplace",
        ondelete="cascade",
        help="Empty: all marketplaces without a row of their own.",
    )
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: not self.env.su and self.env.company,
        help="Empty: all companies without a row of their own. Only system "
        "administrators can change such rows.",
    )
    code_id = fields.Many2one(
        "amazon.carrier.code", "Carrier on Amazon", required=True, ondelete="restrict"
    )
    is_other = fields.Boolean(compute="_compute_is_other")
    carrier_name = fields.Char(
        help="The carrier name that the buyer sees. Needed if the carrier on Amazon is "
        "Other.",
    )
    shipping_method = fields.Char(help="Service of the carrier, e.g. Express.")
    untracked = fields.Boolean(
        "Without Tracking",
        help="Parcels of this delivery method have no tracking number, and Amazon "
        "accepts that. They are reported to Amazon by feed.",
    )

    _key_unique = models.UniqueIndex(
        "(COALESCE(delivery_carrier_id, 0), COALESCE(marketplace_id, 0), "
        "COALESCE(company_id, 0))",
        "There is already a row for this delivery method and marketplace.",
    )

    @api.constrains("code_id", "carrier_name")
    def _check_carrier_name(self):
        for row in self:
            if row.is_other and not (row.carrier_name or "").strip():
                raise ValidationError(
                    self.env._(
                        "Amazon does not list the carrier of %(row)s. Enter the "
                        "carrier's name: buyers see it.",
                        row=row.display_name,
                    )
                )

    @api.depends("code_id")
    def _compute_is_other(self):
        for row in self:
            row.is_other = row.code_id.code == OTHER

    @api.depends("delivery_carrier_id", "marketplace_id", "code_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for row in self:
            method = row.delivery_carrier_id.name or self.env._("Any delivery method")
            row.display_name = f"{method} → {row.code_id.display_name or ''}"

    @api.model_create_multi
    def create(self, vals_list):
        """Override: what waited for its carrier goes on."""
        rows = super().create(vals_list)
        rows._wake_shipments()
        return rows

    def write(self, vals):
        """Override: what waited for its carrier goes on."""
        result = super().write(vals)
        self._wake_shipments()
        return result

    def _wake_shipments(self):
        self.env.registry.clear_cache()
        of_all = any(not row.company_id for row in self)
        companies = self.env["res.company"] if of_all else self.company_id
        self.env["amazon.shipment"]._wake_held(companies)

    def unlink(self):
        """Override: deliveries read these rows from a cache."""
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @ormcache("company_id", "channel_id", "method_id")
    def _get_shipment_values(self, company_id, channel_id, method_id):
        """What a shipment takes over of the carrier; empty where nothing is known.

        :return: dict, which must not be changed
        """
        company = self.env["res.company"].browse(company_id)
        channel = self.env["amazon.channel"].sudo().browse(channel_id)
        method = self.env["delivery.carrier"].sudo().browse(method_id)
        key = (company, channel.marketplace_id, method)
        if row := self._find_for([key])[key]:
            return row._prepare_shipment_values()
        code = self._find_code(method)
        return {"carrier_code": code.code} if code else {}

    @api.model
    def _find_for(self, keys):
        """What Amazon is told about parcels.

        :param keys: ``(company, marketplace, delivery method)`` of each
        :return: ``{key: row}``, an empty recordset where nothing fits
        """
        rows = self.sudo().search_fetch(
            [
                ("company_id", "in", [False, *{key[0].id for key in keys}]),
                ("marketplace_id", "in", [False, *{key[1].id for key in keys}]),
                ("delivery_carrier_id", "in", [False, *{key[2].id for key in keys}]),
            ],
            ["company_id", "marketplace_id", "delivery_carrier_id", "code_id"],
        )
        by_key = {
            (row.delivery_carrier_id, row.marketplace_id, row.company_id): row
            for row in rows
        }
        found = {}
        for key in keys:
            company, marketplace, method = key
            candidates = (
                by_key.get((m, p, c))
                for m in dict.fromkeys((method, method.browse()))
                for p in (marketplace, marketplace.browse())
                for c in (company, company.browse())
            )
            found[key] = next(filter(None, candidates), self.browse())
        return found

    @api.model
    def _find_code(self, method):
        """The code of a delivery method that is named as Amazon names the carrier.

        In any language: Amazon hears the same, whoever ships.
        """
        languages = self.env["res.lang"].get_installed()
        names = {
            (method.with_context(lang=language).name or "").strip()
            for language, _label in languages
        }
        named = [
            Domain(field, "=ilike", escape_psql(name))
            for name in sorted(names - {"", OTHER})
            for field in ("code", "name")
        ]
        return self.env["amazon.carrier.code"].sudo().search(Domain.OR(named), limit=1)
