"""Stopping rules: each stops just where its definition says, alone and joined, and says why."""

from dataclasses import replace

import numpy as np
import pytest

from engine import CatRules, ask, simulate, start, tell
from engine._types import Floats, Ints
from engine.selection.view import View
from engine.state import State, view_of
from engine.stopping import stopping_rules
from engine.stopping.classification import bounds
from items.errors import BadInput
from tests.engine.pools import fixed_length, three_pl, two_pl

POOL = two_pl(40)


def rules(stop: str, more: str = "") -> CatRules:
    return CatRules.parse(f"[stop]\n{stop}\n{more}")


def taken(made: CatRules, answers: Ints, *, seconds: float = 10.0) -> State:
    """Return the state of one person who gives these answers until the test stops."""
    state = start(POOL, made, np.zeros((1, len(POOL))))
    for answer in answers:
        if ask(state)[0] < 0:
            break
        state = tell(state, np.array([answer]), time_s=np.array([seconds]))
    return state


MIXED = np.tile([1, 0, 1, 1, 0], 8)


def view_with(**changed: Floats | Ints) -> View:
    state = start(POOL, fixed_length(20), np.zeros((3, 20)))
    for answer in ([1, 0, 1], [1, 1, 0], [0, 1, 1]):
        state = tell(state, np.array(answer))
    return replace(view_of(state), **changed)


@pytest.mark.parametrize(
    ("name", "settings", "changed", "stops"),
    [
        ("precision", {"se": 0.3}, {"se": np.array([0.2999, 0.3, 0.3001])}, [True, True, False]),
        ("precision", {"se": 0.3}, {"se": np.array([np.nan, 0.2, np.inf])}, [False, True, False]),
        ("length", {"length": 4}, {"length": np.array([3, 4, 5])}, [False, True, True]),
        ("time", {"seconds": 60}, {"seconds": np.array([59.9, 60.0, 61.0])}, [False, True, True]),
        (
            "change",
            {"change": 0.05},
            {"theta": np.array([0.04, -0.06, 0.05]), "previous": np.zeros(3)},
            [True, False, True],
        ),
        (
            "interval",
            {"cuts": (0.0, 1.0), "confidence": 0.95},
            {"theta": np.array([-1.0, 0.5, 1.7]), "se": np.array([0.5, 0.3, 0.35])},
            [True, False, True],
        ),
    ],
)
def test_a_rule_stops_where_its_definition_says(
    name: str, settings: dict[str, float], changed: dict[str, Floats], stops: list[bool]
) -> None:
    view = view_with(**changed)
    found = stopping_rules.build(name, settings).bind(POOL, view.tables).check(view, POOL)
    assert (found == 0).tolist() == stops


def test_minimum_information_looks_at_what_is_left() -> None:
    view = view_with()
    left = np.where(view.administered, 0, POOL.information(view.theta).T).max(axis=1)
    for least, stops in ((left.min() * 0.99, 0), (left.max() * 1.01, 3)):
        rule = stopping_rules.build("information", {"least": float(least)})
        assert (rule.check(view, POOL) == 0).sum() == stops


def test_the_predicted_reduction_is_that_of_the_next_posterior() -> None:
    """By hand for one person: SD now, and the mean SD after either answer to the best item left."""
    view = view_with().take(np.array([0]))
    weights = view.posterior[0]
    nodes, item = (
        view.tables.nodes,
        int(np.where(view.administered, -1, POOL.information(view.theta).T).argmax()),
    )

    def moments(w: Floats) -> tuple[float, float]:
        mean = (w @ nodes) / w.sum()
        return w.sum(), float((w @ (nodes - mean) ** 2) / w.sum())

    total, now = moments(weights)
    after = [moments(weights * np.exp(view.tables.log_prob[item, k])) for k in (0, 1)]
    gain = np.sqrt(now) - np.sqrt(sum(mass / total * variance for mass, variance in after))
    for least, stops in ((gain * 0.999, -1), (gain * 1.001, 0)):
        assert (
            stopping_rules.build("predicted_reduction", {"least": float(least)}).check(view, POOL)[0] == stops
        )


def test_the_sequential_ratio_is_walds() -> None:
    """Wald's bounds log(β / (1 − α)) and log((1 − β) / α); the ratio of likelihoods at cut ± delta."""
    assert bounds(0.05, 0.1) == pytest.approx((np.log(0.1 / 0.95), np.log(0.9 / 0.05)))
    made = rules('any_of = [{ rule = "sprt", cuts = [-0.5], delta = 0.3 }, { rule = "length", length = 40 }]')
    state = taken(made, np.ones(40, int))
    rows, k = state.items[0, : state.length[0]], 1
    low, high = (POOL.log_prob(np.array([cut]))[rows, k, 0] for cut in (-0.8, -0.2))
    ratio = np.cumsum(high - low)
    assert state.stop_reason[0] == "classified"
    assert ratio[-1] >= np.log(0.95 / 0.05) > ratio[-2]


def test_the_generalised_ratio_decides_no_later_than_the_plain_one() -> None:
    lengths = {}
    for name in ("sprt", "glr"):
        made = rules(f'any_of = [{{ rule = "{name}", cuts = [0.0] }}, {{ rule = "length", length = 40 }}]')
        theta = np.random.default_rng(2).normal(size=300)
        lengths[name] = simulate(POOL, made, theta, rng=np.random.default_rng(1)).tests.length
    assert (lengths["glr"] <= lengths["sprt"]).mean() > 0.95
    assert lengths["glr"].mean() < lengths["sprt"].mean()


@pytest.mark.parametrize("name", ["interval", "sprt", "glr"])
def test_classification_at_several_cuts_is_right_as_often_as_promised(name: str) -> None:
    made = rules(f'any_of = [{{ rule = "{name}", cuts = [-1.0, 1.0] }}, {{ rule = "length", length = 100 }}]')
    theta = np.repeat([-1.6, 0.0, 1.6], 200)
    study = simulate(three_pl(150), made, theta, rng=np.random.default_rng(3))
    decided = study.tests.reason == "classified"
    level = np.digitize(study.tests.theta, [-1.0, 1.0])
    assert decided.mean() > 0.8
    assert (level == np.digitize(theta, [-1.0, 1.0]))[decided].mean() > 0.95


@pytest.mark.parametrize(
    ("stop", "length", "reason"),
    [
        ('rule = "length"\nlength = 7', 7, "length"),
        ('any_of = [{ rule = "precision", se = 0.01 }, { rule = "length", length = 5 }]', 5, "length"),
        ('any_of = [{ rule = "length", length = 5 }, { rule = "time", seconds = 50 }]', 5, "length"),
        ('any_of = [{ rule = "time", seconds = 50 }, { rule = "length", length = 5 }]', 5, "time"),
        ('any_of = [{ rule = "time", seconds = 35 }, { rule = "length", length = 9 }]', 4, "time"),
        ('rule = "precision"\nse = 5.0\nnot_before = 6', 6, "precision"),
        (
            'any_of = [{ all_of = [{ rule = "precision", se = 5.0 }, { rule = "time", seconds = 65 }] }, '
            '{ rule = "length", length = 9 }]',
            7,
            "precision and time",
        ),
        ('rule = "precision"\nse = 0.01', 40, "pool exhausted"),
    ],
)
def test_joined_rules_and_the_reason_given(stop: str, length: int, reason: str) -> None:
    state = taken(rules(stop), MIXED)
    assert (state.length[0], state.stop_reason[0]) == (length, reason)


def test_precision_and_minimum_change_together() -> None:
    """SE at most 0.5 and the last change at most 0.1: the test goes on while either is not so."""
    made = rules(
        'any_of = [{ all_of = [{ rule = "precision", se = 0.5 }, { rule = "change", change = 0.1 }] }, '
        '{ rule = "length", length = 40 }]'
    )
    state = start(POOL, made, np.zeros((1, 40)))
    for answer in MIXED:
        before, state = state, tell(state, np.array([answer]))
        reached = state.se[0] <= 0.5 and abs(state.theta[0] - before.theta[0]) <= 0.1
        assert (ask(state)[0] < 0) == (reached or state.length[0] == 40)
        if ask(state)[0] < 0:
            break
    assert state.stop_reason[0] == "precision and no more change"


def test_answers_without_a_score_count_towards_the_length_only() -> None:
    state = taken(rules('rule = "length"\nlength = 6'), np.full(6, -1))
    assert (state.length[0], state.scored[0], state.stop_reason[0]) == (6, 0, "length")
    assert state.theta[0] == 0.0
    assert np.isnan(state.se[0])


def test_the_se_that_stops_an_eap_test_is_the_posterior_sd() -> None:
    """After one very easy item the SD stays below that of the prior (jscat 5.2.3 has SE = 13.8)."""
    state = taken(rules('rule = "length"\nlength = 1', "[start]\ntheta = -6.0"), np.ones(1, int))
    assert 0.9 < state.se[0] < 1.0


@pytest.mark.parametrize(
    ("stop", "says"),
    [
        ('rule = "precison"\nse = 0.3', "did you mean 'precision'"),
        ('rule = "precision"', "needs the setting 'se'"),
        ('rule = "precision"\nse = 0', "above 0"),
        ('rule = "precision"\nse = "small"', "is not a number"),
        ('rule = "length"\nlength = 0', "at least 1 question"),
        ('rule = "length"\nlength = 2.5', "is not a whole number"),
        ('rule = "length"\nlenght = 3', "did you mean 'length'"),
        ('rule = "sprt"\ncuts = []', "one or several rising abilities"),
        ('rule = "glr"\ncuts = [1.0, 0.0]', "one or several rising abilities"),
        ('rule = "sprt"\ncuts = [0.0]\nalpha = 0.6', "between 0 and 0.5"),
        ('rule = "interval"\ncuts = [0.0]\nconfidence = 1.0', "between 0 and 1"),
        ('rule = "length"\nlength = 5\nnot_before = 6', "more than the longest test, 5"),
        ("any_of = []", "takes a list of rules"),
        ('any_of = [{ rule = "length", length = 3 }]\nrule = "length"', "stands alone"),
        ("not_before = 3", "a rule is missing"),
        ('rule = "time"\nseconds = -1', "above 0"),
    ],
)
def test_what_makes_no_sense_is_refused(stop: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        rules(stop)
    assert str(caught.value).startswith("rules, [stop]: ")
