# SPDX-License-Identifier: LGPL-3.0-or-later
"""A user syncs a period, sees it at work, and repeats a run from the history."""

import datetime

import pytest
from pieces import paths, postgres

from . import chromium


@pytest.fixture(scope="module")
def browser(stage):
    program = chromium.find()
    if not program:
        pytest.skip("there is no Chromium")
    with chromium.Browser(program) as opened:
        opened.resize(1500, 900)
        opened.log_in(stage.odoo.url)
        yield opened


@pytest.fixture(autouse=True)
def quota(stage):
    """Calls for what is asked for by hand: the tests before have used them up, the
    quicker they were the more."""
    with postgres.running() as pg:
        pg.query("DELETE FROM amazon_token_bucket", database=stage.odoo.database)


def wait_for_text(browser, text):
    browser.wait_for(f"document.body.innerText.includes({text!r})")


def picture(browser, name):
    browser.picture(paths.cache("screenshots") / f"e2e-sync-{name}.png")


def newest_run(stage, trigger):
    found = stage.admin.search_read(
        "amazon.sync.run",
        [("trigger", "=", trigger)],
        ["state", "seen_count", "origin_run_id", "account_id"],
        limit=1,
    )
    return found[0] if found else {}


def test_a_period_from_the_account_page(stage, browser):
    """S20, S30, S65: the table of modules, the dialog, the way to the run."""
    browser.errors.clear()
    browser.open(f"{stage.odoo.url}/odoo/amazon-accounts/{stage.accounts[0]}")
    wait_for_text(browser, "Overall Sync History")
    picture(browser, "modules")
    browser.click("button[name=action_sync_manually]")
    wait_for_text(browser, "Synced: Amazon")
    browser.click(".modal label", "Specific period")
    wait_for_text(browser, "at the rate")
    picture(browser, "period")
    browser.click("button[name=action_start]")
    wait_for_text(browser, "The run shows its progress")
    picture(browser, "started")
    browser.click("button[name=action_open_runs]")
    wait_for_text(browser, "Custom period")
    picture(browser, "run")
    stage.wait_until(
        lambda: newest_run(stage, "period").get("state") == "done", "the period"
    )
    assert browser.errors == []


def test_the_run_shows_its_progress(stage, browser):
    """S22: the counters move by themselves, without a reload."""
    wizard = stage.admin.call(
        "amazon.sync.manual",
        "create",
        {
            "account_id": stage.accounts[0],
            "scope": "one",
            "period": "period",
            "date_start": str(datetime.date.today() - datetime.timedelta(days=40)),
            "date_end": str(datetime.date.today()),
        },
    )
    wizard = wizard[0] if isinstance(wizard, list) else wizard
    cron = stage.admin.search_read(
        "ir.cron", [("cron_name", "=", "Amazon: fetch orders")], ["id"]
    )[0]["id"]
    stage.admin.call("ir.cron", "write", [cron], {"active": False})
    stage.admin.call("amazon.sync.manual", "action_start", [wizard])
    run = newest_run(stage, "period")
    browser.errors.clear()
    browser.open(f"{stage.odoo.url}/odoo/amazon-sync-history/{run['id']}")
    wait_for_text(browser, "Custom period")
    wait_for_text(browser, "0 seen so far")
    stage.admin.call("ir.cron", "write", [cron], {"active": True})
    stage.admin.run_cron(cron)
    browser.wait_for(
        "document.querySelector('.o_arrow_button_current')?.innerText == 'Done'"
    )
    picture(browser, "done")
    assert browser.errors == []


def test_history_tells_its_retention_and_repeats_a_run(stage, browser):
    """S26, S28, S29, S91: above the rows; counts are links; Resync on the row."""
    browser.errors.clear()
    browser.open(f"{stage.odoo.url}/odoo/amazon-sync-history")
    browser.wait_for("document.querySelectorAll('.o_data_row').length")
    wait_for_text(browser, "kept for one month, those with failures for two")
    picture(browser, "history")
    figure = "document.querySelector('.o_data_row [name=synced_count] a').innerText"
    count = browser.evaluate(f"Number({figure})")
    browser.click(".o_data_row [name=synced_count] a")
    wait_for_text(browser, "Sync Records")
    browser.wait_for(
        f"document.querySelectorAll('.o_data_row').length == {min(count, 80)}"
    )
    picture(browser, "records")
    browser.open(f"{stage.odoo.url}/odoo/amazon-sync-history")
    browser.wait_for("document.querySelectorAll('.o_data_row').length")
    # Of orders: what other kinds repeat is their next run.
    button = (
        "[...document.querySelectorAll('.o_data_row:has([name=synced_count] a)')]"
        ".find(row => row.querySelector('[name=kind]').innerText == 'Orders')"
        "?.querySelector('button[name=action_resync]')"
    )
    browser.wait_for(button)
    browser.evaluate(f"{button}.click()")
    wait_for_text(browser, "Repeats")
    again = stage.wait_until(
        lambda: (
            newest_run(stage, "resync")
            if newest_run(stage, "resync").get("state") == "done"
            else None
        ),
        "the resync",
    )
    assert again["origin_run_id"]
    assert browser.errors == []
