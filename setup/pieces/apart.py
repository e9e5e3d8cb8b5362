# SPDX-License-Identifier: LGPL-3.0-or-later
"""Python packages that lie apart from the environment, downloaded once."""

import hashlib
import shutil
import sys

from .commands import die_with_parent, run
from .console import say
from .paths import cache, lock


def folder(name, requirements):
    """A folder with these packages, without what they ask for themselves.

    :param str name: a word for the folder
    :param pathlib.Path requirements: what is downloaded
    :rtype: pathlib.Path
    :raises pieces.console.SetupError: it cannot be fetched
    """
    key = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    home = cache(name) / key
    with lock(f"{name}-{key}"):
        if not home.exists():
            _fetch(name, requirements, home)
    return home


def _fetch(name, requirements, home):
    say(f"Fetching packages that lie apart ({name}, once)")
    unfinished = home.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-input", "--no-deps"]
        + ["--target", unfinished, "-r", requirements],
        what=f"fetch packages ({name})",
        # a killed command must not go on filling the folder the next one clears
        preexec_fn=die_with_parent,
    )
    unfinished.rename(home)
