# SPDX-License-Identifier: LGPL-3.0-or-later
"""Temporary files of documents with buyers' data, gone also after a crash.

Odoo hands a document to wkhtmltopdf in files of the server's temporary folder, and
deletes them when it is done. A process that is killed meanwhile leaves them behind. So
such documents are printed in a folder of their own, which whoever prints or starts next
deletes once its process has ended: the folder holds a file that is locked as long.
"""

import contextlib
import os
import shutil
import tempfile
import threading
from pathlib import Path

from odoo.addons.base.models import ir_actions_report

try:
    import fcntl
except ImportError:
    # Windows: documents are printed where Odoo prints all of them.
    fcntl = None

_PREFIX = "amazon-print-"
_UNREADY = f".{_PREFIX}"
_LOCK = "in-use"
_place = threading.local()


class _Tempfile:
    """Python's `tempfile` as Odoo's reports use it, in the folder of this thread."""

    def __getattr__(self, name):
        return getattr(tempfile, name)

    def mkstemp(self, suffix=None, prefix=None, dir=None, text=False):  # noqa: A002
        folder = dir or getattr(_place, "folder", None)
        return tempfile.mkstemp(suffix, prefix, folder, text)


ir_actions_report.tempfile = _Tempfile()


@contextlib.contextmanager
def private_files():
    """Have this thread print in a folder of its own for as long as the block lasts."""
    if not fcntl:
        yield
        return
    drop_abandoned()
    folder, lock = _open_folder()
    around, _place.folder = getattr(_place, "folder", None), folder
    try:
        yield
    finally:
        _place.folder = around
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _open_folder():
    """A new folder and the lock on it; it has its name once it is locked."""
    unready = Path(tempfile.mkdtemp(prefix=_UNREADY))
    lock = os.open(unready / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    folder = unready.with_name(unready.name[1:])
    unready.rename(folder)
    return str(folder), lock


def drop_abandoned():
    """Delete the folders whose processes have ended."""
    if not fcntl:
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        # Gone meanwhile, in use, or somebody else's.
        with contextlib.suppress(OSError):
            if folder.lstat().st_uid == os.geteuid():
                _drop_unlocked(folder)


def _drop_unlocked(folder):
    lock = os.open(folder / _LOCK, os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
