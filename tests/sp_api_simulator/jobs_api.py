# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the operations of reports and feeds have in common.

`noun` is "report" or "feed": Amazon's names for the same things differ in it alone.
"""

from .list_pages import ListPage
from .messages import Answer, ApiError
from .queries import (
    boolean,
    check_marketplaces,
    known_parameters,
    split,
    whole_number,
    zoned_moment,
)
from .report_contents import stamp
from .reports_store import packed
from .routes import Route
from .sellers import ALL_ROLES

STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")
FILTERS = frozenset(
    {
        "processingStatuses",
        "marketplaceIds",
        "pageSize",
        "createdSince",
        "createdUntil",
        "nextToken",
    }
)
ENCODING = "enableContentEncodingUrlHeader"


def job_marketplaces(body, seller):
    wanted = body["marketplaceIds"]
    if not 1 <= len(wanted) <= 25:
        raise ApiError.invalid_input("1 to 25 marketplaceIds are required.")
    check_marketplaces(wanted, seller)
    return wanted


def job_kind(kinds, name, seller):
    """The type that is asked for, if the seller's application may use it."""
    kind = kinds.get(name)
    if kind is None:
        raise ApiError.invalid_input("Unknown type.")
    if not seller.roles & kind.roles:
        raise ApiError.forbidden()
    return kind


def found_job(call, noun, desk):
    """The report or feed that the path names."""
    known_parameters(call.query, frozenset())
    job = desk.get(call.seller, call.path[f"{noun}Id"])
    if job is None:
        raise ApiError.not_found()
    return job


def shown_job(job, noun, started, ended, **more):
    """A report or feed as Amazon shows it.

    :param started: epoch seconds, None where the work has not begun; likewise `ended`
    :param more: what the other kind does not have; None leaves out
    """
    shown = {
        f"{noun}Id": getattr(job, f"{noun}_id"),
        f"{noun}Type": getattr(job, f"{noun}_type"),
        "marketplaceIds": list(job.marketplace_ids),
        "createdTime": stamp(job.created),
        "processingStatus": job.status,
        "processingStartTime": None if started is None else stamp(started),
        "processingEndTime": None if ended is None else stamp(ended),
        **more,
    }
    return {name: value for name, value in shown.items() if value is not None}


def cancel_job(call, noun, desk):
    if not desk.cancel(found_job(call, noun, desk)):
        raise ApiError.invalid_input(f"Only {noun}s in the queue can be cancelled.")
    return Answer(200)


def list_jobs(call, noun, desk, tokens, view, since):
    """Answer a search.

    :param desk: whose ``all`` gives the seller's jobs, newest first
    :param ListTokens tokens: those of this list
    :param view: shows a job as Amazon does
    :param since: epoch seconds, unless the query says from when on
    """
    query, offset = call.query, 0
    known_parameters(query, FILTERS | {f"{noun}Types"})
    if "nextToken" in query:
        if len(query) > 1:
            raise ApiError.invalid_input("nextToken must be the only parameter.")
        page = tokens.resolve(query["nextToken"], call.seller.key)
        query, offset = page.query, page.offset
    wanted = _filter(query, noun, since, call.now)
    found = [job for job in desk.all(call.seller) if wanted(job)]
    size = whole_number(query, "pageSize", "10", 100)
    body = {f"{noun}s": [view(job) for job in found[offset : offset + size]]}
    if len(found) > offset + size:
        page = ListPage(call.seller.key, query, offset + size)
        body["nextToken"] = tokens.issue(page)
    return Answer(200, body)


def _filter(query, noun, since, now):
    """Whether a job is asked for, as a function of the job."""
    since, until = (
        zoned_moment(query[name], name) if name in query else default
        for name, default in (("createdSince", since), ("createdUntil", now))
    )
    types = split(query, f"{noun}Types")
    if not types:
        raise ApiError.invalid_input(f"{noun}Types is required without nextToken.")
    statuses = split(query, "processingStatuses", STATUSES)
    places = set(split(query, "marketplaceIds"))

    def wanted(job):
        return (
            since <= job.created <= until
            and getattr(job, f"{noun}_type") in types
            and (not statuses or job.status in statuses)
            and (not places or places & set(job.marketplace_ids))
        )

    return wanted


def give_document(call, noun, desk, is_packed):
    """Answer where a document can be downloaded.

    :param is_packed: whether this document leaves as gzip
    """
    known_parameters(call.query, {ENCODING})
    encoded = boolean(call.query, ENCODING)
    document_id = call.path[f"{noun}DocumentId"]
    document = desk.document(call.seller, document_id)
    if document is None or document.content is None:
        raise ApiError.not_found()
    body, headers = {f"{noun}DocumentId": document_id}, {}
    content = document.content
    if is_packed(document):
        content = packed(content)
        headers["Content-Encoding"] = "gzip" if encoded else "identity"
        body["compressionAlgorithm"] = "GZIP"
    body["url"] = call.simulator.presigned.issue(
        call.seller.key, document_id, content, document.content_type, headers
    )
    return Answer(200, body)


def job_route(model, method, path, operation, rate, burst, handler):
    """A Route of reports or feeds; `model` is e.g. "feeds_2021-06-30"."""
    template = f"/{model.replace('_', '/')}/{path}"
    # Which role is needed depends on the type of the report or feed.
    return Route(method, template, operation, model, rate, burst, handler, ALL_ROLES)
