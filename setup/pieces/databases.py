# SPDX-License-Identifier: LGPL-3.0-or-later
"""Databases: templates that are installed once, and copies of them.

There are two templates. `base` has what the addon depends on; `addon` is a copy of it
with this repository's addon installed. Their names carry a hash of what they were made
from (Odoo's version; the addon's files), so a changed addon gets a new one.
"""

import contextlib
import hashlib
import os
import shutil
import time

from psycopg2 import sql

from . import server
from .console import SetupError, say
from .paths import addons, cache, lock, odoo_data

BASE, ADDON = "base", "addon"
MODULES = {BASE: "sale_stock,stock_delivery", ADDON: "amazon_connector"}
_PREFIX = "amazon_template"
_NOT_INSTALLED = {"tests", "static", "readme", "__pycache__", "build", "dist"}
_KEPT_TEMPLATES = 3
_KEPT_SECONDS = 3600


def copy(odoo, pg, name, kind=ADDON):
    """Make the database `name` as a copy of a template; one of that name goes.

    :param str kind: `ADDON` (with the addon) or `BASE` (Odoo's own modules alone)
    """
    source = template(odoo, pg, kind)
    drop(pg, name)
    _create(pg, name, source)
    copy_filestore(source, name)


@contextlib.contextmanager
def temporary(odoo, pg, purpose, kind=ADDON):
    """A copy of a template for as long as the block lasts.

    :param str purpose: a word for its name, so that it is recognised
    :return: the name of the database
    """
    name = f"amazon_{purpose}_{os.getpid()}"
    copy(odoo, pg, name, kind)
    try:
        yield name
    finally:
        drop(pg, name)


def template(odoo, pg, kind=ADDON):
    """The name of a template; it is made if it does not exist yet."""
    name = f"{_PREFIX}_{kind}_{_key(odoo, kind)}"
    with lock(name):
        if not exists(pg, name):
            _build(odoo, pg, kind, name)
    (cache("templates") / name).touch()
    _drop_old(pg, kind)
    return name


def exists(pg, name):
    return bool(pg.query("SELECT 1 FROM pg_database WHERE datname = %s", [name]))


def drop(pg, name):
    """Drop a database, whoever is connected to it, and its files."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    pg.query(statement.format(sql.Identifier(name)))
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
    key = hashlib.sha256(f"{odoo.version} {MODULES[BASE]}".encode())
    if kind == ADDON:
        for path in _installed_files():
            key.update(str(path).encode())
            key.update(path.read_bytes())
    return key.hexdigest()[:12]


def _installed_files():
    for addon in addons():
        for path in sorted(addon.rglob("*")):
            if path.is_file() and not _NOT_INSTALLED & set(path.parts):
                yield path


def _build(odoo, pg, kind, name):
    building = f"{name}_building"
    drop(pg, building)
    if kind == BASE:
        say("Installing Odoo's modules into a template database (once, a minute)")
        _create(pg, building)
    else:
        source = template(odoo, pg, BASE)
        if not any(addon.name == MODULES[ADDON] for addon in addons()):
            raise SetupError(f"There is no addon {MODULES[ADDON]} in this checkout.")
        say("Installing the addon into a template database")
        _create(pg, building, source)
        copy_filestore(source, building)
    try:
        server.run(
            odoo,
            pg,
            ["server", "-d", building, "-i", MODULES[kind], "--stop-after-init"]
            + ["--no-http", "--max-cron-threads", "0"],
            what=f"install {MODULES[kind]}",
        )
        copy_filestore(building, name)
        # nobody connects to a template by mistake, so it can always be copied
        pg.query(f'ALTER DATABASE "{building}" ALLOW_CONNECTIONS false')
        pg.query(f'ALTER DATABASE "{building}" RENAME TO "{name}"')
    finally:
        drop(pg, building)


def _create(pg, name, source=None):
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(source or "template0")
    )
    if not source:
        create += sql.SQL(" ENCODING 'UTF8' LC_COLLATE 'C'")
    pg.query(create)
    remember(pg, name, source or "")


def _drop_old(pg, kind):
    """Drop templates of earlier states, but none that another command may be using."""
    prefix = f"{_PREFIX}_{kind}_"
    names = pg.query(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) "
        "AND NOT datname LIKE '%%building'",
        [prefix],
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
