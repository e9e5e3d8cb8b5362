# SPDX-License-Identifier: LGPL-3.0-or-later
"""How long the history is kept, and how it is dropped: in batches, by autovacuum."""

from datetime import timedelta

from odoo import fields

# In days. Whatever explains a failure is kept as long as the failure itself.
KEEP_DONE = 31
KEEP_FAILED = 62
_LIMIT = 1000


def days_ago(days):
    return fields.Datetime.now() - timedelta(days=days)


def drop_some(model, domain):
    """Delete the next batch of a domain.

    :return: ``(deleted, more_left)`` for ``@api.autovacuum``
    """
    old = model.sudo().search(domain, limit=_LIMIT)
    count = len(old)
    old.unlink()
    return count, count == _LIMIT
