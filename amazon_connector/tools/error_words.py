# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the client of Amazon's API advises, in the language of who reads it.

The client knows no Odoo and advises in English. Its sentences are repeated here, where
translators find them; Amazon's own words stay as they are.
"""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

SENTENCES = (
    _lt(
        "The authorization was revoked or has expired. Authorize the application again "
        "in Seller Central and enter the new refresh token."
    ),
    _lt(
        "The client ID or the client secret is wrong, or the secret has expired: "
        "Amazon requires a new one every 180 days. Copy both again from the "
        "application's page in Seller Central."
    ),
    _lt(
        "The refresh token belongs to another application. Enter client ID, client "
        "secret and refresh token of the same application."
    ),
    _lt(
        "The seller did not agree, or withdrew the consent. Authorize the application "
        "again in Seller Central."
    ),
    _lt(
        "Check in Seller Central that the application has the roles it needs, that the "
        "account was authorized again after roles were added, and that marketplace and "
        "region belong together."
    ),
    _lt("Check the address of the token endpoint and any proxy in between."),
    _lt("Check the address of the endpoint and any proxy in between."),
    _lt("Check this machine's certificates, clock and proxy."),
    _lt("Check the network, name resolution and proxy of this machine."),
    _lt("Amazon's state is read before anything is sent again."),
    _lt("Compare the order's packages with this parcel."),
    _lt("The order was shipped in other packages: compare them."),
    _lt("Amazon confirms this order itself: there is nothing to send."),
    _lt("The buyer collects this order: tell Amazon when it is ready."),
    _lt("Wait until the payment of the order is authorized."),
    _lt("The order is cancelled: do not ship it, or take the parcel back."),
    _lt("Compare the quantities with what Amazon still expects."),
    _lt("Enter one Transparency code for each unit."),
    _lt("Correct the shipping date."),
    _lt("Enter the tracking number."),
    _lt("Choose the carrier's code, or Other with the carrier's name."),
    _lt("Amazon's answer:"),
)


def explain(env, error):
    """`error.explanation` with its known sentences in the language of `env`."""
    text = error.explanation
    for sentence in SENTENCES:
        text = text.replace(sentence._source, env._(sentence))
    return text
