# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's XML feeds: the envelope, its messages, and the processing report."""

from dataclasses import dataclass
from xml.etree import ElementTree

from .feeds import FatalFeed, FeedReport

CONTENT_TYPE = "text/xml; charset=utf-8"
# Amazon's numbers for these are not known; these stand for them.
UNREADABLE, WRONG_SELLER, WRONG_TYPE, WRONG_MESSAGE = 5000, 5001, 5002, 5003
REFUSED = 18000


class MessageRefused(Exception):
    """One message is wrong; the others are carried out."""

    def __init__(self, text, code=REFUSED):
        super().__init__(text)
        self.code = code


@dataclass
class Result:
    """What went wrong with one message (0: with all of them)."""

    message_id: int
    code: int
    text: str
    order_id: str = None


def process(job, message_type, carry_out):
    """Carry out each message of a feed; returns the FeedReport.

    `carry_out(job, element)` gets the message's content and raises MessageRefused.
    """
    messages, results = _messages(job, message_type), []
    seen = set()
    for message in messages:
        number = message.findtext("MessageID", "").strip()
        content = message.find(message_type)
        try:
            if not number.isdigit() or int(number) <= 0 or number in seen:
                raise MessageRefused(
                    "MessageID is missing or not unique", WRONG_MESSAGE
                )
            seen.add(number)
            if content is None:
                raise MessageRefused(f"{message_type} is missing", WRONG_MESSAGE)
            carry_out(job, content)
        except MessageRefused as error:
            order_id = None if content is None else content.findtext("AmazonOrderID")
            known = int(number) if number.isdigit() else 0
            results.append(Result(known, error.code, str(error), order_id))
    return report(len(messages), results)


def _messages(job, message_type):
    """The envelope's Message elements; FatalFeed when it is not one."""
    if b"<!DOCTYPE" in job.content:
        raise _fatal(UNREADABLE, "A document type is not allowed")
    try:
        root = ElementTree.fromstring(job.content)
    except ElementTree.ParseError:
        raise _fatal(UNREADABLE, "The document is not XML") from None
    if root.tag != "AmazonEnvelope" or root.findtext("MessageType") != message_type:
        raise _fatal(WRONG_TYPE, "The message type is not that of the feed")
    merchant = root.findtext("Header/MerchantIdentifier", "").strip()
    if merchant != job.seller.merchant_token:
        raise _fatal(WRONG_SELLER, "The MerchantIdentifier is not the seller's")
    messages = root.findall("Message")
    if not messages:
        raise _fatal(UNREADABLE, "The document holds no message")
    return messages


def _fatal(code, text):
    return FatalFeed(report(0, [Result(0, code, text)]))


def report(processed, results):
    """The processing report as Amazon writes it: errors alone are listed."""
    root = ElementTree.Element("AmazonEnvelope")
    header = ElementTree.SubElement(root, "Header")
    _text(header, "DocumentVersion", "1.02")
    _text(root, "MessageType", "ProcessingReport")
    message = ElementTree.SubElement(root, "Message")
    _text(message, "MessageID", 1)
    body = ElementTree.SubElement(message, "ProcessingReport")
    _text(body, "StatusCode", "Complete")
    summary = ElementTree.SubElement(body, "ProcessingSummary")
    failed = len({result.message_id for result in results})
    _text(summary, "MessagesProcessed", processed)
    _text(summary, "MessagesSuccessful", max(0, processed - failed))
    _text(summary, "MessagesWithError", failed)
    _text(summary, "MessagesWithWarning", 0)
    for result in results:
        _add(body, result)
    content = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return FeedReport(content, CONTENT_TYPE)


def _add(body, result):
    entry = ElementTree.SubElement(body, "Result")
    _text(entry, "MessageID", result.message_id)
    _text(entry, "ResultCode", "Error")
    _text(entry, "ResultMessageCode", result.code)
    _text(entry, "ResultDescription", result.text)
    if result.order_id:
        more = ElementTree.SubElement(entry, "AdditionalInfo")
        _text(more, "AmazonOrderID", result.order_id)


def _text(parent, name, value):
    ElementTree.SubElement(parent, name).text = str(value)
