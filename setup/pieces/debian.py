# SPDX-License-Identifier: LGPL-3.0-or-later
"""Packages from Debian: fetched and unpacked as anyone, installed as root."""

import os
import re

from .commands import find, run
from .console import SetupError, say
from .paths import cache

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITE = "sid"

_CONFIGURATION = """\
#clear APT::Update;
#clear DPkg::Post-Invoke;
APT::Sandbox::User "root";
APT::Get::List-Cleanup "false";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Dir::State "{root}/state";
Dir::State::status "{root}/state/status";
Dir::Cache "{root}/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{root}/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "{root}/preferences";
"""

_SOURCE = """\
Types: deb
URIs: {uri}
Suites: {suite}
Components: main
Signed-By: {keyring}
"""


def is_root():
    return os.geteuid() == 0


def install(packages, why):
    """Install packages on this machine (root only).

    :param packages: package names
    :param str why: what they are for, said to the user
    :raises SetupError: not root, or apt fails
    """
    names = " ".join(packages)
    if not is_root() or not find("apt-get"):
        raise SetupError(
            f"{names} is missing ({why}). Install it as root "
            f"(apt-get install {names}) and start again."
        )
    say(f"Installing {names} ({why})")
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run(["apt-get", "-q", "update"], what="update the package lists", env=quiet)
    run(
        ["apt-get", "-qy", "install", "--no-install-recommends", *packages],
        what=f"install {names}",
        env=quiet,
    )


def download(packages, folder):
    """Download packages of Debian's unstable suite without installing them.

    Works as an ordinary user: apt gets its own state and cache folders. The archive's
    address is the one this machine's apt is configured with; proxies and credentials
    of that configuration hold too.

    :param packages: package names
    :param folder: where the .deb files go
    :rtype: list[pathlib.Path]
    """
    root = cache("apt")
    for part in (
        "state/lists/partial",
        "cache/archives/partial",
        "sources",
        "preferences",
    ):
        (root / part).mkdir(parents=True, exist_ok=True)
    (root / "state" / "status").touch()
    (root / "sources" / "debian.sources").write_text(
        _SOURCE.format(uri=archive(), suite=SUITE, keyring=KEYRING)
    )
    configuration = root / "apt.conf"
    configuration.write_text(_CONFIGURATION.format(root=root))
    apt = ["apt-get", "-q", "-c", configuration]
    run([*apt, "update"], what="read Debian's list of packages")
    what = f"download {packages[-1]} from Debian"
    run([*apt, "download", *packages], what=what, cwd=folder)
    return sorted(folder.glob("*.deb"))


def unpack(package, folder):
    """Unpack one .deb file below `folder`."""
    run(["dpkg", "-x", package, folder], what=f"unpack {package.name}")


def archive():
    """The address of Debian's archive in this machine's apt configuration."""
    if not find("apt-get") or not os.path.exists(KEYRING):
        raise SetupError(
            "Odoo 19 and rtlcss are fetched from Debian's archive, and this machine is "
            "no Debian (apt-get and debian-archive-keyring). Set ODOO_HOME to an Odoo "
            "19 tree, and install rtlcss with npm."
        )
    listed = run(["apt-get", "update", "--print-uris"], what="read apt's configuration")
    for address, suite in re.findall(r"'(\S+)/dists/([^/']+)/InRelease'", listed):
        if "-" not in suite and "security" not in address:
            return address
    raise SetupError(
        "apt knows no Debian archive on this machine. Add one to "
        "/etc/apt/sources.list.d, or set ODOO_HOME to an Odoo 19 tree."
    )
