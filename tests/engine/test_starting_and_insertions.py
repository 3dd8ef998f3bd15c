"""How a test begins, and what is put into it beside the adaptive questions."""

import numpy as np
import pytest

from engine import CatRules, ask, restore, simulate, start, tell
from engine.design import Design
from engine.draws import draw_table
from engine.insertion import Insertion
from engine.priors import Normal
from engine.selection.usage import ExposureState
from engine.session import report
from engine.simulation import Study
from engine.state import view_of
from engine.steps import steered
from items.errors import BadInput
from tests.engine.pools import fixed_length, three_pl, two_pl

POOL = two_pl(40)
LENGTH = 10


def rules(text: str, length: int = LENGTH) -> CatRules:
    return fixed_length(length, text)


def study(made: CatRules, n: int = 400) -> Study:
    theta = np.random.default_rng(6).normal(size=n)
    return simulate(POOL, made, theta, rng=np.random.default_rng(7))


# Start


def test_the_first_question_suits_the_start() -> None:
    for theta in (-1.5, 0.0, 1.5):
        state = start(POOL, rules(f"[start]\ntheta = {theta}"), np.zeros((1, LENGTH)))
        assert ask(state)[0] == POOL.information(np.array([theta]))[:, 0].argmax()


def test_random_starts_stay_near_the_point_and_differ() -> None:
    state = start(
        POOL, rules("[start]\ntheta = 0.5\nwithin = 0.8"), np.random.default_rng(1).random((500, LENGTH))
    )
    assert ((state.begin >= -0.3) & (state.begin <= 1.3)).all()
    assert state.begin.mean() == pytest.approx(0.5, abs=0.06)
    assert np.unique(ask(state)).size > 1


def test_a_test_may_begin_with_listed_items() -> None:
    items = ["2pl-7", "2pl-31", "2pl-2"]
    tests = study(rules(f"[start]\nitems = {items}"), n=20).tests
    assert (tests.items[:, :3] == [6, 30, 1]).all()
    assert all(len(set(row)) == LENGTH for row in tests.items.tolist())


@pytest.mark.parametrize("n_items", [1, 2])
def test_listed_items_that_are_the_whole_pool_are_asked_once(n_items: int) -> None:
    pool = two_pl(n_items)
    made = rules(f"[start]\nitems = {list(pool.items)}")
    tests = simulate(pool, made, np.zeros(5), rng=np.random.default_rng(1)).tests
    assert (tests.items == np.arange(n_items)).all()
    assert set(tests.reason) == {"pool exhausted"}


def test_a_pilot_item_at_the_end_of_an_exhausted_pool_is_asked_once() -> None:
    made = rules('[pilot]\nitems = ["new"]\ncount = 1\npositions = [3]')
    tests = simulate(two_pl(2), made, np.zeros(5), rng=np.random.default_rng(1)).tests
    assert (tests.items[:, 2] == 2).all()
    assert (tests.length == 3).all()


@pytest.mark.parametrize("method", ["shadow", "penalty"])
def test_pilot_items_beside_an_exhausted_pool_are_no_conflict_with_a_blueprint(method: str) -> None:
    """Of three pilot items a person gets one: a test of the whole pool has room for it."""
    pilot = '[pilot]\nitems = ["new-1", "new-2", "new-3"]\ncount = 1\nlatest = 3\n'
    made = rules(f'{pilot}[constraints]\nmethod = "{method}"')
    tests = simulate(two_pl(6), made, np.zeros(5), rng=np.random.default_rng(1)).tests
    assert (tests.length == 7).all()
    assert set(tests.reason) == {"pool exhausted"}


def test_pilot_items_that_fill_the_test_leave_a_blueprint_no_room() -> None:
    made = rules('[open]\nitems = ["e1", "e2"]\npositions = [1, 2]\n[constraints]\nmethod = "shadow"', 2)
    with pytest.raises(BadInput, match="2 inserted questions leave a blueprint no room among 2"):
        Design.of(POOL, made)


def test_what_everybody_meets_first_is_told_where_exposure_is_limited() -> None:
    more = '[start]\nitems = ["2pl-7"]\n[exposure]\nmethod = "restricted"\nmax_rate = 0.5'
    assert study(rules(more), n=20).summary["notes"] == [
        "not limited, because everybody meets them first: 2pl-7"
    ]


def test_an_overlap_that_first_items_alone_exceed_is_refused() -> None:
    """Three of ten questions are everybody's, the other seven at best spread over the other 37: 0.432."""
    first = '[start]\nitems = ["2pl-1", "2pl-2", "2pl-3"]\n[exposure]\nmethod = "overlap"\nmax_overlap = '
    least = (3 + 7**2 / (len(POOL) - 3)) / 10
    said = "max_overlap = 0.3 cannot be held: everybody meets 2pl-1, 2pl-2, 2pl-3 first, so two tests "
    with pytest.raises(BadInput, match=f"{said}share {least:.4g} of their questions at least"):
        Design.of(POOL, rules(f"{first}0.3"))
    assert Design.of(POOL, rules(f"{first}{least + 0.01}")).exposure


def test_a_refusal_says_which_questions_do_not_count() -> None:
    """With a pilot item the longest test has one question fewer that is chosen."""
    pilot = '[pilot]\nitems = ["new"]\ncount = 1\n'
    with pytest.raises(
        BadInput, match=r"9 questions from 40 items .*; 1 of the 10 questions of a test are ins"
    ):
        Design.of(POOL, rules(f'{pilot}[exposure]\nmethod = "restricted"\nmax_rate = 0.1'))
    with pytest.raises(BadInput, match=r"^(?!.*inserted).*10 questions from 40 items"):
        Design.of(POOL, rules('[exposure]\nmethod = "restricted"\nmax_rate = 0.1'))


def test_a_study_of_nobody_is_refused() -> None:
    with pytest.raises(BadInput, match="nobody takes the test"):
        study(rules(""), n=0)


def test_a_prior_from_a_covariate_steers_and_does_not_score() -> None:
    """Equal answers earn equal scores and stop alike, whatever was known of a person beforehand."""
    made, draws = rules(""), np.zeros((3, LENGTH))
    state = start(POOL, made, draws, prior=Normal(np.array([-1.5, 0.0, 1.5]), np.full(3, 0.6)))
    best = POOL.information(np.array([-1.5, 0.0, 1.5])).argmax(axis=0)
    assert ask(state).tolist() == best.tolist()
    for answer in (1, 0):
        state = tell(state, np.full(3, answer))
    assert state.theta[0] < state.theta[1] < state.theta[2]
    same = np.arange(LENGTH)[None].repeat(3, axis=0)
    answered = restore(
        POOL,
        made,
        draws,
        same,
        np.tile([1, 0], (3, 5)),
        prior=Normal(np.array([-1.5, 0, 1.5]), np.full(3, 0.6)),
    )
    reported, _ = report(answered)
    seen = steered(answered, view_of(answered))
    assert seen.theta[0] < seen.theta[1] < seen.theta[2]
    assert answered.theta[0] == answered.theta[1] == answered.theta[2]
    assert answered.se[0] == answered.se[1] == answered.se[2]
    assert reported.theta[0] == reported.theta[1] == reported.theta[2]


def test_a_covariate_that_is_missing_or_no_number_is_refused_by_person() -> None:
    with pytest.raises(
        ValueError, match=r"^person 2: mean = nan, sd = 0\.6; finite numbers, and the SD must"
    ):
        Normal(np.array([0.1, np.nan, 0.3]), 0.6)
    with pytest.raises(ValueError, match=r"^person 3: mean = 0, sd = inf; finite numbers"):
        Normal(0.0, np.array([1.0, 1.0, np.inf]))
    with pytest.raises(ValueError, match=r"could not convert string to float.*girl"):
        Normal(np.array(["girl", "boy"]), 0.6)


@pytest.mark.parametrize("known", [1, 2, 4])
def test_a_prior_of_another_number_of_people_is_refused(known: int) -> None:
    prior, says = Normal(np.zeros(known), 0.6), rf"^the priors are those of {known}, 3 take the test"
    with pytest.raises(ValueError, match=says):
        start(POOL, rules(""), np.zeros((3, LENGTH)), prior=prior)
    with pytest.raises(ValueError, match=says):
        simulate(POOL, rules(""), np.zeros(3), rng=np.random.default_rng(1), prior=prior)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[start]\ntheta = nan", "finite numbers"),
        ("[start]\nwithin = -0.5", "finite numbers"),
        ('[start]\nitems = ["2pl-1", "2pl-1"]', "stands twice"),
        ('[start]\nitems = ["2pl-99"]', "the first item '2pl-99' is not in the pool"),
        ("[start]\nthetta = 0", "did you mean 'theta'"),
    ],
)
def test_a_start_that_makes_no_sense_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        start(POOL, rules(text), np.zeros((1, LENGTH)))


# Inserted questions


PILOT = '[pilot]\nitems = ["new-1", "new-2", "new-3", "new-4"]\n'


def test_pilot_items_stand_at_random_places_and_are_not_scored() -> None:
    done = study(rules(PILOT + "count = 2\nearliest = 3\nwanted = 150"))
    new = done.tests.items >= len(POOL)
    assert (new.sum(axis=1) == 2).all()
    assert not new[:, :2].any()
    assert (new[:, 2:].sum(axis=0) > 60).all(), "every place from the third on is used"
    assert (done.tests.categories[new] == -1).all()
    counts = done.asked()[len(POOL) :]
    assert counts.sum() == 800
    assert (counts > 150).all()
    assert done.design.names[len(POOL) :] == ("new-1", "new-2", "new-3", "new-4")


def test_pilot_items_change_no_ability() -> None:
    """The same people with and without pilot items: θ rests on the scored answers alone."""
    done = study(rules(PILOT + "count = 2"), n=60)
    plain = rules("", length=8)
    for items, categories, theta in zip(
        done.tests.items, done.tests.categories, done.tests.theta, strict=True
    ):
        scored = categories >= 0
        assert scored.sum() == 8
        again = restore(POOL, plain, np.zeros((1, 8)), items[scored][None], categories[scored][None])
        assert report(again)[0].theta[0] == pytest.approx(theta, abs=1e-6)


def test_who_needs_answers_most_is_met_most() -> None:
    """Efraimidis & Spirakis (2006): the chance grows with the need."""
    insertion = Insertion(items=("x", "y", "z"), count=1, wanted=100)
    chosen = insertion.choose_items(np.random.default_rng(1).random(9000), np.array([100, 50, 0]))
    share = np.bincount(chosen[:, 0], minlength=3) / 9000
    assert share == pytest.approx([0, 1 / 3, 2 / 3], abs=0.02)


def test_the_next_sessions_meet_the_pilot_items_that_still_need_answers() -> None:
    design = Design.of(POOL, rules(PILOT + "count = 1\nwanted = 100"))
    empty = ExposureState.empty(len(POOL), n_inserted=4)
    known = empty.after(np.zeros(0), np.zeros((0, len(POOL)), bool), None, np.array([100, 100, 100, 0]))
    schedule = design.schedule(np.random.default_rng(1).random(500), known)
    assert schedule is not None
    assert (schedule[schedule >= len(POOL)] == len(POOL) + 3).mean() > 0.98


def test_open_questions_stand_where_they_are_declared() -> None:
    tests = study(rules('[open]\nitems = ["essay-1", "essay-2"]\npositions = [4, 9]'), n=50).tests
    assert set(tests.items[:, [3, 8]].ravel().tolist()) == {len(POOL), len(POOL) + 1}
    assert (tests.categories[:, [3, 8]] == -1).all()
    assert (tests.length == LENGTH).all()


def test_an_open_question_of_the_pool_counts_once_it_has_its_category() -> None:
    pool = three_pl(30)
    made = rules('[open]\nitems = ["3pl-5"]\npositions = [2]')
    waiting, scored = (start(pool, made, np.zeros((1, LENGTH))) for _ in range(2))
    waiting, scored = (tell(state, np.array([1])) for state in (waiting, scored))
    assert ask(waiting)[0] == 4
    waiting, scored = tell(waiting, np.array([-1])), tell(scored, np.array([1]))
    assert (waiting.scored[0], scored.scored[0]) == (1, 2)
    assert waiting.theta[0] == waiting.previous[0] < scored.theta[0]


def test_both_kinds_go_together_and_never_collide() -> None:
    made = rules(PILOT + 'count = 3\n[open]\nitems = ["essay-1"]\npositions = [5]')
    tests = study(made, n=200).tests
    essay = study(made, n=1).design.names.index("essay-1")
    assert (tests.items[:, 4] == essay).all()
    assert ((tests.items >= len(POOL)).sum(axis=1) == 4).all()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[open]\nitems = ["x"]\npositions = [0]', "the first position is 1"),
        ('[open]\nitems = ["x", "y"]\npositions = [3, 3]', "declared twice"),
        ('[open]\nitems = ["x"]\npositions = [3]\ncount = 2', "does not fit 1 positions"),
        ('[pilot]\nitems = ["x"]\nwanted = 0', "at least 1 answer"),
        (PILOT + "count = 4\nearliest = 8", "only 3 places are free"),
    ],
)
def test_insertions_that_make_no_sense_are_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        start(POOL, rules(text), np.zeros((1, LENGTH)))


# Draws


def test_a_person_s_draws_do_not_depend_on_the_company() -> None:
    table = draw_table(3, range(2500), 5)
    for people in (range(0, 1), range(999, 1001), range(1700, 2400)):
        np.testing.assert_array_equal(draw_table(3, people, 5), table[people.start : people.stop])
    assert np.unique(table).size == table.size
