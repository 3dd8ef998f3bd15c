"""A database that is gone while a page refreshes itself, or when somebody clicks: said in our words."""

import math
from threading import Timer

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

from dashboard import loading, outage, patience, work
from dashboard.access import LOCAL
from dashboard.demo import BANK
from dashboard.launch import DATABASE
from dashboard.store import analyses, audit, jobs
from items.bank import ItemBank
from items.storage import banks, parameter_sets
from items.storage.database import connect, migrate
from tests.dashboard.browsing import fine, refreshed, serve, visit
from tests.postgresql import server
from tests.waiting import PATIENCE

AT = "2026-11-24T09:00:00.000Z"
LOST = "The database cannot be reached"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("kind", "page_name", "going"),
    [
        ("calibrate", "calibrate", "Calibrating: cycle"),
        ("compare", "fairness", "The groups are being compared"),
    ],
)
def test_a_page_that_waits_says_that_the_database_is_gone_and_goes_on_when_it_is_back(
    kind, page_name, going, browser, tmp_path
):
    with server() as postgresql:
        database = connect(postgresql.url)
        migrate(database)
        bank = ItemBank.read(BANK / "bank.yaml")
        banks.save(database, bank, at=AT, by="Ada")
        number = jobs.ask(database, kind, {"bank": bank.id}, at=work.now(), by=LOCAL)
        jobs.go_on(database, number, at=work.now(), progress=[[1, -100.0, 1.0]])
        with serve(tmp_path, database=postgresql.url) as (base, server_log):
            page = visit(browser, f"{base}/{page_name}")
            page.get_by_text(going).wait_for()
            database.dispose()
            postgresql.stop()
            page.get_by_text(LOST).wait_for()
            expect(page.get_by_text("what is computed waits to be saved")).to_have_count(1)
            expect(page.get_by_text("comes back by itself")).to_have_count(1)
            refreshed(page, 2)
            expect(page.get_by_test_id("stException")).to_have_count(0)
            expect(page.get_by_text(LOST)).to_have_count(1)
            postgresql.start()
            page.get_by_text(going).wait_for()
            expect(page.get_by_text(LOST)).to_have_count(0)
            jobs.end(database, number, jobs.FAILED, message="it was only an example")
            page.get_by_text(going).wait_for(state="hidden")
            fine(page, server_log)
            page.close()
        database.dispose()


def _gone(*told, **more):
    raise OperationalError("SELECT 1", {}, Exception("connection refused"))


def _item():
    from dashboard import outage
    from dashboard.views import item_view

    with outage.said():
        item_view.show()


def test_a_click_while_the_database_is_gone_changes_nothing_and_keeps_what_was_written(
    workspace, monkeypatch
):
    loading.forget()
    page = AppTest.from_function(_item, default_timeout=PATIENCE)
    page.query_params["item"], page.query_params["side"] = "dl-opt-step", "Edit"
    page.run().text_area(key="stem dl-opt-step 0").set_value("What is the second step?").run()
    page.text_input(key="note dl-opt-step").set_value("asked for the wrong step").run()
    with monkeypatch.context() as broken:
        broken.setattr("dashboard.views.item_actions.change", _gone)
        next(one for one in page.button if one.label == "Save as a new version").click().run()
    assert not page.exception
    assert [one.value for one in page.error] == [outage.LOST]
    assert page.text_area(key="stem dl-opt-step 0").value == "What is the second step?"
    assert page.text_input(key="note dl-opt-step").value == "asked for the wrong step"
    next(one for one in page.button if one.label == "Save as a new version").click().run()
    assert not page.error
    assert any("as version 2" in one.value for one in page.success)


def _reads():
    import streamlit as st
    from sqlalchemy import text

    from dashboard import outage
    from dashboard.loading import database

    with outage.said(), database().connect() as connection:
        st.write(connection.scalar(text("SELECT count(*) FROM nowhere")))


def test_a_database_without_the_tables_is_not_called_out_of_reach(workspace, monkeypatch):
    """SQLite raises OperationalError for "no such table" and for "unable to open database file" alike."""
    page = AppTest.from_function(_reads, default_timeout=PATIENCE).run()
    assert not page.exception
    assert [one.value for one in page.error] == [outage.WITHOUT_TABLES]
    monkeypatch.setenv(DATABASE, f"sqlite:///{workspace}/no/such/folder/itemwise.db")
    page = AppTest.from_function(_reads, default_timeout=PATIENCE).run()
    assert [one.value for one in page.error] == [outage.LOST]


def test_nobody_waits_for_a_table_that_is_not_there(database):
    with database.connect() as connection, pytest.raises(OperationalError, match="nowhere"):
        patience.until_back(connection.execute, text("SELECT * FROM nowhere"))


def test_work_in_the_background_survives_a_database_that_is_away_for_a_while(workspace, monkeypatch):
    monkeypatch.setattr(work, "EVERY", 0.0)
    monkeypatch.setattr(work, "_keep_analysis", lambda *told, **more: None)
    database = connect(f"sqlite:///{workspace / 'itemwise.db'}")
    signs = []

    def away_twice(*told, real=jobs.go_on, **more):
        signs.append(told)
        return _gone() if len(signs) < 3 else real(*told, **more)

    monkeypatch.setattr(jobs, "go_on", away_twice)
    request = {"bank": "deep-learning", "model": "2pl", "model_of_more": "gpcm"}
    number = jobs.ask(database, "calibrate", request, at=AT, by=LOCAL)
    work.perform(database, number)
    assert len(signs) > 3
    assert jobs.load(database, number).state == jobs.DONE
    database.dispose()


def test_what_is_computed_waits_until_the_database_is_back(tmp_path, monkeypatch):
    """The server is stopped when there is something to save, each time, and started a while after."""
    with server() as postgresql:
        database = connect(postgresql.url)
        migrate(database)
        bank = ItemBank.read(BANK / "bank.yaml")
        banks.save(database, bank, at=AT, by="Ada")
        saves, refused = {"append": parameter_sets, "note": audit, "keep": analyses, "end": jobs}, []

        def interrupted(real):
            def save(*told, **more):
                if real not in refused:
                    refused.append(real)
                    postgresql.stop()
                    Timer(1.0, postgresql.start).start()
                return real(*told, **more)

            return save

        for name, store in saves.items():
            monkeypatch.setattr(store, name, interrupted(getattr(store, name)))
        request = {"bank": bank.id, "log": _log(tmp_path / "log.csv"), "model": "2pl"}
        number = jobs.ask(database, "calibrate", request, at=work.now(), by=LOCAL)
        work.perform(database, number)
        assert len(refused) == len(saves)
        job = jobs.load(database, number)
        assert job.state == jobs.DONE
        [kept] = parameter_sets.history(database, bank.id)
        assert job.result["parameter_set"] == kept.id
        assert analyses.load(database, bank.id, kept.id).facts["n_persons"] == 200
        database.dispose()


def test_a_result_whose_saving_was_not_confirmed_is_saved_once(workspace, monkeypatch):
    """The connection breaks between the commit and its answer: nobody knows whether it was kept."""
    database, told = connect(f"sqlite:///{workspace / 'itemwise.db'}"), []
    before = len(parameter_sets.history(database, "deep-learning"))

    def unconfirmed(*given, real=parameter_sets.append, **more):
        told.append(real(*given, **more))
        return _gone() if len(told) < 2 else told[-1]

    monkeypatch.setattr(parameter_sets, "append", unconfirmed)
    monkeypatch.setattr(work, "_keep_analysis", lambda *told, **more: None)
    request = {"bank": "deep-learning", "model": "2pl", "model_of_more": "gpcm"}
    number = jobs.ask(database, "calibrate", request, at=AT, by=LOCAL)
    work.perform(database, number)
    assert told[0] == told[1] == jobs.load(database, number).result["parameter_set"]
    assert len(parameter_sets.history(database, "deep-learning")) == before + 1
    database.dispose()


def _log(file):
    rng = np.random.default_rng(1)
    right = rng.normal(size=(200, 1)) > rng.normal(size=(200, 8))
    pd.DataFrame(right.astype(int), columns=[f"q{k}" for k in range(8)]).to_csv(file, index=False)
    return str(file)


def test_nobody_waits_for_ever(monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE", 0.0)
    with pytest.raises(OperationalError):
        patience.until_back(_gone)


def test_a_silence_while_the_database_is_away_is_no_sign_of_death(monkeypatch):
    long_ago = "2026-01-01T00:00:00.000Z"
    job = jobs.Job(1, "calibrate", {}, jobs.RUNNING, [], "", {}, long_ago, long_ago, LOCAL)
    monkeypatch.setattr(patience, "_seen_away", [-math.inf])
    assert not work.running(job)
    patience.notice()
    assert work.running(job)
