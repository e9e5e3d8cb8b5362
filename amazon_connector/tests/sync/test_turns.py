# SPDX-License-Identifier: LGPL-3.0-or-later
import threading
import time
from contextlib import suppress
from unittest.mock import patch

from psycopg2 import InterfaceError, OperationalError
from psycopg2.errors import SerializationFailure

from odoo.tests import TransactionCase, tagged

from ...sync.orders import kind
from ...tools import database
from ..common import SimulatorCase, order_json

PATIENCE = 30
ROW = "amazon_connector.test_turns"


@tagged("post_install", "-at_install")
class TestTurns(TransactionCase):
    """Workers side by side, until one of them needs to be alone; real transactions."""

    def begin(self, alone=False):
        """Take a turn as a worker does, which keeps it until it is closed."""
        cr = self.registry.cursor()
        self.addCleanup(self.end, cr)
        database.take_turn(cr, alone)
        return cr

    def end(self, cr):
        # One of the tests has PostgreSQL cut the connection.
        with suppress(OperationalError, InterfaceError):
            cr.close()

    def begin_later(self, alone=False):
        """Another worker, which may have to wait; ends its turn at once.

        :return: the event of its end, and what it saw of the row
        """
        ended, seen = threading.Event(), []

        def work():
            with self.registry.cursor() as cr:
                database.take_turn(cr, alone)
                seen.append(self.count_up(cr))
            ended.set()

        worker = threading.Thread(target=work)
        worker.start()
        self.addCleanup(worker.join)
        return ended, seen

    def set_up_row(self):
        """A row that all of them write, as they do the quants of a best seller."""
        with self.registry.cursor() as cr:
            cr.execute(
                "INSERT INTO ir_config_parameter (key, value) VALUES (%s, '0')", [ROW]
            )
        self.addCleanup(self.delete_row)

    def delete_row(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM ir_config_parameter WHERE key = %s", [ROW])

    def count_up(self, cr):
        cr.execute(
            "UPDATE ir_config_parameter SET value = (value::int + 1)::text"
            " WHERE key = %s RETURNING value",
            [ROW],
        )
        return [row[0] for row in cr.fetchall()]

    def wait_for_waiting(self, count):
        """Until so many workers wait for their turn."""
        end = time.monotonic() + PATIENCE
        with self.registry.cursor() as cr:
            while time.monotonic() < end:
                cr.execute(
                    "SELECT count(*) FROM pg_locks"
                    " WHERE relation = %s::regclass AND NOT granted",
                    [database.TURNS],
                )
                if cr.fetchone()[0] == count:
                    return
                cr.rollback()
        self.fail(f"no {count} workers wait")

    def test_side_by_side(self):
        self.begin()
        ended, _seen = self.begin_later()
        self.assertTrue(ended.wait(PATIENCE))

    def test_alone_sees_what_it_waited_for(self):
        """It writes the row that changed while it waited, without a conflict."""
        self.set_up_row()
        worker = self.begin()
        ended, seen = self.begin_later(alone=True)
        self.wait_for_waiting(1)
        self.assertEqual(self.count_up(worker), ["1"])
        self.assertFalse(ended.is_set())
        worker.commit()
        self.assertTrue(ended.wait(PATIENCE))
        self.assertEqual(seen, [["2"]])

    def test_nobody_overtakes_who_waits_to_be_alone(self):
        worker = self.begin()
        alone, _seen = self.begin_later(alone=True)
        self.wait_for_waiting(1)
        beside, _seen = self.begin_later()
        self.wait_for_waiting(2)
        self.assertFalse(alone.is_set() or beside.is_set())
        worker.commit()
        self.assertTrue(alone.wait(PATIENCE) and beside.wait(PATIENCE))

    def test_an_error_ends_the_turn(self):
        with self.assertRaises(ZeroDivisionError), self.registry.cursor() as cr:
            database.take_turn(cr, alone=True)
            raise ZeroDivisionError
        ended, _seen = self.begin_later(alone=True)
        self.assertTrue(ended.wait(PATIENCE))

    def test_a_lost_connection_ends_the_turn(self):
        worker = self.begin(alone=True)
        ended, _seen = self.begin_later()
        self.wait_for_waiting(1)
        with self.registry.cursor() as cr:
            pid = worker._cnx.info.backend_pid
            cr.execute("SELECT pg_terminate_backend(%s)", [pid])
        self.assertTrue(ended.wait(PATIENCE))

    def test_the_wait_has_an_end(self):
        """Whoever holds a turn for ever holds up nobody for ever."""
        self.patch(database, "TURN_SECONDS", 0.1)
        self.begin()
        with patch.object(database, "_logger") as logger:
            worker = self.begin(alone=True)
        logger.info.assert_called_once()
        worker.execute("SHOW lock_timeout")
        self.assertEqual(worker.fetchone()[0], "0")

    def test_only_the_turn_is_waited_for_so_long(self):
        worker = self.begin(alone=True)
        worker.execute("SHOW lock_timeout")
        self.assertEqual(worker.fetchone()[0], "0")
        worker.rollback()

    def test_readers_and_users_go_on(self):
        """A marketplace is read, and referred to, beside who is alone."""
        self.begin(alone=True)
        with self.registry.cursor() as cr:
            cr.execute("SET LOCAL lock_timeout = '100ms'")
            cr.execute("SELECT id FROM amazon_marketplace FOR KEY SHARE")
            self.assertTrue(cr.fetchall())


@tagged("post_install", "-at_install")
class TestTurnsOfOrders(SimulatorCase):
    """Who met another batch's goods is alone until it has got through."""

    def apply_after(self, conflicts):
        """Apply an order after so many conflicts; returns whether alone, each time."""
        order = self.store(order_json(1))
        asked, answers = [], [SerializationFailure] * conflicts
        sync = self.registry["amazon.sync.orders"]
        apply_batch = sync._apply_batch

        def meet(*arguments, **options):
            if answers:
                raise answers.pop()
            return apply_batch(*arguments, **options)

        self.patch(kind, "take_turn", lambda _cr, alone: asked.append(alone))
        with patch.object(sync, "_apply_batch", meet):
            self.run_cron("orders_apply")
        self.assertEqual(order.state, "applied")
        return asked

    def test_no_conflict(self):
        self.assertEqual(self.apply_after(0), [False, False])

    def test_conflicts(self):
        """Beside the others again as soon as a batch has got through."""
        self.assertEqual(self.apply_after(2), [False, True, True, False])
