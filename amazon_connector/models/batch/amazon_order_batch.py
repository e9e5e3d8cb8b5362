# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whether new orders are confirmed many at once, or by Odoo alone.

The batch repeats and relies on methods that Odoo does not promise to keep. So it is
used only where they are those that it was tried with; elsewhere orders are confirmed
by Odoo's own ``action_confirm``, which takes longer and needs none of it.
"""

import functools
import hashlib
import inspect
import logging
import textwrap

from odoo import api, models, tools

_logger = logging.getLogger(__name__)

PARAMETER = "amazon_connector.batch_confirm"
TOLD = "amazon_connector.batch_confirm_told"
ALERT = "batch confirm"
# Odoo's methods, each with the digests of its source in the releases that the batch was
# tried with. A new release whose test_order_as_odoo passes: add the digests that
# test_order_batch names.
KNOWN = {
    ("sale.order.line", "_prepare_reference_vals"): {"6bbed064dea1a6cb"},
    ("stock.move", "_action_assign"): {"ba70a6a3a35c2fbe"},
    ("stock.move", "_action_confirm"): {"9fe5954d203bdab7"},
    ("stock.move", "_assign_picking"): {"7bb1e10adb94cf8a"},
    ("stock.move", "_search_picking_for_assignation"): {"b5308770f590ea68"},
    ("stock.move", "_trigger_scheduler"): {"c0874859af786f8b"},
    ("stock.move", "_update_orderpoints"): {"edf02dacbebe5345"},
    ("stock.move", "_update_reserved_quantity"): {"e433db9ac866e472"},
    ("stock.move", "_update_reserved_quantity_vals"): {"a4134bc9d04573c8"},
    ("stock.move.line", "create"): {"c19435ae8fda4832"},
    ("stock.quant", "_gather"): {"a1e7ce6aed358f8b"},
    ("stock.quant", "_get_reserve_quantity"): {"3609c6ce3b037d92"},
    ("stock.quant", "_update_available_quantity"): {"bbaf93ff2dc759bc"},
    ("stock.quant", "_update_reserved_quantity"): {"5fb7459eef38a9d6"},
    ("stock.rule", "_search_rule_for_warehouses"): {"6efdaf33cbf8f3ef"},
    ("stock.rule", "run"): {"0d1e33d2a8203556"},
}
# Who answers these otherwise would not see the orders of a batch, or not as usual.
ASKED = [
    ("stock.move", "_assign_picking"),
    ("stock.move", "_search_picking_for_assignation"),
    ("stock.move", "_search_picking_for_assignation_domain"),
    ("stock.move", "_update_reserved_quantity"),
    ("stock.move", "_update_reserved_quantity_vals"),
    ("stock.quant", "_gather"),
    ("stock.rule", "_search_rule_for_warehouses"),
]
# The addons whose answers it was tried with.
TRIED_ADDONS = {"mrp", "product_expiry", "stock", "stock_picking_batch"}
# Addons that put goods of several orders into one transfer.
GROUPING_ADDONS = {
    "stock_picking_group_by_base",
    "stock_picking_group_by_max_weight",
    "stock_picking_group_by_partner_by_carrier",
    "stock_picking_group_by_partner_by_carrier_by_date",
}


@functools.lru_cache(maxsize=256)
def digest(function):
    """Fingerprint of a function's source, or None where there is no source."""
    try:
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    except (OSError, TypeError):
        return None
    lines = (line.rstrip() for line in source.splitlines())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


class AmazonOrderBatch(models.AbstractModel):
    """Switch of the batch: the system parameter, and what Odoo is like."""

    _name = "amazon.order.batch"
    _description = "Amazon Order: Batch Confirmation"

    @api.model
    def _is_on(self):
        """Whether new orders are confirmed many at once."""
        return self._is_wanted() and not self._find_obstacles()

    @api.model
    def _is_wanted(self):
        value = self.env["ir.config_parameter"].sudo().get_param(PARAMETER)
        return tools.str2bool(value or "True", True)

    # ------------------------------------------------------------------
    # What stands against it
    # ------------------------------------------------------------------

    @tools.ormcache()
    def _find_obstacles(self):
        """Why the batch cannot be used on this server, as a tuple of plain words.

        Of the addons: their names; of Odoo's methods: model and name.
        """
        grouping = GROUPING_ADDONS & set(self.pool._init_modules)
        others = {
            f"{addon} ({model}.{name})"
            for model, name in ASKED
            for addon in self._find_addons(model, name) - TRIED_ADDONS
            if not addon.startswith("amazon_connector")
        }
        unknown = {
            f"{model}.{name}"
            for (model, name), digests in KNOWN.items()
            if digest(self._find_origin(model, name)) not in digests
        }
        return (*sorted(grouping), *sorted(others), *sorted(unknown))

    @api.model
    def _find_definitions(self, model, name):
        """The functions of this name, the outermost override first."""
        return [
            vars(cls)[name] for cls in type(self.env[model]).mro() if name in vars(cls)
        ]

    @api.model
    def _find_addons(self, model, name):
        modules = [
            one.__module__.split(".") for one in self._find_definitions(model, name)
        ]
        return {parts[2] for parts in modules if parts[:2] == ["odoo", "addons"]}

    @api.model
    def _find_origin(self, model, name):
        """Odoo's own method, which all others override."""
        own = [
            one
            for one in self._find_definitions(model, name)
            if one.__module__.startswith("odoo.addons.")
        ]
        return own[-1] if own else None

    # ------------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------------

    def _register_hook(self):
        """Override: look at Odoo and the other addons at each start of the server."""
        super()._register_hook()
        if obstacles := self._find_obstacles():
            _logger.warning(
                "New Amazon orders are confirmed by Odoo alone, which takes longer: "
                "the connector was not tried with %s",
                ", ".join(obstacles),
            )

    @api.model
    def _tell_obstacles(self):
        """Have each account's responsible user hear of it, once, until it is over."""
        Parameter = self.env["ir.config_parameter"].sudo()
        obstacles = ", ".join(self._find_obstacles()) if self._is_wanted() else ""
        told, _separator, ids = (Parameter.get_param(TOLD) or "").partition("|")
        if not obstacles and not told:
            return
        accounts = self.env["amazon.account"].search([("state", "!=", "draft")])
        if told != obstacles:
            accounts._clear_alert(ALERT)
            ids = ""
        if not obstacles:
            Parameter.set_param(TOLD, False)
            return
        known = set(ids.split(","))
        new = accounts.filtered(lambda account: str(account.id) not in known)
        new._tell_batch_is_off(
            self.env._(
                "The connector has not been tested with: %s. An update of the "
                "connector may support it.",
                obstacles,
            )
        )
        if new:
            everyone = ",".join(map(str, accounts.ids))
            Parameter.set_param(TOLD, f"{obstacles}|{everyone}")

    @api.model
    def _switch_off(self, accounts, reason):
        """Have Odoo confirm alone from now on, and say so.

        :param reason: what went wrong, as a sentence
        """
        _logger.error("New Amazon orders are confirmed by Odoo alone now: %s", reason)
        self.env["ir.config_parameter"].sudo().set_param(PARAMETER, "False")
        accounts._tell_batch_is_off(
            self.env._(
                "%(reason)s Another addon or a new release of Odoo may be the cause. "
                "To switch fast confirmation on again, set the system parameter "
                "%(name)s to True.",
                reason=reason,
                name=PARAMETER,
            )
        )


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    def _tell_batch_is_off(self, reason):
        for account in self:
            account._raise_alert(
                self.env._("Fast confirmation of Amazon orders is off"),
                self.env._(
                    "New orders come in as before, but take about twice as long. %s",
                    reason,
                ),
                ALERT,
            )
