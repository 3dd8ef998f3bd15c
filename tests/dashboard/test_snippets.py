"""The code beside every figure runs by itself, and makes the very numbers that the page shows."""

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from pandas.testing import assert_frame_equal

from dashboard import loading, showing, snippets, work
from dashboard.access import LOCAL
from dashboard.figures.theme import Figure
from dashboard.store import jobs, read_model
from tests.dashboard.opening import open_page

AT, BANK = "2026-11-24T09:00:00.000Z", "deep-learning"
IN_REPORTS = {"draw_designs", "draw_errors", "draw_item_map", "draw_scores"}
"""Figures of reports, which show no code."""


@pytest.fixture
def shown(workspace, monkeypatch):
    """Return what pages show, gathered while they are drawn: figures or None, and their code."""
    found = []
    loading.forget()

    def remember(figure, code):
        found.append((figure, snippets.script(code, st.session_state[showing.STANDS_AT])))

    draw, tell = showing.figure, showing.code
    monkeypatch.setattr(showing, "figure", lambda one: (remember(one, one.code), draw(one)))
    monkeypatch.setattr(showing, "code", lambda code: (remember(None, code), tell(code)))
    return found


def _runs(shown):
    """Run each script; where it draws, its numbers are those of the page. Return the functions that drew."""
    drawn = set()
    for figure, script in {script: (figure, script) for figure, script in shown if figure}.values():
        *lines, last = script.splitlines()
        names = {}
        exec("\n".join((*lines, f"made = {last}")), names)
        made = names["made"]
        assert isinstance(made, Figure)
        assert (made.title, made.sentence) == (figure.title, figure.sentence)
        assert_frame_equal(made.table, figure.table)
        drawn.add(last.partition("(")[0])
        _close(names)
    for script in {script for figure, script in shown if not figure}:
        names = {}
        exec(script, names)
        _close(names)
    return drawn


def _close(names):
    if "database" in names:
        names["database"].dispose()


def _form(folder):
    """Write a log of 12 items that 400 people in two groups all took."""
    rng = np.random.default_rng(4)
    theta = rng.normal(size=(400, 1))
    answers = rng.random((400, 12)) < 1 / (1 + np.exp(-1.3 * (theta - np.linspace(-1.5, 1.5, 12))))
    frame = pd.DataFrame(answers.astype(int), columns=[f"q{j}" for j in range(12)])
    frame.insert(0, "person", [f"p{i}" for i in range(400)])
    path = folder / "form.csv"
    frame.assign(g_team=rng.choice(["a", "b"], 400)).to_csv(path, index=False)
    return str(path)


def _perform(database, kind, **request):
    number = jobs.ask(database, kind, {"bank": BANK, **request}, at=AT, by=LOCAL)
    work.perform(database, number)
    job = jobs.load(database, number)
    assert job.state == jobs.DONE, job.message
    return job


def _look(page, key, words):
    page = next(one for one in page.button_group if one.key == key).set_value(words).run()
    assert not page.exception, words
    return page


def test_the_code_of_every_figure_runs_and_makes_its_numbers(shown, database, tmp_path, monkeypatch):
    def opened(name, **told):
        page = open_page(name, **told)
        assert not page.exception, name
        return page

    log = _form(tmp_path)
    calibrated = _perform(database, "calibrate", log=log, model="2pl")
    _perform(
        database, "compare", log=log, group="g_team", focal="b", reference="a", method="mh", purify=False
    )
    number = _perform(
        database,
        "compare",
        log=log,
        group="g_team",
        focal="b",
        reference="a",
        method="logistic",
        purify=False,
    ).id
    set_of_form = calibrated.result["parameter_set"]
    form = {"parameter set": set_of_form}
    for side in (
        "The newest sessions",
        "Where the bank measures",
        "How evenly it is used",
        "Exposure along ability",
    ):
        opened("overview", state={"overview side": side})
    for side in ("Along ability", "Answers", "Time", "Ratings"):
        opened("item", item="dl-opt-step", side=side)
        opened("item", item="dl-reg-dropout-test", side=side)
    opened("ratings", state={"side": "Raw and adjusted"})
    for side in ("What questions cost", "Slow and hard", "People"):
        opened("response-time", state={"times side": side})
    for side in ("Scores and levels", "Answers that surprise", "One person"):
        opened("people", state={"people side": side})
    for side in ("Items", "One item, group by group", "Impact"):
        opened("fairness", state={"comparison side": side})
    for side in ("Items", "One item, group by group"):
        opened("fairness", state=form | {f"comparison {number} {set_of_form}": "team", "analysed side": side})
    for side in ("How many abilities", "Items that lean on each other"):
        opened("dimensionality", state=form | {"dimensionality side": side})
    opened("calibrate", state={"side": "The chosen parameter set"})
    session = read_model.sessions(database)["session"].iloc[0]
    _look(opened("sessions", session=session), "session side", "Step by step")
    _look(opened("sessions", session=session), "session side", "Does the record hold")
    page = opened("live")
    for side in ("As a whole", "Length", "Precision", "Exposure"):
        _look(page, "live side", side)
    page = opened("design")
    page.number_input(key="people n").set_value(300)
    page = page.run().button(key="simulate").click().run()
    for side in ("In numbers", "Precision", "Length", "Use of the bank"):
        _look(page, "design side", side)
    keep = next(one for one in page.button if one.label.startswith("Keep this design"))
    page = keep.click().run()
    page.number_input(key="people seed").set_value(2)
    _look(page.run().button(key="simulate").click().run(), "design side", "A and B")
    monkeypatch.setattr(work, "EVERY", 0.0)
    going = _perform(database, "calibrate", log=log, model="2pl")
    monkeypatch.setattr(work, "running", lambda job: True)
    monkeypatch.setattr(jobs, "load", lambda *told, load=jobs.load: _under_way(load(*told)))
    opened("calibrate")
    monkeypatch.undo()
    assert len(going.progress) > 1
    drawn = _runs(shown)
    draws = {name for name in snippets._homes() if name.startswith("draw_")}
    assert draws - drawn == IN_REPORTS


def _under_way(job):
    from dataclasses import replace

    return replace(job, state=jobs.RUNNING)
