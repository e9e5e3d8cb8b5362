# SPDX-License-Identifier: LGPL-3.0-or-later
"""The test suites: what each runs, and the sum of them."""

import contextlib
import dataclasses
import functools
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

from . import browser, console, lint, odoo_tests, postgres, server, upstream
from .commands import die_with_parent
from .paths import REPOSITORY, TESTS, cache
from .suite_names import BY_NAME, SUITES

# Parts at a time, for two cores: those that keep a core busy, and those with a browser,
# which wait for most of their time.
AT_ONCE = 3
BROWSERS_AT_ONCE = 2
# What takes longest begins first, so that nothing long is left for the end.
_BY_LENGTH = (
    *("alone", "upstream", "beside", "packages"),
    *("odoo", "e2e", "faults", "contract", "lint"),
)
# Of these a part each begins before: the longest, and what needs no database while the
# first one's is made.
_FIRST = ("odoo", "contract", "odoo", "faults")
# Files of the browser's suite with servers of their own: with the rest, three parts of
# about the same length.
_OWN_STAGES = (
    ("test_control.py", "test_onboarding.py", "test_unconfirmed.py"),
    (
        "test_external_api.py",
        "test_life.py",
        "test_manufacturing.py",
        "test_proof.py",
    ),
)


@dataclasses.dataclass
class Outcome:
    """What a suite came to.

    `reasons` say why tests were skipped, `error` why a suite failed beside its tests,
    `failures` which tests failed and the last lines of why.
    """

    suite: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: set = dataclasses.field(default_factory=set)
    failures: list = dataclasses.field(default_factory=list)
    error: str = ""
    seconds: float = 0.0

    def __add__(self, other):
        """Of two parts of one suite."""
        return Outcome(
            self.suite,
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.reasons | other.reasons,
            self.failures + other.failures,
            "; ".join(filter(None, (self.error, other.error))),
            self.seconds + other.seconds,
        )

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

    :param names: a selection of `SUITES` and `BY_NAME`
    :param extra: words for pytest and for Odoo's --test-tags
    :return: the exit code: 0 if every suite passed and at least one test did
    """
    with postgres.running() as pg:
        environment = server.environment(pg)
        # a lost transaction costs a test run nothing, a wait for the disk at each does
        environment["PGOPTIONS"] = "-c synchronous_commit=off -c jit=off"
        environment["HYPOTHESIS_STORAGE_DIRECTORY"] = str(cache("hypothesis"))
        if {"odoo", "e2e", "beside", "upstream"} & set(names):
            environment = browser.on_path(environment)
        setting = Setting(odoo, pg, environment, list(extra))
        outcomes = _run_all(names, setting)
    console.say("")
    for outcome in outcomes:
        console.say(str(outcome))
        for reason in sorted(outcome.reasons):
            console.say(f"[{outcome.suite}] not tried: {reason}")
        for failure in outcome.failures:
            console.say(f"[{outcome.suite}] failed: {failure}")
    return _close(outcomes)


def _close(outcomes):
    passed = sum(outcome.passed for outcome in outcomes)
    # a suite that broke without a failed test counts as one
    failed = sum(outcome.failed or bool(outcome.error) for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    console.say(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed and not failed else 1


def _run_all(names, setting):
    """Run the parts of these suites, some at once; returns an outcome per suite."""
    parts = _get_all_parts(names, setting)
    if len(parts) == 1:
        [(name, part)] = parts
        return [_run_part(name, part, setting, _Screen())]
    with ThreadPoolExecutor(AT_ONCE) as busy:
        with ThreadPoolExecutor(BROWSERS_AT_ONCE) as browsers:
            begun = [
                (browsers if name == "e2e" else busy).submit(
                    _run_quietly, name, part, setting
                )
                for name, part in parts
            ]
            done = [part.result() for part in begun]
    return [
        sum((outcome for outcome in done if outcome.suite == name), Outcome(name))
        for name in (*SUITES, *BY_NAME)
        if name in names
    ]


def _get_all_parts(names, setting):
    """``(suite, part)`` of these suites, in the order in which they begin."""
    parts = {name: _get_parts(name, setting) for name in _BY_LENGTH if name in names}
    first = [(name, parts[name].pop(0)) for name in _FIRST if parts.get(name)]
    return first + [(name, part) for name in parts for part in parts[name]]


def _get_parts(name, setting):
    """What of a suite can run beside the rest of it.

    :return: functions of an outcome, the setting and a screen
    """
    if name == "odoo":
        return odoo_tests.get_parts(setting.extra)
    if name == "e2e" and not setting.extra:
        return list(_get_browser_parts())
    return [_KINDS[name]]


def _get_browser_parts():
    """Files of the browser's suite that share a stage, then the others in two parts."""
    places = [[TESTS / "e2e" / name for name in names] for names in _OWN_STAGES]
    rest = [f"--ignore={path}" for place in places for path in place]
    yield functools.partial(_run_pytest, places=[TESTS / "e2e", *rest])
    yield from (functools.partial(_run_pytest, places=place) for place in places)


_printing = threading.Lock()


def _run_quietly(name, part, setting):
    """Run a part and print what it said at once, when it is done."""
    with tempfile.TemporaryFile("w+", errors="replace") as kept:
        outcome = _run_part(name, part, setting, _Screen(kept))
        kept.seek(0)
        with _printing:
            console.say(f"\n===== {name} =====\n{kept.read().rstrip()}")
            console.say(str(outcome))
    return outcome


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


def _run_part(name, part, setting, screen):
    started = time.monotonic()
    outcome = Outcome(name)
    try:
        part(outcome, setting, screen)
    except console.SetupError as error:
        outcome.error = str(error)
    if not outcome.error and not outcome.passed and not outcome.failed:
        outcome.error = "" if outcome.skipped else "no test ran"
    outcome.seconds = time.monotonic() - started
    return outcome


def _run_pytest(outcome, setting, screen, places=()):
    """Run a suite of pytest's, or what is in some places of it."""
    places = places or [TESTS / outcome.suite]
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
            [*command, f"--junit-xml={report}", *places, *setting.extra],
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
            outcome.failures += _get_pytest_failures(suite)


def _get_pytest_failures(suite):
    """Texts of a report's tests that failed, each with the last lines of why."""
    for case in suite.iter("testcase"):
        for bad in (*case.iter("failure"), *case.iter("error")):
            name = f"{case.get('classname')}.{case.get('name')}"
            why = f"{bad.text or ''}\n{bad.get('message')}"
            yield console.with_end(name, why)


def _run_lint(outcome, setting, screen):
    for check in lint.CHECKS:
        problem = check(setting)
        title = check.__doc__.splitlines()[0].rstrip(".")
        if problem:
            outcome.failed += 1
            outcome.failures.append(console.with_end(title, problem))
            screen.write(f"FAILED {title}\n{problem.rstrip()}\n")
        else:
            outcome.passed += 1
            screen.write(f"passed {title}\n")


_KINDS = {
    "lint": _run_lint,
    "alone": odoo_tests.run_alone,
    "beside": odoo_tests.run_beside,
    "packages": _run_pytest,
    "upstream": upstream.run,
    "contract": _run_pytest,
    "faults": _run_pytest,
    "e2e": _run_pytest,
}
