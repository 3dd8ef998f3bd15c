"""What pages remember: as long as nothing changed, and no longer."""

import pytest
import streamlit as st
from sqlalchemy import delete

from dashboard import ahead, loading
from dashboard.launch import DATABASE
from dashboard.store.read_tables import answer_table, read_until_table
from items.storage.database import connect, migrate, transaction

BANK = "deep-learning"


@pytest.fixture(autouse=True)
def from_nothing(workspace):
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def _unread(session):
    """Take back that a session was read in."""
    with transaction(loading.database()) as connection:
        connection.execute(delete(answer_table).where(answer_table.c.person == session))
        connection.execute(delete(read_until_table).where(read_until_table.c.session == session))


def test_counts_are_made_once_until_something_is_read_in():
    before = loading.counts(BANK)
    loading.forget()
    assert loading.counts(BANK) is before
    _unread(loading.newest_sessions(BANK)["session"].iloc[0])
    loading.forget()
    assert loading.counts(BANK)["n"].sum() < before["n"].sum()
    assert loading.read_in() == 0
    assert loading.counts(BANK)["n"].sum() == before["n"].sum()


def test_what_is_read_ahead_is_what_pages_ask_for(monkeypatch):
    ahead.read()
    for name in ("item_counts", "star_counts", "problem_counts", "count_sessions", "reports", "asked_counts"):
        monkeypatch.delattr(f"dashboard.store.read_model.{name}")
    monkeypatch.delattr("dashboard.store.analyses.load")
    assert len(loading.items(BANK, 2))
    assert len(loading.triage_queue(BANK, 2))
    edition = next(one.assessment.edition for one in loading.editions() if one.offered)
    live, _ = loading.against(edition, simulated=True, able=False)
    assert len(live)


def test_without_a_database_nothing_is_read_ahead(monkeypatch):
    monkeypatch.setenv(DATABASE, "sqlite:////nowhere/at/all.db")
    ahead.read()


def test_each_database_is_remembered_apart(workspace, tmp_path, monkeypatch):
    assert loading.count_answers(BANK) > 0
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    database = connect(url)
    migrate(database)
    database.dispose()
    monkeypatch.setenv(DATABASE, url)
    assert loading.count_answers(BANK) == 0


def test_an_analysis_is_read_once_until_it_is_made_anew(monkeypatch):
    first = loading.analysis(BANK, 2)
    loading.forget()
    assert loading.analysis(BANK, 2) is first
    monkeypatch.setattr("dashboard.store.analyses.made", lambda *asked: "2030-01-01T00:00:00.000Z")
    loading.forget()
    assert loading.analysis(BANK, 2) is not first
