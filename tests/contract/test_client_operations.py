# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every operation that the client calls, held against Amazon's models."""

import re

import pytest
import sp_api
from contract.models import FOLDER, operation, requires_models
from sp_api import Operation
from sp_api_simulator.validation import ModelLibrary

OPERATIONS = {
    found.name: found for found in vars(sp_api).values() if isinstance(found, Operation)
}
# {how the paths start: the model that describes them}
MODELS = {
    "/fba/inventory/v1": "fbaInventory",
    "/feeds/2021-06-30": "feeds_2021-06-30",
    "/finances/2024-06-19": "finances_2024-06-19",
    "/finances/transfers/2024-06-01": "transfers_2024-06-01",
    "/listings/2021-08-01": "listingsItems_2021-08-01",
    "/orders/2026-01-01": "orders_2026-01-01",
    "/orders/v0": "ordersV0",
    "/reports/2021-06-30": "reports_2021-06-30",
    "/sellers/v1": "sellers",
    "/tokens/2021-03-01": "tokens_2021-03-01",
}


def model_of(called):
    (name,) = (
        name for start, name in MODELS.items() if called.path.startswith(f"{start}/")
    )
    return name


def test_all_are_known():
    assert len(OPERATIONS) >= 20
    assert {model_of(called) for called in OPERATIONS.values()} == set(MODELS.values())


@requires_models
@pytest.mark.parametrize("called", OPERATIONS.values(), ids=OPERATIONS)
def test_path_rate_and_answer_are_amazons(called):
    model = model_of(called)
    path, method, found = operation(model, called.name)
    assert (called.path, called.method) == (path, method)
    plan = ModelLibrary.find(FOLDER).plan(model, called.name)
    assert (called.rate, called.burst) == plan
    named = {entry["name"] for entry in found["parameters"] if entry["in"] == "path"}
    assert set(re.findall(r"{(\w+)}", called.path)) == named
    (success,) = (code for code in found["responses"] if code.startswith("2"))
    has_body = "schema" in found["responses"][success]
    # 204 says by itself that nothing follows.
    assert called.empty == (not has_body and success != "204")


@pytest.mark.parametrize("called", OPERATIONS.values(), ids=OPERATIONS)
def test_only_what_may_run_twice_is_repeated(called):
    """Reading is always safe; what changes something has to say why it is."""
    if called.method == "GET":
        assert called.idempotent
    else:
        twice = {
            "cancelFeed",
            "createFeedDocument",
            # It replaces one of the same type.
            "createReportSchedule",
            # Another token of the same kind.
            "createRestrictedDataToken",
            "patchListingsItem",
        }
        assert called.idempotent == (called.name in twice)
