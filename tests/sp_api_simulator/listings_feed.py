# SPDX-License-Identifier: LGPL-3.0-or-later
"""JSON_LISTINGS_FEED: quantities of many SKUs at once.

Messages of the operation PATCH alone are played: nothing is created or deleted.
"""

import json

from .feeds import FatalFeed, FeedReport, FeedType

NAME = "JSON_LISTINGS_FEED"
MAX_MESSAGES = 25_000
VERSION = "2.0"
JSON = "application/json; charset=utf-8"
WRONG = ("BAD_REQUEST", "Invalid parameters provided.")


def process(job):
    """Take every message for itself; FATAL when the document as a whole is none."""
    messages = _messages(job)
    issues, invalid, seen = [], 0, set()
    for message in messages:
        found = _taken(job, message, seen)
        issues += found
        invalid += any(issue["severity"] == "ERROR" for issue in found)
    return _report(job, issues, len(messages), invalid)


def _messages(job):
    try:
        document = json.loads(job.content)
    except ValueError:
        raise _fatal(job, "The document is not JSON.") from None
    header = document.get("header") if isinstance(document, dict) else None
    if not isinstance(header, dict) or header.get("version") != VERSION:
        raise _fatal(job, "The header is no object of version 2.0.")
    if header.get("sellerId") != job.seller.merchant_token:
        raise _fatal(job, "The header names another seller.")
    messages = document.get("messages")
    if not isinstance(messages, list) or not 1 <= len(messages) <= MAX_MESSAGES:
        raise _fatal(job, f"A feed has 1 to {MAX_MESSAGES} messages.")
    return messages


def _fatal(job, text):
    issue = {"code": "4000003", "severity": "ERROR", "message": text}
    return FatalFeed(_report(job, [issue], 0, 0))


def _report(job, issues, processed, invalid):
    severities = [issue["severity"] for issue in issues]
    report = {
        "header": {
            "sellerId": job.seller.merchant_token,
            "version": VERSION,
            "feedId": job.feed_id,
        },
        "issues": issues,
        "summary": {
            "errors": severities.count("ERROR"),
            "warnings": severities.count("WARNING"),
            "messagesProcessed": processed,
            "messagesAccepted": processed - invalid,
            "messagesInvalid": invalid,
        },
    }
    return FeedReport(json.dumps(report, ensure_ascii=False).encode(), JSON)


def _taken(job, message, seen):
    """The issues of one message, which has its effect without any."""
    number = message.get("messageId") if isinstance(message, dict) else None
    if type(number) is not int or number < 1 or number in seen:
        code, text = WRONG
        return [{"code": code, "severity": "ERROR", "message": text}]
    seen.add(number)
    if not _well_formed(message):
        # Amazon names no SKU here.
        code, text = WRONG
        found = {"messageId": number, "code": code, "severity": "ERROR"}
        return [{**found, "message": text}]
    sku, patches = message["sku"], message["patches"]
    issues = job.simulator.stock.submit(
        job.seller, sku, job.marketplace_ids, patches, "feed", job.moment
    )
    return [_shown(number, sku, issue) for issue in issues]


def _well_formed(message):
    patches = message.get("patches")
    return (
        message.get("operationType") == "PATCH"
        and all(_text(message.get(name)) for name in ("sku", "productType"))
        and not {"attributes", "requirements"} & set(message)
        and isinstance(patches, list)
        and bool(patches)
        and all(_is_patch(patch) for patch in patches)
    )


def _text(value):
    return isinstance(value, str) and bool(value)


def _is_patch(patch):
    return (
        isinstance(patch, dict)
        and _text(patch.get("op"))
        and _text(patch.get("path"))
        and all(isinstance(row, dict) for row in patch.get("value", ()))
    )


def _shown(number, sku, issue):
    shown = {
        "messageId": number,
        "sku": sku,
        "code": issue.code,
        "severity": issue.severity,
        "message": issue.message,
    }
    if issue.attribute_names:
        shown["attributeName"] = issue.attribute_names[0]
    return shown


FEED_TYPES = (
    FeedType(
        NAME,
        process,
        frozenset({"Product Listing", "Inventory and Order Tracking"}),
        "application/json",
        submissions=(5, 300.0),
    ),
)
