# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rows of tab-separated reports: quotes, charsets, headers, privacy."""

from datetime import datetime, timezone
from decimal import Decimal

import pytest
from contract.test_simulator_report_support import fba_order
from sp_api import (
    DocumentFile,
    ProtocolError,
    fallback_charset,
    iter_rows,
    read_listing_rows,
    read_order_rows,
    read_shipments,
)
from sp_api.document_rows import normal_name
from sp_api.documents import MAX_LINE
from sp_api.report_columns import (
    LISTING_ALIASES,
    LISTING_COLUMNS,
    ORDER_COLUMNS,
    SHIPMENT_COLUMNS,
    SHIPMENT_REQUIRED,
)
from sp_api_simulator import report_types

UTC = timezone.utc


def document(text, charset="utf-8", content_type=None):
    content = text if isinstance(text, bytes) else text.encode(charset)
    return DocumentFile.from_bytes(content, content_type)


def rows(text, columns=("sku", "title"), **options):
    return list(iter_rows(document(text), columns, **options))


# --- the form ------------------------------------------------------------------


def test_quotes_mean_nothing():
    """A title with a lone inch mark must not swallow the rows behind it."""
    found = rows('sku\ttitle\nA\t"Shelf 12" wide\nB\tLamp\nC\t"quoted"\n')
    assert [row["title"] for row in found] == ['"Shelf 12" wide', "Lamp", '"quoted"']


def test_short_long_and_empty_lines():
    """What stands in the wrong column may be anything: such rows are left out."""
    text = (
        "sku\tnote\ttitle\r\nA\r\n\r\nB\tx\tLamp\tmore\teven more\r\n\t\t\r\nC\ty\tMat"
    )
    read = iter_rows(document(text), ("sku", "title"))
    assert list(read) == [{"sku": "C", "title": "Mat"}]
    assert (read.count, read.uneven, read.uneven_numbers) == (3, 2, [1, 2])
    assert len(list(read)) == read.uneven - 1 == 1


def test_other_line_ends_stay_in_the_text():
    """Form feeds, separators and next-line marks end no row."""
    found = rows("sku\ttitle\nA\tone\x0btwo\u2028three\x85four\n")
    assert found == [{"sku": "A", "title": "one\x0btwo\u2028three\x85four"}]


def test_names_of_columns_are_normalised():
    found = rows("\ufeffSeller SKU\t ITEM  Name\tprice\n1\t2\t3\n", ("seller-sku",))
    assert found == [{"seller-sku": "1"}]
    assert rows("\ufeffsku\tTITLE\n1\t2\n") == [{"sku": "1", "title": "2"}]


def test_a_column_given_twice_counts_once():
    assert rows("sku\ttitle\tsku\nA\tLamp\tB\n") == [{"sku": "A", "title": "Lamp"}]


def test_a_true_name_beats_a_translation():
    aliases = {"sku": ("code",), "title": ("sku",)}
    assert rows("code\tsku\n1\t2\n", aliases=aliases)[0]["sku"] == "1"
    assert rows("sku\n2\n", aliases=aliases) == [{"sku": "2"}]


def test_a_line_without_an_end_is_refused():
    with pytest.raises(ProtocolError):
        rows(b"sku\ttitle\nA\t" + b"x" * MAX_LINE)


@pytest.mark.parametrize(
    "content",
    ["", "\n", "<html>secret</html>\n", "Name\tSecret\nAsha Rao\tx\n"],
)
def test_an_unknown_header_is_refused_without_quoting_it(content):
    with pytest.raises(ProtocolError) as caught:
        rows(content, required=("sku",))
    assert "sku" in str(caught.value)
    assert not {"secret", "Secret", "Name"} & set(str(caught.value).split())


# --- privacy -------------------------------------------------------------------


def test_only_wanted_columns_leave_the_parser():
    text = "sku\tbuyer-name\tship-city\ttitle\nA\tAsha Rao\tMysuru\tLamp\n"
    read = iter_rows(document(text), ("sku",))
    assert list(read) == [{"sku": "A"}]
    assert "Asha" not in repr(read)


@pytest.mark.parametrize("columns", [SHIPMENT_COLUMNS, ORDER_COLUMNS, LISTING_COLUMNS])
def test_no_personal_column_is_wanted(columns):
    """City, postal code, names, streets, mail and phone are dropped in the parser."""
    words = (
        "buyer",
        "recipient",
        "address",
        "city",
        "postal",
        "phone",
        "email",
        "name",
    )
    personal = {name for name in columns if any(word in name for word in words)}
    assert personal <= {"item-name"}


def personal_report(columns):
    """One row in which every cell tells its column."""
    cells = [f"pii-{name}" for name in columns]
    return document("\t".join(columns) + "\n" + "\t".join(cells) + "\n")


@pytest.mark.parametrize(
    ("read", "columns", "allowed"),
    [
        (read_shipments, report_types.SHIPMENT_COLUMNS, SHIPMENT_COLUMNS),
        (read_order_rows, report_types.ORDER_COLUMNS, ORDER_COLUMNS),
        (read_listing_rows, report_types.LISTING_COLUMNS, LISTING_COLUMNS),
    ],
)
def test_no_row_holds_more_than_its_columns(read, columns, allowed):
    (row,) = read(personal_report(columns))
    values = row if isinstance(row, tuple) else vars(row).values()
    held = {value for value in values if isinstance(value, str)}
    assert held <= {f"pii-{name}" for name in allowed}
    assert held


def test_the_simulated_reports_do_hold_personal_data():
    """Else the tests above would prove little."""
    assert {"buyer-name", "ship-address-1", "ship-postal-code"} <= set(
        report_types.SHIPMENT_COLUMNS
    )
    assert {"ship-city", "ship-postal-code"} <= set(report_types.ORDER_COLUMNS)
    assert fba_order()["buyer"]["buyerName"]


# --- charsets ------------------------------------------------------------------

GERMAN, JAPANESE = "Bügeleisen – groß €", "電気ケトル ①"


@pytest.mark.parametrize(
    ("title", "charset", "content_type", "fallback"),
    [
        (GERMAN, "utf-8", None, "cp1252"),
        (GERMAN, "cp1252", None, "cp1252"),
        (GERMAN, "cp1252", "text/plain;charset=Cp1252", "cp932"),
        (GERMAN, "cp1252", "text/plain; charset=ISO-8859-1", "cp932"),
        (GERMAN, "cp1252", "text/plain; charset=UTF-8", "cp1252"),
        (GERMAN, "utf-8", "text/plain; charset=unheard-of", "cp1252"),
        (GERMAN, "utf-8", 'nonsense; ; charset="', "cp1252"),
        (JAPANESE, "utf-8", None, "cp932"),
        (JAPANESE, "cp932", None, "cp932"),
        (JAPANESE, "cp932", "text/plain;charset=Shift_JIS", "cp1252"),
        (JAPANESE, "cp932", "text/plain;charset=Windows-31J", "cp1252"),
    ],
)
def test_charsets(title, charset, content_type, fallback):
    text = f"sku\ttitle\nA\t{title}\n"
    found = iter_rows(
        document(text, charset, content_type), ("title",), charset=fallback
    )
    assert list(found) == [{"title": title}]


def test_one_foreign_byte_at_the_very_end_decides():
    """UTF-8 is believed only when all of the document is UTF-8."""
    text = "sku\ttitle\n" + "A\tLamp\n" * 20_000
    content = text.encode() + "B\tgroß".encode("cp1252")
    *_others, last = iter_rows(document(content), ("title",))
    assert last == {"title": "groß"}


def test_a_character_across_two_chunks_is_no_error():
    parts = "sku\ttitle\nA\tß\n".encode()
    whole = DocumentFile()
    for byte in parts:
        whole.append(bytes([byte]))
    whole.finish()
    assert whole.is_utf8
    # Half a character at the end is one.
    assert not document(parts + b"\xc3").is_utf8


def test_bytes_without_a_meaning_do_not_stop_the_report():
    found = rows(b"sku\ttitle\nA\t\x81\xfd!\nB\tx\n")
    assert [row["sku"] for row in found] == ["A", "B"]


def test_fallback_by_marketplace():
    assert fallback_charset("A1VC38T7YXB528") == "cp932"
    assert fallback_charset("A1PA6795UKMFR9") == "cp1252"
    assert fallback_charset(None) == "cp1252"


# --- typed rows ----------------------------------------------------------------


def listing(**cells):
    cells = {"seller-sku": "A-1", **cells}
    text = "\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n"
    (row,) = read_listing_rows(document(text))
    return row


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("899.00", Decimal("899.00")),
        ("1,080", Decimal(1080)),
        ("1,234,567.50", Decimal("1234567.50")),
        ("19,99", Decimal("19.99")),
        ("0", Decimal(0)),
        ("1E+3", Decimal(1000)),
        ("0E-7", Decimal(0)),
        ("+5", Decimal(5)),
        (".5", Decimal("0.5")),
        (" 7 ", Decimal(7)),
        ("1,00,000.00", Decimal(100000)),
        ("1.299,00", Decimal(1299)),
        ("1.234.567,89", Decimal("1234567.89")),
        ("1 299,5", Decimal("1299.5")),
        ("1\u202f299,00", Decimal(1299)),
        ("", None),
        ("free", None),
        ("-5", None),
        ("NaN", None),
    ],
)
def test_prices(text, price):
    assert listing(price=text).price == price


@pytest.mark.parametrize(
    ("text", "quantity"),
    [("12", 12), ("0", 0), ("", None), ("1.5", None), ("-1", None)],
)
def test_quantities(text, quantity):
    assert listing(quantity=text).quantity == quantity


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2021-08-15 20:35:17 PDT", datetime(2021, 8, 16, 3, 35, 17, tzinfo=UTC)),
        ("15/08/2021 20:35:17 BST", datetime(2021, 8, 15, 19, 35, 17, tzinfo=UTC)),
        ("2021/08/15 20:35:17 JST", datetime(2021, 8, 15, 11, 35, 17, tzinfo=UTC)),
        ("15/08/2021 05:30:00 IST", datetime(2021, 8, 15, tzinfo=UTC)),
        ("15/08/2021 05:30:00 XYZ", None),
        ("31/02/2021 05:30:00 IST", None),
        ("01/01/0001 00:00:00 JST", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_open_dates(text, moment):
    assert listing(**{"open-date": text}).open_date == moment


def test_the_asin_of_a_listing():
    assert listing(**{"ASIN 1": "B01"}).asin == "B01"
    numbered = {"product-id": "B02", "product-id-type": "1"}
    assert listing(**numbered).asin == "B02"
    assert listing(**{**numbered, "product-id-type": "4"}).asin is None


def test_rows_without_a_key_are_counted():
    text = "seller-sku\titem-name\nA\tLamp\n \tMat\nB\tRug\n"
    read = read_listing_rows(document(text))
    assert [row.seller_sku for row in read] == ["A", "B"]
    assert (read.count, read.skipped) == (3, 1)
    assert "price" in read.missing and "seller-sku" not in read.missing


@pytest.mark.parametrize("place", range(9))
def test_every_language_has_its_key(place):
    names = {
        name: others[place]
        for name, others in LISTING_ALIASES.items()
        if name in ("seller-sku", "item-name")
    }
    text = "\t".join(names.values()) + "\n" + "\t".join(names) + "\n"
    (row,) = read_listing_rows(document(text))
    assert (row.seller_sku, row.title) == ("seller-sku", "item-name")


def test_only_a_repeated_name_means_two_columns():
    seen = {}
    for name, others in LISTING_ALIASES.items():
        for other in {normal_name(other) for other in (name, *others)}:
            seen.setdefault(other, []).append(name)
    shared = {other: names for other, names in seen.items() if len(names) > 1}
    assert shared == {"商品编码": ["listing-id", "product-id"]}


CHINESE = (
    "商品名称,商品编码,卖家 SKU,价格,数量,商品编码类型,ASIN 1,商品编码,状态"
).split(",")


@pytest.mark.parametrize(
    ("left_out", "listing_id", "product_id"),
    [((), "L1", "P1"), ((1,), None, "P1"), ((7,), "L1", None), ((5, 6), "L1", "P1")],
)
def test_a_repeated_name_is_told_apart_by_its_place(left_out, listing_id, product_id):
    cells = ["茶壶", "L1", "A-1", "1", "2", "1", "B01", "P1", "Active"]
    text = "".join(
        "\t".join(cell for place, cell in enumerate(line) if place not in left_out)
        + "\n"
        for line in (CHINESE, cells)
    )
    (row,) = read_listing_rows(document(text))
    assert (row.listing_id, row.product_id) == (listing_id, product_id)
    assert (row.seller_sku, row.status) == ("A-1", "Active")


def test_a_repeated_name_without_neighbours_goes_by_its_turn():
    aliases = {"first": ("code",), "second": ("code",), "title": ()}
    found = rows("code\tcode\tcode\n1\t2\t3\n", ("first", "second"), aliases=aliases)
    assert found == [{"first": "1", "second": "2"}]


def test_an_order_row_that_waits_for_its_payment():
    header = "amazon-order-id\torder-status\tlast-updated-date\tis-business-order\n"
    line = "403-1\tPending\t2026-09-01T10:00:00+02:00\tTRUE\n"
    (row,) = read_order_rows(document(header + line))
    assert row.last_updated_time == datetime(2026, 9, 1, 8, tzinfo=UTC)
    assert (row.is_business, row.ship_state, row.ship_country) == (True, None, None)


def test_a_report_of_another_kind_is_refused():
    with pytest.raises(ProtocolError, match="amazon-order-item-id"):
        read_shipments(document("amazon-order-id\torder-status\n1\tShipped\n"))


def test_skus_keep_their_blanks_and_case():
    """Amazon takes them for different listings."""
    skus = ["AB", "ab", "AB ", " AB"]
    text = "seller-sku\titem-name\tprice\tquantity\n" + "".join(
        f"{sku}\t Lamp \t1\t1\n" for sku in (*skus, "  ")
    )
    read = read_listing_rows(document(text))
    assert [(row.seller_sku, row.title) for row in read] == [
        (sku, "Lamp") for sku in skus
    ]
    assert read.skipped == 1


def test_uneven_rows_are_left_out_and_told():
    """One cell too many would give a postal code and a city as country and state."""
    text = "seller-sku\titem-name\tprice\tquantity\nA\tLamp\t1\t1\nB\tLa\t1\t1\t1\nC\tL"
    read = read_listing_rows(document(text))
    assert [row.seller_sku for row in read] == ["A"]
    assert (read.count, read.uneven, read.uneven_numbers) == (3, 2, (2, 3))
    assert not read.is_even
    lines = (
        "amazon-order-id\torder-status\tlast-updated-date\tship-state\tship-country",
        "1\tShipped\t\tNear the well\tMysuru\t570001",
        "2\tShipped\t\tKA\tIN",
    )
    read = read_order_rows(document("\n".join(lines)))
    assert [row.amazon_order_id for row in read] == ["2"]
    header = "\t".join(SHIPMENT_REQUIRED)
    read = read_shipments(document(f"{header}\n1\t2\t3\n"))
    assert (list(read), read.uneven) == ([], 1)


LISTING_HEADER = (
    "item-name",
    "item-description",
    "listing-id",
    "seller-sku",
    "price",
    "quantity",
    "asin1",
    "status",
)


@pytest.mark.parametrize(
    ("line", "seller_sku", "title"),
    [
        ("Mu\tg\t\tL1\tA\t1.00\t3\tB01\tActive", "A", "Mu"),
        ("Mug\tlong\tstory\tL1\tA\t1.00\t\tB01\tActive", "A", "Mug"),
        ("Mug\t\tL1\tA\t1.00\t3\tB\t01\tActive", "A", "Mug"),
        ("Mug\t\tL1\tA\t1.00\t3\tB01\tActive\t", "A", "Mug"),
        # A line end in the description: its two halves.
        ("Mug\tlong", None, "Mug"),
        ("story\tL1\tA\t1.00\t3\tB01\tActive", "A", None),
        ("half a title", None, "half a title"),
        ("\t\t\t", None, None),
        ("Mug\t\tL1\t \t1.00\t3\tB01\tActive", None, "Mug"),
    ],
)
def test_what_can_be_seen_of_a_broken_row(line, seller_sku, title):
    whole = "Lamp\t\tL2\tWHOLE\t1.00\t3\tB02\tActive"
    text = "\n".join(["\t".join(LISTING_HEADER), whole, line, whole])
    read = read_listing_rows(document(text))
    assert [row.seller_sku for row in read] == ["WHOLE", "WHOLE"]
    if not line.strip():
        assert not read.broken
        return
    (broken,) = read.broken
    assert (broken.number, broken.seller_sku, broken.title) == (2, seller_sku, title)


def test_the_same_broken_row_is_known_again():
    """A sale changes its numbers, and its place; its texts tell it."""

    def digest(line, before=""):
        text = "\t".join(LISTING_HEADER) + "\n" + before + line
        read = read_listing_rows(document(text))
        list(read)
        return read.broken[0].digest

    line = "Mu\tg\t\tL1\tA\t1.00\t3\tB01\tActive"
    assert digest(line) == digest(line.replace("1.00\t3", "2,50\t"), "\n")
    assert digest(line) != digest(line.replace("\tA\t", "\tB\t"))
