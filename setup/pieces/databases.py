# SPDX-License-Identifier: LGPL-3.0-or-later
"""Databases: templates that are installed once, and copies of them.

Each template but the first is a copy of another one, with more modules installed. Their
names carry a hash of what they were made from (Odoo's version, the modules, the addon's
files), so a changed addon gets a new one. Checkouts share them.
"""

import ast
import contextlib
import fcntl
import hashlib
import itertools
import os
import shutil
import threading
import time
from pathlib import Path

import psycopg2.errors
from psycopg2 import sql

from . import postgres, server, shops
from .console import SetupError, say
from .neighbours import BESIDE as _BESIDE
from .neighbours import CARRIERS as _CARRIERS
from .paths import REPOSITORY, TESTS, addons, cache, lock, odoo_data

# What the addon depends on; that with the addon; the same two with India's taxes, the
# last one with the addon for India, which installs itself there; both addons beside
# those of others that send buyers' data on.
BASE, ADDON, INDIA, DEMO = "base", "addon", "india", "demo"
CARRIERS, BESIDE = _CARRIERS.name, _BESIDE.name
NEIGHBOURS = {CARRIERS: _CARRIERS, BESIDE: _BESIDE}
# Those with the addon, with the web client's bundles made: half a minute of a core that
# only who opens a page should spend, and only once.
ADDON_WEB, DEMO_WEB = "addon_web", "demo_web"
# Those with the simulated sellers' companies, too, as they are before Amazon.
SHOPS, CARRIERS_SHOPS = "shops", "carriers_shops"
OUR_ADDON = "amazon_connector"
OUR_INDIA = "amazon_connector_tax_in"
OUR_QUEUE = "amazon_connector_queue_job"
_OURS = f"{OUR_ADDON},{OUR_INDIA}"
INDIAN_TESTS = "/l10n_in"
_BUNDLES, _COMPANIES = "bundles", "companies"
# Template: the one it is a copy of, and what it has beyond: modules, or one of these.
_MADE_OF = {
    BASE: (None, "sale_stock,stock_delivery"),
    ADDON: (BASE, OUR_ADDON),
    INDIA: (BASE, "l10n_in"),
    DEMO: (INDIA, _OURS),
    CARRIERS: (DEMO, ",".join(_CARRIERS.modules)),
    BESIDE: (ADDON, ",".join(_BESIDE.modules)),
    ADDON_WEB: (ADDON, _BUNDLES),
    DEMO_WEB: (DEMO, _BUNDLES),
    SHOPS: (DEMO_WEB, _COMPANIES),
    CARRIERS_SHOPS: (CARRIERS, _COMPANIES),
}
# What the web client's pages ask for, now or later.
_MAKE_BUNDLES = """
for name in (
    "bus.websocket_worker_assets",
    "web.assets_backend_lazy",
    "web.assets_emoji",
    "web.assets_frontend",
    "web.assets_frontend_lazy",
    "web.assets_frontend_minimal",
    "web.assets_web",
    "web.assets_web_print",
    "web.chartjs_lib",
    "web_tour.interactive",
):
    bundle = env["ir.qweb"]._get_asset_bundle(name)
    if bundle.javascripts or bundle.templates:
        bundle.js()
    if bundle.stylesheets:
        bundle.css()
env.cr.commit()
"""
# Some time before the first checkout.
_FIRST_DATE = 600_000_000
_PREFIX = "amazon_template"
_RUN_WHEN_INSTALLING = {"__manifest__.py", "hooks.py"}
_NOT_INSTALLED = {"tests", "static", "readme", "__pycache__", "build", "dist"}
_KEPT_TEMPLATES = 3
_DROP_TRIES = 3
_KEPT_SECONDS = 3600
_serial = itertools.count(1)


def copy(pg, name, source):
    """Make the database `name` as a copy of `source`; one of that name goes.

    :param source: a database that nobody is connected to, see `template`; without it
        the database is empty
    """
    drop(pg, name)
    _create(pg, name, source)
    if source:
        copy_filestore(source, name)


@contextlib.contextmanager
def temporary(odoo, pg, purpose, kind=ADDON):
    """A copy of a template for as long as the block lasts.

    :param str purpose: a word for its name, so that it is recognised
    :param str kind: which template, `ADDON` or `BASE` or one of the others
    :return: the name of the database
    """
    name = f"amazon_{purpose}_{os.getpid()}_{next(_serial)}"
    source = template(odoo, pg, kind)
    with _passing(name):
        copy(pg, name, source)
        yield name


@contextlib.contextmanager
def _passing(name):
    """A name of a database that goes with its command, also if that is killed.

    A mark with a lock on it says that the command lives, see `_drop_abandoned`. Nobody
    waits for the drop, which waits for the disk.
    """
    mark = cache("temporary") / name
    with contextlib.ExitStack() as parts:
        handle = parts.enter_context(mark.open("w"))
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield name
        finally:
            passing = (parts.pop_all(), mark)
            threading.Thread(target=_drop_passing, args=passing).start()


def _drop_passing(lock_on_mark, mark):
    # where PostgreSQL itself is gone the mark stays, for the next command
    with lock_on_mark, contextlib.suppress(SetupError), postgres.running() as pg:
        drop(pg, mark.name)
        mark.unlink(missing_ok=True)


def _drop_abandoned(pg):
    """Drop the databases that killed commands have left."""
    for mark in cache("temporary").iterdir():
        # in use, gone meanwhile, or another role's
        with contextlib.suppress(
            BlockingIOError, FileNotFoundError, psycopg2.errors.InsufficientPrivilege
        ):
            with mark.open("r+") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                drop(pg, mark.name)
                mark.unlink()


def template(odoo, pg, kind=ADDON):
    """The name of a template; it is made if it does not exist yet."""
    _drop_abandoned(pg)
    _date_static_files()
    name = f"{_PREFIX}_{kind}_{_key(odoo, kind)}"
    # first: one without a date is the oldest to another command that tidies up
    (cache("templates") / name).touch()
    with lock(name):
        if not exists(pg, name):
            _build(odoo, pg, kind, name)
    _drop_old(pg, kind)
    return name


def with_neighbours(odoo, kind):
    """The Odoo for a database of this kind: with addons of others, if it has some."""
    while kind and kind not in NEIGHBOURS:
        kind, _more = _MADE_OF[kind]
    return NEIGHBOURS[kind].known_to(odoo) if kind else odoo


def exists(pg, name):
    return bool(pg.query("SELECT 1 FROM pg_database WHERE datname = %s", [name]))


def drop(pg, name):
    """Drop a database, also while our role is connected to it, and its files.

    Not WITH (FORCE): while autovacuum is at work in the database, only a superuser may
    do that. A plain DROP has PostgreSQL end autovacuum itself, and waits for it.
    """
    statement = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    for attempt in range(1, _DROP_TRIES + 1):
        pg.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename = current_user",
            [name],
        )
        try:
            pg.query(statement)
            break
        except psycopg2.errors.ObjectInUse:
            if attempt == _DROP_TRIES:
                raise
    shutil.rmtree(_filestore(name), ignore_errors=True)


def remember(pg, name, state):
    """Note on a database what it holds, for `remembered`."""
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
    pg.query(comment.format(sql.Identifier(name), sql.Literal(state)))


def remembered(pg, name):
    """What was noted on a database, '' for nothing, None if it does not exist.

    A copy of a template begins with the template's name.
    """
    rows = pg.query(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        "WHERE datname = %s",
        [name],
    )
    return (rows[0][0] or "") if rows else None


def copy_filestore(source, target):
    """Give `target` the files of `source`.

    They are named after their content and never written again, so links will do.
    """
    if _filestore(source).exists():
        shutil.copytree(
            _filestore(source),
            _filestore(target),
            copy_function=os.link,
            dirs_exist_ok=True,
        )


def _filestore(name):
    return odoo_data() / "filestore" / name


def _key(odoo, kind):
    source, modules = _MADE_OF[kind]
    before = _key(odoo, source) if source else f"{odoo.version} pg_trgm"
    how = _MAKE_BUNDLES if modules == _BUNDLES else ""
    key = hashlib.sha256(f"{before} {modules}{how}".encode())
    read = Path.read_bytes if modules == _COMPANIES else _shape
    for path in _made_from(modules):
        key.update(str(path.relative_to(REPOSITORY)).encode())
        key.update(read(path))
    return key.hexdigest()[:12]


def _shape(path):
    """What of a file the installation depends on, as bytes.

    Bodies of functions do not count, but for those of the hooks: whoever works on one
    needs no new template.
    """
    content = path.read_bytes()
    if path.suffix != ".py" or path.name in _RUN_WHEN_INSTALLING:
        return content
    try:
        tree = ast.parse(content)
    except SyntaxError:
        return content
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = []
    return ast.dump(tree).encode()


def _made_from(modules):
    if modules in (OUR_ADDON, _OURS):
        return _files(lambda parts: not _NOT_INSTALLED & parts)
    if modules == _BUNDLES:
        return _files(lambda parts: "static" in parts)
    if modules == _COMPANIES:
        simulator = (TESTS / "sp_api_simulator").glob("*.py")
        return [
            *_files(lambda parts: not _NOT_INSTALLED & parts),
            *sorted(simulator),
            Path(shops.__file__),
        ]
    return [
        neighbours.requirements
        for neighbours in NEIGHBOURS.values()
        if modules == ",".join(neighbours.modules)
    ]


def _files(condition):
    for addon in addons():
        for path in sorted(addon.rglob("*")):
            if path.is_file() and condition(set(path.parts)):
                yield path


def _build(odoo, pg, kind, name):
    kind_before, modules = _MADE_OF[kind]
    if modules == OUR_ADDON and OUR_ADDON not in [path.name for path in addons()]:
        raise SetupError(f"There is no addon {OUR_ADDON} in this checkout.")
    source = template(odoo, pg, kind_before) if kind_before else None
    with _passing(f"{name}_building") as building:
        copy(pg, building, source)
        if modules == _BUNDLES:
            _make_bundles(odoo, pg, kind, building)
        elif modules == _COMPANIES:
            say(f"Entering the companies into the template database {kind}")
            shops.enter(with_neighbours(odoo, kind), pg, building)
        else:
            _install(odoo, pg, kind, building, modules)
        copy_filestore(building, name)
        # nobody connects to a template by mistake, so it can always be copied
        pg.query(f'ALTER DATABASE "{building}" ALLOW_CONNECTIONS false')
        pg.query(f'ALTER DATABASE "{building}" RENAME TO "{name}"')


def _install(odoo, pg, kind, database, modules):
    odoo = with_neighbours(odoo, kind)
    say(f"Installing {modules} into the template database {kind}")
    server.run(
        odoo,
        pg,
        ["server", "-d", database, "-i", modules, "--stop-after-init"]
        + ["--no-http", "--max-cron-threads", "0"],
        what=f"install {modules}",
    )


def _make_bundles(odoo, pg, kind, database):
    say(f"Making the web client's bundles for the template database {kind}")
    server.run(
        odoo,
        pg,
        ["shell", "-d", database, "--no-http"],
        script=_MAKE_BUNDLES,
        what="make the web client's bundles",
    )


def _date_static_files():
    """Give the addons' static files a date that is made of their content.

    Odoo names its bundles after these dates: another checkout's would not be found.
    """
    for path in _files(lambda parts: "static" in parts):
        digest = hashlib.sha256(path.read_bytes()).digest()
        date = int.from_bytes(digest[:4], "big") // 4 + _FIRST_DATE
        # a checkout that cannot be written makes its bundles at the first page
        with contextlib.suppress(OSError):
            if path.stat().st_mtime != date:
                os.utime(path, (date, date))


def _create(pg, name, source=None):
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(source or "template0")
    )
    if not source:
        create += sql.SQL(" ENCODING 'UTF8' LC_COLLATE 'C'")
    pg.query(create)
    # Odoo itself gives its databases this extension where the server has it.
    known = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"
    if not source and pg.query(known):
        pg.query("CREATE EXTENSION IF NOT EXISTS pg_trgm", database=name)
    remember(pg, name, source or "")


def _drop_old(pg, kind):
    """Drop templates of earlier states, but none that another command may be using."""
    names = pg.query(
        "SELECT datname FROM pg_database WHERE datname ~ %s "
        "AND pg_has_role(datdba, 'MEMBER')",
        [f"^{_PREFIX}_{kind}_[0-9a-f]{{12}}$"],
    )
    used = {name: _last_use(name) for (name,) in names}
    for name in sorted(used, key=used.get, reverse=True)[_KEPT_TEMPLATES:]:
        if time.time() - used[name] > _KEPT_SECONDS:
            drop(pg, name)
            (cache("templates") / name).unlink(missing_ok=True)


def _last_use(name):
    try:
        return (cache("templates") / name).stat().st_mtime
    except FileNotFoundError:
        return 0.0
