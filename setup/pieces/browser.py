# SPDX-License-Identifier: LGPL-3.0-or-later
"""Headless Chromium for Odoo's tours and the browser test."""

import os
from pathlib import Path

from . import debian
from .commands import find
from .console import SetupError, say
from .paths import cache

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Chromium's own calls home; the flags keep a test machine quiet.
_WRAPPER = """\
#!/bin/sh
# SPDX-License-Identifier: LGPL-3.0-or-later
exec {program} --disable-quic --disable-component-update --disable-sync "$@"
"""


def folder():
    """A folder with a `chromium` program to put first on the PATH, or None.

    As root a missing Chromium is installed; else the browser tests are skipped, and
    this says so.

    :rtype: pathlib.Path | None
    """
    wrapper = cache("bin") / "chromium"
    program = next(filter(None, map(find, _NAMES)), None)
    if program is None:
        try:
            debian.install(["chromium"], "browser tests")
        except SetupError as error:
            say(f"Browser tests are skipped: {error}")
            return None
        program = find("chromium")
    wrapper.write_text(_WRAPPER.format(program=program))
    wrapper.chmod(0o755)
    return wrapper.parent


def on_path(environment):
    """The environment with the browser first on its PATH, if there is one."""
    place = folder()
    if place is None:
        return environment
    path = os.pathsep.join((str(place), environment.get("PATH", os.defpath)))
    return dict(environment, PATH=path, CHROMIUM=str(Path(place) / "chromium"))
