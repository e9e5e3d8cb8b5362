# SPDX-License-Identifier: LGPL-3.0-or-later
"""Invented buyers and addresses, reproducible by number."""

import hashlib
from dataclasses import dataclass

FIRST = {
    "IN": "Aarav Diya Ishaan Kavya Rohan Ananya Vikram Meera Arjun Priya Nikhil Sneha",
    "US": "James Mary Robert Linda Michael Susan David Karen Daniel Nancy Paul Lisa",
    "CA": "Liam Olivia Noah Emma Jacob Sophie Lucas Chloe Ethan Amelia Simon Julie",
}
LAST = {
    "IN": "Sharma Patel Iyer Reddy Gupta Nair Khan Das Mehta Joshi Rao Bose",
    "US": "Smith Johnson Brown Davis Miller Wilson Moore Taylor Clark Lewis Hall Young",
    "CA": "Tremblay Roy Martin Gagnon Lee Wong Campbell Fraser Morin Singh Bell Ross",
}
PLACES = {
    "IN": (
        ("BENGALURU", "KARNATAKA", "560001"),
        ("MYSURU", "KARNATAKA", "570001"),
        ("MUMBAI", "MAHARASHTRA", "400001"),
        ("PUNE", "MAHARASHTRA", "411001"),
        ("CHENNAI", "TAMIL NADU", "600001"),
        ("NEW DELHI", "DELHI", "110001"),
        ("HYDERABAD", "TELANGANA", "500001"),
        ("KOLKATA", "WEST BENGAL", "700001"),
    ),
    "US": (
        ("SEATTLE", "WA", "98101-1234"),
        ("AUSTIN", "TX", "78701"),
        ("BROOKLYN", "NY", "11201"),
        ("SAN JOSE", "CA", "95112"),
        ("DENVER", "CO", "80202"),
        ("ORLANDO", "FL", "32801"),
    ),
    "CA": (
        ("Toronto", "Ontario", "M5V 2T6"),
        ("Vancouver", "British Columbia", "V6B 1A1"),
        ("Montreal", "Quebec", "H2Y 1C6"),
        ("Calgary", "Alberta", "T2P 1J9"),
    ),
}
STREETS = ("Lake Road", "Station Street", "Market Lane", "Temple Road", "Hill Avenue")
DIAL = {"IN": "+91 98450 {:05d}", "US": "+1 206-555-{:04d}", "CA": "+1 416-555-{:04d}"}


@dataclass(frozen=True)
class Buyer:
    """`address` is Amazon's CustomerAddress."""

    name: str
    email: str
    address: dict


def make_buyer(number, country, domain_suffix):
    """The buyer with this number in this country: the same at every call."""
    known = country if country in PLACES else "US"
    first, last = FIRST[known].split(), LAST[known].split()
    name = f"{first[number % len(first)]} {last[number // len(first) % len(last)]}"
    city, state, postal_code = PLACES[known][number % len(PLACES[known])]
    digest = hashlib.sha256(f"{country}-{number}".encode()).hexdigest()
    address = {
        "name": name,
        "addressLine1": f"{number % 900 + 1} {STREETS[number % len(STREETS)]}",
        "city": city,
        "stateOrRegion": state,
        "postalCode": postal_code,
        "countryCode": country,
        "phone": DIAL[known].format(number % 10000),
        "addressType": "RESIDENTIAL",
    }
    if number % 3 == 0:
        address["addressLine2"] = f"Flat {number % 40 + 1}"
    email = f"{digest[:14]}@marketplace.amazon.{domain_suffix}"
    return Buyer(name, email, address)
