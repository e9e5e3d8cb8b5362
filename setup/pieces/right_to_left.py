# SPDX-License-Identifier: LGPL-3.0-or-later
"""The program `rtlcss`, by which Odoo turns its styles for Arabic and Hebrew."""

import functools
import os
import tempfile
from pathlib import Path

from . import debian
from .commands import find, run
from .console import SetupError, say
from .paths import cache, lock

# rtlcss and what it is made of; `escalade` comes within node-browserslist.
_PACKAGES = (
    "node-browserslist",
    "node-picocolors",
    "node-postcss",
    "node-rtlcss",
    "node-strip-json-comments",
)
_PROGRAM = "usr/share/nodejs/rtlcss/bin/rtlcss.js"
_WRAPPER = """\
#!/bin/sh
# SPDX-License-Identifier: LGPL-3.0-or-later
exec {node} {program} "$@"
"""


def on_path(environment):
    """The environment with `rtlcss` on its PATH, if this machine can run it."""
    place = _folder()
    if place is None:
        return environment
    path = os.pathsep.join((environment.get("PATH", os.defpath), str(place)))
    return dict(environment, PATH=path)


@functools.cache
def _folder():
    """A folder with the program, or None where it is not needed or cannot be had."""
    if find("rtlcss"):
        return None
    place = cache("rtlcss")
    with lock("rtlcss"):
        try:
            _provide(place)
        except SetupError as error:
            say(f"Arabic is shown from left to right: {error}")
            return None
    return place


def _provide(place):
    node = _find_node()
    program = place / "tree" / _PROGRAM
    wrapper = place / "rtlcss"
    text = _WRAPPER.format(node=node, program=program)
    if wrapper.exists() and wrapper.read_text() == text:
        return
    if not program.exists():
        _fetch(place / "tree")
    run([node, program, "--version"], what="run rtlcss")
    wrapper.write_text(text)
    wrapper.chmod(0o755)


def _find_node():
    """Node's path; as root a missing one is installed."""
    node = find("node") or find("nodejs")
    if node is None:
        debian.install(["nodejs"], "turns styles for languages from right to left")
        node = find("node") or find("nodejs")
    return node


def _fetch(tree):
    say("Fetching rtlcss from Debian (once)")
    with tempfile.TemporaryDirectory(dir=tree.parent) as folder:
        unpacked = Path(folder) / "tree"
        unpacked.mkdir()
        for package in debian.download(_PACKAGES, Path(folder)):
            debian.unpack(package, unpacked)
        # Where Node looks for modules that it was not built to find.
        (unpacked / "usr/share/node_modules").symlink_to("nodejs")
        unpacked.rename(tree)
