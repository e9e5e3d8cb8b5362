# SPDX-License-Identifier: LGPL-3.0-or-later
"""The carrier codes that Amazon is known to take, as data.

Amazon publishes them in ``amzn-base.xsd`` alone and adds to them at will, so a code
that is not listed here may be right: nothing refuses it before Amazon does.
"""

from dataclasses import dataclass

OTHER = "Other"
"""The code of a carrier that Amazon does not list; it needs the carrier's name."""


@dataclass(frozen=True)
class Carrier:
    """`code` is Amazon's exact spelling, `name` what people call the carrier."""

    code: str
    name: str


_NAMES = {
    "AFL/Fedex": "AFL / FedEx India",
    "Aramex": "Aramex",
    "Blue Package": "Blue Package Delivery",
    "BlueDart": "Blue Dart",
    "Canada Post": "Canada Post",
    "Chronopost": "Chronopost",
    "City Link": "City Link",
    "DHL": "DHL Express",
    "DHL Global Mail": "DHL Global Mail",
    "DPD": "DPD",
    "DTDC": "DTDC",
    "Delhivery": "Delhivery",
    "Deutsche Post": "Deutsche Post",
    "FEDEX_JP": "FedEx Japan",
    "Fastway": "Fastway",
    "FedEx": "FedEx",
    "FedEx SmartPost": "FedEx SmartPost",
    "First Flight": "First Flight",
    "GLS": "GLS",
    "GO!": "GO! Express",
    "Hermes Logistik Gruppe": "Hermes",
    "India Post": "India Post",
    "JP_EXPRESS": "Japan Post Express",
    "La Poste": "La Poste",
    "Lasership": "LaserShip",
    "NITTSU": "Nittsu",
    "Newgistics": "Newgistics",
    "NipponExpress": "Nippon Express",
    "OSM": "OSM Worldwide",
    "OnTrac": "OnTrac",
    "Overnite Express": "Overnite Express",
    "Parcelforce": "Parcelforce",
    "Parcelnet": "Parcelnet",
    "Poste Italiane": "Poste Italiane",
    "Professional": "The Professional Couriers",
    "Royal Mail": "Royal Mail",
    "SAGAWA": "Sagawa Japan",
    "SDA": "SDA",
    "SagawaExpress": "Sagawa Express",
    "Smartmail": "Smartmail",
    "Streamlite": "Streamlite",
    "TNT": "TNT",
    "Target": "Target",
    "UPS": "UPS",
    "UPS Mail Innovations": "UPS Mail Innovations",
    "UPSMI": "UPS Mail Innovations (UPSMI)",
    "USPS": "USPS",
    "YAMATO": "Yamato Japan",
    "YamatoTransport": "Yamato Transport",
    "Yodel": "Yodel",
    OTHER: "Another carrier",
}

CARRIERS = tuple(Carrier(code, name) for code, name in _NAMES.items())
"""Every known carrier by code; ``OTHER`` stands last."""
