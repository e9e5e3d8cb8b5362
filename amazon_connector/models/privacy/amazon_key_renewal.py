# SPDX-License-Identifier: LGPL-3.0-or-later
import logging

from odoo import api, models

from ...tools.vault import get_vault
from .amazon_redaction import BATCH_SIZE
from .renewal import (
    count_former,
    find_ciphertexts,
    renew_authorisations,
    renew_ciphertexts,
    renew_customers,
    renew_orders,
)

_logger = logging.getLogger(__name__)
DONE = "amazon_connector.renewed_key_id"
"""System parameter: the name of the key under which everything was put last."""


class AmazonKeyRenewal(models.AbstractModel):
    """Brings all that is encrypted under the newest key of this server."""

    _name = "amazon.key.renewal"
    _description = "Amazon Renewal of Encryption"

    @api.model
    def _cron_renew(self):
        """Renew batch by batch until time is up or nothing is left; then say so.

        An interrupted run is done again from the start: what is renewed stays.
        """
        key_id = get_vault(self.env).key_id
        done = self.env["ir.config_parameter"].sudo()
        if done.get_param(DONE) == key_id:
            return
        if not all(self._run(step) for step in self._get_steps()):
            return
        if self._is_complete():
            done.set_param(DONE, key_id)
            self._tell_done()
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _get_steps(self):
        """``step(last id, limit) -> (ids, changed)`` each.

        Hashes first: what they are made of is read with the former key, too.
        """
        env = self.env
        steps = [
            lambda last, limit: renew_orders(env, last, limit),
            lambda last, limit: renew_customers(env, last, limit),
            self._renew_authorisations,
        ]
        steps += [
            lambda last, limit, where=where: renew_ciphertexts(*where, last, limit)
            for where in find_ciphertexts(env)
        ]
        return steps

    @api.model
    def _renew_authorisations(self, last_id, _limit):
        if last_id:
            return [], 0
        accounts = self.env["amazon.account"].sudo().with_context(active_test=False)
        found = accounts.search([])  # pylint: disable=no-search-all
        return found.ids, renew_authorisations(found)

    @api.model
    def _run(self, step):
        """Do a step to its end; False when time is up."""

        def take(last_id):
            ids, _changed = step(last_id, BATCH_SIZE)
            return len(ids), max(ids, default=0)

        return self.env["amazon.redaction"].sudo()._run_batches(take)

    @api.model
    def _is_complete(self):
        """Whether no ciphertext of a former key is left: what users had in work is."""
        counts = [count_former(*where) for where in find_ciphertexts(self.env)]
        former, lost = (sum(column) for column in zip(*counts, strict=True))
        if lost:
            _logger.warning("%s ciphertexts are of no key that this server has", lost)
        return not former

    @api.model
    def _tell_done(self):
        _logger.info("All data are encrypted with the newest key")
        if not self.env["amazon.order.pii"].sudo().search_count([], limit=1):
            return
        accounts = self.env["amazon.account"].sudo().with_context(active_test=False)
        for account in accounts.search([]):  # pylint: disable=no-search-all
            account.message_post(
                body=self.env._(
                    "All data is encrypted with the server's newest key. The keys "
                    "after it are no longer needed: remove them from all servers, and "
                    "keep them as long as you keep backups from their time."
                )
            )
