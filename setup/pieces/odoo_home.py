# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo 19 Community: the tree of `ODOO_HOME`, else Debian's, unpacked once."""

import dataclasses
import os
import re
import shutil
import tempfile
from pathlib import Path

from . import debian
from .console import SetupError, say
from .paths import cache, lock

SERIES = "19.0"
PACKAGE = "odoo-19"
# The package links to scripts and fonts of these; in one tree the links hold.
COMPANIONS = (
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
_SPACE_NEEDED = 3 * 1024**3
_DIST_PACKAGES = Path("usr/lib/python3/dist-packages")
# Debian leaves this script out; without it every page of the web client logs an
# error, and Odoo's browser tests fail on it.
_STRIPPED = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


@dataclasses.dataclass(frozen=True)
class OdooHome:
    """An Odoo tree.

    `path` goes on Python's path; `addons` are folders of addons beyond the `odoo`
    package; `version` tells one unpacked Odoo from another.
    """

    path: Path
    version: str
    addons: tuple = ()


def get():
    """The Odoo to use; downloads and unpacks it if need be.

    :rtype: OdooHome
    :raises SetupError: `ODOO_HOME` is no Odoo 19, or Odoo cannot be fetched
    """
    given = os.environ.get("ODOO_HOME")
    if given:
        return _recognise(Path(given).expanduser().resolve())
    tree = cache() / "odoo-19"
    if not tree.exists():
        with lock("odoo"):
            if not tree.exists():
                _fetch(tree)
    return _recognise(tree)


def _recognise(tree):
    for path in (tree / _DIST_PACKAGES, tree):
        release = path / "odoo" / "release.py"
        if not release.exists():
            continue
        found = re.search(r"^version_info = \((\d+), (\d+)", release.read_text(), re.M)
        series = ".".join(found.groups()) if found else "of an unknown version"
        if series != SERIES:
            raise SetupError(f"{tree} holds Odoo {series}; {SERIES} is needed.")
        mark = tree / ".version"
        version = mark.read_text().strip() if mark.exists() else _stamp(release)
        addons = (path / "addons",) if (path / "odoo-bin").exists() else ()
        return OdooHome(path, version, addons)
    raise SetupError(
        f"There is no Odoo in {tree} (ODOO_HOME). Give a checkout of Odoo's source or "
        f"a root with {_DIST_PACKAGES}/odoo below it, or unset ODOO_HOME."
    )


def _stamp(release):
    """A version for a tree without a package version: where it is, how old."""
    return f"{SERIES} {release} {release.stat().st_mtime_ns}"


def _fetch(tree):
    _drop_unfinished(tree)
    free = shutil.disk_usage(tree.parent).free
    if free < _SPACE_NEEDED:
        raise SetupError(
            f"{tree.parent} has {free // 1024**2} MB left and Odoo needs 3 GB. Free "
            "some space, or set XDG_CACHE_HOME to a folder on a larger disk."
        )
    say("Fetching Odoo 19 from Debian (once, some 150 MB)")
    with tempfile.TemporaryDirectory(dir=tree.parent, prefix="odoo-19.") as folder:
        work = Path(folder)
        packages = debian.download([PACKAGE, *COMPANIONS], work)
        unpacked = work / "tree"
        unpacked.mkdir()
        say("Unpacking Odoo")
        # Odoo comes last so that its links find the companions' folders
        for package in sorted(packages, key=lambda deb: deb.name.startswith("odoo")):
            debian.unpack(package, unpacked)
        _mend(unpacked)
        name = next(deb.name for deb in packages if deb.name.startswith(PACKAGE))
        (unpacked / ".version").write_text(name.split("_")[1] + "\n")
        unpacked.rename(tree)


def _drop_unfinished(tree):
    """Throw away what killed commands have left; the caller holds the lock."""
    for folder in tree.parent.glob(f"{tree.name}.*"):
        shutil.rmtree(folder, ignore_errors=True)


def _mend(tree):
    script = tree / _DIST_PACKAGES / "odoo" / _STRIPPED
    script.parent.mkdir(parents=True, exist_ok=True)
    script.touch()
    jquery = tree / _DIST_PACKAGES / "odoo/addons/web/static/lib/jquery/jquery.js"
    if not jquery.exists():
        raise SetupError(
            "Debian's Odoo package no longer finds its scripts (jquery). Set ODOO_HOME "
            "to a checkout of Odoo's 19.0 source."
        )
