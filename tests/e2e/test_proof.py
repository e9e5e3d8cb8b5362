# SPDX-License-Identifier: LGPL-3.0-or-later
"""The proof: buyers' data are seen where they are needed, and lie nowhere.

S103, S104, S105, S109, S110, S111, S132: a whole day in a real Odoo that logs all it
can.
"""

import pytest

from . import proof_canaries, proof_day, proof_figures, proof_stage
from .proof_search import Search, encodings

# Later than the end of any promised time, by more than Amazon allows.
LATER_DAYS = 45
KEY_FILE = "amazon_connector.key"


@pytest.fixture(scope="module")
def stage(tmp_path_factory, request):
    orders = request.config.getoption("--orders")
    with proof_stage.built(tmp_path_factory.mktemp("proof"), orders) as ready:
        yield ready


@pytest.fixture
def fresh_stage(tmp_path):
    """A stage of its own, on whose clock no time has passed."""
    with proof_stage.built(tmp_path, 2) as ready:
        yield ready


def search(stage, answers=b""):
    """What lies of buyers in the database, in all that this Odoo wrote, in answers.

    The key is searched for, too: it is in its file, and so in no backup of Odoo's.
    """
    [key_file] = stage.searched.rglob(KEY_FILE)
    found = Search((*proof_canaries.ALL, *key_file.read_text().split()))
    found.read("answers", answers)
    found.read("dump", stage.dump())
    found.read_files(stage.searched, without=(KEY_FILE,))
    return found


@pytest.mark.parametrize("text", proof_canaries.ALL)
def test_the_search_finds_each_encoding(text):
    found = Search(proof_canaries.ALL)
    for name, data in encodings(text).items():
        found.read(name, b"before " + data + b" after")
        assert name in found.found


def test_the_search_looks_into_packed_files(tmp_path):
    for name, data in proof_figures.pack(proof_canaries.MARKERS["latin"]).items():
        found = Search(proof_canaries.ALL)
        found.read(name, data)
        assert found.found, name
    (tmp_path / f"{proof_canaries.TAX_NUMBER}.txt").touch()
    found = Search(proof_canaries.ALL)
    assert found.read_files(tmp_path) == 1
    assert found.found


def test_a_day_leaves_no_trace(stage):
    """Slips and the dialog had everything; nothing else has anything."""
    assert len(stage.sales()) == len(stage.canaries)
    answers = b"\n".join(step(stage) or b"" for step in proof_day.STEPS)
    assert proof_day.LEAST_ANSWERED < len(answers)
    found = search(stage, answers)
    assert not found.found, found.told()


def test_after_their_time_nothing_is_left(stage):
    """S106, S107, S174, S185 to S193: ciphertexts too; figures are as before."""
    words = {
        number: [*canary.on_screen(), canary.reference]
        for number, canary in stage.canaries.items()
    }
    sales = stage.sales()
    before = proof_figures.read(stage)
    stage.restart(PROOF_DAYS=str(LATER_DAYS))
    cron = stage.find("amazon_connector.ir_cron_redact")
    stage.admin.run_cron(cron)
    differing = proof_figures.compare(before, proof_figures.read(stage))
    assert not differing, differing
    assert proof_figures.count_sealed(stage) == {}
    assert proof_figures.count_kept(stage) == (
        sum(canary.is_business for canary in stage.canaries.values())
    )
    names = proof_figures.read_contacts(stage, sales)
    assert names == {"REDACTED"}, names
    warehouse, office = stage.session("stock"), stage.session("buyers")
    for number, (sale, picking) in sales.items():
        slip = warehouse.fetch(f"/report/html/{proof_day.SLIP}/{picking}").text
        assert "REDACTED" in slip
        assert not [word for word in words[number] if word in slip]
        assert proof_day.ask(office, sale).json()["result"] == []
    # What stands on posted invoices is the company's by law.
    places = proof_figures.find_tables(stage, proof_canaries.REFERENCE)
    assert places <= {"account_move", "account_move_line"}


def test_without_masks_the_search_finds_them(fresh_stage):
    """A connector with mistakes fails the proof, wherever each of them writes."""
    stage = fresh_stage
    stage.restart(addons=["proof_unmasked"])
    known = set(stage.canaries)
    stage.order(3)
    stage.sync()
    new = [pair for number, pair in stage.sales().items() if number not in known]
    # What was printed once is kept: the second is for the crash.
    (sale, picking), (_sale, unprinted) = [pair for pair in new if pair[1]][:2]
    office, warehouse = stage.session("buyers"), stage.session("stock")
    proof_day.ask(office, sale)
    slip = warehouse.fetch(f"/report/pdf/{proof_day.SLIP}/{picking}")
    assert slip.content.startswith(b"%PDF"), slip.text
    answers = office.call("sale.order", "read", [sale], ["partner_id"]).content
    proof_day.crash(stage, unprinted)
    found = search(stage, answers)
    for place in (
        "answers",
        "dump",
        "searched/data/filestore/",
        "searched/logs/",
        "searched/tmp/",
    ):
        assert any(one.startswith(place) for one in found.found), found.told()
