# SPDX-License-Identifier: LGPL-3.0-or-later
"""The suite "odoo": the addons' own tests, each addon in a database of its own."""

import functools
import re

from . import console, databases, server
from .neighbours import BESIDE
from .paths import REPOSITORY, addons, cache

# The tag of tests that need addons of others which send buyers' data on.
_WITH_CARRIERS = "amazon_carriers"
# Addons whose tests need more than the first one's.
_KINDS = {
    databases.OUR_INDIA: databases.DEMO,
    databases.OUR_QUEUE: databases.CARRIERS,
}
# What is otherwise among addons of others, and shall be (docs/operations.md).
_OTHERWISE_BESIDE = (
    # sale_cancel_reason asks for a reason of its own when many are cancelled
    "TestCancellation.test_cancelling_many_asks_too",
    # Odoo's purchase_stock lets nobody cancel a sales order who reads no purchases
    "TestCancellation.test_salesman_without_the_amazon_app",
    # base_partner_sequence gives an address the number of its company
    "TestMatching.test_other_delivery_address_is_a_child",
)

# Orders come in, are shipped, cancelled and invoiced; all as Odoo itself would do it.
_EACH_STEP = (
    "TestCancellation",
    "TestInvoiceWhenShipped",
    "TestOrderAsOdoo",
    "TestOrderFrozen",
    "TestOrderLifecycle",
    "TestOrderShipping",
    "TestShipmentOutbox",
    "TestStockQuantity",
)

_LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \S+ \d+ (?P<level>[A-Z]+) (?P<db>\S+) (?P<rest>.*)"
)
_RESULT = re.compile(
    r"odoo\.tests\.result: (\d+) failed, (\d+) error\(s\) of (\d+) tests when loading"
)
# What Odoo says of a test that failed, up to the log's next line.
_FAILURE = re.compile(
    r"^\d{4}-\d\d-\d\d \S+ \d+ ERROR \S+ \S+: (?:FAIL|ERROR): (?P<test>.+)\n"
    r"(?P<why>(?:(?!\d{4}-\d\d-\d\d \d\d:).*\n)*)",
    re.M,
)


def get_parts(words):
    """What can run side by side: all of the words' tests, or the suite in parts.

    :param list words: test tags of the user
    :return: functions of an outcome, a setting and a screen (see `suites`)
    """
    if words:
        return [_run_named]
    first, second = _get_halves()
    others = f"{_get_carrier_tags([])},/{databases.OUR_QUEUE}"
    part = functools.partial
    return [
        part(_run_tests, kind=databases.ADDON_WEB, tags=first),
        part(_run_tests, kind=databases.ADDON_WEB, tags=second),
        part(_run_tests, kind=databases.DEMO, tags=f"/{databases.OUR_INDIA}"),
        part(_run_tests, kind=databases.CARRIERS, tags=others),
    ]


def _get_halves():
    """The tags of every second file of the addon's tests, and those of all others."""
    folder = REPOSITORY / databases.OUR_ADDON
    files = sorted(folder.rglob("test_*.py"))[::2]
    names = [f"/{path.relative_to(REPOSITORY)}" for path in files]
    rest = [f"/{databases.OUR_ADDON}", *(f"-{name}" for name in names)]
    return ",".join(names), ",".join(rest)


def _run_named(outcome, setting, screen):
    """The tests that the user named, each addon's in its database."""
    for addon in addons():
        words = [_tag(word, addon) for word in setting.extra]
        tags = ",".join(filter(None, words))
        if tags and not outcome.error:
            kind = _KINDS.get(addon.name, databases.ADDON)
            _run_tests(outcome, setting, screen, kind, tags)
    tags = _get_carrier_tags(setting.extra)
    if tags and not outcome.error:
        _run_tests(outcome, setting, screen, databases.CARRIERS, tags)


def run_beside(outcome, setting, screen):
    """The first addon's tests, or those that the user named, among addons of others."""
    addon = REPOSITORY / databases.OUR_ADDON
    words = [_tag(word, addon) for word in setting.extra] or [f"/{addon.name}"]
    words += [f"-/{addon.name}:{test}" for test in _OTHERWISE_BESIDE]
    _run_tests(outcome, setting, screen, databases.BESIDE, ",".join(words))


def run_alone(outcome, setting, screen):
    """Tests of each step of an order beside one addon of others at a time.

    The user's words: names of such addons, and of test classes.
    """
    names = [word for word in setting.extra if not word[:1].isupper()]
    classes = [word for word in setting.extra if word[:1].isupper()] or _EACH_STEP
    addon = databases.OUR_ADDON
    tags = [f"/{addon}:{test}" for test in classes]
    tags += [f"-/{addon}:{test}" for test in _OTHERWISE_BESIDE]
    for name in names or BESIDE.modules:
        failed, passed = outcome.failed, outcome.passed
        _run_tests(
            outcome, setting, screen, databases.ADDON, ",".join(tags), BESIDE, [name]
        )
        screen.write(
            f"[alone] {name}: {outcome.passed - passed} passed, "
            f"{outcome.failed - failed} failed\n"
        )


def _run_tests(outcome, setting, screen, kind, tags, neighbours=None, modules=()):
    """Run the tests of these tags in a copy of a template database.

    :param neighbours: addons of others that Odoo finds there beside the kind's own
    :param modules: what is installed of them before
    """
    pg, odoo = setting.pg, setting.odoo
    with databases.temporary(odoo, pg, "test", kind) as database:
        odoo = databases.with_neighbours(odoo, kind)
        if neighbours:
            odoo = neighbours.known_to(odoo)
        if modules:
            install = ["server", "-d", database, "-i", ",".join(modules), "--no-http"]
            install += ["--stop-after-init", "--max-cron-threads", "0"]
            server.run(odoo, pg, install, what=f"install {', '.join(modules)}")
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
    _count(outcome, log)
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
    tags = []
    for addon in addons():
        tag = f"{_WITH_CARRIERS}/{addon.name}"
        tests = list(_read_tests(addon, with_carriers=True))
        named = [word for word in words if any(_defines(text, word) for text in tests)]
        tags += [f"{tag}:{word}" for word in named] if words else [tag]
    return ",".join(tags)


def _read_tests(addon, with_carriers=False):
    """The addon's files of tests: those beside addons of others, or the rest."""
    for path in sorted(addon.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if (f'"{_WITH_CARRIERS}"' in text) == with_carriers:
            yield text


def _defines(text, word):
    return f"class {word.partition('.')[0]}(" in text


def _count(outcome, log):
    found = _RESULT.findall(log)
    if not found:
        return
    failures, errors, tests = map(int, found[-1])
    failed = failures + errors
    outcome.failed += failed
    outcome.failures += [console.with_end(*one) for one in _FAILURE.findall(log)]
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
