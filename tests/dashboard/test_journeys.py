"""Two mornings in a real browser, from end to end: a log becomes the set in use, a report a fixed version."""

import re

import pytest
from playwright.sync_api import expect

from dashboard.store import audit, read_model, triage
from items.storage import banks, parameter_sets
from tests.dashboard.browsing import click, fill, fine, pick, press, rest, serve, turn_to, visit

pytestmark = pytest.mark.browser
BANK = "deep-learning"


def _upload(database, folder):
    """Write the answers to twelve items as a log that somebody could upload."""
    log = read_model.log(database, BANK).dropna(subset="score").astype({"score": int})
    kept = log["item"].value_counts().index[:12]
    two = log[log["item"].isin(kept)].groupby("item")["score"].transform("max") == 1
    chosen = log[log["item"].isin(kept)][two]
    path = folder / "answers.csv"
    chosen[["person", "item", "version", "response", "score"]].to_csv(path, index=False)
    return path, sorted(chosen["item"].unique())


def test_an_uploaded_log_becomes_the_set_in_use(workspace, database, browser, tmp_path):
    log, items = _upload(database, tmp_path)
    with serve(workspace) as (base, server_log):
        page = visit(browser, f"{base}/calibrate")
        click(page, page.get_by_text("A log that I upload"))
        click(page, page.get_by_text("Take the column “score” instead of a key"))
        page.locator("input[type=file]").first.set_input_files(log)
        page.get_by_text("What was understood, item by item").wait_for()
        rest(page)
        press(page, "Calibrate")
        page.get_by_text("Parameter set 3 is ready").first.wait_for(timeout=240_000)
        rest(page)
        expect(page.get_by_label("answers.csv, uploaded before")).to_be_checked()
        turn_to(page, "The chosen parameter set")
        page.get_by_text("Convergence").first.wait_for()
        fill(page, "Note: why", "more answers than before")
        press(page, "Accept: put it into use")
        page.get_by_text("This set is in use").wait_for()
        fine(page, server_log)
        page.close()
    used = parameter_sets.in_use(database, BANK)
    assert used.id == 3
    assert sorted(used.parameters.table["item"]) == items
    assert parameter_sets.promotions(database, BANK)[-1].note == "more answers than before"
    assert audit.entries(database)["action"].tolist()[:2] == ["accept", "calibrate"]


def test_a_report_becomes_a_fixed_version(workspace, database, browser):
    with serve(workspace) as (base, server_log):
        page = visit(browser, f"{base}/ratings")
        pick(page, 0)
        fill(page, "Owner", "Ada")
        fill(page, "Note", "two answers look right")
        page.get_by_label("State").click()
        click(page, page.get_by_role("option", name="triaged"))
        press(page, "Save")
        page.get_by_text("local administrator: triaged").wait_for()
        press(page, "Open the item")
        page.locator("h1", has_text="One item").wait_for()
        expect(page).to_have_url(re.compile("item="))
        item = page.url.split("item=")[1].split("&")[0]
        click(page, page.get_by_role("radio", name="Edit").or_(page.get_by_role("button", name="Edit")).first)
        fill(page, "Question (Markdown, with formulas and figures)", "Which answer is right now?")
        page.get_by_text("becomes version 2").wait_for()
        fill(page, "What was changed and why", "one answer is right now")
        press(page, "Save as a new version")
        page.get_by_text("fixed in version 2").wait_for()
        click(page, page.get_by_role("link", name="Ratings and triage"))
        page.locator("h1", has_text="Ratings and triage").wait_for()
        turn_to(page, "After a fix")
        page.get_by_text("Answers before and after").wait_for()
        fine(page, server_log)
        page.close()
    entry = banks.load(database, BANK).entry(item)
    assert (entry.item.version, entry.item.stem) == (2, "Which answer is right now?")
    story = triage.history(database, BANK, item, 1)
    assert [one.words for one in story] == ["triaged", "fixed in version 2"]
    assert (story[0].owner, story[1].owner) == ("Ada", "Ada")
    assert story[1].note == "one answer is right now"
