# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a complete report lacks and could not tell: gone, or a question first."""

from odoo import api, fields, models
from odoo.tools import split_every

from .kind import REPORT_CACHE

# A drop that is larger than both is decided by a user.
DROP_SHARE = 0.1
DROP_COUNT = 10
CHUNK = 1000
# So much of a broken row's title is told.
MAX_TITLE = 500


class AmazonItemsVerdict(models.AbstractModel):
    _name = "amazon.items.verdict"
    _description = "Amazon Items: Verdict on a Report"

    @api.model
    def _settle_missing(self, report, rows, left):
        """Deactivate what a complete report no longer holds, or ask first.

        Rows that cannot be read may be what is missing: a user is asked, once for the
        same rows. Afterwards they stop the judgement about others no more; what was
        asked about stays until it is decided.

        :param rows: ListingRows, read to their end
        :param left: LeftOut of them
        """
        channel = report.channel_ids
        if not rows.count:
            report._forget_drops(channel)
            report.message = self.env._(
                "The report has no rows. The listings stay as they are."
            )
            return
        Listing = self.env["amazon.listing"]
        missing = Listing.browse(
            self.env["amazon.items.merger"]._find_missing(
                channel, report.requested_at - REPORT_CACHE
            )
        )
        doubtful = self.env["amazon.items.resolver"]._find_doubtful(
            missing, left.doubtful, rows.charset
        )
        if doubtful:
            doubtful.in_doubt = True
            self._look_closer(report)
        missing -= doubtful
        asked = left.digests is not None and set(left.digests) <= set(
            channel.asked_rows or ()
        )
        waiting = Listing
        if left.broken and asked:
            seen = {row.seller_sku for row in left.broken}
            waiting = missing & report._find_asked(channel)
            missing = (missing - waiting).filtered(
                lambda one: one.seller_sku not in seen
            )
        active = Listing.search_count([("channel_id", "=", channel.id)])
        is_large = len(missing) > max(DROP_COUNT, DROP_SHARE * active)
        if missing and (is_large or not asked):
            report._forget_drops(channel)
            report._ask_drop(missing | waiting, active, self._list_broken(left))
            channel.asked_rows = left.digests
            return
        report._forget_drops(channel, waiting)
        self._deactivate(report.run_id, missing)

    @api.model
    def _list_broken(self, left):
        """Sentences that name the rows that cannot be read, for the first few."""
        if not left.broken_count:
            return ""
        named = [
            f"{self._name_broken(row)} ({row.title[:60]})"
            if row.title
            else self._name_broken(row)
            for row in left.broken[:5]
        ]
        if left.broken_count > len(named):
            named.append("…")
        return self.env._(
            "Some rows cannot be read and may be the missing listings: %s.",
            "; ".join(named),
        )

    @api.model
    def _deactivate(self, run, listings):
        """Mark listings as gone from Amazon; links and history stay."""
        for ids in split_every(CHUNK, listings.ids):
            listings.browse(ids).write(
                {"active": False, "gone_at": fields.Datetime.now()}
            )
        self.env["amazon.items.matcher"]._record_listings(
            run,
            listings.ids,
            "updated",
            self.env._("Gone: Amazon's complete report no longer lists it."),
        )
        run.changed_count += len(listings)

    # ------------------------------------------------------------------
    # Rows that were left out
    # ------------------------------------------------------------------

    @api.model
    def _record_rows(self, run, left, duplicates):
        rows = [
            {
                "name": self._name_broken(row),
                "outcome": "failed",
                "reason": self._explain_broken(row),
            }
            for row in left.broken
        ]
        if more := left.broken_count - len(left.broken):
            reason = self.env._("They cannot be read, and there are too many to list.")
            name = self.env._("%s more rows", more)
            rows.append({"name": name, "outcome": "failed", "reason": reason})
        rows += [
            {
                "name": sku,
                "outcome": "skipped",
                "reason": self.env._(
                    "More than one row has this SKU: the last one is used."
                ),
            }
            for sku in duplicates.skus
        ]
        run._add_records(rows)

    @api.model
    def _name_broken(self, row):
        if row.seller_sku:
            return self.env._(
                "Row %(number)s: %(sku)s", number=row.number, sku=row.seller_sku
            )
        return self.env._("Row %s", row.number)

    @api.model
    def _explain_broken(self, row):
        """Why a row was left out, and what can be seen of it."""
        reason = self.env._(
            "The columns of the row do not match the report's header, or it has no "
            "usable SKU. Usually a title or description contains a tab or a line "
            "break. Correct it on Amazon."
        )
        seen = " ".join(
            part
            for part in (
                row.seller_sku and self.env._("SKU: %s.", row.seller_sku),
                row.title and self.env._("Title: %s.", row.title[:MAX_TITLE]),
            )
            if part
        )
        return f"{reason} {seen}".strip()

    @api.model
    def _look_closer(self, report):
        """Have changes searched at once, as far back as the report may be old.

        It may tell less than what was searched since Amazon made it.
        """
        cursor = report.task_id.cursor_ids.filtered(
            lambda one: one.channel_id == report.channel_ids
        )
        oldest = report.requested_at - REPORT_CACHE
        cursor.write(
            {"watermark": min(cursor.watermark, oldest), "completed_at": False}
        )
