# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's marketplaces, and the pseudo-marketplaces of multi-channel orders."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Marketplace:
    """`id` is Amazon's; `language` and `domain` as participations show them."""

    id: str
    code: str
    name: str
    region: str
    country: str
    currency: str
    language: str
    domain: str
    pseudo: bool = False

    @property
    def pool(self):
        """Marketplaces of one pool share each seller SKU's quantity."""
        return "EU" if self.code in SHARING and not self.pseudo else self.id


# The European Union and the United Kingdom.
SHARING = frozenset({"UK", "DE", "FR", "IT", "ES", "NL", "BE", "IE", "SE", "PL"})


def _amazon(identifier, code, region, currency, language, suffix, country=None):
    name = f"Amazon.{suffix}"
    domain = f"www.amazon.{suffix}"
    country = country or code
    return Marketplace(
        identifier, code, name, region, country, currency, language, domain
    )


def _pseudo(identifier, code, region, currency, language):
    name = f"Non-Amazon {code}"
    domain = f"siprod{code.lower()}.stores.amazon.com"
    return Marketplace(
        identifier, code, name, region, code, currency, language, domain, pseudo=True
    )


_ALL = (
    _amazon("ATVPDKIKX0DER", "US", "na", "USD", "en_US", "com"),
    _amazon("A2EUQ1WTGCTBG2", "CA", "na", "CAD", "en_CA", "ca"),
    _amazon("A1AM78C64UM0Y8", "MX", "na", "MXN", "es_MX", "com.mx"),
    _amazon("A2Q3Y263D00KWC", "BR", "na", "BRL", "pt_BR", "com.br"),
    _amazon("A1F83G8C2ARO7P", "UK", "eu", "GBP", "en_GB", "co.uk", "GB"),
    _amazon("A1PA6795UKMFR9", "DE", "eu", "EUR", "de_DE", "de"),
    _amazon("A13V1IB3VIYZZH", "FR", "eu", "EUR", "fr_FR", "fr"),
    _amazon("APJ6JRA9NG5V4", "IT", "eu", "EUR", "it_IT", "it"),
    _amazon("A1RKKUPIHCS9HS", "ES", "eu", "EUR", "es_ES", "es"),
    _amazon("A1805IZSGTT6HS", "NL", "eu", "EUR", "nl_NL", "nl"),
    _amazon("AMEN7PMS3EDWL", "BE", "eu", "EUR", "fr_BE", "com.be"),
    _amazon("A28R8C7NBKEWEA", "IE", "eu", "EUR", "en_IE", "ie"),
    _amazon("A2NODRKZP88ZB9", "SE", "eu", "SEK", "sv_SE", "se"),
    _amazon("A1C3SOZRARQ6R3", "PL", "eu", "PLN", "pl_PL", "pl"),
    _amazon("AE08WJ6YKNBMC", "ZA", "eu", "ZAR", "en_ZA", "co.za"),
    _amazon("ARBP9OOSHTCHU", "EG", "eu", "EGP", "ar_AE", "eg"),
    _amazon("A33AVAJ2PDY3EV", "TR", "eu", "TRY", "tr_TR", "com.tr"),
    _amazon("A17E79C6D8DWNP", "SA", "eu", "SAR", "ar_AE", "sa"),
    _amazon("A2VIGQ35RCS4UG", "AE", "eu", "AED", "en_AE", "ae"),
    _amazon("A21TJRUUN4KGV", "IN", "eu", "INR", "en_IN", "in"),
    _amazon("A19VAU5U5O7RUS", "SG", "fe", "SGD", "en_SG", "sg"),
    _amazon("A39IBJ37TRP1C6", "AU", "fe", "AUD", "en_AU", "com.au"),
    _amazon("A1VC38T7YXB528", "JP", "fe", "JPY", "ja_JP", "co.jp"),
    _pseudo("A38D8NSA03LJTC", "DE", "eu", "EUR", "de_DE"),
    _pseudo("AFQLKURYRPEL8", "ES", "eu", "EUR", "es_ES"),
    # Amazon publishes no list of these; the two below stand for India and the US.
    _pseudo("A1NONAMZN0IN91", "IN", "eu", "INR", "en_IN"),
    _pseudo("A1NONAMZN0US01", "US", "na", "USD", "en_US"),
)

MARKETPLACES = {marketplace.id: marketplace for marketplace in _ALL}
BY_CODE = {item.code: item for item in _ALL if not item.pseudo}
PSEUDO = {item.code: item for item in _ALL if item.pseudo}
