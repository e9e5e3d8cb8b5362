# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
from contextlib import contextmanager
from unittest.mock import patch

LOUD = ("odoo", "odoo.sql_db", "urllib3", "werkzeug", "requests")


class _Collector(logging.Handler):
    """Keeps every line as a log file would have it, tracebacks too."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@contextmanager
def everything_logged():
    """Every logger at DEBUG; nothing is shown, all lines are given."""
    collector = _Collector()
    root = logging.getLogger()
    loggers = [root, *(logging.getLogger(name) for name in LOUD)]
    before = [(logger, logger.level) for logger in loggers]
    with patch.object(root, "handlers", [collector]):
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
        try:
            yield collector.lines
        finally:
            for logger, level in before:
                logger.setLevel(level)


def leaves(value):
    """The texts in a JSON value that are long enough to be told from others."""
    if isinstance(value, dict):
        return {text for part in value.values() for text in leaves(part)}
    if isinstance(value, list):
        return {text for part in value for text in leaves(part)}
    # Six digits also stand in times and ids.
    is_telling = isinstance(value, str) and len(value) > 5 and not value.isdigit()
    return {value} if is_telling else set()
