"""An afternoon in a real browser: a design is simulated and published, and candidates are offered it."""

import pytest
from starlette.testclient import TestClient

from dashboard.store import audit
from engine.delivery import simulations
from engine.delivery.assessments import offered
from engine.delivery.server import DATABASE, WORKSPACE, application
from items.storage.database import connect, workspace_url
from tests.dashboard.browsing import fill, press, rest, serve, visit

pytestmark = pytest.mark.browser


def test_a_design_is_simulated_and_published_and_candidates_are_offered_it(workspace, browser, monkeypatch):
    with serve(workspace) as (base, server_log):
        page = visit(browser, f"{base}/design")
        page.get_by_label("Begin with").click()
        page.get_by_role("option", name="Ready: screening").click()
        rest(page)
        press(page, "Open these rules")
        page.get_by_role("heading", name="The rules: screening").wait_for()
        page.get_by_role("tab", name="End of the test").click()
        fill(page, "Length", "9")
        press(page, "Simulate")
        page.get_by_role("heading", name="What came of it").wait_for()
        rest(page)
        assert page.get_by_text("2,000 simulated candidates").first.is_visible()
        page.get_by_role("radio", name="Publish").or_(
            page.get_by_role("button", name="Publish")
        ).first.click()
        rest(page)
        fill(page, "Address: small letters, numbers, hyphens", "nine-questions")
        fill(page, "Title, as candidates read it", "Nine questions")
        fill(page, "Note: why", "a first look")
        page.locator("[data-testid=stForm] button", has_text="Publish").click()
        page.get_by_text("“Nine questions” is on offer now").wait_for()
        rest(page)
        assert page.locator("[data-testid=stException]").count() == 0
        assert page.errors == []
        page.close()
        assert "Traceback" not in server_log.read_text()
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
