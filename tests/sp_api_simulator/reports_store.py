# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reports of all sellers: their way from the queue to a document, in simulated time."""

import gzip
import random
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import SimpleNamespace

from .marketplaces import MARKETPLACES
from .report_types import REPORT_TYPES, TRANSLATED
from .settings import change_settings
from .tax_reports import write_csv

IN_QUEUE, IN_PROGRESS, DONE = "IN_QUEUE", "IN_PROGRESS", "DONE"
CANCELLED, FATAL = "CANCELLED", "FATAL"
# Share of the delay that a report waits before it is worked on.
QUEUED = 0.4
WESTERN = frozenset({"DE", "FR", "IT", "ES", "NL", "BE", "UK", "IE", "SE"})
# As Amazon spells them.
CHARSETS = {"utf-8": "UTF-8", "cp1252": "Cp1252", "cp932": "Shift_JIS"}
LOCALE = "preferredReportDocumentLocale"


@dataclass
class ReportSettings:
    """How reports are made; None leaves it to the marketplace.

    `delay_seconds` of simulated time until a report is ready; `charset` a Python name;
    `state_charset` names it in the download's Content-Type; `localised` translates the
    listings report's header; `gzip` packs the document; `repeat` is the end of a
    near-real-time report that is asked for too soon (CANCELLED or FATAL); `statuses`
    replaces the words of order reports ({"Shipped": "Shipped - Delivered to Buyer"});
    `raw_cells` leaves tabs and line breaks within a cell, as Amazon was seen to do;
    `language` is the one that the seller chose for listings reports (DE, JP, CN).
    """

    delay_seconds: float = 6.0
    charset: str = None
    state_charset: bool = True
    localised: bool = None
    gzip: bool = True
    repeat: str = CANCELLED
    statuses: dict = field(default_factory=dict)
    raw_cells: bool = False
    language: str = None


@dataclass
class Document:
    """What a report left; `content` is unpacked, and packed on its way out."""

    document_id: str
    content: bytes
    content_type: str
    packed: bool


@dataclass
class SimulatedReport:
    """One report; times are epoch seconds, `ending` is forced by a fault."""

    report_id: str
    seller: str
    report_type: str
    marketplace_ids: tuple
    created: float
    starts: float
    ready: float
    data_start: float = None
    data_end: float = None
    options: dict = field(default_factory=dict)
    ending: str = None
    status: str = IN_QUEUE
    document: Document = None

    def covers(self, at):
        """Whether a time is within the report's period."""
        return self.data_start <= at <= self.data_end

    @property
    def kind(self):
        return REPORT_TYPES[self.report_type]

    @property
    def over(self):
        return self.status in (DONE, CANCELLED, FATAL)


class ReportDesk:
    """The reports of one simulator."""

    def __init__(self, simulator):
        self.settings = ReportSettings()
        self._simulator = simulator
        self._random = random.Random(f"reports-{simulator.seed}")
        # {(seller's key, type, marketplaces): schedule as Amazon shows it}
        self.schedules = {}
        # {seller's key: rows of its tax reports, dicts by column}; without them the
        # simulator's own documents are told
        self.tax_rows = {}
        self.transfer_rows = {}
        self._reports = {}
        self._rows = {}

    def set(self, **changes):
        """Change settings; ValueError for an unknown one."""
        if float(changes.get("delay_seconds", 0)) < 0:
            raise ValueError("A report cannot be ready before it is asked for")
        if changes.get("repeat", CANCELLED) not in (CANCELLED, FATAL):
            raise ValueError("A repeated report ends CANCELLED or FATAL")
        statuses = changes.get("statuses", {})
        if not isinstance(statuses, dict) or not all(
            isinstance(word, str) for pair in statuses.items() for word in pair
        ):
            raise ValueError("Statuses are {word: word}")
        if changes.get("language") not in (None, *TRANSLATED):
            raise ValueError(f"A language is one of {', '.join(TRANSLATED)}")
        if changes.get("charset"):
            "".encode(changes["charset"])
        return change_settings(self.settings, "reports", changes)

    def create(self, seller, report_type, marketplace_ids, start, end, options, ending):
        """Put a report into the queue."""
        now = self._simulator.clock.now()
        delay = float(self.settings.delay_seconds)
        report = SimulatedReport(
            self._next_id(),
            seller.key,
            report_type,
            tuple(marketplace_ids),
            now,
            now + delay * QUEUED,
            now + delay,
            now if start is None else start,
            now if end is None else end,
            options,
            ending,
        )
        self._reports[report.report_id] = report
        return report

    def publish(
        self, seller, report_type, marketplace_ids, period, created, content, charset
    ):
        """List a report that Amazon made by itself.

        :param period: (start, end) in epoch seconds
        :param bytes content: written in `charset`, a Python name
        """
        start, end = period
        report = SimulatedReport(
            self._next_id(),
            seller.key,
            report_type,
            tuple(marketplace_ids),
            created,
            created,
            created,
            start,
            end,
        )
        content_type = f"text/plain{self._stated(charset)}"
        self._end(report, DONE, content, content_type)
        self._reports[report.report_id] = report
        return report

    def schedule(self, seller, kind, marketplace_ids, shown, due):
        """Make a report monthly from a moment on, unless another schedule takes the
        place of this one.

        :param shown: the schedule as Amazon shows it
        """
        key = (seller.key, kind.name, tuple(marketplace_ids))
        self.schedules[key] = shown

        def make(moment):
            if self.schedules.get(key) is not shown:
                return
            first = month_start(moment, -1)
            period = first, month_start(moment, 0) - 1
            self._make_scheduled(seller, kind, marketplace_ids, period, moment)
            self._simulator.agenda.at(next_month(moment), make)

        self._simulator.agenda.at(due, make)

    def _make_scheduled(self, seller, kind, marketplace_ids, period, moment):
        start, end = period
        wanted = SimpleNamespace(report_type=kind.name, data_start=start, data_end=end)
        rows = kind.contents(seller, wanted, self._simulator)
        if rows:
            content = write_csv(kind.columns, rows)
            ids = tuple(marketplace_ids)
            self.publish(seller, kind.name, ids, period, moment, content, "utf-8")

    def _next_id(self):
        return f"{50_000_000_000 + len(self._reports) * 7 + 18_713}"

    def get(self, seller, report_id):
        """The seller's report in its present state, None if there is none."""
        report = self._reports.get(report_id)
        if report is None or report.seller != seller.key or self._forgotten(report):
            return None
        return self._advanced(report)

    def all(self, seller):
        """The seller's reports, newest first."""
        own = [
            report
            for report in self._reports.values()
            if report.seller == seller.key and not self._forgotten(report)
        ]
        own.sort(key=lambda report: (report.created, report.report_id), reverse=True)
        return [self._advanced(report) for report in own]

    def owner(self, seller, document_id):
        """The seller's report that has this document, None if there is none."""
        for report in self.all(seller):
            if report.document and report.document.document_id == document_id:
                return report
        return None

    def document(self, seller, document_id):
        owner = self.owner(seller, document_id)
        return owner and owner.document

    def cancel(self, report):
        """True if the report was still in the queue."""
        if report.status != IN_QUEUE:
            return False
        report.status = CANCELLED
        report.ready = report.starts = self._simulator.clock.now()
        return True

    def _forgotten(self, report):
        return self._simulator.clock.now() - report.created > report.kind.kept

    def _advanced(self, report):
        now = self._simulator.clock.now()
        if not report.over and now >= report.ready:
            self._finish(report)
        elif report.status == IN_QUEUE and now >= report.starts:
            report.status = IN_PROGRESS
        return report

    def _finish(self, report):
        if report.ending == FATAL:
            self._end(report, FATAL, b"The report could not be made.", "text/plain")
            return
        if report.ending or self._too_soon(report):
            report.status = report.ending or self.settings.repeat
            return
        rows = self._contents(report)
        if rows:
            self._end(report, DONE, *self._written(report, rows))
        else:
            report.status = CANCELLED

    def _end(self, report, status, content, content_type):
        report.status = status
        document_id = f"amzn1.spdoc.1.4.{self._region(report)}.{self._uuid()}.SIM"
        report.document = Document(
            document_id, content, content_type, self.settings.gzip
        )

    def _region(self, report):
        return self._simulator.sellers[report.seller].region

    def _uuid(self):
        text = f"{self._random.getrandbits(128):032x}"
        cuts = (0, 8, 12, 16, 20, 32)
        return "-".join(text[a:b] for a, b in zip(cuts, cuts[1:], strict=False))

    def _too_soon(self, report):
        """A near-real-time report was made less than its waiting period ago."""
        waiting = report.kind.near_real_time
        return waiting is not None and any(
            other.status == DONE
            and other is not report
            and (other.seller, other.report_type) == (report.seller, report.report_type)
            and other.marketplace_ids == report.marketplace_ids
            and 0 <= report.created - other.ready < waiting
            for other in self._reports.values()
        )

    def _contents(self, report):
        """The report's rows: fresh, or Amazon's cached ones."""
        key = (report.seller, report.report_type, report.marketplace_ids)
        cached = report.kind.cached
        made, rows = self._rows.get(key, (None, None))
        if cached and made is not None and report.ready - made < cached:
            return rows
        seller = self._simulator.sellers[report.seller]
        rows = report.kind.contents(seller, report, self._simulator)
        if cached:
            self._rows[key] = (report.ready, rows)
        return rows

    def _written(self, report, rows):
        """(content, content type) in the marketplace's charset and language."""
        code = MARKETPLACES[report.marketplace_ids[0]].code
        names = self._header(report, code)
        lines = ["\t".join(names.values())]
        cell = _raw_cell if self.settings.raw_cells else _cell
        words = self.settings.statuses
        for row in rows:
            word = row.get("order-status")
            told = {**row, "order-status": words.get(word, word)} if words else row
            lines.append("\t".join(cell(told.get(name)) for name in names))
        charset = self.settings.charset or _charset(code, report.kind)
        # Amazon too puts a question mark where the charset has no character.
        content = "".join(f"{line}\r\n" for line in lines).encode(charset, "replace")
        return content, f"text/plain{self._stated(charset)}"

    def _stated(self, charset):
        if not self.settings.state_charset:
            return ""
        return f";charset={CHARSETS.get(charset, charset)}"

    def _header(self, report, code):
        """{column: name} in the language of the marketplace, or asked for."""
        plain = {name: name for name in report.kind.columns}
        if not report.kind.translated or report.options.get(LOCALE, "").startswith(
            "en"
        ):
            return plain
        localised = self.settings.localised
        language = self.settings.language or code
        if localised is None:
            localised = language in TRANSLATED
        return TRANSLATED.get(language, TRANSLATED["DE"]) if localised else plain


def month_start(moment, months):
    """The beginning of a month in UTC, as many months after that of a moment."""
    day = datetime.fromtimestamp(moment, timezone.utc)
    count = day.year * 12 + day.month - 1 + months
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=timezone.utc).timestamp()


def next_month(moment):
    """The same time of the next month; its 28th day at the latest."""
    day = datetime.fromtimestamp(moment, timezone.utc)
    first = datetime.fromtimestamp(month_start(moment, 1), timezone.utc)
    return day.replace(
        year=first.year, month=first.month, day=min(day.day, 28)
    ).timestamp()


def packed(content):
    """gzip with the same bytes at each call."""
    return gzip.compress(content, mtime=0)


def _charset(code, kind):
    if code == "JP":
        return "cp932"
    return "cp1252" if kind.translated and code in WESTERN else "utf-8"


def _raw_cell(value):
    return value or ""


def _cell(value):
    return " ".join((value or "").replace("\t", " ").splitlines())
