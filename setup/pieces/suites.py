# SPDX-License-Identifier: LGPL-3.0-or-later
"""The test suites: what each runs, and the sum of them."""

import contextlib
import dataclasses
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from xml.etree import ElementTree

from . import browser, carriers, console, databases, lint, postgres, server
from .commands import die_with_parent
from .paths import REPOSITORY, TESTS, addons, cache
from .suite_names import SUITES

# The tag of tests that need carriers that others wrote.
_WITH_CARRIERS = "amazon_carriers"
# Two cores keep two lanes busy; a browser's tests wait for most of their time.
LANES = (("odoo",), ("lint", "contract", "faults"), ("e2e",))


@dataclasses.dataclass
class Outcome:
    """What a suite came to.

    `reasons` say why tests were skipped, `error` why a suite failed beside its tests.
    """

    suite: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: set = dataclasses.field(default_factory=set)
    error: str = ""
    seconds: float = 0.0

    @property
    def is_success(self):
        return not self.failed and not self.error

    def __str__(self):
        counts = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        text = f"[{self.suite}] {counts} in {self.seconds:.0f} s"
        return f"{text} - {self.error}" if self.error else text


@dataclasses.dataclass(frozen=True)
class Setting:
    """What all suites run with. `extra` are the user's words for the test runners."""

    odoo: object
    pg: postgres.Server
    environment: dict
    extra: list


def run(odoo, names, extra):
    """Run suites, print what each says and the sum as the last line.

    :param names: a selection of `SUITES`
    :param extra: words for pytest and for Odoo's --test-tags
    :return: the exit code: 0 if every suite passed and at least one test did
    """
    with postgres.running() as pg:
        environment = server.environment(pg)
        # a lost transaction costs a test run nothing, a wait for the disk at each does
        environment["PGOPTIONS"] = "-c synchronous_commit=off"
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        if {"odoo", "e2e"} & set(names):
            environment = browser.on_path(environment)
        setting = Setting(odoo, pg, environment, list(extra))
        outcomes = _run_all(names, setting)
    console.say("")
    for outcome in outcomes:
        console.say(str(outcome))
        for reason in sorted(outcome.reasons):
            console.say(f"[{outcome.suite}] not tried: {reason}")
    return _close(outcomes)


def _close(outcomes):
    passed = sum(outcome.passed for outcome in outcomes)
    # a suite that broke without a failed test counts as one
    failed = sum(outcome.failed or bool(outcome.error) for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    console.say(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed and not failed else 1


def _run_all(names, setting):
    if len(names) == 1:
        return [_run_one(names[0], setting, _Screen())]
    outcomes = {}
    threads = [
        threading.Thread(
            target=_run_lane,
            args=([name for name in lane if name in names], setting, outcomes),
        )
        for lane in LANES
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcomes[name] for name in SUITES if name in outcomes]


_printing = threading.Lock()


def _run_lane(names, setting, outcomes):
    for name in names:
        with tempfile.TemporaryFile("w+", errors="replace") as kept:
            outcomes[name] = _run_one(name, setting, _Screen(kept))
            kept.seek(0)
            with _printing:
                console.say(f"\n===== {name} =====\n{kept.read().rstrip()}")
                console.say(str(outcomes[name]))


class _Screen:
    """Where a suite's output goes: to the terminal at once, or kept for later."""

    def __init__(self, kept=None):
        self._stream = kept or sys.stdout

    def write(self, text):
        self._stream.write(text)
        self._stream.flush()

    def follow(self, command, **options):
        """Run a program, pass its output on; returns its exit code and output."""
        output = []
        with subprocess.Popen(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=die_with_parent,
            **options,
        ) as process:
            for line in process.stdout:
                output.append(line)
                self.write(line)
        return process.returncode, "".join(output)


def _run_one(name, setting, screen):
    started = time.monotonic()
    outcome = Outcome(name)
    try:
        _KINDS[name](outcome, setting, screen)
    except console.SetupError as error:
        outcome.error = str(error)
    if not outcome.error and not outcome.passed and not outcome.failed:
        outcome.error = "" if outcome.skipped else "no test ran"
    outcome.seconds = time.monotonic() - started
    return outcome


def _run_pytest(outcome, setting, screen):
    folder = TESTS / outcome.suite
    if not folder.is_dir():
        outcome.error = f"there is no {folder.relative_to(REPOSITORY)}"
        return
    with tempfile.TemporaryDirectory(dir=cache("run")) as place:
        report = os.path.join(place, "report.xml")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rs",
            "-p",
            "no:cacheprovider",
        ]
        code, _output = screen.follow(
            [*command, f"--junit-xml={report}", folder, *setting.extra],
            cwd=REPOSITORY,
            env=setting.environment,
        )
        _count_pytest(outcome, report)
    if code not in (0, 1) and not outcome.failed:
        outcome.error = "no test ran" if code == 5 else f"pytest ended with {code}"


def _count_pytest(outcome, report):
    with contextlib.suppress(FileNotFoundError, ElementTree.ParseError):
        for suite in ElementTree.parse(report).iter("testsuite"):
            bad = int(suite.get("failures")) + int(suite.get("errors"))
            outcome.failed += bad
            outcome.skipped += int(suite.get("skipped"))
            outcome.reasons |= {one.get("message") for one in suite.iter("skipped")}
            outcome.passed += int(suite.get("tests")) - bad - int(suite.get("skipped"))


_LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \S+ \d+ (?P<level>[A-Z]+) (?P<db>\S+) (?P<rest>.*)"
)
_RESULT = re.compile(
    r"odoo\.tests\.result: (\d+) failed, (\d+) error\(s\) of (\d+) tests when loading"
)


def _run_odoo(outcome, setting, screen):
    """The addons' own tests: each addon in a database without those built on it."""
    for addon in addons():
        if outcome.error:
            return
        words = [_tag(word, addon) for word in setting.extra]
        words = [word for word in words if word]
        if words or not setting.extra:
            tags = ",".join(words) or f"/{addon.name}"
            # some tests open pages; who names a few may have named none of those
            kind = databases.ADDON if setting.extra else databases.ADDON_WEB
            if addon.name == databases.OUR_INDIA:
                kind = databases.DEMO
            _run_odoo_tests(outcome, setting, screen, kind, tags)
    tags = _get_carrier_tags(setting.extra)
    if tags and not outcome.error:
        _run_odoo_tests(outcome, setting, screen, databases.CARRIERS, tags)


def _run_odoo_tests(outcome, setting, screen, kind, tags):
    pg, odoo = setting.pg, setting.odoo
    with databases.temporary(odoo, pg, "test", kind) as database:
        if kind == databases.CARRIERS:
            odoo = carriers.known_to(odoo)
        command = server.command(
            odoo,
            pg,
            [
                *("server", "-d", database, "--test-tags", tags),
                *("--stop-after-init", "--max-cron-threads", "0"),
                *("--http-port", server.free_port()),
                *("--screenshots", cache("screenshots")),
            ],
        )
        code, log = screen.follow(command, env=setting.environment, cwd=cache("run"))
    _count_odoo(outcome, log)
    ours = list(_complaints(log))
    if code and not outcome.failed:
        outcome.error = f"Odoo ended with {code}"
    elif ours and not outcome.failed:
        outcome.error = f"{len(ours)} warnings of ours in the log, e.g. {ours[0]}"


def _tag(word, addon):
    """A test tag: `TestOrders` and `TestOrders.test_x` mean those of the addon that has
    such a class, other words those of the first addon, but those of Odoo's own addons
    for India (`/l10n_in_sale`) of the one for India; '' if it has none."""
    if not word[:1].isupper():
        is_india = word.startswith(databases.INDIAN_TESTS)
        own = databases.OUR_INDIA if is_india else databases.OUR_ADDON
        return word if addon.name == own else ""
    known = any(_defines(text, word) for text in _read_tests(addon))
    return f"/{addon.name}:{word}" if known else ""


def _get_carrier_tags(words):
    """The tags of tests that need carriers of others; '' if the words name none."""
    addon = REPOSITORY / databases.OUR_ADDON
    tag = f"{_WITH_CARRIERS}/{addon.name}"
    if not words:
        return tag
    tests = list(_read_tests(addon, with_carriers=True))
    named = [word for word in words if any(_defines(text, word) for text in tests)]
    return ",".join(f"{tag}:{word}" for word in named)


def _read_tests(addon, with_carriers=False):
    """The addon's files of tests: those with carriers of others, or the rest."""
    for path in sorted(addon.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if (f'"{_WITH_CARRIERS}"' in text) == with_carriers:
            yield text


def _defines(text, word):
    return f"class {word.partition('.')[0]}(" in text


def _count_odoo(outcome, log):
    found = _RESULT.findall(log)
    if not found:
        return
    failures, errors, tests = map(int, found[-1])
    failed = failures + errors
    outcome.failed += failed
    skips = re.findall(r"^\S+ \S+ \d+ INFO \S+ \S+: skipped (.*)", log, re.M)
    outcome.skipped += len(skips)
    outcome.reasons |= set(skips)
    outcome.passed += max(tests - failed - len(skips), 0)


def _complaints(log):
    """Lines of the log, warnings and worse, that speak of this project's addons."""
    for line in log.splitlines():
        found = _LOG_LINE.match(line)
        if not found or found["level"] not in ("WARNING", "ERROR", "CRITICAL"):
            continue
        rest = found["rest"].replace(found["db"], "")
        if "amazon" in rest.lower():
            yield rest


def _run_lint(outcome, setting, screen):
    for check in lint.CHECKS:
        problem = check(setting)
        title = check.__doc__.splitlines()[0].rstrip(".")
        if problem:
            outcome.failed += 1
            screen.write(f"FAILED {title}\n{problem.rstrip()}\n")
        else:
            outcome.passed += 1
            screen.write(f"passed {title}\n")


_KINDS = {
    "lint": _run_lint,
    "contract": _run_pytest,
    "faults": _run_pytest,
    "e2e": _run_pytest,
    "odoo": _run_odoo,
}
