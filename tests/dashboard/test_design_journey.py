"""An afternoon in a real browser: a design is simulated and published, and candidates are offered it."""

import pytest
from playwright.sync_api import expect
from starlette.testclient import TestClient

from dashboard.store import audit
from engine.delivery import simulations
from engine.delivery.assessments import offered
from engine.delivery.server import DATABASE, WORKSPACE, application
from items.storage.database import connect, workspace_url
from tests.dashboard.browsing import click, fill, fine, press, rest, serve, turn_to, visit

pytestmark = pytest.mark.browser


def test_a_design_is_simulated_and_published_and_candidates_are_offered_it(workspace, browser, monkeypatch):
    with serve(workspace) as (base, server_log):
        page = visit(browser, f"{base}/design")
        page.get_by_label("Begin with").click()
        click(page, page.get_by_role("option", name="Ready: screening"))
        press(page, "Open these rules")
        page.get_by_role("heading", name="The rules: screening").wait_for()
        turn_to(page, "End of the test")
        fill(page, "Length", "9")
        press(page, "Simulate")
        page.get_by_role("heading", name="What came of it").wait_for()
        rest(page)
        expect(page.get_by_text("2,000 simulated candidates").first).to_be_visible()
        publish = page.get_by_role("radio", name="Publish").or_(page.get_by_role("button", name="Publish"))
        click(page, publish.first)
        fill(page, "Address: small letters, numbers, hyphens", "nine-questions")
        fill(page, "Title, as candidates read it", "Nine questions")
        fill(page, "Note: why", "a first look")
        click(page, page.locator("[data-testid=stForm] button", has_text="Publish"))
        page.get_by_text("“Nine questions” is on offer now").wait_for()
        fine(page, server_log)
        page.close()
    database = connect(workspace_url(workspace))
    [made] = [one for one in offered(database) if one.id == "nine-questions"]
    assert simulations.digest(simulations.load(database, made.edition)) == made.simulation
    assert audit.entries(database)["action"].iloc[0] == "publish"
    database.dispose()
    monkeypatch.setenv(WORKSPACE, str(workspace))
    monkeypatch.setenv(DATABASE, workspace_url(workspace))
    with TestClient(application(), base_url="http://127.0.0.1") as candidate:
        assert "Nine questions" in candidate.get("/").text
        assert "At most 9 questions" in candidate.get("/assessments/nine-questions").text
