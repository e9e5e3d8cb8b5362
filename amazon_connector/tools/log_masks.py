# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Odoo's own loggers must not write: typed secrets, and Amazon's consent code.

At its loudest Odoo logs the arguments of every call, so also what is typed into a
field that nobody may read.
"""

import logging
import re

from .secret_fields import INPUT_NAMES

CALLBACK_PATH = "/amazon_connector/oauth/callback"
# Who writes arguments of calls, bodies of requests, or statements.
CALL_LOGGERS = (
    "odoo.http",
    "odoo.http.rpc.request",
    "odoo.http.rpc.response",
    "odoo.models",
    "odoo.orm.models",
    "odoo.service.model",
    "odoo.sql_db",
)
# Who writes the lines of the access log.
ACCESS_LOGGERS = ("longpolling", "werkzeug")

LEFT_OUT = "[left out: secrets]"
_QUERY = re.compile(r"\?[^\s\"']*")
# The path may stand in the query itself: where Odoo's login page leads back to.
_CONSENT = re.compile(r"amazon_connector(?:/|%2F)oauth|spapi_oauth_code", re.IGNORECASE)


class CallFilter(logging.Filter):
    """Leave out arguments that name a :class:`~.secret_fields.SecretInput`."""

    def filter(self, record):
        if record.exc_info and _tells_input(record.exc_info[1]):
            # The traceback would end with its text.
            kind = record.exc_info[0].__name__
            record.msg, record.args = f"{record.getMessage()} {kind} {LEFT_OUT}", ()
            record.exc_info = record.exc_text = None
        if not _names_input(record.getMessage()):
            return True
        if isinstance(record.args, tuple):
            record.args = tuple(
                LEFT_OUT if _names_input(str(arg)) else arg for arg in record.args
            )
        if _names_input(record.getMessage()):
            record.msg, record.args = LEFT_OUT, ()
        return True


class AccessFilter(logging.Filter):
    """Cut the query off the address that Amazon's consent page leads back to."""

    def filter(self, record):
        line = record.getMessage()
        if _CONSENT.search(line):
            record.msg, record.args = _QUERY.sub("?[...]", line), ()
        return True


def protect_logs():
    """Have the loggers mask what they are given, whichever handlers they have."""
    for name in CALL_LOGGERS:
        _add(name, CallFilter)
    for name in ACCESS_LOGGERS:
        _add(name, AccessFilter)


def _add(name, kind):
    logger = logging.getLogger(name)
    if not any(isinstance(one, kind) for one in logger.filters):
        logger.addFilter(kind())


def _names_input(text):
    return any(name in text for name in INPUT_NAMES)


def _tells_input(error):
    """Whether an error, or what caused it, speaks of an input for secrets."""
    while error is not None:
        if _names_input(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False
