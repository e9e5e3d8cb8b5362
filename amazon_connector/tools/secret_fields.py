# SPDX-License-Identifier: LGPL-3.0-or-later
"""Kinds of fields for what nobody may read.

Other parts find all fields of a kind: the vault makes no new key while a ciphertext
exists, and logs leave out calls that name an input for secrets.
"""

from odoo import fields

INPUT_NAMES = set()
"""Names of all fields of the kind :class:`SecretInput`."""


class Ciphertext(fields.Text):
    """What ``Vault.encrypt`` made. Read and written by the connector alone."""

    copy = False
    exportable = False
    groups = fields.NO_ACCESS
    prefetch = False
    readonly = True


class SecretInput(fields.Char):
    """What users type and never read again: computed as empty, kept by its inverse."""

    exportable = False
    prefetch = False

    def __set_name__(self, owner, name):
        INPUT_NAMES.add(name)
        return super().__set_name__(owner, name)
