# SPDX-License-Identifier: LGPL-3.0-or-later
"""The checks of the suite `lint`.

Each takes the suites' setting and returns what is wrong, '' if nothing is. The first
line of its docstring is its title.
"""

import ast
import contextlib
import hashlib
import html
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

from . import commands, debian, server, translations, unused
from .console import SetupError
from .paths import REPOSITORY, addons, cache

LICENCE = "SPDX-License-Identifier: LGPL-3.0-or-later"
LONGEST = 650
MOST_METHODS = 60
# Amazon's own words, nowhere a record's name; and a queue that has no foreign keys.
PLAIN_IDS = {
    "application_id",
    "order_item_id",
    "seller_id",
    "amazon.stock.change.channel_id",
    "amazon.stock.change.listing_id",
    "amazon.stock.change.product_id",
}
_DESCRIPTION = Path("amazon_connector/readme/DESCRIPTION.md")
_PAGE = Path("amazon_connector/static/description/index.html")
_REQUIREMENTS = Path("docs/requirements.md")
_SOURCES = {".css", ".js", ".py", ".scss", ".sh", ".sql", ".toml", ".xml"}


def _style(_setting):
    """ruff: style and likely mistakes."""
    return _tool("ruff", "check", "--no-cache", "-q", "--output-format=concise", ".")


def _format(_setting):
    """ruff: formatting."""
    return _tool("ruff", "format", "--no-cache", "--check", "-q", ".")


def _odoo_rules(_setting):
    """pylint-odoo: the Odoo community's rules."""
    unread = _find_unread()
    problems = _tool("pylint", "-j", "1", *unread) if unread else ""
    if not problems:
        for mark in unread.values():
            mark.touch()
    return problems


def _types(_setting):
    """mypy: the types of what talks to Amazon."""
    return _tool("mypy", "--no-error-summary", "--cache-dir", str(cache("mypy")))


def _unused(_setting):
    """vulture: no code that nobody calls."""
    contents = {path: _text(path) for path in _files()}
    return "\n".join(unused.find(contents))


def _find_unread():
    """``{file: its mark}`` of what pylint has not passed on this machine as it is."""
    settings = (REPOSITORY / "pyproject.toml").read_bytes() + sys.version.encode()
    settings += version("pylint-odoo").encode()
    passed, unread = cache("pylint"), {}
    for path in _files():
        if path.suffix == ".py" and path.parts[0] in _names(addons()):
            content = (REPOSITORY / path).read_bytes()
            digest = hashlib.sha256(b"\0".join([settings, bytes(path), content]))
            mark = passed / digest.hexdigest()
            if not mark.exists() or os.environ.get("CI"):
                unread[str(path)] = mark
    return unread


def _old_habits(setting):
    """odoo upgrade_code: nothing left of Odoo 17 or 18."""
    problems = []
    for addon in addons():
        arguments = ["upgrade_code", "--from", "17.0", "--dry-run"]
        arguments += ["--addons-path", REPOSITORY, "--glob", f"{addon.name}/**/*"]
        done = subprocess.run(
            server.command(setting.odoo, setting.pg, arguments),
            env=setting.environment,
            cwd=cache("run"),
            capture_output=True,
            text=True,
            check=False,
        )
        listed = [line for line in done.stdout.splitlines() if addon.name in line]
        problems += listed
        if done.returncode and not listed:
            problems.append(done.stderr.strip()[-500:])
    return "\n".join(problems)


def _licence(_setting):
    """Every source file names its licence."""
    return "\n".join(
        f"{path}: no line '{LICENCE}' at the top"
        for path in _files()
        if _is_source(path) and LICENCE not in _text(path)[:400]
    )


def _length(_setting):
    """No source file is too long to be read."""
    lengths = {path: _text(path).count("\n") for path in _files() if _is_source(path)}
    return "\n".join(
        f"{path}: {length} lines, more than {LONGEST}"
        for path, length in lengths.items()
        if length > LONGEST and path.suffix in (".py", ".js", "")
    )


def _addresses(_setting):
    """No address of a package registry stands in a file."""
    hosts = _registries()
    return "\n".join(
        f"{path}: {host}" for path in _files() for host in hosts if host in _text(path)
    )


def _xml(_setting):
    """Every XML file can be parsed."""
    problems = []
    for path in _files():
        if path.suffix == ".xml":
            try:
                ElementTree.parse(REPOSITORY / path)
            except ElementTree.ParseError as error:
                problems.append(f"{path}: {error}")
    return "\n".join(problems)


def _tags(_setting):
    """Odoo's tests run after the installation, on a copy of the template."""
    return "\n".join(
        f"{path}: without @tagged('post_install', '-at_install') it never runs"
        for path in _odoo_tests()
        if "post_install" not in _text(path)
    )


def _test_imports(_setting):
    """Odoo's tests are imported by their addon's tests/__init__.py."""
    return "\n".join(
        f"{path}: {package} does not import it, so it never runs"
        for path in _odoo_tests()
        if (package := Path(path.parts[0], "tests", "__init__.py"))
        and not re.search(rf"\b{path.stem}\b", _text(package))
    )


def _odoo_tests():
    """The files of the addons' own tests."""
    return [
        path
        for path in _files()
        if re.match(r"[^/]+/tests/(.*/)?test_[^/]*\.py$", str(path))
        and path.parts[0] in _names(addons())
    ]


def _test_bases(_setting):
    """What tests share stands in a module of its own, never in another test's."""
    return "\n".join(
        f"{path}: {line.strip()}"
        for path in _files()
        if path.suffix == ".py" and "tests" in path.parts
        for line in _text(path).splitlines()
        if re.match(r"\s*from \.[\w.]*\btest_\w+ import", line)
    )


def _models(_setting):
    """A model's methods stand once, in files named after it, in classes of a size."""
    places, problems = {}, []
    for addon in addons():
        for path in sorted(addon.rglob("*.py")):
            if "tests" in path.parts:
                continue
            relative = path.relative_to(REPOSITORY)
            classes = list(_classes(path))
            if "models" in path.parts and not _is_named_after(path.stem, classes):
                problems.append(f"{relative}: its name begins with none of its models")
            for model, methods in classes:
                if len(methods) > MOST_METHODS:
                    problems.append(f"{relative}: {model} has {len(methods)} methods")
                for method in methods:
                    place = places.setdefault((addon, model, method), relative)
                    if place != relative:
                        problems.append(
                            f"{relative}: {model}.{method}, also in {place}"
                        )
    return "\n".join(problems)


def _ids(_setting):
    """What is called an id is a record, never a text or a bare number."""
    return "\n".join(
        f"{path}: {model}.{name} is no record"
        for path in _files()
        if path.suffix == ".py" and path.parts[0] in _names(addons())
        for model, node in _model_classes(REPOSITORY / path)
        for name, value in _values(node).items()
        if name.endswith("_id") and not {name, f"{model}.{name}"} & PLAIN_IDS
        if re.match(r"fields\.(Char|Float|Integer|Text)\(", ast.unparse(value))
    )


def _classes(path):
    """``(model, names of its methods)`` of each class of a model in a file."""
    for model, node in _model_classes(path):
        yield model, [one.name for one in node.body if isinstance(one, ast.FunctionDef)]


def _model_classes(path):
    """``(model, its class)`` of each model in a file."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            values = _values(node)
            value = values.get("_name", values.get("_inherit"))
            if isinstance(value, ast.List) and value.elts:
                value = value.elts[0]
            if isinstance(value, ast.Constant):
                yield value.value, node


def _values(node):
    """What the body of a class assigns: ``{name: expression}``."""
    return {
        target.id: statement.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _is_named_after(stem, classes):
    names = [model.replace(".", "_") for model, _methods in classes]
    return not names or any(
        stem.startswith(name) or name.startswith(stem) for name in names
    )


def _requirements(_setting):
    """Every requirement has its line, what is done its place and its test."""
    rows = re.findall(r"^\| S(\d+) \|.*\| ([^|]*) \|$", _text(_REQUIREMENTS), re.M)
    if [int(number) for number, _where in rows] != list(range(1, len(rows) + 1)):
        return f"{_REQUIREMENTS}: a number is missing, or stands twice"
    named = set()
    for path in _files():
        if "tests" in path.parts and path.suffix == ".py":
            named.update(re.findall(r"\bS(\d+)\b", _text(path)))
    problems = []
    for number, where in rows:
        places = re.findall(r"`([^`]+)`", where)
        for place in places:
            found = (REPOSITORY / place, REPOSITORY / "amazon_connector" / place)
            if not any(path.exists() for path in found):
                problems.append(f"S{number}: there is no {place}")
        # what is a rule of the design or of the documents stands in docs/
        is_code = any(not place.startswith("docs/") for place in places)
        if is_code and number not in named:
            problems.append(f"S{number}: no test names it")
    return "\n".join(problems)


def _promises(_setting):
    """Every test that a document names exists."""
    known = set()
    for path in _files():
        if "tests" in path.parts and path.suffix == ".py":
            known.update(re.findall(r"^class (Test\w+)", _text(path), re.M))
    return "\n".join(
        f"{path}: there is no {name}"
        for path in _files()
        if path.suffix == ".md"
        for name in re.findall(r"`(Test\w+)`", _text(path))
        if name not in known
    )


def _app_page(_setting):
    """The page in Odoo's list of apps says what readme/ says."""
    page = " ".join(_text(_PAGE).split())
    bullets = re.findall(r"^- (.*(?:\n  .*)*)", _text(_DESCRIPTION), re.M)
    texts = (html.escape(" ".join(one.split()), quote=False) for one in bullets)
    return "\n".join(
        f"{_PAGE} lacks: {text}" for text in texts if f"<li>{text}</li>" not in page
    )


def _translations(_setting):
    """Each language has every string, with the same placeholders and tags."""
    return "\n".join(translations.find_problems())


def _wheels(_setting):
    """Every addon builds as a wheel."""
    problems = []
    for addon in addons():
        with tempfile.TemporaryDirectory(dir=cache("run")) as folder:
            arguments = ("--wheel", "--no-isolation", "-o", folder, str(addon))
            output = _tool("build", *arguments)
            built = list(Path(folder).glob("odoo_addon_*-19.0.*.whl"))
            if output or len(built) != 1:
                problems.append(f"{addon.name}: {output or 'no wheel came out'}")
    return "\n".join(problems)


CHECKS = (
    _style,
    _format,
    _odoo_rules,
    _types,
    _unused,
    _old_habits,
    _licence,
    _length,
    _addresses,
    _xml,
    _tags,
    _test_imports,
    _test_bases,
    _models,
    _ids,
    _requirements,
    _promises,
    _app_page,
    _translations,
    _wheels,
)


def _tool(module, *arguments):
    """Run a Python tool over the repository; its output if it complains."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    return output or f"{module} ended with {done.returncode}" if done.returncode else ""


def _names(folders):
    return [folder.name for folder in folders]


def _files():
    """The repository's files, relative to it; what git ignores is left out."""
    # an unpacked archive has no git repository, and a small machine no git
    with contextlib.suppress(SetupError):
        command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
        listed = commands.run(command, what="list the files", cwd=REPOSITORY)
        names = sorted(filter(None, listed.split("\0")))
        return [Path(name) for name in names if (REPOSITORY / name).is_file()]
    found = (path.relative_to(REPOSITORY) for path in REPOSITORY.rglob("*"))
    return sorted(
        path
        for path in found
        if (REPOSITORY / path).is_file()
        and not {".git", "__pycache__"} & set(path.parts)
    )


def _is_source(path):
    if path.suffix:
        return path.suffix in _SOURCES and bool(_text(path).strip())
    return _text(path).startswith("#!")


def _text(path):
    return (REPOSITORY / path).read_text(errors="replace")


def _registries():
    """The hosts that this machine's apt, pip and npm are configured with.

    They are asked for, so that this file need not name them either.
    """
    addresses = [os.environ.get("PIP_INDEX_URL", "")]
    # a machine without Debian's archive has no such host to look for
    with contextlib.suppress(SetupError):
        addresses.append(debian.archive())
    ask = (
        "from pip._internal.models.index import PyPI\n"
        "print(PyPI.url, 'https://' + PyPI.file_storage_domain)"
    )
    asked = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=False
    )
    addresses += asked.stdout.split()
    hosts = {urllib.parse.urlsplit(address).hostname for address in addresses}
    return sorted(filter(None, hosts))
