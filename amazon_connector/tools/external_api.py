# SPDX-License-Identifier: LGPL-3.0-or-later
"""What all methods of the external API share: checked arguments, errors, answers.

Scripts call the methods named ``api_...`` (docs/external-api.md). They answer with
dictionaries that JSON and XML-RPC can carry: an absent value is False, a time is UTC in
ISO 8601 with Z, money is a string. Errors begin with a code of ``ERRORS``.
"""

import functools
import inspect
from datetime import datetime, timedelta, timezone

from odoo.exceptions import (
    AccessError,
    LockError,
    MissingError,
    UserError,
    ValidationError,
)
from odoo.fields import Domain

VERSION = 1
"""Goes up when a key or an argument goes away or means something else."""
LIMIT = 1000
"""How many ids, SKUs or orders a call takes at most."""
LONGEST_TEXT = 500
LARGEST_ID = 2**31 - 1
GROUP = "amazon_connector.group_user"

ARGUMENT = "AMZ-ARGUMENT"
TOO_MANY = "AMZ-TOO-MANY"
NOT_FOUND = "AMZ-NOT-FOUND"
AMBIGUOUS = "AMZ-AMBIGUOUS"
FORBIDDEN = "AMZ-FORBIDDEN"
BUSY = "AMZ-BUSY"
REFUSED = "AMZ-REFUSED"
ERRORS = {
    ARGUMENT: "An argument is missing, unknown, or of the wrong type.",
    TOO_MANY: "More than 1,000 ids, SKUs or orders in one call.",
    NOT_FOUND: "A named record does not exist, or this user cannot access it.",
    AMBIGUOUS: "A name matches several records: give an id.",
    FORBIDDEN: "The user does not have the access right.",
    BUSY: "Somebody else is working on it: try again in a moment.",
    REFUSED: "It cannot be done now; the text gives the reason.",
}
# The first that fits: (what was raised, its code, what the caller gets).
_KINDS = (
    (AccessError, FORBIDDEN, AccessError),
    (MissingError, NOT_FOUND, MissingError),
    (LockError, BUSY, LockError),
    (ValidationError, REFUSED, ValidationError),
    (UserError, REFUSED, UserError),
)


def external(method):
    """Make a method one of the external API.

    Its caller has to be a user of Amazon; whatever it raises for users begins with a
    code, and whoever gives other arguments than it has is told so in the same way.
    """

    @functools.wraps(method)
    def call(self, *args, **kwargs):
        try:
            inspect.signature(method).bind(self, *args, **kwargs)
        except TypeError as error:
            raise _error(ARGUMENT, str(error)) from None
        try:
            require_group(self.env, GROUP)
            return {"version": VERSION, **method(self, *args, **kwargs)}
        except UserError as error:
            raise _coded(error) from error

    return call


def _coded(error):
    text = str(error)
    if text.startswith("AMZ-"):
        return error
    for kind, code, told in _KINDS:
        if isinstance(error, kind):
            return told(f"{code}: {text}")
    return error


def _error(code, text):
    kinds = {NOT_FOUND: MissingError, FORBIDDEN: AccessError, BUSY: LockError}
    return kinds.get(code, UserError)(f"{code}: {text}")


def refuse(text, code=REFUSED):
    """
    :param str code: one of ``ERRORS``
    :raises UserError: always, or the kind of it that belongs to the code
    """
    raise _error(code, text)


def require_group(env, group):
    """
    :raises AccessError: the user is not in the group
    """
    if not env.user.has_group(group):
        refuse(env._("This needs another access right for Amazon."), FORBIDDEN)


# ----------------------------------------------------------------------
# Arguments
# ----------------------------------------------------------------------


def read_text(env, value, name):
    """A text that is there, without blanks around it."""
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        refuse(env._("%s must be a string.", name), ARGUMENT)
    if len(value) > LONGEST_TEXT:
        refuse(env._("%s is too long.", name), ARGUMENT)
    return value.strip()


def read_list(env, value, name):
    """A list of at most ``LIMIT`` entries that is not empty."""
    if not isinstance(value, (list, tuple)) or not value:
        refuse(env._("%s must be a list that is not empty.", name), ARGUMENT)
    if len(value) > LIMIT:
        refuse(
            env._("%(name)s has more than %(limit)s entries.", name=name, limit=LIMIT),
            TOO_MANY,
        )
    return value


def read_texts(env, value, name):
    """Texts, each once; a single one may stand for its list."""
    values = [value] if isinstance(value, str) else value
    texts = [read_text(env, one, name) for one in read_list(env, values, name)]
    return list(dict.fromkeys(texts))


def is_id(value):
    """Whether this can be the id of a record; True and 1.0 cannot."""
    return type(value) is int and 0 < value <= LARGEST_ID


def read_id(env, value, name):
    if not is_id(value):
        refuse(env._("%s must be the id of a record.", name), ARGUMENT)
    return value


def read_moment(env, value, name):
    """A day or a time in ISO 8601 as naive UTC; without a zone it is UTC."""
    text = read_text(env, value, name)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if moment.tzinfo is not None:
            # Beyond the calendar for the first and the last hours of all times.
            moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError):
        refuse(env._("%s must be a time such as 2026-11-01T00:00:00Z.", name), ARGUMENT)
    return moment


def read_period(env, since, until, fetched=True):
    """``(start, end)``, naive UTC, both None without ``since``.

    :param fetched: whether Amazon is asked for it, which has the last two years only
    """
    if since in (None, False) and until in (None, False):
        return None, None
    now = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
    start = read_moment(env, since, "since")
    end = now if until in (None, False) else read_moment(env, until, "until")
    if start >= end or end > now + timedelta(minutes=1):
        refuse(
            env._("since must be before until, and both must be in the past."), ARGUMENT
        )
    if fetched and start < now - timedelta(days=730):
        refuse(env._("Amazon provides only the last two years."), ARGUMENT)
    return start, end


def own(records):
    """These records, if there are some and all are there for the user.

    Those of other companies and those that never were are told in the same words.
    """
    ids = list(records._ids)
    if not ids or not all(is_id(one) for one in ids):
        refuse(records.env._("Give the ids of the records."), ARGUMENT)
    read_list(records.env, ids, "ids")
    return find_ids(records, ids)


def own_one(records):
    """As :func:`own`, for methods that work on one record."""
    if len(records._ids) != 1:
        refuse(records.env._("Give the id of one record."), ARGUMENT)
    return own(records)


def find_ids(model, ids):
    """The records of these ids, in their order; archived ones, too."""
    wanted = list(dict.fromkeys(ids))
    found = model.with_context(active_test=False).search([("id", "in", wanted)])
    if missing := sorted(set(wanted) - set(found.ids)):
        refuse(
            model.env._(
                "%(model)s: %(ids)s does not exist.",
                model=model._description,
                ids=name_some(missing),
            ),
            NOT_FOUND,
        )
    return model.browse(wanted)


def find_named(model, field, names, domain=Domain.TRUE):
    """The records whose field is one of these texts; every text has one at least."""
    found = model.with_context(active_test=False).search(
        Domain(field, "in", names) & domain
    )
    if missing := sorted(set(names) - set(found.mapped(field))):
        refuse(
            model.env._(
                "%(model)s: %(names)s does not exist.",
                model=model._description,
                names=name_some(missing),
            ),
            NOT_FOUND,
        )
    return found


def name_some(names, most=10):
    """The first few of many names."""
    told = ", ".join(map(str, names[:most]))
    return f"{told}, …" if len(names) > most else told


# ----------------------------------------------------------------------
# Answers
# ----------------------------------------------------------------------


def iso(moment):
    """A naive UTC time or a date in ISO 8601; False for none."""
    if not moment:
        return False
    if isinstance(moment, datetime):
        return f"{moment.replace(microsecond=0).isoformat()}Z"
    return moment.isoformat()


def money(amount, currency):
    """An amount as a string with the currency's decimals; False without a currency."""
    if not currency:
        return False
    return f"{amount:.{currency.decimal_places}f}"
