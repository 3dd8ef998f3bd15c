from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, func, select

from engine.delivery.assessments import offered
from engine.delivery.candidates import Truth
from engine.delivery.edition import Edition, load_edition
from engine.delivery.events import stamp
from engine.delivery.queries import ratings, response_log, sessions
from engine.delivery.rehearsal import rehearse
from engine.delivery.replay import replay
from engine.delivery.sitting import resume
from engine.delivery.store import event, read
from engine.pool import ItemPool
from items.parameters import ParameterSet
from tests.delivery.published import PARAMETERS

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NO_WRONG_ANSWERS = pd.DataFrame({"item": [], "option": [], "weight": []})


@pytest.fixture
def edition(sqlite: Engine) -> Edition:
    [assessment] = offered(sqlite)
    return load_edition(sqlite, assessment.edition)


@pytest.fixture
def truth(edition: Edition) -> Truth:
    pool = ItemPool.from_parameters(ParameterSet.from_table(PARAMETERS))
    return Truth.of(list(edition.items.values()), pool, NO_WRONG_ANSWERS)


def run(database: Engine, edition: Edition, truth: Truth, candidates: int, seed: int = 1) -> list[int]:
    told: list[int] = []
    rng = np.random.default_rng(seed)
    rehearse(database, edition, truth, candidates=candidates, rng=rng, until=NOW, progress=told.append)
    return told


def test_everybody_finishes_and_is_marked_as_simulated(sqlite: Engine, edition: Edition, truth: Truth):
    told = run(sqlite, edition, truth, 300)
    assert told == [250, 300]
    table = sessions(sqlite)
    assert len(table) == 300
    assert table["simulated"].all()
    assert (table["reason"] == "length").all()
    assert table["started_at"].is_monotonic_increasing
    log = response_log(sqlite)
    assert len(log) == 300 * 7
    assert {"idk", "omit"} < set(log["response"])
    assert set(ratings(sqlite)["stars"]) >= {2, 3, 4, 5}


def test_nothing_happens_later_than_now(sqlite: Engine, edition: Edition, truth: Truth):
    run(sqlite, edition, truth, 300)
    with sqlite.connect() as connection:
        assert connection.scalar(select(func.max(event.c.at))) <= stamp(NOW)


def test_the_same_seed_tells_the_same_story(sqlite: Engine, edition: Edition, truth: Truth):
    run(sqlite, edition, truth, 5)
    first = response_log(sqlite)
    with pytest.raises(Exception, match="went on without us"):
        run(sqlite, edition, truth, 5)
    run(sqlite, edition, truth, 5, seed=2)
    assert len(response_log(sqlite)) == 2 * len(first)


def test_what_was_recorded_is_what_a_live_test_would_do(sqlite: Engine, edition: Edition, truth: Truth):
    """The recorded estimate after the last answer is the one the engine finds from the record alone."""
    run(sqlite, edition, truth, 20)
    for name in sessions(sqlite)["session"]:
        session = replay(read(sqlite, name))
        state = resume(edition, session).state
        last = session.questions[-1].scored
        assert last is not None
        assert last.theta == float(state.theta[0])
        assert last.se == float(state.se[0])
        assert session.result is not None
        assert str(state.stop_reason[0]) == session.ended.reason


def test_scores_follow_true_ability(sqlite: Engine, edition: Edition, truth: Truth):
    """Half of the simulated scores lie above the middle of the scale when half of the abilities do."""
    run(sqlite, edition, truth, 250)
    scores = sessions(sqlite)["score"].astype(float)
    assert scores.mean() == pytest.approx(150, abs=20)
    assert scores.std() > 15
