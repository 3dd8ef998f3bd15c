"""The main action of the page on fairness, in a real browser."""

import numpy as np
import pandas as pd
import pytest

from dashboard.store import comparisons, read_model
from items.storage.database import connect
from tests.dashboard.browsing import fine, press, rest, serve, turn_to, visit

pytestmark = pytest.mark.browser
BANK = "deep-learning"


@pytest.fixture
def people(workspace):
    database = connect(f"sqlite:///{workspace / 'itemwise.db'}")
    found = read_model.log(database, BANK)["person"].unique()
    database.dispose()
    return found


def test_groups_of_the_sessions_are_compared(workspace, people, browser, tmp_path):
    groups = tmp_path / "groups.csv"
    sites = np.where(np.arange(people.size) % 3, "north", "south")
    pd.DataFrame({"person": people, "g_site": sites}).to_csv(groups, index=False)
    with serve(workspace) as (base, server_log):
        page = visit(browser, f"{base}/fairness")
        turn_to(page, "A new comparison")
        page.locator("input[type=file]").first.set_input_files(groups)
        page.get_by_text("Focal group").wait_for()
        rest(page)
        press(page, "Compare the groups")
        turn_to(page, "What was found")
        page.get_by_text("focal south (100 people)").wait_for(timeout=240_000)
        page.get_by_text("How differently the items work").wait_for()
        fine(page, server_log)
        page.close()
    database = connect(f"sqlite:///{workspace / 'itemwise.db'}")
    assert len(comparisons.titles(database, BANK)) == 1
    database.dispose()
