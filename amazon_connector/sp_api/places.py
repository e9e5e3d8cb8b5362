# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which texts name a place and nobody who lives there.

Buyers type their address by hand, so a name, a "c/o" or a house number may stand
where a country or a state belongs. No rule tells an unknown state's name from a
person's: what is not known elsewhere counts as a place only where it says so itself.
"""

from __future__ import annotations

import re
import unicodedata

_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
# What a state is called in general; none of these is a name of people or streets.
_KINDS = frozenset(
    """
    province provincia província provinz provincie prowincja voivodeship województwo
    prefecture préfecture prefectura governorate oblast область край республика
    region región région regione região estado état estat département departamento
    territory territorio territoire emirate bundesland kanton canton cantón cantone
    pradesh autonomous autónoma comunidad comunitat state county district
    محافظة إمارة
    """.split()
)
_LINKS = frozenset("of the de del do da di la el du and y e i".split())
_ENDINGS = ("県", "縣", "自治区", "自治區")
_MOST_LETTERS = 40


def country_code(value: object) -> str | None:
    """Return a country's two letters in capitals; None of everything else."""
    text = value.strip() if isinstance(value, str) else ""
    return text.upper() if _COUNTRY.fullmatch(text) else None


def is_place_name(text: object) -> bool:
    """Whether a text says itself that it names a state, as "Provincia de Lugo" does.

    It has then one word that only places bear and one that is the name; no digit, sign,
    initial or third word, so that a person's name cannot come along.
    """
    if not isinstance(text, str) or len(text) > _MOST_LETTERS:
        return False
    words = unicodedata.normalize("NFC", text).casefold().split()
    if not all(_is_word(word) for word in words):
        return False
    names = [word for word in words if word not in _KINDS and word not in _LINKS]
    if len(words) == len(names) == 1:
        (word,) = words
        return len(word) <= 5 and word.endswith(_ENDINGS)
    kinds = sum(word in _KINDS for word in words)
    return kinds >= 1 and len(names) == 1 and len(names[0]) > 2


def _is_word(word: str) -> bool:
    """Whether a word is made of letters and their accents, with hyphens inside."""
    return all(
        unicodedata.category(char)[0] in "LM"
        for part in word.split("-")
        for char in part or "-"
    )
