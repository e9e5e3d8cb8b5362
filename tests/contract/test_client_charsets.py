# SPDX-License-Identifier: LGPL-3.0-or-later
"""Any document is read in the charset that it is written in, whoever reads it."""

import codecs
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sp_api import (
    DocumentFile,
    fallback_charsets,
    iter_rows,
    read_order_rows,
    read_processing_report,
)
from sp_api.listing_feed import read_report

JAPAN, CHINA, TURKEY = "A1VC38T7YXB528", "AAHKV2X7AFYLW", "A33AVAJ2PDY3EV"
GERMANY, SINGAPORE, EGYPT = "A1PA6795UKMFR9", "A19VAU5U5O7RUS", "ARBP9OOSHTCHU"
TOKYO, PEKING, IZMIR = "東京都 千代田区", "商品名称 红色 茶壶", "Işık Ğ şişe"
CAFE, CAIRO = "Café Größe 5 €", "القاهرة"


def document(text, charset, content_type=None, marketplaces=(GERMANY,)):
    content = text if isinstance(text, bytes) else text.encode(charset)
    return DocumentFile.from_bytes(
        content, content_type, fallback_charsets(marketplaces)
    )


@pytest.mark.parametrize(
    ("text", "charset", "marketplaces"),
    [
        (TOKYO, "cp932", [JAPAN]),
        (TOKYO, "cp932", [JAPAN, SINGAPORE]),
        (TOKYO, "cp932", [SINGAPORE, JAPAN]),
        (CAFE, "cp1252", [SINGAPORE, JAPAN]),
        (CAFE, "cp1252", [GERMANY]),
        (CAFE, "cp1252", []),
        (PEKING, "gb18030", [CHINA]),
        (PEKING, "gbk", [CHINA]),
        (IZMIR, "cp1254", [TURKEY]),
        (CAIRO, "cp1256", [EGYPT]),
        (TOKYO, "utf-8", [JAPAN]),
        (PEKING, "utf-8", [CHINA]),
    ],
)
def test_the_marketplaces_own(text, charset, marketplaces):
    found = document(f"sku\ttitle\nA\t{text}\n", charset, None, marketplaces)
    assert list(iter_rows(found, ("title",))) == [{"title": text}]
    assert found.text() == f"sku\ttitle\nA\t{text}\n"


@pytest.mark.parametrize(
    ("text", "charset", "stated"),
    [
        (TOKYO, "cp932", "Shift_JIS"),
        (TOKYO, "cp932", "windows-31j"),
        (TOKYO, "euc_jp", "EUC-JP"),
        (PEKING, "gbk", "GBK"),
        (PEKING, "gb18030", "GB2312"),
        (PEKING, "gb18030", "GB18030"),
        ("茶壺", "big5", "Big5"),
        ("주전자", "cp949", "EUC-KR"),
        ("Żółty kubek", "cp1250", "windows-1250"),
        ("Żółty kubek", "iso8859-2", "ISO-8859-2"),
        (IZMIR, "cp1254", "ISO-8859-9"),
        (TOKYO, "utf-16", "UTF-16"),
        (TOKYO, "utf-16-le", "UTF-16LE"),
        # What is stated is not true.
        (TOKYO, "utf-8", "Shift_JIS"),
        ("東京都", "utf-8", "Shift_JIS"),
        ("东京", "utf-8", "GB18030"),
        (CAFE, "utf-8", "ISO-8859-1"),
        (CAFE, "cp1252", "UTF-8"),
        (CAFE, "utf-8", "no-such-charset"),
        (CAFE, "utf-8", "utf-7"),
    ],
)
def test_stated(text, charset, stated):
    found = document(
        f"sku\ttitle\r\nA\t{text}\r\n", charset, f"text/plain;charset={stated}"
    )
    assert list(iter_rows(found, ("title",))) == [{"title": text}]


@pytest.mark.parametrize(
    ("mark", "charset"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
@pytest.mark.parametrize("stated", [None, "text/plain;charset=Cp1252"])
def test_marked(mark, charset, stated):
    """A byte-order mark is part of the document: it beats what is said about it."""
    content = mark + f"sku\ttitle\nA\t{TOKYO}\n".encode(charset)
    found = document(content, None, stated)
    assert list(iter_rows(found, ("sku", "title"))) == [{"sku": "A", "title": TOKYO}]


def test_a_cut_document_is_still_utf8():
    """Its whole rows keep their SKUs; read otherwise, they named other listings."""
    content = "sku\ttitle\nKUBEK-ŻÓŁTY\tx\nB\tgroß".encode()[:-1]
    first, _last = iter_rows(document(content, None), ("sku",))
    assert first == {"sku": "KUBEK-ŻÓŁTY"}


def test_a_few_foreign_bytes_do_not_spoil_the_rest():
    content = f"sku\ttitle\nA\t{TOKYO}\nB\t".encode() + b"\xfc\nC\tx\n"
    found = list(iter_rows(document(content, None), ("sku", "title")))
    assert [row["title"] for row in found] == [TOKYO, "\ufffd", "x"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(
        [("cp932", JAPAN), ("gb18030", CHINA), ("cp1252", GERMANY), ("utf-8", JAPAN)]
    ),
    st.lists(
        st.sampled_from("東京都大阪府名古屋市京茶壶红色红商品编码名称Café éßüöä€"),
        min_size=30,
        max_size=60,
    ),
)
def test_what_was_written_is_read(kind, characters):
    """Any text of some length that a charset can hold, without a word about it."""
    charset, marketplace = kind
    text = "".join(characters).encode(charset, "ignore").decode(charset).strip()
    found = document(f"sku\ttitle\nA\t{text}\n", charset, None, [marketplace])
    if charset in ("cp932", "gb18030") and found.is_utf8:
        return
    assert list(iter_rows(found, ("title",))) == [{"title": text}]


def test_plain_text_shows_nothing():
    """It may have lost what the marketplace's own charset lacks."""
    assert document("sku\n?", "ascii").charset() == "cp1252"
    assert document("sku\n?", "ascii", None, [JAPAN]).charset() == "cp932"
    assert document("sku\n?", "ascii", "text/plain;charset=UTF-8").charset() == "utf-8"


# --- every reader --------------------------------------------------------------


def test_orders_of_japan():
    header = "amazon-order-id\torder-status\tlast-updated-date\tship-state\n"
    line = "250-1\tShipped\t2026-09-01T10:00:00Z\t東京都\n"
    (row,) = read_order_rows(document(header + line, "cp932", None, [JAPAN]))
    assert row.ship_state == "東京都"


@pytest.mark.parametrize("declared", ["", ' encoding="UTF-8"', ' encoding="{}"'])
@pytest.mark.parametrize(
    ("text", "charset", "marketplace"),
    [(CAFE, "cp1252", GERMANY), (TOKYO, "cp932", JAPAN), (PEKING, "gb18030", CHINA)],
)
def test_reports_of_xml_feeds(declared, text, charset, marketplace):
    content = (
        f'<?xml version="1.0"{declared.format(charset)}?><AmazonEnvelope>'
        "<Message><ProcessingReport><Result><MessageID>1</MessageID><ResultCode>Error"
        f"</ResultCode><ResultDescription>{text}</ResultDescription></Result>"
        "</ProcessingReport></Message></AmazonEnvelope>"
    )
    found = document(content, charset, "text/xml", [marketplace])
    report = read_processing_report(found.chunks(), found.charset())
    assert report.results[0].description == text


def test_reports_of_xml_feeds_in_utf16():
    content = '<?xml version="1.0" encoding="UTF-16"?><ProcessingReport/>'
    found = document(content, "utf-16", "text/xml")
    assert not read_processing_report(found.chunks(), found.charset()).results


@pytest.mark.parametrize("charset", ["cp932", "utf-8", "utf-8-sig", "utf-16"])
def test_reports_of_json_feeds(charset):
    issue = {"messageId": 1, "sku": "茶-1", "severity": "ERROR", "message": TOKYO}
    content = {"summary": {"messagesProcessed": 1}, "issues": [issue]}
    text = json.dumps(content, ensure_ascii=False)
    found = document(text, charset, "application/json", [JAPAN])
    assert read_report(found).errors[1][0].message == TOKYO
    assert read_report(found).errors[1][0].seller_sku == "茶-1"
