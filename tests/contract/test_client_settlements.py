# SPDX-License-Identifier: LGPL-3.0-or-later
"""Settlement files: dialects, proof, labels."""

from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sp_api import DocumentFile
from sp_api.settlement_labels import BUCKETS, FEE_TYPES, Meaning, read_label
from sp_api.settlement_values import read_marked, read_moment
from sp_api.settlements import COLUMNS, SettlementError, read_settlement

UTC = timezone.utc
ORDER = "303-1234567-1234567"


def line(columns=COLUMNS, **cells):
    named = {name.replace("_", "-"): text for name, text in cells.items()}
    return "\t".join(named.get(name, "") for name in columns)


def summary(total="1010,49", currency="EUR", **cells):
    return {
        "settlement_id": "18174059732",
        "settlement_start_date": "27.06.2026 00:00:00 UTC",
        "settlement_end_date": "11.07.2026 00:00:00 UTC",
        "deposit_date": "13.07.2026 00:00:00 UTC",
        "total_amount": total,
        "currency": currency,
        **cells,
    }


def entry(amount, kind="Order", amount_type="ItemPrice", label="Principal", **cells):
    return {
        "settlement_id": "18174059732",
        "transaction_type": kind,
        "order_id": ORDER,
        "amount_type": amount_type,
        "amount_description": label,
        "amount": amount,
        "posted_date": "28.06.2026",
        "posted_date_time": "28.06.2026 05:23:19 UTC",
        **cells,
    }


GERMAN = [
    summary(),
    entry("29,99", marketplace_name="Amazon.de", quantity_purchased="1"),
    entry("-4,50", amount_type="ItemFees", label="Commission"),
    entry("1.500,00", "other-transaction", "other-transaction", "Previous Reserve"),
    entry("-515,00", "other-transaction", "other-transaction", "Current Reserve"),
]


def text_of(rows, columns=COLUMNS):
    return "\n".join(["\t".join(columns), *(line(columns, **row) for row in rows)])


def read(rows, columns=COLUMNS, charset="utf-8"):
    content = rows if isinstance(rows, str) else text_of(rows, columns)
    return read_settlement(DocumentFile.from_bytes(content.encode(charset)))


def refusal(rows, columns=COLUMNS):
    with pytest.raises(SettlementError) as caught:
        read(rows, columns)
    return str(caught.value)


def test_german_file():
    found = read(GERMAN)
    rows = list(found.rows())
    assert (found.settlement_id, found.currency) == ("18174059732", "EUR")
    assert found.total == Decimal("1010.49")
    assert sum(row.amount for row in rows) == found.total
    assert found.end == datetime(2026, 7, 11, tzinfo=UTC)
    assert [row.number for row in rows] == [2, 3, 4, 5]
    first = rows[0]
    assert (first.order_id, first.quantity, first.marketplace) == (
        ORDER,
        1,
        "Amazon.de",
    )
    assert first.posted_time == datetime(2026, 6, 28, 5, 23, 19, tzinfo=UTC)
    assert first.posted_date == date(2026, 6, 28)
    assert list(found.rows()) == rows, "can be read again"


def translate(rows, *, point, form):
    """The same rows in the words of another marketplace."""
    swapped = str.maketrans(",.", ".,") if point else {}
    out = []
    for row in rows:
        row = dict(row)
        for name in ("amount", "total_amount"):
            if name in row:
                row[name] = row[name].translate(swapped)
        for name in [name for name in row if "date" in name]:
            day, _blank, clock = row[name].partition(" ")
            moment = datetime.strptime(day, "%d.%m.%Y")
            row[name] = form(moment, clock)
        out.append(row)
    return out


def american(day, clock):
    return f"{day:%Y-%m-%d} {clock}".strip()


def iso(day, clock):
    clock = clock.partition(" ")[0]
    return f"{day:%Y-%m-%d}T{clock}+00:00" if clock else f"{day:%d/%m/%y}"


def indian(day, clock):
    return f"{day:%d.%m.%Y} {clock.replace('UTC', 'GMT+0:00')}".strip()


@pytest.mark.parametrize("form", [american, iso, indian])
@pytest.mark.parametrize("point", [True, False])
def test_dialects_of_one_file_read_alike(form, point):
    """Decimal marks and forms of dates change nothing of what a file says."""
    told = list(read(GERMAN).rows())
    again = read(translate(GERMAN, point=point, form=form))
    assert list(again.rows()) == told
    assert again.total == Decimal("1010.49")
    assert again.end_date == date(2026, 7, 11)


def test_without_promotion_id():
    """A file of 23 columns is complete."""
    found = read(GERMAN, COLUMNS[:-1])
    assert found.missing == ("promotion-id",)
    assert next(found.rows()).promotion_id is None


def test_columns_in_another_order():
    columns = tuple(reversed(COLUMNS))
    assert list(read(GERMAN, columns).rows()) == list(read(GERMAN).rows())


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_charsets(charset):
    rows = [summary("1,00"), entry("1,00", sku="Grün-Größe")]
    assert next(read(rows, charset=charset).rows()).sku == "Grün-Größe"


def test_japanese_charset_and_currency():
    rows = [summary("1,500", "JPY"), entry("1,500", sku="青い椅子")]
    document = DocumentFile.from_bytes(
        text_of(rows).encode("cp932"), fallbacks=("cp932",)
    )
    found = read_settlement(document)
    row = next(found.rows())
    assert (row.amount, row.sku) == (1500, "青い椅子")


def test_twins_are_both_real():
    rows = [summary("3,00"), entry("1,50"), entry("1,50")]
    first, second = read(rows).rows()
    assert first._replace(number=0) == second._replace(number=0)


def test_id_that_is_no_order():
    rows = [summary("-3,00"), entry("-3,00", "FBAFees", "FBA fee", "Base fee")]
    rows[1]["order_id"] = "FBA15ABCDEF"
    row = next(read(rows).rows())
    assert (row.order_ref, row.order_id) == ("FBA15ABCDEF", None)


def test_currency_and_total_on_each_row():
    """Some files repeat what the summary says, some have no row for it."""
    rows = [{**summary("3,00"), **entry(amount)} for amount in ("1,00", "2,00")]
    assert [row.amount for row in read(rows).rows()] == [1, 2]


def test_short_summary_row():
    """Programs that cut empty cells at the end leave the summary short."""
    lines = text_of(GERMAN).split("\n")
    lines[1] = lines[1].rstrip("\t")
    assert read("\n".join(lines)).total == Decimal("1010.49")


def test_payout_row_is_no_part_of_the_sum():
    rows = [*GERMAN, entry("-1010,49", "Transfer", "Transfer", "Transfer")]
    assert [row.is_payout for row in read(rows).rows()] == [False] * 4 + [True]


def test_negative_total_and_no_rows():
    assert read([summary("-5,00"), entry("-5,00")]).total == -5
    assert read([summary("0,00")]).row_count == 0


def test_sum_differs():
    """A cent is enough: nothing of such a file is booked."""
    rows = [*GERMAN, entry("0,01")]
    assert "Difference: 0.01" in refusal(rows)


def test_cut_file():
    lines = text_of(GERMAN).split("\n")
    cut = "\n".join(lines)[: -len(lines[-1]) // 2]
    assert "damaged or cut" in refusal(cut)
    assert "Difference: " in refusal("\n".join(lines[:-1]))


def test_other_settlement_inside():
    rows = [*GERMAN, entry("0,00", settlement_id="18174059999")]
    assert "belongs to another settlement" in refusal(rows)


def test_no_settlement_file():
    assert "Missing columns" in refusal("sku\ttitle\nA\tB\n")
    assert "Missing columns" in refusal("")
    assert "no summary row" in refusal([entry("1,00")])


@pytest.mark.parametrize("text", ["n/a", "1.2.3,4", "--5", "1,234", "0,005"])
def test_no_amount(text):
    assert "no amount" in refusal([summary("1,00"), entry(text), entry("1,00")])


def test_unknown_date():
    rows = [summary("1,00"), entry("1,00", posted_date="8 juin", posted_date_time="")]
    found = read(rows)
    with pytest.raises(SettlementError, match="8 juin"):
        list(found.rows())


def test_row_without_date():
    rows = [summary("1,00"), entry("1,00", posted_date="", posted_date_time="")]
    assert next(read(rows).rows()).posted_date is None


def test_ambiguous_day_takes_the_time_beside_it():
    rows = [
        summary("1,00"),
        entry("1,00", posted_date="07/06/26", posted_date_time="2026-07-06T10:00:00Z"),
    ]
    assert next(read(rows).rows()).posted_date == date(2026, 7, 6)


@pytest.mark.parametrize(
    ("text", "mark", "digits", "amount"),
    [
        ("1141,18", ",", 2, "1141.18"),
        ("1141,18", ".", 2, None),
        ("1.500", ".", 2, None),
        ("1.500", ",", 2, "1500"),
        ("1.500", ",", 0, "1500"),
        ("1,00,000.50", ".", 2, "100000.50"),
        ("1\u202f500,00", ",", 2, "1500"),
        ("\u22124,50", ",", 2, "-4.50"),
        ("12.00", ".", 0, "12"),
        ("12.50", ".", 0, None),
        ("1.234", ".", 3, "1.234"),
        ("٣", ".", 2, None),
    ],
)
def test_marks(text, mark, digits, amount):
    assert read_marked(text, mark, digits) == (amount and Decimal(amount))


@pytest.mark.parametrize(
    "text", ["", "31.02.2026", "2026-01-01 25:00", "2026-01-01 10:00 PDT", "+5:30"]
)
def test_no_moment(text):
    assert read_moment(text) is None


AMOUNTS = st.lists(st.integers(-(10**9), 10**9), max_size=20)


def written(cents, mark, grouped):
    whole, part = divmod(abs(cents), 100)
    other = "," if mark == "." else "."
    digits = f"{whole:,}".replace(",", other if grouped else "")
    return f"{'-' if cents < 0 else ''}{digits}{mark}{part:02}"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(AMOUNTS, st.sampled_from(",."), st.booleans())
def test_any_amounts(cents, mark, grouped):
    """Whatever the amounts, their sum proves them, and a cent more refutes it."""
    rows = [entry(written(one, mark, grouped)) for one in cents]
    total = written(sum(cents), mark, grouped)
    found = read([summary(total), *rows])
    assert [int(row.amount * 100) for row in found.rows()] == cents
    refusal([summary(total), *rows, entry(written(1, mark, grouped))])


# --- labels --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "meaning"),
    [
        (("Order", "ItemPrice", "Principal"), ("sale",)),
        (("order ", " itemPRICE", "Product  Tax"), ("sale",)),
        (("Order", "Promotion", "Promo rebates"), ("sale",)),
        (("Refund", "ItemPrice", "Goodwill"), ("refund",)),
        (("A-to-z Guarantee Refund", "ItemPrice", "Tax"), ("refund",)),
        (
            ("Order", "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal"),
            ("facilitator",),
        ),
        (("Order", "ItemTCS", "TCS-IGST"), ("tcs",)),
        (("Order", "ItemTDS", "TDS (Section 194-O)"), ("tds",)),
        (("Order", "ItemFees", "Commission"), ("fee", "commission")),
        (("Order", "ItemFees", "FBAPerUnitFulfillmentFee"), ("fee", "fulfilment")),
        (("Order", "ItemFees", "Fixed closing fee CGST"), ("fee_tax", "closing")),
        (("Order", "ItemFees", "A new fee"), ("fee", "other")),
        (
            ("ServiceFee", "Cost of Advertising", "TransactionTotalAmount"),
            ("fee", "advertising"),
        ),
        (("FBAFees", "FBA Inventory Storage Fee", "Base fee"), ("fee", "storage")),
        (
            ("FBAFees", "FBA Inventory Storage Fee", "Tax on fee"),
            ("fee_tax", "storage"),
        ),
        (
            ("other-transaction", "other-transaction", "StorageBillingCGST"),
            ("fee_tax", "storage"),
        ),
        (
            ("Other-Transaction", "other-transaction", "Current Reserve Amount"),
            ("reserve",),
        ),
        (
            (
                "other-transaction",
                "other-transaction",
                "Transfer of funds unsuccessful: account closed",
            ),
            ("failed",),
        ),
        (
            ("other-transaction", "FBA Inventory Reimbursement", "WAREHOUSE_LOST"),
            ("income",),
        ),
        (
            ("Debt Adjustment", "Debt Adjustment", "Cross-Account Debt Adjustment"),
            ("balance",),
        ),
        (("other-transaction", "other-transaction", "Brand new"), ("unknown",)),
        (("", "", ""), ("unknown",)),
    ],
)
def test_labels(labels, meaning):
    assert read_label(*labels) == Meaning(*meaning)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_label_has_one_meaning(kind, amount_type, description):
    meaning = read_label(kind, amount_type, description)
    assert meaning.bucket in BUCKETS
    assert meaning.fee_type in (None, *FEE_TYPES)
