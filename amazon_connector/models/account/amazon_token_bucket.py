# SPDX-License-Identifier: LGPL-3.0-or-later
from dataclasses import astuple

from odoo import fields, models

from ...sp_api.throttle import Bucket
from ...tools.database import short_transaction


class AmazonTokenBucket(models.Model):
    """What is left of Amazon's call quotas, shared by all workers.

    One row per LWA application, seller and operation, changed by
    :class:`PostgresBucketStore` only.
    """

    _name = "amazon.token.bucket"
    _description = "Amazon Call Quota"
    _inherit = "amazon.binding"
    _closed = True
    _log_access = False
    _order = "seller_id, operation"

    application = fields.Char(required=True)
    seller_id = fields.Char("Seller ID", required=True)
    operation = fields.Char(required=True)
    rate = fields.Float("Calls per Second", digits=(16, 6))
    burst = fields.Integer()
    tokens = fields.Float("Calls Left", digits=(16, 6))
    stamp = fields.Float(
        digits=(16, 6), help="Epoch seconds when the level was measured."
    )
    until = fields.Float(digits=(16, 6), help="Epoch seconds until which calls wait.")
    learned = fields.Boolean(help="The rate comes from Amazon's answers.")

    _key_unique = models.Constraint(
        "unique(application, seller_id, operation)", "One bucket per key."
    )


class PostgresBucketStore:
    """The :class:`~..sp_api.throttle.BucketStore` behind all workers of a database."""

    def __init__(self, registry):
        self._registry = registry

    def take(self, key, rate, burst, floor, now):
        def work(bucket):
            bucket.adopt(rate, burst)
            return bucket.take(floor, now)

        return self._change(key, work, new=lambda: Bucket.full(rate, burst, now))

    def learn(self, key, rate, now):
        self._change(key, lambda bucket: bucket.learn(rate, now))

    def drain(self, key, until, now):
        self._change(key, lambda bucket: bucket.drain(until, now))

    def level(self, key, rate, burst, now):
        bucket = short_transaction(self._registry, lambda cr: self._load(cr, key))
        return bucket.level(now) if bucket else float(burst)

    def _change(self, key, work, new=None):
        def run(cr):
            bucket = self._load(cr, key, lock=True) or (new and new())
            if bucket is None:
                return None
            before = astuple(bucket)
            result = work(bucket)
            if new or astuple(bucket) != before:
                self._save(cr, key, bucket)
            return result

        return short_transaction(self._registry, run)

    @staticmethod
    def _load(cr, key, lock=False):
        cr.execute(
            "SELECT rate, burst, tokens, stamp, until, learned"
            "  FROM amazon_token_bucket"
            " WHERE application = %s AND seller_id = %s AND operation = %s"
            + (" FOR UPDATE" if lock else ""),
            key,
        )
        row = cr.fetchone()
        return Bucket(*row) if row else None

    @staticmethod
    def _save(cr, key, bucket):
        cr.execute(
            """
            INSERT INTO amazon_token_bucket (application, seller_id, operation,
                        rate, burst, tokens, stamp, until, learned)
                 VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (application, seller_id, operation) DO UPDATE
                    SET rate = EXCLUDED.rate, burst = EXCLUDED.burst,
                        tokens = EXCLUDED.tokens, stamp = EXCLUDED.stamp,
                        until = EXCLUDED.until, learned = EXCLUDED.learned
            """,
            (*key, *astuple(bucket)),
        )
