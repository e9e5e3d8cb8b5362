# SPDX-License-Identifier: LGPL-3.0-or-later
"""The Python environment: one per set of requirements, Python and Odoo tree."""

import hashlib
import os
import sys
import sysconfig
from pathlib import Path

from . import debian
from .commands import die_with_parent, find, run
from .console import SetupError, say
from .paths import REPOSITORY, SETUP, cache, lock

OLDEST, NEWEST = (3, 10), (3, 13)
_REQUIREMENTS = (
    SETUP / "requirements-odoo.txt",
    SETUP / "requirements-dev.txt",
    REPOSITORY / "requirements.txt",
)


def enter(odoo):
    """Go on in the environment: build it if need be, start this command again in it.

    Returns only inside the environment.

    :param pieces.odoo_home.OdooHome odoo: the Odoo that is importable in there
    """
    here = Path(sys.prefix)
    if here == _folder(odoo, sys.version_info):
        return
    python, version = _python()
    home = _folder(odoo, version)
    complete = home / ".complete"
    if not complete.exists():
        with lock(f"python-{home.name}"):
            if not complete.exists():
                _build(home, python, odoo)
                complete.touch()
    inside = home / "bin" / "python"
    os.execve(inside, [str(inside), *sys.argv], dict(os.environ))


def _folder(odoo, version):
    key = hashlib.sha256(f"{version[0]}.{version[1]} {odoo.path}".encode())
    for path in _REQUIREMENTS:
        key.update(path.read_bytes())
    return cache("python") / key.hexdigest()[:16]


def _python():
    """An interpreter that Odoo 19 runs on: this one, else one on the path.

    Debian's own goes before one that was compiled without optimisation, as version
    managers do: it takes a fifth less time.

    :return: its path and version
    """
    version = sys.version_info[:2]
    if OLDEST <= version <= NEWEST:
        debians = f"/usr/bin/python3.{version[1]}"
        if not _is_optimised() and _works(debians, "ensurepip"):
            return debians, version
        return getattr(sys, "_base_executable", None) or sys.executable, version
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        path = find(f"python3.{minor}")
        if path and _works(path, "venv"):
            return path, (3, minor)
    raise SetupError(
        f"Odoo 19 runs on Python 3.10 to 3.13 and this is {sys.version.split()[0]}. "
        "Install one of them (it is found on the PATH as python3.N) and start again."
    )


def _is_optimised():
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    return "--enable-optimizations" in arguments


def _works(python, module):
    """Whether an interpreter runs and has a module: a version manager's shim may stand
    for nothing, Debian keeps some modules in packages of their own."""
    try:
        run([python, "-c", f"import {module}"], what="try Python")
    except SetupError:
        return False
    return True


def _build(home, python, odoo):
    say("Building the Python environment (once, a minute)")
    _make(python, home)
    required = [part for path in _REQUIREMENTS for part in ("-r", path)]
    inside = home / "bin" / "python"
    run(
        [inside, "-m", "pip", "install", "-q", "--no-input", *required],
        what="install the Python packages",
        # a killed command must not go on filling the folder that the next one clears
        preexec_fn=die_with_parent,
    )
    packages = run(
        [inside, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        what="ask Python for its folder of packages",
    )
    (Path(packages.strip()) / "odoo.pth").write_text(f"{odoo.path}\n")


def _make(python, folder):
    """Make an empty environment; Debian keeps a part of that in a package."""
    command = [python, "-m", "venv", "--clear", folder]
    try:
        run(command, what="make a Python environment")
    except SetupError:
        if not str(python).startswith("/usr/bin/"):
            raise
        debian.install(["python3-venv"], "makes Python environments")
        run(command, what="make a Python environment")
