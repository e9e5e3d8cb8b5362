# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from dataclasses import dataclass

from odoo import api, fields, models

from ...tools.vault import normalise

# Old or customary codes that Amazon uses beside those of ISO 3166.
COUNTRY_CODES = {"UK": "GB", "EL": "GR"}
UNREADABLE = "?"
_BRACKETS = re.compile(r"[()/]")
_NOISE = re.compile(r"[^\w]+")
_TITLES = re.compile(
    r"^(?:the )?(?:state|province|region|union territory|nct|provincia) (?:of |de )?"
    r"| (?:state|province|prefecture|ken|fu|to)$"
)
_PLAIN = re.compile(r"(?!.*\d{4})[^@:<>\\]{1,50}")


@dataclass(frozen=True)
class Place:
    """Where an order goes, as Odoo's records; empty where it is not known.

    ``unknown`` is the :class:`AmazonPlace` that a user has to decide on, or empty.
    """

    country: models.BaseModel
    state: models.BaseModel
    unknown: models.BaseModel


def place_key(text):
    """Spelling without accents, case and signs: ``Jammu & Kashmir`` and the like."""
    return " ".join(_NOISE.sub(" ", normalise(text).replace("&", " and ")).split())


class AmazonPlace(models.Model):
    """One spelling of a country or state on Amazon, and which one it is in Odoo.

    Codes and names as Odoo has them need no record. Customary spellings come with the
    addon; one that is met for the first time waits here for a decision.
    """

    _name = "amazon.place"
    _description = "Amazon Place"
    _order = "resolved, country_code, name"

    kind = fields.Selection(
        [("country", "Country"), ("state", "State")], required=True, default="state"
    )
    name = fields.Char("Amazon's Spelling", required=True)
    key = fields.Char(compute="_compute_key", store=True, precompute=True)
    country_code = fields.Char("Amazon's Country", required=True)
    country_id = fields.Many2one("res.country", ondelete="restrict")
    state_id = fields.Many2one(
        "res.country.state",
        domain="[('country_id', '=?', country_id)]",
        ondelete="restrict",
    )
    ignored = fields.Boolean("No State", help="What Amazon says is not a state at all.")
    resolved = fields.Boolean(compute="_compute_resolved", store=True)
    order_ids = fields.One2many("amazon.order", "place_id", "Orders")

    _key_unique = models.Constraint(
        "unique(kind, country_code, key)", "This spelling is here already."
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
    def _resolve(self, spellings):
        """What Amazon's spellings stand for; new unknown ones are remembered.

        :param spellings: set of ``(country code, state or region or None)``
        :return: ``{spelling: Place}``
        """
        codes = {code for code, _region in spellings}
        known = {
            (place.kind, place.country_code, place.key): place
            for place in self.search([("country_code", "in", list(codes))])
        }
        countries = self._find_countries(codes, known)
        states = self._index_states(countries.values())
        found, missing = {}, {}
        for spelling in spellings:
            entry = self._find(spelling, countries, states, known)
            if entry is None:
                missing[spelling] = self._prepare_unknown(spelling, countries)
            else:
                found[spelling] = entry
        for spelling, place in self._remember(missing, known).items():
            country = countries.get(spelling[0]) or self.env["res.country"]
            found[spelling] = Place(country, self.env["res.country.state"], place)
        return found

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
    def _find(self, spelling, countries, states, known):
        """The :class:`Place` of one spelling, or None where it is not known."""
        code, region = spelling
        country = countries.get(code)
        State = self.env["res.country.state"]
        if not country:
            decided = known.get(("country", code, ""))
            ignored = decided and decided.ignored
            return Place(self.env["res.country"], State, self) if ignored else None
        has_states = any(country_id == country.id for country_id, _key in states)
        key = place_key(region)
        if not key or not has_states:
            return Place(country, State, self)
        if not _is_plain(region):
            key = UNREADABLE
        local = key.removeprefix(f"{country.code.lower()} ")
        for candidate in (key, place_key(_TITLES.sub("", key)), local):
            place = known.get(("state", code, candidate))
            if place and place.resolved:
                return Place(country, place.state_id, self)
            if state := states.get((country.id, candidate)):
                return Place(country, state, self)
        return None

    @api.model
    def _prepare_unknown(self, spelling, countries):
        code, region = spelling
        country = countries.get(code)
        name = region if _is_plain(region) else UNREADABLE
        return {
            "kind": "state" if country else "country",
            "name": name if country else code,
            "country_code": code,
            "country_id": country.id if country else False,
        }

    @api.model
    def _remember(self, missing, known):
        """``{spelling: place}`` of unknown spellings, made where they are new."""
        keys = {
            spelling: (
                vals["kind"],
                vals["country_code"],
                _make_key(vals["kind"], vals["name"]),
            )
            for spelling, vals in missing.items()
        }
        new = {
            keys[spelling]: vals
            for spelling, vals in missing.items()
            if keys[spelling] not in known
        }
        created = self.sudo().create(list(new.values()))
        known = {**known, **dict(zip(new, created, strict=True))}
        return {spelling: known[keys[spelling]] for spelling in missing}


def _make_key(kind, name):
    if kind == "country":
        return ""
    return UNREADABLE if name == UNREADABLE else place_key(name)


def _is_plain(region):
    """Whether a text may be a state's name; buyers type whatever they like."""
    return bool(_PLAIN.fullmatch(region or ""))
