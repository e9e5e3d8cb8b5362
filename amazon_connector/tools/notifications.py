# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a button tells the user who pressed it."""

CLOSE = {"type": "ir.actions.act_window_close"}
RELOAD = {"type": "ir.actions.client", "tag": "soft_reload"}


def notify(message, kind="success", then=CLOSE):
    """A client action that shows a message in the corner of the screen.

    :param str kind: ``success``, ``warning``, ``danger`` or ``info``
    :param dict then: the action that follows: `CLOSE` the dialog, or `RELOAD` the view
    """
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {"type": kind, "message": message, "next": dict(then)},
    }
