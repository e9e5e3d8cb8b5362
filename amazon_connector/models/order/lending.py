# SPDX-License-Identifier: LGPL-3.0-or-later
"""Lending the real data of buyers to code that has to send them on, a carrier's.

Unlike printing (``reveal.py``) nothing is undone: tracking numbers, costs and labels
are paid for. So what the borrower writes is scrubbed as it is stored or logged, files
are sealed, and what it read is forgotten before the transaction goes on.

Functions, not methods: templates and server actions call every method of a record, but
import nothing.
"""

from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from odoo.exceptions import UserError

from ...tools.scrubbing import scrubbing
from .reveal import get_shown, get_shown_orders, register_shown


def lend_contacts(env, values, orders, work, explain):
    """What ``work()`` returns, done while contacts have their real values.

    :param values: ``{partner id: {field: value}}``, of :func:`~.reveal.read_contacts`
    :param orders: the Amazon orders of these contacts
    :param explain: ``explain(env, kind)`` tells users whose part failed with an error
        of this kind; its own message tells too much
    :raises Exception: the work's own, or a :class:`UserError` in place of one that
        tells something
    """
    if values.keys() <= (get_shown(env) or {}).keys():
        return work()
    texts = {text for contact in values.values() for text in contact.values() if text}
    with scrubbing(texts) as scrubber:
        try:
            result = _work(env, values, orders, work)
        except Exception as error:
            failure = _clean(env, error, scrubber, explain)
        else:
            failure = None
        try:
            _settle(env, scrubber)
        except Exception as error:
            failure = failure or _clean(env, error, scrubber, explain)
    if failure:
        # Outside of the handlers: nothing leads from it to what it replaces.
        raise failure
    return _clean_result(scrubber, result)


def _work(env, values, orders, work):
    forget_stored(env)
    # One block in another shows what both show.
    values = {**(get_shown(env) or {}), **values}
    orders |= get_shown_orders(env)
    with register_shown(env, values, orders):
        result = work()
        # While fields that the borrower changed still have what it gave them.
        env.flush_all()
    return result


def _settle(env, scrubber):
    """Leave nothing in the cache that was computed from real values."""
    if _is_aborted(env.cr):
        # Nothing of it can be stored any more.
        env.transaction.clear()
        return
    _forget_clean(env)
    env.flush_all()
    for (model, name), ids in scrubber.take_computed().items():
        records = env[model].sudo().browse(ids).exists()
        env.add_to_compute(records._fields[name], records)
    forget_stored(env)


def forget_stored(env):
    """Empty the cache of records; forms that are not saved keep what was typed."""
    env.flush_all()
    _forget_clean(env)


def _forget_clean(env):
    transaction = env.transaction
    for field in list(transaction.field_data):
        dirty = transaction.field_dirty.get(field, ())
        ids = [id_ for id_ in field._get_all_cache_ids(env) if id_ and id_ not in dirty]
        field._invalidate_cache(env, ids)


def _is_aborted(cr):
    return cr.connection.info.transaction_status == TRANSACTION_STATUS_INERROR


def _clean(env, error, scrubber, explain):
    """The error, or one in its place that tells nothing."""
    if not scrubber.tells(error):
        return error
    if isinstance(error, UserError):
        error.args = scrubber.hide_all(error.args)
        error.__cause__ = error.__context__ = None
        # Its frames have the values as variables, which some loggers write.
        error = error.with_traceback(None)
        if not scrubber.tells(error):
            return error
    return UserError(explain(env, type(error).__name__))


def _clean_result(scrubber, result):
    """What the borrower returns, without the address and without files."""
    if isinstance(result, dict):
        return {
            key: _clean_result(scrubber, value)
            for key, value in scrubber.hide_all(result, scrubber.hide_column).items()
            if not isinstance(value, bytes)
        }
    if isinstance(result, list):
        return [_clean_result(scrubber, part) for part in result]
    return scrubber.hide_all(result, scrubber.hide_column)
