"""The read model says what the events say, notices what is new, and can be made again from nothing."""

import pandas as pd
from sqlalchemy import delete

from dashboard.store import read_model
from dashboard.store.read_tables import answer_table, read_until_table
from engine.delivery import events, queries, store
from items.storage.database import transaction

BANK = "deep-learning"


def _same(one, other, key):
    columns = [name for name in one.columns if name in other.columns]
    ordered = [frame[columns].sort_values(key).reset_index(drop=True) for frame in (one, other)]
    pd.testing.assert_frame_equal(*ordered, check_dtype=False)
    return columns


def test_its_rows_are_those_of_the_events(database):
    assert read_model.behind(database) == []
    shared = _same(read_model.log(database, BANK), queries.response_log(database), ["person", "position"])
    assert {"item", "version", "response", "score", "time_s", "timestamp"} <= set(shared)
    assert "theta" in _same(read_model.sessions(database), queries.sessions(database), ["session"])
    assert "stars" in _same(
        read_model.ratings(database, BANK), queries.ratings(database), ["session", "position"]
    )
    told = queries.reports(database)
    shared = _same(
        read_model.reports(database, BANK), told[told["item"].notna()], ["session", "at", "problem"]
    )
    assert "text" in shared
    assert len(read_model.messages(database)) == told["item"].isna().sum()


def test_its_counts_are_those_of_the_log(database):
    log = queries.response_log(database)
    counted = read_model.item_counts(database, BANK).set_index(["item", "version"]).sort_index()
    grouped = log.groupby(["item", "version"])
    assert counted["n"].to_dict() == grouped.size().to_dict()
    assert counted["points"].to_dict() == grouped["score"].sum().to_dict()
    assert counted["idk"].sum() == (log["response"] == "idk").sum()
    assert counted["omit"].sum() == (log["response"] == "omit").sum()
    assert read_model.count_answers(database, BANK) == len(log)
    assert read_model.count_sessions(database, BANK) == 300
    assert read_model.category_counts(database, BANK)["n"].sum() == log["score"].notna().sum()


def test_whoever_had_a_problem_counts_once(database):
    ratings, reports = queries.ratings(database), queries.reports(database)
    key = ["session", "item", "version"]
    had = pd.concat([ratings.loc[ratings["stars"] <= 2, key], reports.loc[reports["item"].notna(), key]])
    both = had.drop_duplicates()
    assert len(both) < len(had), "somebody gave few stars and reported a problem"
    counted = read_model.problem_counts(database, BANK, most=2).set_index(["item", "version"])["n"]
    assert counted.to_dict() == both.groupby(["item", "version"]).size().to_dict()
    assert read_model.problem_counts(database, "another bank", most=2).empty


def test_its_state_changes_with_every_event_that_is_read(database):
    before = read_model.state(database)
    assert before == (300, len(list(queries.events(database, *events.BODIES))))
    session = read_model.sessions(database)["session"].iloc[0]
    last = store.read(database, session)[-1]
    told = events.Reported(problem="typo", text="a word is missing")
    store.append(database, [events.Event(session, last.seq + 1, last.at, told)])
    assert read_model.state(database) == before
    read_model.catch_up(database, read_model.behind(database))
    assert read_model.state(database) == (before[0], before[1] + 1)


def test_what_goes_on_in_a_session_is_noticed_and_read(database):
    session = read_model.sessions(database)["session"].iloc[0]
    last = store.read(database, session)[-1]
    told = events.Reported(problem="typo", text="a word is missing")
    store.append(database, [events.Event(session, last.seq + 1, last.at, told)])
    assert read_model.behind(database) == [session]
    before = len(read_model.messages(database))
    read_model.catch_up(database, [session])
    assert read_model.behind(database) == []
    assert len(read_model.messages(database)) == before + 1


def test_it_is_made_again_where_it_was_thrown_away(database):
    whole = read_model.log(database, BANK)
    with transaction(database) as connection:
        for table in (answer_table, read_until_table):
            connection.execute(delete(table))
    late = read_model.behind(database)
    assert len(late) == 300
    steps = []
    read_model.catch_up(database, late, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(0, 300), (200, 300)]
    pd.testing.assert_frame_equal(read_model.log(database, BANK), whole)


def test_the_log_of_those_who_met_an_item_holds_all_their_answers(database):
    log = read_model.log(database, BANK)
    met = log.loc[(log["item"] == "dl-opt-step") & (log["version"] == 1), "person"]
    theirs = read_model.log(database, BANK, met=("dl-opt-step", 1))
    assert set(theirs["person"]) == set(met)
    assert len(theirs) == log["person"].isin(met).sum()
