# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where things stand: the repository, and the cache folder all checkouts share."""

import contextlib
import fcntl
import hashlib
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SETUP = REPOSITORY / "setup"
TESTS = REPOSITORY / "tests"


def cache(*parts):
    """A folder below the cache folder, made if it is missing.

    The cache is `$XDG_CACHE_HOME` (default `~/.cache`) `/amazon-connector-odoo`;
    it holds Odoo, the Python environment, Odoo's data folder, logs.

    :rtype: pathlib.Path
    """
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    # programs are started in other folders: a relative path would lead elsewhere there
    folder = root.absolute().joinpath("amazon-connector-odoo", *parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def odoo_data():
    """Odoo's data folder: filestores, sessions, the key of the encrypted fields."""
    return cache("data")


def log_file(name):
    """The path of a log file of this checkout, e.g. `demo-server`."""
    return cache("logs") / f"{name}-{checkout_mark()}.log"


def checkout_mark():
    """Eight digits that tell this checkout's things from another one's."""
    return hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:8]


@contextlib.contextmanager
def lock(name):
    """Hold a lock that only one process on this machine has at a time."""
    with (cache("locks") / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def addons():
    """The folders of this repository's addons, sorted by name."""
    manifests = REPOSITORY.glob("*/__manifest__.py")
    return sorted(manifest.parent for manifest in manifests)
