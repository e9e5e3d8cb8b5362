# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a listing's texts and codes say about the goods: condition, pack, origin.

Plain functions, no Odoo. They look for what speaks *against* taking a listing for a
product that only its name or barcode names: better one question too many than a used
item sold as a new one.
"""

import re
import unicodedata

NEW = "new_new"
# As Amazon's Listings API names it, where the Orders API has another word.
_ORDER_WORDS = {"mint": "like_new", "preorder": "new"}
_NEW_WORDS = {"new", "preorder", "oem", "warranty", "any", "other", "mint"}

_AMAZONS_OWN = re.compile(
    r"\s*(?:amzn[._-]gr[._-]|amzn\.|amazon\.(?:found|return|grade|refurb|used|lost))",
    re.IGNORECASE,
)

# ---------------------------------------------------------------------------
# Words of a condition
# ---------------------------------------------------------------------------

_CONDITION_ANYWHERE = re.compile(
    r"\b(?:used[ _-]*(?:like[ _-]*new|very[ _-]*good|good|acceptable|vg|ln)"
    r"|like[ _-]new|open[ _-]?box|second[ _-]?hand|2nd[ _-]?hand|pre[ _-]?owned"
    r"|pre[ _-]?loved|refurb\w*|renewed|reconditioned|remanufactured|ex[ _-]display"
    r"|gebraucht\w*|generalüberholt\w*|wiederaufbereitet|b[ _-]ware|d'occasion"
    r"|reconditionné\w*|remis à neuf|ricondizionat\w+|usat[oa]|rigenerat\w+"
    r"|reacondicionad\w+|segunda mano|recondicionad\w+|seminov\w+|tweedehands"
    r"|gebruikt\w*|gereviseerd\w*|begagnad\w*|renoverad\w*|używan\w+|odnowion\w+"
    r"|poleasingow\w+|ikinci el|yenilenmiş|kullanılmış|vorführ(?:gerät|modell|ware)\w*"
    r"|ausstellungsstück\w*|(?:kunden)?retoure\w*|(?:2\.|zweite) wahl|usagée?s?"
    r"|remis a neuf|warehouse deals?|ex[ _-]demo|scratch (?:and|&) dent"
    r"|használt|felújított|použit[ýáé]|repasovan\w+)(?!\w)"
    r"|中古|整備済|再生品|リファービッシュ|訳あり|二手|翻新|مستعمل|مجدد|सेकंड हैंड|नवीनीकृत"
)
# Words that say other things, too, so only where nothing else is around them.
_CONDITION_APART = re.compile(
    r"(?:^|[(\[,;:|*/—–-]\s*)(?:used|usado|usada|occasion|ocasión|collectible|graded"
    r"|damaged|defekt)\s*(?:$|[)\],;:|*/—–-])"
    r"|[(\[,;:|*/—–-]\s*(?:very good|good|acceptable)\s*(?:$|[)\]])"
    r"|(?<=\s)used$|^used (?!by|for|in|with|to|as|on|from)(?=\w)"
)
_CONDITION_IN_SKU = re.compile(
    r"(?:^|[^a-z0-9])(?:used\w*|refurb\w*|renewed|reconditioned|preowned|open[ _.-]?box"
    r"|like[ _.-]?new|very[ _.-]?good|second[ _.-]?hand|2nd[ _.-]?hand|gebraucht"
    r"|b[ _.-]?ware|b[ _.-]?stock|occasion|reconditionn?e|usato|usado|collectible"
    r"|graded|damaged|defekt|returned|returns?|retoure)(?![a-z0-9])"
)

# ---------------------------------------------------------------------------
# Packs
# ---------------------------------------------------------------------------

_WORDS = {
    2: "two zwei deux due dos dois duas twee dwa två iki 两 二 双",
    3: "three drei trois tre tres três drie trzy üç 三",
    4: "four vier quatre quattro cuatro quatro cztery fyra dört 四",
    5: "five fünf cinq cinque cinco vijf pięć fem beş 五",
    6: "six sechs sei seis zes sześć sex altı 六",
    8: "eight acht huit otto ocho oito osiem åtta sekiz 八",
    10: "ten zehn dix dieci diez dez tien dziesięć tio 十",
    12: "twelve zwölf douze dodici doce doze twaalf dwanaście tolv",
}
_NUMBERS = {word: number for number, all_ in _WORDS.items() for word in all_.split()}
_SPOKEN = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_N = rf"(?P<n>(?<![\d.,])\d{{1,3}}(?![.,]?\d)|(?<!\w)(?:{_SPOKEN})(?!\w))"
_CJK_N = r"(?P<n>(?<![\d.,])\d{1,3}|[两二双三四五六八十])"
# So many pieces may be a pack of them; a puzzle has more.
_MOST_PIECES = 24
_PACKS = [
    re.compile(pattern)
    for pattern in (
        # 2-pack, 3er Pack, 2 x set, 2'li paket
        rf"{_N}[\s-]*(?:er|fach|x|'?l[iıuü])?[\s-]*(?:packs?|pak|pakk|paket|paquets?"
        r"|packung(?:en)?|pk|sets?|bundles?|combos?|lots?|paczki|packages?)(?!\w)",
        # pack of 3, lot de 2, confezione da 2, set mit 4
        r"(?<!\w)(?:packs?|package|packung|sets?|satz|lots?|bundle|combo|box|bag"
        r"|case|carton|tray|kit"
        r"|juego|paquete|lote|conjunto|caja|confezione|pacco|scatola|paquet|coffret"
        r"|boîte|zestaw|opakowanie|komplet|pacote|caixa|verpakking|doos|förpackning"
        r"|sats|paket|takım)\s*(?:of|de|di|da|von|van|mit|com|con|av|om|aus|à|z|po)\s+"
        rf"{_N}",
        rf"(?<!\w)(?:pack|pak|paket|zestaw|multipack)[\s:-]*{_N}",
        # 12-count, 4 ct (not 18 ct gold), qty: 3, 2 per pack
        rf"{_N}[\s-]?(?:count|ct)(?!\w|\s*t?w(?!\w)|\W+(?:\w+\W+)?(?:gold|diamond))",
        rf"(?<!\w)(?:qty|quantity|menge|quantité|cantidad|quantità|anzahl)\W{{0,3}}{_N}",
        rf"{_N}\s*(?:per|je|pro|par|por)\s+(?:pack|box|bag|set|case|packung|boîte|caja)",
        rf"(?:عبوة|مجموعة|حزمة|طقم|باقة)\s+(?:مكونة\s+)?(?:من\s+)?{_N}",
        rf"(?:पैक ऑफ|सेट ऑफ)\s*{_N}",
        rf"{_N}\s*(?:का|के)\s*(?:पैक|सेट)",
        rf"{_N}\s?['’]?\s?l[iıuü](?!\w)",
        # x 2 at an end; not 10 x 20, 5 cm x 10
        rf"(?<!\d)(?<!\d\s)(?<!\dx)(?:^|(?<=[\s)\](,-]))x\s?{_N}(?=\s*(?:$|[)\],;]))",
        rf"(?<=[\u3040-\u30ff\u4e00-\u9fff])x\s?{_N}(?=\s*(?:$|[^\w\s]))",
        # 2 x mug at a beginning; not 2 x 4, 10x zoom
        rf"(?:^|[(\[,;+–-]\s*){_N}\s?x\s?(?=[^\W\d])(?!zoom|magn|vergr|opti|schnell)",
        rf"[(\[]\s*{_N}\s?x\s*[)\]]",
        # Japanese, Chinese
        rf"{_CJK_N}\s*(?:個|本|枚|袋|箱|缶|点|足|巻|台|コ|ヶ|ケ|着|冊)?\s*(?:セット|パック|組|入(?!力))",
        rf"[(\[]\s*{_CJK_N}\s*[個本枚袋箱缶]\s*[)\]]",
        rf"{_CJK_N}\s*(?:件|个|個|只|条|瓶|盒|包|支|双|片|入)(?:装|裝|套装|套裝|组合|套|组|組)",
    )
]
_PIECES = re.compile(
    rf"{_N}[\s-]*(?:stück|stk|pcs|pieces|pezzi|piezas|pièces|peças|unidades|unités|units|uds"
    r"|unità|stuks|szt|sztuki|sztuk|adet|teilig|tlg|قطع)(?!\w)"
)
_PACK_WORDS = re.compile(
    r"(?<!\w)(?:(?:doppel|zweier|dreier|vierer|fünfer|sechser|achter|zehner|mehrfach"
    r"|vorteils|spar|multi|duo|trio|twin|double|triple|value|family)[\s-]?pac?k(?:s|ung)?"
    r"|bundle|combo pack|dutzend|dozen|dwupak|trójpak|trzypak|czteropak|wielopak)(?!\w)"
    r"|まとめ買い|عبوتين|قطعتين|(?<![\w.,+])\d\+\d(?![\w.,+])"
)
_MEASURE = re.compile(r"\d\s?(?:cm|mm|m|in|inch|inches|zoll|ft|kg|g|ml|l|gb|\")?\s*$")


def normal_text(text):
    """Return a text as it is searched: one form of each letter, small, plain signs."""
    text = unicodedata.normalize("NFKC", text or "").replace("×", "x")
    return " ".join(text.replace("’", "'").casefold().split())


def join_condition(kind, subtype=None):
    """Return the Listings API's word for a condition of the Orders API, or None.

    ``("USED", "VERY_GOOD")`` is ``used_very_good``, ``("NEW", "NEW")`` ``new_new``.
    """
    words = [_split_words(word) for word in (kind, subtype) if word]
    if not words or not words[0]:
        return None
    parts = [_ORDER_WORDS.get(part, part) for part in map("_".join, words)]
    if len(parts) == 1:
        parts *= 2 if parts[0] in ("new", "refurbished", "club") else 1
    return "_".join(parts)


def is_new(condition):
    """Return whether a condition means new goods; None where nothing is stated."""
    words = _split_words(condition)
    if not words:
        return None
    return words[0] in ("new", "11", "preorder") and _NEW_WORDS.issuperset(words[1:])


def is_amazons_own(seller_sku):
    """Return whether Amazon itself made the SKU, for returned or found goods."""
    return bool(_AMAZONS_OWN.match(seller_sku or ""))


def find_condition_word(seller_sku, title):
    """Return the words that call the goods used or the like, or None."""
    text = normal_text(title)
    for pattern in (_CONDITION_ANYWHERE, _CONDITION_APART):
        if match := pattern.search(text):
            return match[0].strip(" ()[],;:|*/—–-")
    sku = normal_text(seller_sku)
    if match := _CONDITION_IN_SKU.search(sku):
        return match[0].strip(" ()[],;:|–-_./#")
    return None


def find_pack(title):
    """Return the words of a title that tell of more than one piece, or None."""
    text = normal_text(title)
    for pattern in _PACKS:
        for match in pattern.finditer(text):
            is_size = match[0].startswith("x") and _MEASURE.search(
                text[: match.start()]
            )
            if _read_number(match["n"]) > 1 and not is_size:
                return match[0].strip(" ()[],;+–-")
    for match in _PIECES.finditer(text):
        if 1 < _read_number(match["n"]) <= _MOST_PIECES:
            return match[0]
    match = _PACK_WORDS.search(text)
    return match[0] if match else None


def _read_number(text):
    return _NUMBERS.get(text) or (int(text) if text.isdecimal() else 0)


def _split_words(text):
    """``"UsedVeryGood"``, ``"Used; Very Good"`` and ``used_very_good`` are one."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text or "")
    return re.findall(r"[^\W_]+", spaced.casefold())
