# SPDX-License-Identifier: LGPL-3.0-or-later
"""Temporary files of printed documents do not outlive their process."""

import os
import tempfile
from pathlib import Path
from unittest import skipUnless
from unittest.mock import patch

from odoo.tests import BaseCase, TransactionCase, tagged

from odoo.addons.base.models import ir_actions_report

from ...models.order import reveal
from ...tools import print_files


class PrintFilesMixin:
    def set_up_folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        patcher = patch.object(tempfile, "tempdir", folder.name)
        patcher.start()
        self.addCleanup(patcher.stop)

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def write_file(self):
        """Write one as Odoo does; its folder."""
        number, path = ir_actions_report.tempfile.mkstemp(".html", "report.body.tmp.0.")
        os.close(number)
        return Path(path).parent


@skipUnless(print_files.fcntl, "Windows locks no files so")
@tagged("post_install", "-at_install")
class TestPrintFiles(PrintFilesMixin, BaseCase):
    def setUp(self):
        super().setUp()
        self.set_up_folder()

    def test_files_lie_apart_and_go(self):
        """S132: a failure of the printing program, too."""
        with self.assertRaises(ZeroDivisionError), print_files.private_files():
            place = self.write_file()
            self.assertEqual(place.parent, self.folder)
            self.assertEqual(place.stat().st_mode & 0o077, 0)
            1 // 0  # noqa: B018
        self.assertEqual(self.names(), [])
        self.assertEqual(self.write_file(), self.folder)

    def test_what_a_crash_left_goes_with_the_next_print(self):
        """S132: and nothing that is printed at the same time."""
        with print_files.private_files():
            living = self.write_file()
            left = self.folder / "amazon-print-killed"
            left.mkdir()
            (left / "in-use").touch()
            (left / "report.body.tmp.0.html").write_text("Zephyrine")
            foreign = self.folder / "amazon-print-of-something-else"
            foreign.mkdir()
            with print_files.private_files():
                self.assertNotIn(left.name, self.names())
                self.assertTrue(living.exists())
            self.assertIn(foreign.name, self.names())


@skipUnless(print_files.fcntl, "Windows locks no files so")
@tagged("post_install", "-at_install")
class TestPrintedFiles(PrintFilesMixin, TransactionCase):
    def print_page(self):
        """Where a page is printed, by a program that does nothing."""
        seen = []

        def print_nothing(arguments):
            seen.append(Path(arguments[-1]).parent)
            return type("Done", (), {"stderr": "", "returncode": 0})

        with patch.object(ir_actions_report, "_run_wkhtmltopdf", print_nothing):
            self.env["ir.actions.report"]._run_wkhtmltopdf(["<p>page</p>"])
        return seen[0]

    def test_only_buyers_data_are_printed_apart(self):
        self.set_up_folder()
        self.assertEqual(self.print_page(), self.folder)
        for shown in ({1: {"name": "Zephyrine"}}, (), ["a gift"]), ({}, (), ["a gift"]):
            with reveal.show_contacts(self.env, *shown):
                self.assertEqual(self.print_page().parent, self.folder)
        self.assertEqual(self.names(), [])

    def test_a_start_drops_what_was_left(self):
        self.set_up_folder()
        left = self.folder / "amazon-print-killed"
        left.mkdir()
        (left / "in-use").touch()
        self.env["ir.actions.report"]._register_hook()
        self.assertEqual(self.names(), [])
