"""A test as a sequence of sections: items, choice, blueprint and end for each; one ability for all."""

from pathlib import Path

import numpy as np
import pytest

from engine import CatRules, ask, simulate, start, tell
from engine.design import Design
from engine.estimation.base import Answers
from engine.estimation.eap import ExpectedAPosteriori
from engine.priors import Normal
from engine.sections import lengths, questions_of, reached, section_of
from engine.session import report, restore
from engine.simulation import Study
from items.errors import BadInput
from tests.engine.pools import three_pl

POOL = three_pl(80)
B = POOL.parameters.table["b"].to_numpy()
TWO = (
    "[[section]]\nname = 'Easy'\nwhere = 'b <= 0'\nstop = { rule = 'length', length = 6 }\n"
    "[[section]]\nname = 'Hard'\nwhere = 'b > 0'\n[section.stop]\n"
    "any_of = [{ rule = 'precision', se = 0.5 }, { rule = 'length', length = 12 }]\nnot_before = 2\n"
)


def study(text: str, n: int = 60, folder: Path | None = None) -> Study:
    theta = np.random.default_rng(1).normal(size=n)
    return simulate(POOL, CatRules.parse(text, folder=folder), theta, rng=np.random.default_rng(2))


def test_each_section_draws_on_its_own_items_and_counts_its_own_questions() -> None:
    found = study(TWO)
    easy, hard = (questions_of(found.tests.items, found.tests.opened, k, 12) for k in (0, 1))
    assert (B[easy[easy >= 0]] <= 0).all()
    assert (B[hard[hard >= 0]] > 0).all()
    assert ((easy >= 0).sum(axis=1) == 6).all()
    own = (hard >= 0).sum(axis=1)
    assert own.min() >= 2
    assert own.max() <= 12
    assert len(set(own)) > 3
    np.testing.assert_array_equal(found.tests.length, 6 + own)
    assert set(found.tests.reason) == {"precision", "length"}
    table = found.sections.set_index("section")
    assert table["mean_length"].tolist() == pytest.approx([6.0, own.mean()])
    assert (table["shortest"]["Hard"], table["longest"]["Hard"]) == (own.min(), own.max())


def test_all_answers_count_for_one_ability() -> None:
    """The reported θ is EAP of all answers, as an estimator computes it without knowing of sections."""
    found = study(TWO)
    tests, design = found.tests, found.design
    answers = Answers.of(POOL, design.tables, tests.items, tests.categories, Normal())
    estimate = ExpectedAPosteriori().estimate(answers)
    np.testing.assert_allclose(tests.theta, estimate.theta, atol=1e-12)
    stopped = tests.reason == "precision"
    assert (tests.se[stopped] <= 0.5).all()


def test_sections_may_share_items_and_never_ask_one_twice() -> None:
    text = "[[section]]\nstop = { rule = 'length', length = 9 }\n" * 3
    found = study(text)
    assert (found.tests.length == 27).all()
    assert all(len(set(items)) == 27 for items in found.tests.items.tolist())
    np.testing.assert_array_equal(found.tests.opened, np.tile([0, 9, 18], (60, 1)))
    assert found.sections["section"].tolist() == ["1", "2", "3"]


@pytest.mark.parametrize("method", ["shadow", "penalty"])
def test_a_blueprint_holds_within_its_section(method: str, tmp_path: Path) -> None:
    head = "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\n"
    (tmp_path / "c.csv").write_text(head + "C1,Number,Item,a > 1.2,3,3,\n", encoding="utf-8")
    text = (
        "[[section]]\nname = 'free'\nstop = { rule = 'length', length = 5 }\n"
        "[[section]]\nname = 'bound'\nwhere = 'b > -0.5'\nstop = { rule = 'length', length = 8 }\n"
        f"constraints = {{ method = '{method}', file = 'c.csv' }}\n"
    )
    found = study(text, n=25, folder=tmp_path)
    own = questions_of(found.tests.items, found.tests.opened, 1, 8)
    steep = POOL.parameters.table["a"].to_numpy()[own] > 1.2
    assert (steep.sum(axis=1) == 3).all()
    assert (B[own] > -0.5).all()
    assert found.violations.sum() == 0
    blueprint = found.blueprint.set_index("condition")
    assert blueprint.index[0].startswith("bound: C1 (a > 1.2)")
    assert blueprint.iloc[0][["least", "mean", "most", "broken"]].tolist() == [3, 3, 3, 0]


def test_a_section_that_runs_dry_makes_room_for_the_next() -> None:
    few = int((B > 1.2).sum())
    text = "[[section]]\nwhere = 'b > 1.2'\nstop = { rule = 'length', length = 40 }\n"
    found = study(text + "[[section]]\nwhere = 'b < 0'\nstop = { rule = 'length', length = 3 }\n")
    assert (found.tests.opened[:, 1] == few).all()
    assert (found.tests.length == few + 3).all()
    assert set(found.tests.reason) == {"length"}
    assert set(study(text).tests.reason) == {"pool exhausted"}


def test_a_section_begins_with_its_first_items_as_far_as_they_are_left() -> None:
    hard = [POOL.items[row] for row in np.flatnonzero(B > 0)[:3]]
    text = TWO.replace("where = 'b > 0'", f"where = 'b > 0'\nstart = {{ items = {hard} }}")
    found = study(text)
    own = questions_of(found.tests.items, found.tests.opened, 1, 12)
    known, count = np.flatnonzero(B > 0)[:3], (own >= 0).sum(axis=1)
    for place in range(3):
        assert (own[count > place, place] == known[place]).all()
    again = study(f"[start]\nitems = ['{hard[1]}']\n" + text)
    own = questions_of(again.tests.items, again.tests.opened, 1, 12)
    assert (again.tests.items[:, 0] == known[1]).all()
    np.testing.assert_array_equal(own[:, :2], np.broadcast_to(known[[0, 2]], (60, 2)))


def test_open_and_pilot_questions_stand_at_their_places_of_the_whole_test() -> None:
    text = "[pilot]\nitems = ['new-1', 'new-2']\npositions = [3, 9]\n" + TWO
    found = study(text)
    outside = np.argwhere(found.tests.items >= len(POOL))[:, 1]
    assert set(outside) == {2, 8}
    assert (found.tests.opened[:, 1] == 6).all(), "a pilot question counts towards its section's length"


PILOTS = (
    "[[section]]\nname = 'One'\nwhere = 'b <= 0'\nstop = { rule = 'length', length = 8 }\n"
    "pilot = { items = ['new-1', 'new-2', 'new-3', 'new-4'], count = 2 }\n"
    "[section.constraints]\nmethod = 'METHOD'\nfile = '''\nCONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\n"
    "C1,Number,Item,,6,6,\nC2,Number,Item,b < -1,2,2,\n'''\n"
    "[[section]]\nname = 'Two'\nwhere = 'b > 0'\n"
    "pilot = { items = ['other-1', 'other-2'], positions = [2] }\n[section.stop]\n"
    "any_of = [{ rule = 'precision', se = 0.45 }, { rule = 'length', length = 9 }]\nnot_before = 3\n"
)


@pytest.mark.parametrize("method", ["shadow", "penalty"])
def test_pilot_items_of_a_section_leave_its_blueprint_whole(method: str) -> None:
    """Two of four at random places of the first, one of two at question 2 of the second, each unscored."""
    found = study(PILOTS.replace("METHOD", method), n=400)
    one, two = (questions_of(found.tests.items, found.tests.opened, k, 9) for k in (0, 1))
    names = np.array([*found.design.names, ""])
    assert (found.tests.opened[:, 1] == 8).all(), "a pilot question counts towards its section's length"
    assert found.violations.sum() == 0
    assert ((one >= len(POOL)).sum(axis=1) == 2).all()
    assert set(names[one[one >= len(POOL)]]) == {f"new-{k}" for k in (1, 2, 3, 4)}
    assert set(np.nonzero(one >= len(POOL))[1]) == set(range(1, 8)), "from the second question on"
    assert (names[two[:, 1]] != "").all()
    assert ((two >= len(POOL)) == (np.arange(two.shape[1]) == 1)).all()
    first, other = names[np.where(one >= len(POOL), one, -1).max(axis=1)], names[two[:, 1]]
    together = {(a, b): np.mean((first == a) & (other == b)) for a in set(first) for b in set(other)}
    alone = {(a, b): np.mean(first == a) * np.mean(other == b) for a, b in together}
    assert max(abs(together[pair] - alone[pair]) for pair in together) < 0.06, "sections draw apart"


@pytest.mark.parametrize("pilot", ["new", "3pl-7"])
def test_pilot_items_of_the_whole_test_are_none_of_a_section_with_a_blueprint(pilot: str) -> None:
    """Neither one without parameters nor one of the pool, which the blueprint would have to count."""
    text = (
        f'[pilot]\nitems = ["{pilot}"]\ncount = 1\n[constraints]\nmethod = "shadow"\n'
        + "[[section]]\nstop = { rule = 'length', length = 5 }\n" * 2
    )
    with pytest.raises(BadInput, match="have no room in sections with constraints"):
        study(text)


def test_a_record_with_pilot_items_of_sections_is_restored_whatever_was_corrected() -> None:
    rules = CatRules.parse(
        "[[section]]\nwhere = 'b <= 0'\npilot = { items = ['new-1', 'new-2'], positions = [2] }\n"
        "[section.stop]\nany_of = [{ rule = 'precision', se = 0.6 }, { rule = 'length', length = 9 }]\n"
        "[[section]]\nwhere = 'b > 0'\nstop = { rule = 'length', length = 4 }\n"
        "pilot = { items = ['new-3'], positions = [1] }"
    )
    design = Design.of(POOL, rules)
    state = start(POOL, rules, np.random.default_rng(2).random((1, design.max_length)))
    given = []
    while ask(state)[0] >= 0:
        given.append(int(len(given) % 2 == 0) if ask(state)[0] < len(POOL) else -1)
        state = tell(state, np.array([given[-1]]))
    asked = np.append(state.items[0][state.items[0] >= 0], -1)
    assert sum(asked >= len(POOL)) == 2
    for flipped in range(len(given)):
        changed = [1 - x if place == flipped and x >= 0 else x for place, x in enumerate(given)]
        again = restore(POOL, rules, state.draws, asked[None], np.array([changed]))
        np.testing.assert_array_equal(again.items[0, : len(given)], asked[:-1])
        assert again.opened[0, 1] == int(np.flatnonzero(asked == len(design.names) - 1)[0])


def test_an_item_that_two_places_would_insert_is_refused() -> None:
    section = "[[section]]\nstop = { rule = 'length', length = 5 }\npilot = { items = ['new'] }"
    text = f"[pilot]\nitems = ['new']\n{section}"
    with pytest.raises(BadInput, match="'new' is to be inserted twice"):
        Design.of(POOL, CatRules.parse(text))


def test_the_record_decides_in_which_section_a_question_was_asked() -> None:
    """A corrected answer would have ended the first section elsewhere; what was asked stands."""
    text = (
        "[[section]]\nwhere = 'b <= 0'\n[section.stop]\n"
        "any_of = [{ rule = 'precision', se = 0.6 }, { rule = 'length', length = 9 }]\n"
        "[[section]]\nwhere = 'b > 0'\nstop = { rule = 'length', length = 4 }\n"
    )
    rules = CatRules.parse(text)
    draws = np.random.default_rng(2).random((1, Design.of(POOL, rules).max_length))
    state = start(POOL, rules, draws)
    given = []
    while ask(state)[0] >= 0 and len(given) < 8:
        given.append(int(len(given) % 2 == 0))
        state = tell(state, np.array([given[-1]]))
    for flipped in range(len(given)):
        changed = [1 - x if place == flipped else x for place, x in enumerate(given)]
        again = restore(POOL, rules, draws, state.items[:, :9], np.array([changed]))
        begun = int(again.opened[0, 1])
        asked = again.items[0][again.items[0] >= 0]
        assert begun < 0 or ((B[asked[:begun]] <= 0).all() and (B[asked[begun:]] > 0).all())
        assert np.isfinite(report(again)[0].theta[0])


def test_what_was_asked_is_told_by_section() -> None:
    opened, items = np.array([[0, 2, 3], [0, 1, -1]]), np.array([[5, 6, 7, 8, 9], [1, 2, 3, -1, -1]])
    assert questions_of(items, opened, 0, 4).tolist() == [[5, 6, -1, -1], [1, -1, -1, -1]]
    assert questions_of(items, opened, 1, 2).tolist() == [[7, -1], [2, 3]]
    assert questions_of(items, opened, 2, 2).tolist() == [[8, 9], [-1, -1]]
    assert reached(opened).tolist() == [2, 1]
    expected = [[2, 1, 2], [1, 2, np.nan]]
    np.testing.assert_array_equal(lengths(opened, np.array([5, 3])), expected)
    parts = Design.of(POOL, CatRules.parse(TWO)).parts
    hard, easy = int(np.argmax(B > 0)), int(np.argmax(B <= 0))
    assert section_of(parts, hard, 0, 0) == 1
    assert section_of(parts, easy, 0, 1) == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("section = 3", "write each as a table [[section]]"),
        ("[section]\nname = 'A'", "write each as a table [[section]]"),
        ("[[section]]\n[section.estimate]\nmethod = 'mle'", "[estimate] is the whole test's"),
        ("[[section]]\nweher = 'b > 0'", "did you mean 'where'?"),
        (
            "[[section]]\nstop = { rule = 'lenght', length = 3 }",
            "[[section]] 1: unknown stopping rule 'lenght'",
        ),
        ("[[section]]\nname = 'A'\n[[section]]\nname = 'A'", "two sections have one name"),
    ],
)
def test_a_mistake_in_a_section_is_named_with_its_place(text: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        CatRules.parse(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "[[section]]\nname = 'None'\nwhere = 'b > 99'",
            "section 'None' has no item: none fits where = 'b > 99'",
        ),
        ("[[section]]\nwhere = 'bb > 0'", "there is no attribute `bb`; did you mean `b`"),
        ("[[section]]\nname = 'A'\nwhere = 'b >'", "where = 'b >': the end is not"),
        (
            "[exposure]\nmethod = 'eligibility'\nmax_rate = 0.4\n"
            "[[section]]\nname = 'Few'\nwhere = 'b > 1.2'\n"
            "stop = { rule = 'length', length = 8 }\n[[section]]\nstop = { rule = 'length', length = 5 }",
            "items of section 'Few' are a rate of",
        ),
        (
            "[[section]]\nwhere = 'b > 0'\nstop = { rule = 'length', length = 5 }\n[section.constraints]\n"
            "method = 'shadow'\nfile = '''\nCONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\n"
            "C1,Number,Item,b < 0,2,2,\n'''",
            "no test can meet these conditions together: C1 (b < 0)",
        ),
        (
            "[[section]]\nname = 'Easy'\nwhere = 'b <= 0'\nstart = { items = ['3pl-1', '3pl-80'] }",
            "is none of section 'Easy'",
        ),
        ("[[section]]\nstart = { items = ['none'] }", "item 'none' is not in the pool"),
        ("[[section]]\nstart = { theta = 1.0 }", "start has no setting 'theta'"),
        (
            "[pilot]\nitems = ['new']\n[[section]]\nstop = { rule = 'length', length = 5 }\n"
            "constraints = { method = 'shadow' }",
            "give each section its own [section.pilot]",
        ),
    ],
)
def test_sections_that_a_pool_cannot_give_are_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        Design.of(POOL, CatRules.parse(text))
    assert says in str(caught.value)
