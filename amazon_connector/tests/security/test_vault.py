# SPDX-License-Identifier: LGPL-3.0-or-later
import os
import stat
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from odoo import http
from odoo.tests import BaseCase, TransactionCase, tagged

from ...tools import vault as vault_module
from ...tools.vault import (
    KEY_FILE,
    ContextError,
    Vault,
    VaultError,
    get_vault,
    normalise,
)

OLD = b"an-old-master-key-that-is-long-enough-for-it"
NEW = b"the-new-master-key-that-is-long-enough-for-it"


@tagged("post_install", "-at_install")
class TestVault(BaseCase):
    def setUp(self):
        super().setUp()
        self.vault = Vault([NEW])

    def test_what_went_in_comes_out(self):
        value = {"name": "Zoë 山田", "parts": [1, None, True, "x"], "empty": {}}
        ciphertext = self.vault.encrypt(value, "order 1")
        self.assertEqual(self.vault.decrypt(ciphertext, "order 1"), value)
        self.assertNotIn("parts", ciphertext)

    def test_equal_values_look_different(self):
        """Nobody can tell from the database that two buyers have one address."""
        self.assertNotEqual(
            self.vault.encrypt("x", "test"), self.vault.encrypt("x", "test")
        )

    def test_changed_ciphertext_is_refused(self):
        ciphertext = self.vault.encrypt("x", "test")
        middle = len(ciphertext) // 2
        flipped = "A" if ciphertext[middle] != "A" else "B"
        with self.assertRaises(VaultError):
            self.vault.decrypt(
                ciphertext[:middle] + flipped + ciphertext[middle + 1 :], "test"
            )

    def test_ciphertext_is_read_for_what_it_was_made_for(self):
        """Copied to another record, it stays closed."""
        ciphertext = self.vault.encrypt({"name": "Asha"}, "order 1")
        with self.assertRaises(ContextError) as caught:
            self.vault.decrypt(ciphertext, "order 2")
        self.assertNotIn("Asha", str(caught.exception))
        for unbound in ('{"name":"Asha"}', '["Asha"]', '"Asha"', '{"for":null}'):
            ciphertext = self.vault._box.encrypt(unbound.encode()).decode()
            with self.assertRaises(ContextError):
                self.vault.decrypt(ciphertext, "order 1")

    def test_equal_data_of_two_have_two_fingerprints(self):
        """Nobody tries guesses at an order by storing them with another."""
        self.assertNotEqual(
            self.vault.fingerprint({"a": 1}, "order 1"),
            self.vault.fingerprint({"a": 1}, "order 2"),
        )

    def test_wrong_key_says_what_to_do(self):
        ciphertext = Vault([OLD]).encrypt({"name": "Asha"}, "test")
        with self.assertRaises(VaultError) as caught:
            self.vault.decrypt(ciphertext, "test")
        told = str(caught.exception)
        self.assertIn("Put the former key back behind the new one", told)
        self.assertNotIn("Asha", told)

    def test_in_the_language_of_the_request(self):
        ciphertext = Vault([OLD]).encrypt({"name": "Asha"}, "test")
        german = SimpleNamespace(env=SimpleNamespace(lang="de_DE"))
        with (
            patch.object(http, "request", german),
            self.assertRaisesRegex(VaultError, "früheren Schlüssel"),
        ):
            self.vault.decrypt(ciphertext, "test")

    def test_rotation(self):
        """A new key in front: what the old one made is still read and found."""
        old, rotated = Vault([OLD]), Vault([NEW, OLD])
        self.assertEqual(rotated.decrypt(old.encrypt("x", "test"), "test"), "x")
        self.assertIn(
            old.digests("email", "a@b.example")[0],
            rotated.digests("email", "a@b.example"),
        )
        self.assertEqual(self.vault.decrypt(rotated.encrypt("y", "test"), "test"), "y")
        self.assertEqual(
            rotated.digests("email", "a@b.example")[0],
            self.vault.digests("email", "a@b.example")[0],
        )

    def test_digests_are_keyed(self):
        self.assertNotEqual(
            self.vault.digests("email", "a@b.example"),
            Vault([OLD]).digests("email", "a@b.example"),
        )

    def test_digests_are_apart_by_purpose_and_parts(self):
        texts = [("email", "a"), ("name", "a"), ("name", "a", ""), ("name", "", "a")]
        digests = {self.vault.digests(*parts)[0] for parts in texts}
        self.assertEqual(len(digests), len(texts))
        self.assertNotEqual(
            self.vault.digests("name", "ab", "c"), self.vault.digests("name", "a", "bc")
        )

    def test_digests_overlook_spelling(self):
        expected = self.vault.digests("name", "jose diaz", "strasse 5")
        for name, street in (
            ("José Díaz", "Straße 5"),
            ("  JOSE \t DIAZ ", "STRASSE\n5"),
            ("Jose\u0301 Di\u0301az", "strasse  5"),
        ):
            self.assertEqual(self.vault.digests("name", name, street), expected)

    def test_digests_see_the_order_of_words(self):
        self.assertNotEqual(
            self.vault.digests("name", "Jose Diaz"),
            self.vault.digests("name", "Diaz Jose"),
        )

    def test_blanks_have_no_digest(self):
        """Two unknown buyers must never be taken for one."""
        for parts in ((), ("",), (None, None), (" ", "\t\n", "\u00a0")):
            self.assertEqual(self.vault.digests("name", *parts), [])

    def test_fingerprints_see_changes_and_not_the_order_of_keys(self):
        first = self.vault.fingerprint({"a": 1, "b": [1, 2]}, "order 1")
        self.assertEqual(
            self.vault.fingerprint({"b": [1, 2], "a": 1}, "order 1"), first
        )
        self.assertNotEqual(
            self.vault.fingerprint({"a": 1, "b": [2, 1]}, "order 1"), first
        )
        self.assertNotEqual(
            Vault([OLD]).fingerprint({"a": 1, "b": [1, 2]}, "order 1"), first
        )

    def test_normalise(self):
        self.assertEqual(normalise(" José  DIAZ"), "jose diaz")
        self.assertEqual(normalise(None), "")
        self.assertEqual(normalise(42), "42")


@tagged("post_install", "-at_install")
class TestKeys(TransactionCase):
    """Where the master key comes from."""

    def setUp(self):
        super().setUp()
        self.patch(vault_module, "_holds_ciphertext", lambda env: False)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data_dir = Path(folder.name) / "data"
        self.path = self.data_dir / KEY_FILE
        self.configure()
        self.startPatcher(patch.dict(os.environ))
        os.environ.pop("AMAZON_CONNECTOR_KEY", None)

    def write_key(self, keys):
        self.data_dir.mkdir(exist_ok=True)
        self.path.write_bytes(keys)
        self.path.chmod(0o600)

    def configure(self, **options):
        settings = {"data_dir": str(self.data_dir), **options}
        self.patch(vault_module, "config", settings)

    def test_key_file_is_made_once_for_its_owner_alone(self):
        ciphertext = get_vault(self.env).encrypt("x", "test")
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        self.assertGreaterEqual(len(self.path.read_text().strip()), 32)
        before = self.path.read_text()
        vault_module._vault.cache_clear()
        self.assertEqual(get_vault(self.env).decrypt(ciphertext, "test"), "x")
        self.assertEqual(self.path.read_text(), before)
        self.assertEqual(os.listdir(self.data_dir), [KEY_FILE], "nothing left behind")

    def test_existing_key_file_is_never_overwritten(self):
        self.data_dir.mkdir()
        self.path.write_bytes(NEW + b"\n")
        vault_module._create_key_file(self.path)
        self.assertEqual(self.path.read_bytes(), NEW + b"\n")

    def test_several_creators_get_one_key(self):
        """Workers of several machines may start at the same moment."""
        count = 4
        gate = threading.Barrier(count)
        make = vault_module.secrets.token_urlsafe

        def make_together(size):
            gate.wait(10)
            return make(size)

        found = []
        with patch.object(vault_module.secrets, "token_urlsafe", make_together):
            threads = [
                threading.Thread(
                    target=lambda: found.append(get_vault(self.env)._hash_keys)
                )
                for _number in range(count)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(10)
        self.assertEqual(len(found), count)
        self.assertEqual(len({keys[0] for keys in found}), 1)
        self.assertEqual(os.listdir(self.data_dir), [KEY_FILE])

    def test_configuration_goes_before_environment_and_file(self):
        ciphertext = get_vault(self.env).encrypt("by the file", "test")
        os.environ["AMAZON_CONNECTOR_KEY"] = OLD.decode()
        by_environment = get_vault(self.env).encrypt("by the environment", "test")
        self.assertEqual(
            Vault([OLD]).decrypt(by_environment, "test"), "by the environment"
        )
        with self.assertRaises(VaultError):
            get_vault(self.env).decrypt(ciphertext, "test")
        self.configure(amazon_connector_key=NEW.decode())
        self.assertEqual(
            Vault([NEW]).decrypt(get_vault(self.env).encrypt("x", "test"), "test"), "x"
        )

    def test_no_file_is_made_beside_a_configured_key(self):
        self.configure(amazon_connector_key=NEW.decode())
        get_vault(self.env)
        self.assertFalse(self.data_dir.exists())

    def test_several_keys_newest_first(self):
        self.configure(amazon_connector_key=f" {NEW.decode()} , {OLD.decode()},")
        self.assertEqual(
            get_vault(self.env).decrypt(Vault([OLD]).encrypt("x", "test"), "test"), "x"
        )
        self.assertEqual(
            Vault([NEW]).decrypt(get_vault(self.env).encrypt("y", "test"), "test"), "y"
        )

    def test_several_keys_in_the_file(self):
        self.data_dir.mkdir()
        self.write_key(NEW + b"\n" + OLD + b"\n")
        self.assertEqual(
            get_vault(self.env).decrypt(Vault([OLD]).encrypt("x", "test"), "test"), "x"
        )

    def test_short_keys_are_refused(self):
        for keys in ("short", f"{NEW.decode()},short", ","):
            self.configure(amazon_connector_key=keys)
            with self.assertRaisesRegex(VaultError, "needs 32 bytes") as caught:
                get_vault(self.env)
            self.assertNotIn("short", str(caught.exception))

    def test_empty_key_file_is_refused(self):
        """A truncated file must not look like a new installation."""
        self.write_key(b"")
        with self.assertRaises(VaultError):
            get_vault(self.env)
        self.assertEqual(self.path.read_bytes(), b"")

    def test_file_that_others_read_is_refused(self):
        """S55: whoever may read it reads all buyers' data."""
        self.write_key(NEW)
        for mode in (0o640, 0o604, 0o660, 0o644):
            self.path.chmod(mode)
            with self.assertRaisesRegex(VaultError, "chmod 600") as caught:
                get_vault(self.env)
            self.assertIn(str(self.path), str(caught.exception))
        self.path.chmod(0o400)
        get_vault(self.env)

    def test_unreadable_file_is_refused(self):
        self.path.mkdir(parents=True, mode=0o700)
        with self.assertRaisesRegex(VaultError, "user that runs Odoo"):
            get_vault(self.env)

    def test_guessable_keys_are_refused(self):
        for key in ("x" * 64, "ab" * 32, "1234567" * 9):
            self.configure(amazon_connector_key=key)
            with self.assertRaisesRegex(VaultError, "Make a random one") as caught:
                get_vault(self.env)
            self.assertNotIn(key, str(caught.exception))
            self.configure()
            self.write_key(key.encode())
            with self.assertRaisesRegex(VaultError, "Make a random one"):
                get_vault(self.env)
        self.configure(amazon_connector_key="0123456789abcdef" * 2)
        get_vault(self.env)
