# SPDX-License-Identifier: LGPL-3.0-or-later
"""External API: how accounts are, hold and resume, one order, quantities, figures."""

from odoo import api, fields, models

from ...tools.external_api import (
    ERRORS,
    VERSION,
    external,
    iso,
    own,
    own_one,
    read_text,
)


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    @api.model
    @external
    def api_version(self):
        """Which version of the API this is, and the codes that its errors begin with.

        :return: ``{"version": int, "addon": "19.0...", "errors": {code: meaning}}``
        """
        module = self.env.ref("base.module_amazon_connector").sudo()
        return {
            "version": VERSION,
            "addon": module.installed_version or False,
            "errors": dict(ERRORS),
        }

    @external
    def api_status(self):
        """How these accounts are.

        :return: ``{"accounts": [see _get_api_status]}``
        """
        return {"accounts": [account._get_api_status() for account in own(self)]}

    @external
    def api_hold(self):
        """Put these accounts on hold; those that are stay so. For managers.

        :return: as :meth:`api_status`
        """
        accounts = own(self)
        accounts.check_access("write")
        accounts.filtered(lambda account: not account.on_hold).action_disable()
        return {"accounts": [account._get_api_status() for account in accounts]}

    @external
    def api_resume(self):
        """Take these accounts off hold; those that are not stay so. For managers.

        :return: as :meth:`api_status`
        """
        accounts = own(self)
        accounts.check_access("write")
        accounts.filtered("on_hold").action_enable()
        return {"accounts": [account._get_api_status() for account in accounts]}

    @external
    def api_recover_order(self, amazon_order_id):
        """Read one order from Amazon by its number and apply it at once.

        :return: see :meth:`recover_order`
        """
        account = own_one(self)
        number = read_text(self.env, amazon_order_id, "amazon_order_id")
        found = account.recover_order(number)
        return {name: value or False for name, value in found.items()}

    @api.model
    @external
    def api_metrics(self):
        """Figures for monitoring of all accounts that the user sees.

        :return: ``{"metrics": [{"name", "help", "samples": [{"labels", "value"}]}]}``
        """
        return {"metrics": self.env["amazon.account.metrics"]._get_metrics()}

    @external
    def api_push_stock(self, skus=None, product_ids=None):
        """Send quantities now, though Amazon may know them.

        :return: see ``amazon.listing._push_by_api``
        """
        domain = [("account_id", "in", own(self).ids)]
        return self.env["amazon.listing"]._push_by_api(domain, skus, product_ids)

    def _get_api_status(self):
        """A plain dictionary of this account, its channels and modules."""
        self.ensure_one()
        account = self.with_context(active_test=False)
        groups = self.env["amazon.order"]._read_group(
            [("account_id", "=", self.id)], ["state"], ["__count"]
        )
        states = self.env["amazon.order"]._fields["state"].get_values(self.env)
        counts = {**dict.fromkeys(states, 0), **dict(groups)}
        return {
            "id": self.id,
            "name": self.name,
            "company_id": self.company_id.id,
            "region": self.region,
            "seller_id": self.seller_id or False,
            "status": self.status,
            "on_hold": self.on_hold,
            "health": self.health or False,
            "health_message": self.health_message or False,
            "error_message": self.error_message or False,
            "authorisation_expires_on": iso(self.authorisation_expires_on),
            "secret_expires_on": iso(self.secret_expires_on),
            "orders": counts,
            "channels": [one._get_api_status() for one in account.channel_ids],
            "modules": [one._get_api_status() for one in account.task_ids],
        }


class AmazonSyncTask(models.Model):
    _inherit = "amazon.sync.task"

    def _get_api_status(self):
        """A plain dictionary of this module in sync."""
        self.ensure_one()
        now = fields.Datetime.now()
        leased = self.leased_until and self.leased_until > now
        due = self.next_run and self.next_run <= now
        return {
            "kind": self.kind,
            "active": self.active,
            "interval_minutes": self.interval_minutes,
            "last_success": iso(self.last_success),
            "next_run": iso(self.next_run),
            "busy": bool(self.active and (leased or due)),
            "failure_count": self.failure_count,
        }
