from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sqlalchemy import Engine

from engine.delivery.edition import Edition
from engine.delivery.events import Corrected, Expired, Scored, Stopped, stamp
from engine.delivery.replay import replay
from engine.delivery.sitting import Sitting, begin, expire, give, rescore, resume
from items.scoring import Answer
from tests.delivery.published import RIGHT, START, WRONG, publish_sampler

AT = stamp(START)
LATER = "2026-11-23T09:31:00.000Z"


@pytest.fixture
def edition(sqlite: Engine) -> Edition:
    return publish_sampler(sqlite)


def answer_to(item: str, *, right: bool) -> Answer:
    given = (RIGHT if right else WRONG)[item]
    return Answer("answered", given if isinstance(given, str) else "+".join(given))


def alone(edition: Edition, seed: int = 1) -> tuple[Sitting, tuple]:
    return begin(edition, [f"s{seed}"], seeds=[seed], at=[AT])


def finish(sitting: Sitting, *, right: bool = True) -> tuple[Sitting, tuple]:
    events: tuple = ()
    while question := sitting.session.current:
        sitting, more = give(sitting, [answer_to(question.item, right=right)], at=[LATER])
        events += more
    return sitting, events


def test_a_test_begins_with_its_first_question(edition: Edition):
    sitting, events = alone(edition)
    assert [event.kind for event in events] == ["started", "asked"]
    assert sitting.session.current is not None
    assert sitting.session.current.position == 1


def test_each_answer_is_answered_scored_and_followed_by_a_question_or_the_end(edition: Edition):
    _, events = finish(alone(edition)[0])
    kinds = [event.kind for event in events]
    assert kinds == ["answered", "scored", "asked"] * 6 + ["answered", "scored", "stopped"]
    assert [event.seq for event in events] == list(range(3, 24))


def test_the_open_question_stands_where_the_rules_put_it(edition: Edition):
    sitting, _ = finish(alone(edition)[0])
    assert sitting.session.questions[2].item == "essay"
    assert sitting.session.questions[2].waiting


def test_the_estimate_moves_with_each_scored_answer_and_not_with_the_one_that_waits(edition: Edition):
    _, events = finish(alone(edition)[0])
    scored = [event.body for event in events if isinstance(event.body, Scored)]
    theta = [body.theta for body in scored]
    assert theta[2] == theta[1]
    assert all(after > before for before, after in pairwise(theta[2:]))
    assert [body.category for body in scored].count(None) == 1


def test_who_answers_rightly_ends_above_who_answers_wrongly(edition: Edition):
    best, _ = finish(alone(edition)[0], right=True)
    worst, _ = finish(alone(edition)[0], right=False)
    assert best.session.result is not None
    assert worst.session.result is not None
    assert worst.session.result.high < best.session.result.low
    assert (best.session.result.status, worst.session.result.status) == ("all_highest", "all_lowest")


def test_resuming_is_never_having_left(edition: Edition):
    """At each step the engine's state made from the record equals the state that was carried along."""
    sitting, events = alone(edition, seed=5)
    for step in range(8):
        back = resume(edition, replay(events))
        assert np.array_equal(back.state.current, sitting.state.current)
        assert np.array_equal(back.state.theta, sitting.state.theta)
        assert np.array_equal(back.state.se, sitting.state.se, equal_nan=True)
        assert np.array_equal(back.state.seconds, sitting.state.seconds)
        question = sitting.session.current
        if question is None:
            break
        answer = answer_to(question.item, right=step % 2 == 0)
        onwards, told = give(back, [answer], at=[LATER])
        sitting, more = give(sitting, [answer], at=[LATER])
        assert told == more
        assert onwards.session == sitting.session
        events += more
    assert sitting.session.ended


def test_a_batch_gives_everybody_the_test_they_would_have_had_alone(edition: Edition):
    seeds = range(1, 9)
    names = [f"s{seed}" for seed in seeds]
    batch, events = begin(edition, names, seeds=list(seeds), at=[AT] * 8)
    while not all(session.ended for session in batch.sessions):
        questions = [session.current for session in batch.sessions]
        answers = [
            answer_to(question.item, right=row % 2 == 0) if question else None
            for row, question in enumerate(questions)
        ]
        batch, more = give(batch, answers, at=[LATER] * 8)
        events += more
    for row, seed in enumerate(seeds):
        single, before = alone(edition, seed)
        _, after = finish(single, right=row % 2 == 0)
        assert tuple(event for event in events if event.session == names[row]) == before + after


def test_tests_of_a_batch_may_end_at_different_times(sqlite: Engine):
    rules = '[stop]\nany_of = [{ rule = "precision", se = 0.7 }, { rule = "length", length = 6 }]\n'
    edition = publish_sampler(sqlite, rules=rules)
    batch, events = begin(edition, ["high", "mixed"], seeds=[1, 1], at=[AT] * 2)
    rights = iter([True, True, True, False] * 5)
    while not all(session.ended for session in batch.sessions):
        now = [session.current for session in batch.sessions]
        answers = [
            answer_to(one.item, right=row == 0 or next(rights)) if one else None
            for row, one in enumerate(now)
        ]
        batch, more = give(batch, answers, at=[LATER] * 2)
        events += more
    assert len({len(session.answers) for session in batch.sessions}) == 2
    assert [replay(event for event in events if event.session == one.id) for one in batch.sessions] == list(
        batch.sessions
    )


def test_no_answer_without_a_question_and_no_question_without_an_answer(edition: Edition):
    ended, _ = finish(alone(edition)[0])
    with pytest.raises(ValueError, match="go together"):
        give(ended, [Answer("idk")], at=[LATER])
    with pytest.raises(ValueError, match="go together"):
        give(alone(edition)[0], [None], at=[LATER])


def test_a_clock_that_runs_backwards_counts_no_time(edition: Edition):
    sitting, _ = begin(edition, ["s"], seeds=[1], at=[LATER])
    question = sitting.session.current
    assert question is not None
    _, events = give(sitting, [answer_to(question.item, right=True)], at=[AT])
    assert events[0].body.time_s == 0.0


def test_a_later_scoring_revises_the_result_and_a_second_one_corrects_it(edition: Edition):
    sitting, _ = finish(alone(edition)[0])
    first = sitting.session.result
    better, (scoring,) = rescore(sitting, 3, 2, by="Ada", reason="both criteria", at=LATER)
    worse, (correction,) = rescore(better, 3, 0, by="Bo", reason="another question", at=LATER)
    assert (type(scoring.body), type(correction.body)) == (Scored, Corrected)
    results = worse.session.results
    assert results[0] == first
    assert results[2].theta < results[1].theta
    assert (results[0].waiting, results[1].waiting) == (1, 0)
    assert results[1].se < results[0].se


def test_a_scoring_during_the_test_gives_no_result_yet(edition: Edition):
    sitting, _ = alone(edition)
    while sitting.session.current and sitting.session.current.item != "essay":
        sitting, _ = give(sitting, [answer_to(sitting.session.current.item, right=True)], at=[LATER])
    sitting, _ = give(sitting, [Answer("answered", "Edges.")], at=[LATER])
    scored, (event,) = rescore(sitting, 3, 1, by="Ada", reason="one criterion", at=LATER)
    assert event.body.result is None
    ended, _ = finish(scored)
    assert ended.session.result is not None
    assert ended.session.result.waiting == 0


@pytest.mark.parametrize(("position", "category"), [(8, 1), (3, 3), (3, -1)])
def test_a_scoring_that_fits_nothing_is_refused(edition: Edition, position: int, category: int):
    sitting, _ = finish(alone(edition)[0])
    with pytest.raises(ValueError, match="question"):
        rescore(sitting, position, category, by="Ada", reason="", at=LATER)


def test_an_expired_test_has_the_result_of_what_was_answered(edition: Edition):
    sitting, _ = alone(edition)
    question = sitting.session.current
    assert question is not None
    sitting, _ = give(sitting, [answer_to(question.item, right=True)], at=[LATER])
    ended, (event,) = expire(sitting, at=LATER)
    assert isinstance(event.body, Expired)
    assert event.body.result.answered == 1
    assert event.body.result.score is not None
    assert ended.session.current is None


def test_a_test_without_an_answer_expires_without_a_score(edition: Edition):
    _, (event,) = expire(alone(edition)[0], at=LATER)
    assert event.body.result.score is None
    assert event.body.result.status == "no_answers"


def test_different_seeds_lead_to_different_tests(sqlite: Engine):
    rules = '[select]\nchooser = "randomesque"\nk = 6\n[stop]\nrule = "length"\nlength = 4\n'
    edition = publish_sampler(sqlite, rules=rules)
    paths = {
        tuple(question.item for question in finish(alone(edition, seed)[0])[0].session.questions)
        for seed in range(12)
    }
    assert len(paths) > 6


def test_the_event_that_ends_a_test_holds_its_result(edition: Edition):
    sitting, events = finish(alone(edition)[0])
    assert isinstance(events[-1].body, Stopped)
    assert events[-1].body.reason == "length"
    assert sitting.session == replace(sitting.session, results=(events[-1].body.result,))
