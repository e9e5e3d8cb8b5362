# SPDX-License-Identifier: LGPL-3.0-or-later
"""Who may read what over the external API."""

import pytest
from pieces.console import SetupError

SECRETS = (
    "credentials_ciphertext",
    "client_id_input",
    "client_secret_input",
    "refresh_token_input",
)


@pytest.fixture(scope="module")
def user(stage):
    """An ordinary user of the addon, in both companies."""
    group = stage.admin.call(
        "ir.model.data", "check_object_reference", "amazon_connector", "group_user"
    )[1]
    companies = list(stage.companies.values())
    stage.admin.call(
        "res.users",
        "create",
        {
            "name": "Asha",
            "login": "asha",
            "password": "asha-e2e-password",
            "group_ids": [(4, group)],
            "company_id": companies[0],
            "company_ids": [(6, 0, companies)],
        },
    )
    return stage.login("asha", "asha-e2e-password")


def test_user_reads_orders_and_no_credentials(stage, user):
    """The group User sees orders; no field with a credential."""
    assert user.call("amazon.order", "search_count", [])
    for field in SECRETS:
        with pytest.raises(SetupError):
            user.call("amazon.account", "read", stage.accounts, [field])


def test_administrator_reads_no_credentials_back(stage):
    """Credentials are write-only, for administrators too."""
    with pytest.raises(SetupError):
        stage.admin.call(
            "amazon.account", "read", stage.accounts, ["credentials_ciphertext"]
        )
    inputs = [field for field in SECRETS if field.endswith("_input")]
    for account in stage.admin.call("amazon.account", "read", stage.accounts, inputs):
        assert not any(account[field] for field in inputs)


def test_buyers_names_are_nowhere_in_the_contacts(stage, user):
    """S118: contacts are masked; the encrypted records are closed to RPC."""
    orders = [order for every in stage.amazon.orders().values() for order in every]
    names = {order["buyer"]["buyerName"] for order in orders if order.get("buyer")}
    assert names
    found = stage.admin.call("res.partner", "search", [("name", "in", sorted(names))])
    assert found == []
    with pytest.raises(SetupError):
        user.call("amazon.order.pii", "search_read", [], [])


def test_stranger_sees_nothing(stage):
    """A user without the addon's groups cannot read Amazon orders."""
    stage.admin.call(
        "res.users",
        "create",
        {
            "name": "Bela",
            "login": "bela",
            "password": "bela-e2e-password",
            "group_ids": [],
        },
    )
    stranger = stage.login("bela", "bela-e2e-password")
    with pytest.raises(SetupError):
        stranger.call("amazon.order", "search_count", [])
