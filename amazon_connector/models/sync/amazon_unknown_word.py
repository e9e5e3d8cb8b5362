# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from collections import Counter

from odoo import api, fields, models
from odoo.tools import SQL

# A word of Amazon's lists is short, and names neither numbers nor people.
LONGEST = 60
MOST_WORDS = 20
_FOREIGN = re.compile(r"[\d@]")


class AmazonUnknownWord(models.Model):
    """A word or a field of Amazon's that the connector does not know, and how often it
    came.

    Amazon adds words to its lists, and fields to its answers, as it likes. Nothing is
    decided on a word that is not known: what it stands for is read again, or a human is
    asked; a field that is not known is not stored. Here both are counted.
    """

    _name = "amazon.unknown.word"
    _description = "Amazon Unknown Word"
    _inherit = "amazon.binding"
    _closed = True
    _order = "last_seen desc, id"
    _rec_name = "word"

    account_id = fields.Many2one(
        "amazon.account", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    subject = fields.Selection(
        [
            ("order_report", "Status of an order in a report"),
            ("package", "Status of a parcel"),
            ("report", "Progress of a report"),
            ("feed", "Progress of a feed"),
            ("order", "Order"),
        ],
        "Used For",
        required=True,
        readonly=True,
    )
    # Where in Amazon's answer, e.g. "fulfillment.fulfillmentStatus"; empty for files.
    place = fields.Char("Field", required=True, readonly=True, default="")
    word = fields.Char("Amazon's Word", required=True, readonly=True)
    count = fields.Integer("Times", readonly=True)
    last_seen = fields.Datetime(readonly=True)

    _word_unique = models.Constraint(
        "unique(account_id, subject, place, word)",
        "Each word is counted in one row.",
    )

    @api.model
    def _count_words(self, account, subject, counts):
        """Add to the counts of an account.

        :param subject: one of the selection
        :param counts: ``{word or None: how many records it was said of}``
        """
        self._count(account, subject, {("", word): n for word, n in counts.items()})

    @api.model
    def _count_fields(self, account, counts):
        """Add to the counts of fields in orders that are not known.

        :param counts: ``{place: how many orders had it}``, see
            :func:`~..sp_api.find_unknown_fields`
        """
        self = self._in_one_language()
        word = self.env._("(new field)")
        self._count(account, "order", {(place, word): n for place, n in counts.items()})

    @api.model
    def _count(self, account, subject, counts):
        """Add ``{(place, word): how many}`` to what is counted for the subject."""
        self = self._in_one_language()
        known = {
            (row.place, row.word)
            for row in self.sudo().search(
                [("account_id", "=", account.id), ("subject", "=", subject)]
            )
        }
        rows = Counter()
        for (place, word), count in counts.items():
            key = (place, self._clean(word))
            if key not in known and len(known) >= MOST_WORDS:
                key = ("", self.env._("(others)"))
            known.add(key)
            rows[key] += count
        self._add(account, subject, rows)

    @api.model
    def _in_one_language(self):
        """One row for a word, be it a scheduled action that meets it or a user."""
        return self.with_context(lang=None)

    @api.model
    def _add(self, account, subject, rows):
        # Two workers may meet a new word at the same time.
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO amazon_unknown_word AS stored (
                       account_id, company_id, subject, place, word, count, last_seen)
                SELECT %(account)s, %(company)s, %(subject)s,
                       told.place, told.word, told.count, %(now)s
                  FROM unnest(%(places)s, %(words)s, %(counts)s)
                       AS told (place, word, count)
           ON CONFLICT (account_id, subject, place, word) DO UPDATE
                   SET count = stored.count + EXCLUDED.count,
                       last_seen = EXCLUDED.last_seen
                """,
                account=account.id,
                company=account.company_id.id,
                subject=subject,
                now=fields.Datetime.now(),
                places=[place for place, _word in rows],
                words=[word for _place, word in rows],
                counts=list(rows.values()),
            )
        )
        self.invalidate_model()
        account.invalidate_recordset(["unknown_word_ids"])

    @api.model
    def _clean(self, word):
        """A word as it may be kept: a cell out of place could hold anything."""
        word = " ".join(str(word or "").split())
        if not word:
            return self.env._("(nothing)")
        if len(word) > LONGEST or _FOREIGN.search(word):
            return self.env._("(no word)")
        return word
