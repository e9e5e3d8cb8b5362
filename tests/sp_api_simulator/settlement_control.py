# SPDX-License-Identifier: LGPL-3.0-or-later
"""The Python interface to settlements, a part of the simulator's."""


class SettlementControl:
    """For a class with `settlements`, `clock`, `lock` and `settle`."""

    def set_settlements(self, **settings):
        """See `settlements.SettlementSettings` for the settings."""
        with self.lock:
            return self.settlements.set(**settings)

    def settlements_of(self, key):
        """The seller's `settlement_ledger.Settlement`, oldest first."""
        with self.lock:
            self.settle()
            account = self.settlements.account(key)
            every = [one for ledger in account.ledgers for one in ledger.settlements]
            return sorted(every, key=lambda settlement: settlement.end)

    def close_settlement(self, key):
        """The seller's period ends now; returns the settlements that this makes."""
        with self.lock:
            self.settle()
            return self.settlements.close(key, self.clock.now())

    def refund_order(self, order_id, items=None, amount=None):
        """Amazon refunds units ({order item id: units}; None: all) or an amount."""
        with self.lock:
            self.settle()
            return self.settlements.refund(order_id, items, amount)

    def retrocharge_order(self, order_id, amount, refunded=False):
        """Withheld tax is corrected by `amount`, or `refunded` takes that back."""
        with self.lock:
            self.settle()
            return self.settlements.retrocharge(order_id, amount, refunded)

    def charge_seller(self, key, kind, amount=None, **options):
        """A fee or a credit that is no order's, see `SettlementDesk.charge`."""
        with self.lock:
            self.settle()
            return self.settlements.charge(key, kind, amount, **options)

    def fail_payout(self, settlement_id, **reason):
        """The bank refuses a settlement's payout."""
        with self.lock:
            self.settle()
            return self.settlements.fail(settlement_id, **reason)

    def regenerate_settlement(self, settlement_id):
        """Amazon lists the settlement's file again; returns the new report's id."""
        with self.lock:
            self.settle()
            return self.settlements.regenerate(settlement_id).report_id
