# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo as a shop would install it: an environment of its own, into which pip alone has
put the addons' wheels. Nothing leads from there to this checkout."""

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from pieces import commands, neighbours, odoo_home, paths, server

NEXT_VERSION = "19.0.1.0.1"


def build(addon, folder):
    """Build the wheel of an addon's folder; returns its path."""
    before = set(folder.glob("*.whl"))
    commands.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", folder]
        + [addon],
        what=f"build a wheel of {addon.name}",
    )
    [wheel] = set(folder.glob("*.whl")) - before
    return wheel


def copy_next(addon, folder, migrations):
    """Copy an addon's sources as those of its next version.

    :param dict migrations: ``{"pre-x.py": script, ...}`` of that version
    :return: the folder of the copy
    """
    copied = folder / addon.name
    shutil.copytree(addon, copied, ignore=shutil.ignore_patterns("__pycache__"))
    manifest = copied / "__manifest__.py"
    text, count = re.subn(
        r'"version": "[\d.]+"', f'"version": "{NEXT_VERSION}"', manifest.read_text()
    )
    assert count == 1
    manifest.write_text(text)
    scripts = copied / "migrations" / NEXT_VERSION
    scripts.mkdir(parents=True)
    for name, script in migrations.items():
        (scripts / name).write_text(script)
    return copied


class FreshOdoo:
    """
    :param pathlib.Path folder: where the environment is made
    :param pieces.odoo_home.OdooHome home: the Odoo that it leads to
    :param pieces.postgres.Server pg: where its databases are
    """

    def __init__(self, folder, home, pg):
        self._home, self._pg = home, pg
        self._python = folder / "bin" / "python"
        commands.run([sys.executable, "-m", "venv", folder], what="make an environment")
        # What Odoo itself and the queue_job addon need is linked, not fetched again.
        queue = Path(neighbours.CARRIERS.known_to(home).addons[-1]).parents[1]
        linked = [home.path, sysconfig.get_path("purelib"), queue]
        [packages] = folder.glob("lib/python3.*/site-packages")
        (packages / "linked.pth").write_text("".join(f"{one}\n" for one in linked))
        # Of what Odoo's package names, setup/ installs what these addons touch: so pip
        # knows of Odoo by name and version alone.
        known = packages / f"odoo-{odoo_home.SERIES}.dist-info"
        known.mkdir()
        (known / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: odoo\nVersion: {odoo_home.SERIES}\n"
        )

    def pip(self, *arguments):
        """Run pip there, without any index; returns what it says."""
        command = [self._python, "-m", "pip", "--no-input", *arguments]
        return commands.run(command, what=f"pip {arguments[0]}", cwd=paths.cache("run"))

    def odoo(self, *arguments, script=""):
        """Run Odoo's command line there; returns what it logged."""
        command = server.command(self._home, self._pg, arguments)
        self._leave_checkout(Path(command[command.index("-c") + 1]))
        done = subprocess.run(
            [self._python, *command[1:]],
            env=server.environment(self._pg),
            input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=paths.cache("run"),
            preexec_fn=commands.die_with_parent,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-5000:]
        # Odoo tries to delete products that are in use, and keeps them: no fault.
        lines = [line for line in done.stdout.splitlines() if " ERROR " in line]
        wrong = [line for line in lines if "bad query" not in line]
        assert not wrong, done.stdout[-5000:]
        return done.stdout

    def _leave_checkout(self, configuration):
        """Take this checkout out of what a configuration file names as addons."""
        addons = (*self._home.addons, self._home.path / "odoo/addons")
        line = f"addons_path = {','.join(map(str, addons))}"
        text = configuration.read_text()
        configuration.write_text(re.sub(r"^addons_path = .*$", line, text, flags=re.M))
