# SPDX-License-Identifier: LGPL-3.0-or-later
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.secret_fields import Ciphertext
from ...tools.vault import get_vault
from .personal import find_registrations, seal_customer

ADDRESS_PARTS = (
    "name",
    "companyName",
    "addressLine1",
    "addressLine2",
    "addressLine3",
    "city",
    "districtOrCounty",
    "municipality",
    "stateOrRegion",
    "postalCode",
    "countryCode",
)
SOFT = {
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
}
"""Context that keeps followers and "created" notes out of bulk creation."""


@dataclass(frozen=True, eq=False)
class Buyer:
    """What identifies the buyer of one order, as keyed hashes, and its data.

    ``personal`` is what will be encrypted; ``country`` and ``state`` are records.
    """

    channel: models.BaseModel
    country: models.BaseModel
    state: models.BaseModel
    personal: dict
    email_digests: tuple
    identity_digests: tuple
    address_digests: tuple

    @property
    def registrations(self):
        """The buyer's own tax registrations, as Amazon spells them."""
        return self.personal["tax"]

    @property
    def is_business(self):
        return bool(self.registrations or self.personal["buyer"].get("company"))

    @property
    def is_anonymous(self):
        return not (self.email_digests or self.identity_digests)

    @property
    def scope(self):
        """Within what a buyer is the same one: company and marketplace, as ids."""
        return self.channel.company_id.id, self.channel.marketplace_id.id

    @property
    def anonymous_key(self):
        return f"{self.channel.id}/{self.country.id or 0}/{self.state.id or 0}"


def prepare_buyer(channel, personal, country, state):
    """The :class:`Buyer` of an Amazon order.

    A function: no method may give hashes, by which a template could try guesses.

    :param personal: the order's personal part
        (:func:`~..sp_api.privacy.split_order`)
    """
    vault = get_vault(channel.env)
    account = personal.get("buyer", {})
    address = {
        key: value
        for key, value in personal.get("recipient", {}).items()
        if key != "deliveryPreference"
    }
    email = (account.get("email") or "").strip()
    name = account.get("name") or address.get("name")
    # Country and state alone name nobody: without a street there is no address.
    located = any(address.get(part) for part in ("addressLine1", "postalCode"))
    parts = [address.get(part) for part in ADDRESS_PARTS]
    registrations = find_registrations(personal)
    numbers = sorted(str(r["taxRegistrationNumber"]) for r in registrations)
    apart = numbers if channel.company_id._parts_buyers_by_tax_number() else ()
    if name and located:
        identities = vault.digests("identity", name, *parts[1:], *apart)
    else:
        identities = vault.digests("registration", *numbers)
    return Buyer(
        channel=channel,
        country=country,
        state=state,
        personal={"buyer": account, "address": address, "tax": registrations},
        email_digests=tuple(vault.digests("email", email, *apart) if email else ()),
        identity_digests=tuple(identities),
        address_digests=tuple(vault.digests("address", *parts) if located else ()),
    )


class AmazonCustomer(models.Model):
    """The partner binding: a masked contact, and the buyer's data, encrypted.

    The contact carries the channel's company, the name "Amazon IN - Customer", a
    number, country and state. Keyed hashes find a buyer again within the company
    and the marketplace: who buys on two of them has a contact of each, with its name
    and its country.
    """

    _name = "amazon.customer"
    _description = "Amazon Customer"
    _inherit = "amazon.binding"
    _closed = True
    _rec_name = "number"
    _order = "id desc"

    number = fields.Char(required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="cascade", index=True
    )
    parent_id = fields.Many2one(
        "amazon.customer",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Set if this is another delivery address of that customer.",
    )
    channel_id = fields.Many2one("amazon.channel", readonly=True, ondelete="set null")
    marketplace_id = fields.Many2one(
        "amazon.marketplace", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    email_digest = fields.Char(groups=fields.NO_ACCESS)
    identity_digest = fields.Char(groups=fields.NO_ACCESS)
    address_digest = fields.Char(groups=fields.NO_ACCESS)
    anonymous_key = fields.Char(
        readonly=True, help="Channel, country and state shared by anonymous buyers."
    )
    ciphertext = Ciphertext()

    _email_unique = models.UniqueIndex(
        "(company_id, marketplace_id, email_digest) WHERE email_digest IS NOT NULL"
    )
    _identity_unique = models.UniqueIndex(
        "(company_id, marketplace_id, identity_digest)"
        " WHERE identity_digest IS NOT NULL AND email_digest IS NULL"
    )
    _identity_idx = models.Index(
        "(company_id, marketplace_id, identity_digest)"
        " WHERE identity_digest IS NOT NULL"
    )
    _address_unique = models.UniqueIndex(
        "(parent_id, address_digest) WHERE parent_id IS NOT NULL"
    )
    _anonymous_unique = models.UniqueIndex(
        "(company_id, anonymous_key) WHERE anonymous_key IS NOT NULL"
    )

    @api.model
    def _find_or_create(self, buyers):
        """The contacts of a batch of buyers of one company, made where missing.

        :param buyers: list of :class:`Buyer`
        :return: ``[(partner, delivery partner), ...]`` in the same order
        """
        finder = self.sudo()
        known = finder._find_known(buyers)
        keys = finder._key_new([buyer for buyer in buyers if buyer not in known])
        new = {}
        for buyer, key in keys.items():
            new.setdefault(key, buyer)
        created = finder._create_customers(list(new.values()))
        by_key = dict(zip(new, created, strict=True))
        customers = [known.get(buyer) or by_key[keys[buyer]] for buyer in buyers]
        deliveries = finder._find_or_create_deliveries(
            list(zip(customers, buyers, strict=True))
        )
        finder.union(*customers, *deliveries)._hold()
        contacts = [
            (customer.partner_id, delivery.partner_id)
            for customer, delivery in zip(customers, deliveries, strict=True)
        ]
        self._keep_businesses(buyers, contacts)
        return contacts

    # ------------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------------

    def _identity_key(self, buyer):
        """What two orders of one new buyer in a batch have in common."""
        if buyer.is_anonymous:
            return ("anonymous", buyer.anonymous_key)
        digests = buyer.email_digests or buyer.identity_digests
        return ("digest", buyer.scope, digests[0])

    def _key_new(self, buyers):
        """``{buyer: key}``: orders of one new buyer in a batch share a key.

        Those with an e-mail come first: others of the same buyer may lack it.
        """
        keys, with_email = {}, {}
        for buyer in sorted(buyers, key=lambda buyer: not buyer.email_digests):
            key = self._identity_key(buyer)
            for digest in buyer.identity_digests[:1]:
                if buyer.email_digests:
                    with_email.setdefault((buyer.scope, digest), key)
                else:
                    key = with_email.get((buyer.scope, digest), key)
            keys[buyer] = key
        return keys

    def _find_known(self, buyers):
        """``{buyer: customer}`` of those that have a customer already."""
        channels = self.env["amazon.channel"].union(*(b.channel for b in buyers))
        emails = [digest for b in buyers for digest in b.email_digests]
        identities = [digest for b in buyers for digest in b.identity_digests]
        anonymous = [b.anonymous_key for b in buyers if b.is_anonymous]
        found = self.search_fetch(
            [
                ("company_id", "in", channels.company_id.ids),
                ("marketplace_id", "in", channels.marketplace_id.ids),
                ("parent_id", "=", False),
                "|",
                "|",
                ("email_digest", "in", emails),
                ("identity_digest", "in", identities),
                ("anonymous_key", "in", anonymous),
            ],
            [
                "company_id",
                "marketplace_id",
                "email_digest",
                "identity_digest",
                "anonymous_key",
                "address_digest",
            ],
            order="id",
        )
        by_email = {(c._scope, c.email_digest): c for c in found if c.email_digest}
        by_identity = {
            (c._scope, c.identity_digest): c for c in found if c.identity_digest
        }
        by_place = {c.anonymous_key: c for c in found if c.anonymous_key}
        result = {}
        for buyer in buyers:
            customer = (
                by_place.get(buyer.anonymous_key)
                if buyer.is_anonymous
                else self._pick_known(buyer, by_email, by_identity)
            )
            if customer:
                result[buyer] = customer
                if buyer.email_digests and not customer.email_digest:
                    customer.email_digest = buyer.email_digests[0]
                    by_email[buyer.scope, customer.email_digest] = customer
        return result

    def _hold(self):
        """Keep the deletion of buyers' data off these until the commit.

        What it has deleted since this transaction began is a conflict, and the batch is
        done again: an order must not go to a contact of which nothing is known.
        """
        if self:
            self.flush_recordset()
            self.env.cr.execute(
                SQL(
                    "SELECT FROM amazon_customer WHERE id = ANY(%s)"
                    " ORDER BY id FOR SHARE",
                    self.ids,
                )
            )

    @property
    def _scope(self):
        """Within what a buyer is the same one."""
        return self.company_id.id, self.marketplace_id.id

    def _pick_known(self, buyer, by_email, by_identity):
        for digest in buyer.email_digests:
            if (buyer.scope, digest) in by_email:
                return by_email[buyer.scope, digest]
        for digest in buyer.identity_digests:
            customer = by_identity.get((buyer.scope, digest))
            # Same name and address, but each with an e-mail of its own: two people.
            if customer and not (buyer.email_digests and customer.email_digest):
                return customer
        return self.browse()

    # ------------------------------------------------------------------
    # Creating
    # ------------------------------------------------------------------

    def _create_customers(self, buyers):
        if not buyers:
            return self
        numbers = self._next_numbers(buyers)
        partners = (
            self.env["res.partner"]
            .with_context(**SOFT)
            .create(
                [
                    self._prepare_partner(buyer, number)
                    for buyer, number in zip(buyers, numbers, strict=True)
                ]
            )
        )
        return self.create(
            [
                self._prepare_customer(buyer, number, partner)
                for buyer, number, partner in zip(
                    buyers, numbers, partners, strict=True
                )
            ]
        )

    def _find_or_create_deliveries(self, pairs):
        """The customer of each delivery address: the buyer's own, or a child of it."""
        wanted = [
            (customer, buyer)
            for customer, buyer in pairs
            if buyer.address_digests
            and customer.address_digest not in buyer.address_digests
        ]
        if not wanted:
            return [customer for customer, _buyer in pairs]
        known = {
            (child.parent_id.id, child.address_digest): child
            for child in self.search_fetch(
                [
                    ("parent_id", "in", [customer.id for customer, _ in wanted]),
                    (
                        "address_digest",
                        "in",
                        [digest for _, b in wanted for digest in b.address_digests],
                    ),
                ],
                ["parent_id", "address_digest"],
            )
        }
        new = {}
        for customer, buyer in wanted:
            keys = [(customer.id, digest) for digest in buyer.address_digests]
            if not any(key in known for key in keys):
                new.setdefault(keys[0], (customer, buyer))
        known.update(zip(new, self._create_deliveries(list(new.values())), strict=True))
        return [
            next(
                (
                    known[customer.id, digest]
                    for digest in buyer.address_digests
                    if (customer.id, digest) in known
                ),
                customer,
            )
            for customer, buyer in pairs
        ]

    def _create_deliveries(self, pairs):
        if not pairs:
            return self
        numbers = self._next_numbers([buyer for _customer, buyer in pairs])
        partners = (
            self.env["res.partner"]
            .with_context(**SOFT)
            .create(
                [
                    {
                        **self._prepare_partner(buyer, number),
                        "parent_id": customer.partner_id.id,
                        "type": "delivery",
                    }
                    for (customer, buyer), number in zip(pairs, numbers, strict=True)
                ]
            )
        )
        return self.create(
            [
                {
                    "number": number,
                    "partner_id": partner.id,
                    "parent_id": customer.id,
                    "channel_id": buyer.channel.id,
                    "marketplace_id": buyer.channel.marketplace_id.id,
                    "company_id": buyer.channel.company_id.id,
                    "address_digest": buyer.address_digests[0],
                    "ciphertext": seal_customer(
                        buyer.channel.company_id,
                        number,
                        {"address": buyer.personal["address"]},
                    ),
                }
                for (customer, buyer), number, partner in zip(
                    pairs, numbers, partners, strict=True
                )
            ]
        )

    def _prepare_partner(self, buyer, number):
        """Hook: values of a masked contact; nothing in them tells who the buyer is."""
        return {
            "name": self.env._("%(channel)s - Customer", channel=buyer.channel.name),
            "ref": number,
            "amazon_number": number,
            "company_id": buyer.channel.company_id.id,
            "country_id": buyer.country.id,
            "state_id": buyer.state.id,
            "is_company": False,
            "lang": buyer.channel.company_id.partner_id.lang or self.env.lang,
        }

    def _prepare_customer(self, buyer, number, partner):
        vals = {
            "number": number,
            "partner_id": partner.id,
            "channel_id": buyer.channel.id,
            "marketplace_id": buyer.channel.marketplace_id.id,
            "company_id": buyer.channel.company_id.id,
        }
        if buyer.is_anonymous:
            return {**vals, "anonymous_key": buyer.anonymous_key}
        return {
            **vals,
            "email_digest": next(iter(buyer.email_digests), False),
            "identity_digest": next(iter(buyer.identity_digests), False),
            "address_digest": next(iter(buyer.address_digests), False),
            "ciphertext": seal_customer(
                buyer.channel.company_id, number, buyer.personal
            ),
        }

    def _next_numbers(self, buyers):
        """The number of each new customer, from the sequence of its company."""
        companies = [buyer.channel.company_id for buyer in buyers]
        sequences = {one: one._get_amazon_sequence() for one in set(companies)}
        return [sequences[company].next_by_id() for company in companies]
