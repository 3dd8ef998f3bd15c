"""Make the pictures of docs/dashboard.md: `python docs/images/make.py [NAME…]`.

A demonstration workspace is made, with a simulated form that everybody took and two groups of people beside
it; the dashboard is served and each page photographed. Needs a Chromium, as the tests do.
"""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import Engine

from dashboard import demo, work
from dashboard.access import LOCAL
from dashboard.store import jobs
from engine.pool import ItemPool
from items.parameters import ParameterSet
from items.storage.database import open_database

FOLDER = Path(__file__).parent
SEED = 2026
CANDIDATES = 2000
PEOPLE, ITEMS = 1500, 32
WIDTH, HEIGHT = 1440, 1080
SMALLER = 0.75
COLOURS = 160


@dataclass(frozen=True, slots=True)
class Picture:
    """A page, the tab or button to press, whether to look at the set of the whole form, where to begin."""

    page: str
    tab: str = ""
    form: bool = False
    below: str = ""


PICTURES = {
    "overview": Picture(""),
    "items": Picture("items"),
    "item": Picture("item?item=dl-opt-step&side=Along+ability"),
    "options": Picture("item?item=dl-opt-step&side=Answers"),
    "ratings": Picture("ratings"),
    "verdict": Picture("verdict?item=dl-opt-step"),
    "calibrate": Picture("calibrate", "The chosen parameter set"),
    "fit": Picture("calibrate", "The chosen parameter set", below="Do the items behave"),
    "wright": Picture("calibrate", "The chosen parameter set", below="People and items"),
    "information": Picture("calibrate", "The chosen parameter set", below="What the"),
    "drift": Picture("calibrate", "The chosen parameter set", below="This set against"),
    "fairness": Picture("fairness"),
    "dimensions": Picture("dimensionality", form=True),
    "dependence": Picture("dimensionality", "Items that lean", form=True),
    "times": Picture("response-time", form=True),
    "people": Picture("people"),
    "person-fit": Picture("people", "Answers that surprise"),
    "design": Picture("design", "Simulate", below="Who takes it"),
    "live": Picture("live", "Exposure"),
    "sessions": Picture("sessions"),
    "bank": Picture("", "Where the bank measures", below="What the operational"),
    "exposure": Picture("", "Exposure along", below="Exposure among"),
    "evenness": Picture("", "How evenly", below="How evenly"),
    "administration": Picture("administration"),
}


def form(rng: np.random.Generator) -> pd.DataFrame:
    """Return a simulated log: everybody meets the same questions; one is unfair, two go together."""
    known = ParameterSet.read(demo.BANK / "true_parameters.csv")
    two = known.table[known.table["model"] == "2pl"].head(ITEMS)
    pool = ItemPool.from_parameters(known).subset(
        ItemPool.from_parameters(known).positions(list(two["item"]))
    )
    group = rng.choice(["east", "west"], PEOPLE, p=[0.6, 0.4])
    theta = rng.normal(-0.3 * (group == "west"), 1)
    right = np.exp(pool.log_prob(theta)[:, 1, :]).T
    unfair = rng.random(PEOPLE) < 1 / (1 + np.exp(np.log(1 / right[:, 5] - 1) + 1.0 * (group == "west")))
    answers = rng.random(right.shape) < right
    answers[:, 5] = unfair
    answers[:, 9] = np.where(rng.random(PEOPLE) < 0.5, answers[:, 8], answers[:, 9])
    speed = 0.3 * rng.normal(size=(PEOPLE, 1)) + 0.1 * theta[:, None]
    seconds = np.exp(np.linspace(3.0, 4.6, ITEMS) - speed + 0.4 * rng.normal(size=right.shape))
    hasty = rng.random(PEOPLE) < 0.03
    seconds[hasty] *= np.where(rng.random((hasty.sum(), ITEMS)) < 0.4, 0.04, 1.0)
    person, item = np.divmod(np.arange(PEOPLE * ITEMS), ITEMS)
    return pd.DataFrame(
        {
            "person": person + 1,
            "item": two["item"].to_numpy()[item],
            "response": answers.ravel().astype(int),
            "time_s": seconds.ravel().round(1),
            "g_site": group[person],
        }
    )


def fill(database: Engine, folder: Path) -> None:
    """Calibrate the form, compare its groups, then calibrate the sessions anew: what pages look at first."""
    log = folder / "simulated_form.csv"
    form(np.random.default_rng(SEED)).to_csv(log, index=False)
    read = {"log": str(log), "key": None, "use_score": False, "omit": "wrong"}
    calibrate = {"bank": "deep-learning", **read, "model": "2pl"}
    compare = {"group": "g_site", "focal": "west", "reference": "east", "method": "mh", "purify": True}
    again = {"bank": "deep-learning", "model": "2pl"}
    for kind, request in (("calibrate", calibrate), ("compare", calibrate | compare), ("calibrate", again)):
        number = jobs.ask(database, kind, request, at=work.now(), by=LOCAL)
        work.perform(database, number)
        assert jobs.load(database, number).state == jobs.DONE, jobs.load(database, number).message


@contextmanager
def served(workspace: Path) -> Iterator[str]:
    """Serve the dashboard of a workspace; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "dashboard.cli", "dashboard", "--workspace", str(workspace)]
    server = subprocess.Popen([*command, "--port", str(port)])
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def take(page: Page, address: str, name: str, wanted: Picture) -> None:
    """Photograph one page."""
    page.goto(f"{address}/{wanted.page}")
    page.locator("h1").first.wait_for(timeout=60_000)
    _settle(page)
    if wanted.form:
        page.get_by_role("combobox", name="Parameters").click()
        page.get_by_role("option").filter(has_text="Set 3").click()
        _settle(page)
    if wanted.tab:
        tab, button, radio = (page.get_by_role(role, name=wanted.tab) for role in ("tab", "button", "radio"))
        tab.or_(button).or_(radio).first.click()
        _settle(page)
    if wanted.below:
        heading = page.locator("h3", has_text=wanted.below).first
        heading.wait_for(timeout=60_000)
        heading.evaluate("node => node.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(1500)
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    whole = Image.open(file).convert("RGB")
    small = whole.resize((int(whole.width * SMALLER), int(whole.height * SMALLER)), Image.Resampling.LANCZOS)
    small.quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.name}: {file.stat().st_size / 1024:.0f} kB")


def _settle(page: Page) -> None:
    page.wait_for_timeout(500)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=120_000)


def main(names: list[str]) -> None:
    """Take all pictures, or those that are named."""
    with TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        demo.prepare(workspace, candidates=CANDIDATES, progress=lambda *told: None)
        with open_database(workspace) as database:
            fill(database, Path(folder))
        with served(workspace) as address, sync_playwright() as playwright:
            found = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            page = browser.new_page(color_scheme="light", viewport={"width": WIDTH, "height": HEIGHT})
            for name in names or PICTURES:
                take(page, address, name, PICTURES[name])
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
