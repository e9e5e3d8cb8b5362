# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the client of Amazon's API says and advises, in the language of who reads it.

The client knows no Odoo and speaks English. Its sentences are repeated here, where
translators find them; Amazon's own words stay as they are.
"""

from odoo.tools.translate import LazyTranslate

from ..sp_api.errors import ToldError

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
    _lt("Fetch the complete listings report instead."),
    # What is wrong with an answer; behind a colon stand Amazon's own words.
    _lt("Amazon could not be reached"),
    _lt("No secure connection to Amazon could be made"),
    _lt("Amazon did not answer in time"),
    _lt("The connection to Amazon broke"),
    _lt("The request could not be sent"),
    _lt("Amazon's answer was cut off"),
    _lt("The answer was too long or came too slowly"),
    _lt("The answer was empty"),
    _lt("The answer was a web page, not Amazon's data"),
    _lt("The answer was cut off or not of the expected form"),
    _lt("The answer was not readable"),
    _lt("The answer did not come from Login with Amazon"),
    _lt("The answer does not say what became of it"),
    _lt("The answer lacks:"),
    _lt("The list has no end"),
    _lt("The listings kept changing while they were read"),
    _lt("More listings were updated within one second than Amazon shows:"),
    _lt("The seller has no such SKU there"),
    _lt("Another worker is still renewing the access token"),
    _lt("No reason given"),
    _lt("A line of the document has no end"),
    _lt("The document is packed in an unknown way"),
    _lt("The document was cut off"),
    _lt("The document's address cannot be used"),
    _lt("The document's address has expired"),
    _lt("The document's address leads elsewhere"),
    _lt("The document no longer exists"),
    _lt("The document could not be served now"),
    _lt("The store of documents refused it"),
    _lt("The processing report is not readable"),
    _lt("The document is no processing report"),
    _lt("The processing report declares a document type"),
    _lt("The report lacks:"),
)


# Of errors with places for values: settlements, amounts of orders, addresses.
TOLD = (
    _lt("Row %(row)s: the form of the date is not known: %(text)s"),
    _lt("This is no settlement report (V2 flat file). Missing columns: %(columns)s"),
    _lt(
        "The file is damaged or cut. Rows with fewer or more cells than the header: "
        "%(rows)s"
    ),
    _lt(
        "The rows make %(rows)s, but the file's total is %(total)s. Difference: "
        "%(difference)s"
    ),
    _lt("Row %(row)s: this is no amount of the file's currency: %(text)s"),
    _lt("The total of the file is no amount of its currency"),
    _lt("The file has no summary row. Missing values: %(names)s"),
    _lt("This is no currency: %(text)s"),
    _lt(
        "Row %(row)s belongs to another settlement. In the row, %(name)s is %(told)s, "
        "in the file %(expected)s."
    ),
    _lt("The form of the date %(name)s is not known: %(text)s"),
    _lt("Amazon states amounts that cannot be read: %(amounts)s."),
    _lt("Amazon has not stated the amounts of this order."),
    _lt("Amazon has not stated any amount of this order."),
    _lt(
        "The items make %(made)s %(currency)s, but Amazon's total is %(total)s "
        "%(currency)s."
    ),
    _lt("The amounts are in several currencies: %(currencies)s."),
    _lt(
        "Item %(item)s: the charges make %(made)s, with tax %(taxed)s, but Amazon's "
        "total is %(total)s."
    ),
    _lt("Item %(item)s: Amazon has not stated its price."),
    _lt("An address holds no blanks, user names or query strings"),
    _lt("An address starts with https:// and a host"),
    _lt("Port 0 cannot be called"),
    _lt("Plain http is allowed to this machine only, use https"),
)
_TOLD = {sentence._source: sentence for sentence in TOLD}


def explain(env, error):
    """`error.explanation` with its known sentences in the language of `env`."""
    return _replace_sentences(env, error.explanation)


def tell(env, error):
    """What an error of the client says, without advice, in the language of `env`."""
    known = isinstance(error, ToldError) and _TOLD.get(error.sentence)
    if known:
        sentence = env._(known)
        return sentence % error.values if error.values else sentence
    return _replace_sentences(env, str(error))


def _replace_sentences(env, text):
    for sentence in SENTENCES:
        text = text.replace(sentence._source, env._(sentence))
    return text
