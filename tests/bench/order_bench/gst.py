# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the addon for India costs: the same database with it at work and silent."""

from .names import CONNECTOR

AT_WORK, SILENT = "with GST", "without GST"
MOST = 1.10
GSTIN = "29AAGCK4321M1Z9"


def prepare(env, is_at_work):
    """Give the company India's chart; unless at work, the addon takes it for foreign.

    Odoo's own addons for India are at work in both.
    """
    company = env.company
    india = env.ref("base.in")
    karnataka = india.state_ids.filtered(lambda state: state.code == "KA")
    company.write({"country_id": india.id, "state_id": karnataka.id})
    env["account.chart.template"].try_loading("in", company=company, install_demo=False)
    company.vat = GSTIN
    if not is_at_work:
        type(company)._pays_gst = lambda self: False


def run(workers, blocks, rounds, import_block, say):
    """Import the blocks in turns, the best round of each counts.

    :param workers: context manager of {`AT_WORK` or `SILENT`: a worker}
    :param import_block: called with a block and the workers, gives their answers
    :param say: prints a line; workers read this module, too, and have no terminal
    """
    best = {}
    for number in range(1, rounds + 1):
        say(f"Round {number} of {rounds}")
        for key, figures in _round(workers, blocks, import_block):
            if key not in best or figures["cpu"] < best[key]["cpu"]:
                best[key] = figures
    for block in ("few", "many"):
        for line in _compare(best[AT_WORK, block], best[SILENT, block], block):
            say(line)


def _round(workers, blocks, import_block):
    with workers() as started:
        for block in blocks:
            answers = import_block(block, *started.values())
            for name, answer in zip(started, answers, strict=True):
                if block.name != "warm-up":
                    yield (name, block.name), answer["apply"]


def _compare(at_work, silent, block):
    for measure in ("seconds", "cpu", "queries"):
        ratio = at_work[measure] / silent[measure]
        verdict = "reached" if ratio <= MOST else "not reached"
        yield (
            f"{block}: {measure} {CONNECTOR} {AT_WORK} / {SILENT} at most {MOST}: "
            f"{ratio:.2f} {verdict}"
        )
