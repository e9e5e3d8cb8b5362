# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from dataclasses import dataclass
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ...sp_api import is_place_name
from ...tools.vault import get_vault, normalise

# Old or customary codes that Amazon uses beside those of ISO 3166.
COUNTRY_CODES = {"UK": "GB", "EL": "GR"}
_BRACKETS = re.compile(r"[()/]")
_NOISE = re.compile(r"[^\w]+")
_TITLES = re.compile(
    r"^(?:the )?(?:state|province|region|union territory|nct|provincia) (?:of |de )?"
    r"| (?:state|province|prefecture|ken|fu|to)$"
)


class Spelling(NamedTuple):
    """How Amazon names a place of delivery.

    :param country: Amazon's code
    :param region: state or region, if it may be shown
    :param digests: keyed hashes of the text that the buyer typed instead, one per key
    """

    country: str
    region: "str | None" = None
    digests: tuple = ()


@dataclass(frozen=True)
class Place:
    """Where an order goes, as Odoo's records; empty where it is not known.

    ``unknown`` is the :class:`AmazonPlace` that a user has to decide on, or empty.
    """

    country: models.BaseModel
    state: models.BaseModel
    unknown: models.BaseModel


@dataclass(frozen=True)
class _Atlas:
    """What is known of some countries, for one company.

    ``rows`` is ``{(kind, Amazon's country, key or hash): AmazonPlace}``.
    """

    company: models.BaseModel
    rows: dict
    countries: dict
    states: dict


def place_key(text):
    """Spelling without accents, case and signs: ``Jammu & Kashmir`` and the like."""
    return " ".join(_NOISE.sub(" ", normalise(text).replace("&", " and ")).split())


class AmazonPlace(models.Model):
    """One spelling of a country or state on Amazon, and which one it is in Odoo.

    Codes and names as Odoo has them need no record. Customary spellings come with the
    addon, for all companies; one that is met for the first time waits here for a
    decision of its company. What a buyer typed is not shown: a keyed hash tells it from
    others, and the order in Seller Central tells the user.
    """

    _name = "amazon.place"
    _description = "Amazon Place"
    _inherit = ["amazon.binding", "amazon.reference"]
    _order = "resolved, country_code, name, id"

    kind = fields.Selection(
        [("country", "Country"), ("state", "State")], required=True, default="state"
    )
    name = fields.Char("Amazon's Spelling", required=True)
    key = fields.Char(compute="_compute_key", store=True, precompute=True)
    typed = fields.Boolean(
        "Typed by the Buyer",
        readonly=True,
        help="The buyer can type anything here, so it is kept encrypted. Look the "
        "order up in Seller Central. The decision applies wherever a buyer types "
        "the same.",
    )
    digest = fields.Char(groups=fields.NO_ACCESS, copy=False)
    country_code = fields.Char("Amazon's Country", required=True)
    country_id = fields.Many2one("res.country", ondelete="restrict")
    state_id = fields.Many2one(
        "res.country.state",
        domain="[('country_id', '=?', country_id)]",
        ondelete="restrict",
    )
    ignored = fields.Boolean(
        "No State", help="What Amazon states is not a state at all."
    )
    resolved = fields.Boolean(compute="_compute_resolved", store=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        # What the addon brings, and what scripts of the server make, serves all.
        default=lambda self: not self.env.su and self.env.company,
        help="The company that made this decision. Empty: all companies without a "
        "decision of their own.",
    )
    order_ids = fields.One2many("amazon.order", "place_id", "Orders")

    _spelling_unique = models.UniqueIndex(
        "(COALESCE(company_id, 0), kind, country_code, key) WHERE typed IS NOT TRUE",
        "This spelling already exists.",
    )
    _digest_unique = models.UniqueIndex(
        "(company_id, country_code, digest) WHERE digest IS NOT NULL"
    )

    @api.depends("name", "kind")
    def _compute_key(self):
        for place in self:
            place.key = _make_key(place.kind, place.name)

    @api.depends("kind", "country_id", "state_id", "ignored")
    def _compute_resolved(self):
        for place in self:
            known = place.state_id if place.kind == "state" else place.country_id
            place.resolved = bool(known or place.ignored)

    def write(self, vals):
        """A decision lets the orders go on that waited for it."""
        result = super().write(vals)
        decided = self.filtered("resolved")
        waiting = decided.sudo().order_ids.filtered(lambda o: o.state == "held")
        if waiting:
            waiting._apply_again()
        return result

    @api.model
    def _resolve(self, company, spellings, needed=()):
        """What Amazon's spellings stand for; new unknown ones are remembered.

        :param company: whose decisions count
        :param spellings: set of :class:`Spelling`
        :param needed: countries where a user has to decide on what buyers typed
        :return: ``{spelling: Place}``
        """
        atlas = self._open_atlas(company, {spelling.country for spelling in spellings})
        found, missing = {}, {}
        for spelling in spellings:
            entry = self._find(spelling, atlas)
            country = atlas.countries.get(spelling.country)
            if entry is None and country and spelling.digests:
                if country not in needed:
                    entry = Place(country, self.env["res.country.state"], self)
            if entry is None:
                missing[spelling] = self._prepare_unknown(spelling, atlas)
            else:
                found[spelling] = entry
        for spelling, place in self._remember(missing, atlas.rows).items():
            country = atlas.countries.get(spelling.country, self.env["res.country"])
            found[spelling] = Place(country, self.env["res.country.state"], place)
        return found

    @api.model
    def _forget_typed(self, account):
        """Delete the hashes of what this account's buyers typed, and decisions on them.

        Those that serve orders of the company's other accounts stay.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE amazon_order SET ship_state_digests = NULL"
                " WHERE account_id = %s",
                account.id,
            )
        )
        self._drop_unused(account.company_id)

    @api.model
    def _drop_unused(self, company):
        """Delete decisions on what buyers typed whose last order forgot it."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM amazon_place place
                      WHERE place.company_id = %s AND place.typed
                        AND NOT EXISTS (
                            SELECT FROM amazon_order o
                             WHERE o.company_id = place.company_id
                               AND place.digest =
                                   ANY(string_to_array(o.ship_state_digests, ' ')))
                """,
                company.id,
            )
        )
        self.env.invalidate_all(flush=False)

    @api.model
    def _open_atlas(self, company, codes):
        """The :class:`_Atlas` of these countries, as this company sees them."""
        rows = {}
        places = self.sudo().search(
            [
                ("company_id", "in", [False, company.id]),
                ("country_code", "in", list(codes)),
            ]
        )
        # The company's own last: they count more.
        for place in places.sorted(lambda place: bool(place.company_id)):
            kind, key = place.kind, place.key
            if place.typed:
                kind, key = "typed", place.digest
            rows[kind, place.country_code, key] = place
        countries = self._find_countries(codes, rows)
        states = self._index_states(countries.values())
        return _Atlas(company, rows, countries, states)

    @api.model
    def _find_countries(self, codes, known):
        """``{Amazon's code: country}``, without those that Odoo does not have."""
        iso = {code: COUNTRY_CODES.get(code.upper(), code.upper()) for code in codes}
        found = self.env["res.country"].search([("code", "in", list(iso.values()))])
        by_code = {country.code: country for country in found}
        countries = {code: by_code.get(iso[code]) for code in codes}
        for code in codes:
            place = known.get(("country", code, ""))
            if place and place.country_id:
                countries[code] = place.country_id
        return {code: country for code, country in countries.items() if country}

    @api.model
    def _index_states(self, countries):
        """``{(country id, key): state}`` by code, name and each part of a name."""
        ids = [country.id for country in countries]
        index, keys = {}, {}
        for state in self.env["res.country.state"].search([("country_id", "in", ids)]):
            local = state.code.removeprefix(f"{state.country_id.code}-")
            keys[state] = [state.code, local, state.name]
            keys[state] += _BRACKETS.split(state.name)
            for key in map(place_key, keys[state][:3]):
                index.setdefault((state.country_id.id, key), state)
        # Parts of names last: they must not hide another state's own name.
        for state, names in keys.items():
            for key in filter(None, map(place_key, names[3:])):
                index.setdefault((state.country_id.id, key), state)
        return index

    @api.model
    def _find(self, spelling, atlas):
        """The :class:`Place` of one spelling, or None where it is not known."""
        code, region, digests = spelling
        country = atlas.countries.get(code)
        State = self.env["res.country.state"]
        if not country:
            decided = atlas.rows.get(("country", code, ""))
            ignored = decided and decided.ignored
            return Place(self.env["res.country"], State, self) if ignored else None
        if not any(country_id == country.id for country_id, _key in atlas.states):
            return Place(country, State, self)
        for digest in digests:
            place = atlas.rows.get(("typed", code, digest))
            if place and place.resolved:
                return Place(country, place.state_id, self)
        if not place_key(region):
            return None if digests else Place(country, State, self)
        state = self._find_state(code, region, atlas)
        return None if state is None else Place(country, state, self)

    @api.model
    def _find_state(self, code, region, atlas):
        """The state that a spelling stands for, empty for none; None if unknown."""
        country, key = atlas.countries[code], place_key(region)
        local = key.removeprefix(f"{country.code.lower()} ")
        for candidate in (key, place_key(_TITLES.sub("", key)), local):
            place = atlas.rows.get(("state", code, candidate))
            if place and place.resolved:
                return place.state_id
            if state := atlas.states.get((country.id, candidate)):
                return state
        return None

    @api.model
    def _is_known(self, code, text, atlas):
        """Whether somebody other than a buyer has called a state like this."""
        return (
            code in atlas.countries
            and bool(place_key(text))
            and self._find_state(code, text, atlas) is not None
        )

    @api.model
    def _prepare_unknown(self, spelling, atlas):
        code, region, digests = spelling
        country = atlas.countries.get(code)
        vals = {
            "company_id": atlas.company.id,
            "kind": "state" if country else "country",
            "name": region if country else code,
            "country_code": code,
            "country_id": country.id if country else False,
        }
        if country and digests:
            vals.update(
                name=self.env._("Typed by the buyer"), typed=True, digest=digests[0]
            )
        return vals

    @api.model
    def _remember(self, missing, known):
        """``{spelling: place}`` of unknown spellings, made where they are new."""
        keys = {spelling: _make_row_key(vals) for spelling, vals in missing.items()}
        new = {
            keys[spelling]: vals
            for spelling, vals in missing.items()
            if keys[spelling] not in known
        }
        created = self.sudo().create(list(new.values()))
        known = {**known, **dict(zip(new, created, strict=True))}
        return {spelling: known[keys[spelling]] for spelling in missing}


def _make_key(kind, name):
    return "" if kind == "country" else place_key(name)


def _make_row_key(vals):
    """The key of :class:`_Atlas` rows."""
    if vals.get("typed"):
        return ("typed", vals["country_code"], vals["digest"])
    kind = vals["kind"]
    return (kind, vals["country_code"], _make_key(kind, vals["name"]))


def tell_apart(company, places):
    """Which states may be shown; of others, hashes.

    A state may be shown if Odoo, the addon or the company knows it, or if it says
    itself that it is one. Anything else may name a person.

    A function: no method may give hashes, by which a template could try guesses.

    :param company: whose decisions count
    :param places: ``(Amazon's country, text or None)`` of each
    :return: ``{place: (country, state or None, hashes)}``; the hashes, for
        ``amazon.order.ship_state_digests``, are empty where nothing is hidden
    """
    Places = company.env["amazon.place"]
    atlas = Places._open_atlas(company, {code for code, _text in places if code})
    vault = get_vault(company.env)
    told = {}
    for place in places:
        code, text = place
        if not code or not (text or "").strip():
            told[place] = (code, None, "")
        elif is_place_name(text) or Places._is_known(code, text, atlas):
            told[place] = (code, text, "")
        else:
            told[place] = (code, None, " ".join(hash_state(vault, code, text)))
    return told


def hash_state(vault, code, text):
    """Keyed hashes of what a buyer typed as state, one per key, the current one first.

    A function, as :func:`tell_apart`.

    :param code: Amazon's country
    """
    return vault.digests("state", code, place_key(text) or text)
