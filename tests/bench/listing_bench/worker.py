# SPDX-License-Identifier: LGPL-3.0-or-later
"""The process that loads reports, see `bench_worker.serving`."""

from bench_worker.meter import measured
from bench_worker.serving import analyze, serve

from . import floor, shop

_CHUNK = 1024 * 1024


class Bench:
    """What can be asked for."""

    def __init__(self, env):
        self._env = env
        self._account = None
        self._channel = None

    def prepare(self, products):
        self._account = shop.build(self._env, products)
        self._env.cr.execute(floor.TABLE)
        self._env.cr.commit()
        self._analyze()
        return {}

    def start(self):
        """A new channel, without listings."""
        self._channel = shop.add_channel(self._env, self._account)
        self._env.cr.commit()
        return {}

    def floor(self, path):
        self._analyze()
        channel, figures = self._channel, {}
        owner = (channel.id, channel.account_id.id, channel.company_id.id)
        with measured(self._env.cr, figures):
            floor.load(self._env.cr, path, *owner)
        return figures

    def load(self, path):
        """As the cron does with a report that it has downloaded."""
        self._analyze()
        task, report = shop.open_report(self._env, self._account, self._channel)
        figures = {}
        with _document(path) as document, measured(self._env.cr, figures):
            self._env["amazon.sync.items"]._read_report(task, report, document)
            self._env.cr.commit()
        run = report.run_id
        return {
            **figures,
            "seen": run.seen_count,
            "changed": run.changed_count,
            "unchanged": run.unchanged_count,
            "linked": self._count("linked"),
            "unconfirmed": self._count("unconfirmed"),
        }

    def match(self):
        """Match again all that waits, as the end of every run does."""
        task, report = shop.open_report(self._env, self._account, self._channel)
        figures = {}
        with measured(self._env.cr, figures):
            self._env["amazon.sync.items"]._match_waiting(
                task, report.run_id, self._channel
            )
        return figures

    def _count(self, state):
        return self._env["amazon.listing"].search_count(
            [("channel_id", "=", self._channel.id), ("state", "=", state)]
        )

    def _analyze(self):
        analyze(self._env, "amazon_listing", "product_product", "product_template")


def _document(path):
    # Known only once the configuration tells where addons are.
    from odoo.addons.amazon_connector.sp_api import DocumentFile

    document = DocumentFile()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            document.append(chunk)
    document.finish("text/plain;charset=UTF-8")
    return document


if __name__ == "__main__":
    serve(Bench)
