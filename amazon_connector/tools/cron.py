# SPDX-License-Identifier: LGPL-3.0-or-later
"""Wake this addon's scheduled actions."""

_KEY = "amazon_connector_woken"


def wake(env, name, at=None):
    """Have a scheduled action run after the commit; once in a transaction.

    Inserts a row and updates none, so it may be called from users' stock transactions.

    :param str name: its XML id; of this addon, also without ``amazon_connector.``
    :param datetime at: not before this moment; None: as soon as a worker is free
    """
    if "." not in name:
        name = f"amazon_connector.{name}"
    # A rolled back savepoint empties these data, as it takes the trigger back.
    woken = env.cr.precommit.data.setdefault(_KEY, set())
    if (name, at) in woken:
        return
    # not env.ref, which asks the database each time
    find = env["ir.model.data"].sudo()._xmlid_to_res_id
    cron_id = find(name, raise_if_not_found=False)
    # It may be gone while the addon is being uninstalled; one that is switched off is
    # not triggered, and may be switched on within this transaction.
    if cron_id and env["ir.cron"].sudo().browse(cron_id)._trigger(at=at):
        woken.add((name, at))
