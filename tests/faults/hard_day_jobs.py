# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is at work on a hard day, beside the modules that fetch and send."""

from .day_jobs import KEEPER, by, work


@by(KEEPER)
def print_slips(env):
    """The slips of what is to be packed, each with its recipient's name."""
    pickings = env["stock.picking"].search([("state", "=", "assigned")], limit=10)
    if pickings:
        report = env["ir.actions.report"]
        report._render_qweb_html("stock.report_deliveryslip", pickings.ids)
    return f"printed {len(pickings)}"


def work_on_all(env, kinds):
    """As `work`; `print` prints slips, `redact` deletes what is due of buyers' data."""
    for kind in kinds:
        if kind == "print":
            print_slips(env)
        elif kind == "redact":
            env["amazon.redaction"]._cron_redact()
        else:
            work(env, [kind])


HARD_DAY_JOBS = (print_slips, work_on_all)
