"""Exposure limits that hold: over all candidates and in bands of ability, from the first to the last."""

from dataclasses import replace

import numpy as np
import pytest

from engine import CatRules, ItemPool, simulate
from engine._types import Bools, Floats
from engine.selection.constraints.overlap import largest_limit
from engine.selection.constraints.rates import eligibility_chance
from engine.selection.constraints.restricted import Restricted
from engine.selection.usage import ExposureState
from engine.simulation import Study
from engine.simulation.sympson_hetter import (
    calibrate_exposure,
    made_ready,
    parameters,
    rates_by_band,
)
from items.errors import BadInput
from tests.engine.pools import fixed_length, three_pl

N, RATE, LENGTH = 10_000, 0.25, 12
POOL = three_pl(150)
THETA = np.random.default_rng(7).normal(size=N)


def study_with(method: str, *, n: int = N, seed: int = 1) -> Study:
    rules = fixed_length(LENGTH, f"[exposure]\nmethod = {method}")
    return simulate(POOL, rules, THETA[:n], rng=np.random.default_rng(seed))


def held(study: Study) -> Bools:
    """Return which items (N, J) each simulee was asked."""
    asked = np.zeros((study.theta.size, len(POOL)), bool)
    np.put_along_axis(asked, study.tests.items, True, axis=1)
    return asked


def within(rates: Floats, n: int) -> bool:
    """Return whether all rates lie below r + 3 √(r (1 − r) / n)."""
    return bool((rates <= RATE + 3 * np.sqrt(RATE * (1 - RATE) / n)).all())


@pytest.fixture(scope="module")
def restricted() -> Study:
    return study_with(f'"restricted"\nmax_rate = {RATE}')


@pytest.fixture(scope="module")
def by_eligibility() -> Study:
    return study_with(f'"eligibility"\nmax_rate = {RATE}')


def test_restricted_items_never_exceed_their_share_at_any_time(restricted: Study) -> None:
    asked = held(restricted)
    so_far, n = np.cumsum(asked, axis=0), np.arange(1, N + 1)[:, None]
    assert (so_far <= np.ceil(RATE * n)).all()
    assert (so_far[-1] > 0.9 * RATE * N).sum() >= 10


def test_restricted_items_are_not_handed_out_first_come_first_served(restricted: Study) -> None:
    """A quota that is filled in order gives an item to the first people only (catsim 0.21)."""
    asked = held(restricted)
    busy = asked[:, np.argsort(-asked.sum(axis=0))[:10]]
    quarters = busy.reshape(4, N // 4, 10).mean(axis=1)
    assert quarters.min() > 0.15
    in_block = busy.reshape(N // 100, 100, 10)[1:].mean(axis=(0, 2))
    assert in_block[:50].mean() == pytest.approx(in_block[50:].mean(), abs=0.03)


def test_eligibility_holds_over_all_and_within_bands(by_eligibility: Study) -> None:
    study = by_eligibility
    asked = held(study)
    assert within(asked.mean(axis=0), N)
    for theta in (study.tests.theta, study.theta):
        for band in np.unique(np.digitize(theta, (-1.5, -0.5, 0.5, 1.5))):
            inside = np.digitize(theta, (-1.5, -0.5, 0.5, 1.5)) == band
            assert within(asked[inside].mean(axis=0), int(inside.sum()))


def test_eligibility_without_bands_holds_over_all_with_less_loss_of_precision(
    by_eligibility: Study,
) -> None:
    n = 4000
    plain = study_with(f'"eligibility"\nmax_rate = {RATE}\nbands = []', n=n)
    assert within(held(plain).mean(axis=0), n)
    assert plain.summary["max_exposure"] > 0.9 * RATE
    assert plain.tests.se.mean() < by_eligibility.tests.se[:n].mean()


def test_overlap_comes_down_to_what_is_asked() -> None:
    free = simulate(POOL, fixed_length(LENGTH), THETA[:2000], rng=np.random.default_rng(1))
    held_down = study_with('"overlap"\nmax_overlap = 0.15', n=2000)
    assert free.summary["mean_overlap"] > 0.25
    assert 0.13 < held_down.summary["mean_overlap"] < 0.155


@pytest.mark.parametrize(
    ("method", "rate", "overlap", "block"),
    [
        ('"eligibility"\nmax_rate = 0.25', 0.25, None, 3),
        ('"eligibility"\nmax_rate = 0.25\nblock = 2', 0.25, None, 2),
        ('"overlap"\nmax_overlap = 0.3', None, 0.3, 3),
        ('"sympson_hetter"\nmax_rate = 0.5\nparameters = { 3pl-1 = 0.5 }', 0.5, None, None),
    ],
)
def test_a_study_tells_what_was_asked_for_beside_what_came(
    method: str, rate: float | None, overlap: float | None, block: int | None
) -> None:
    """The block is that of the rules, at most 1 % of the candidates."""
    summary = study_with(method, n=300).summary
    asked = summary["exposure_limit"], summary["overlap_limit"], summary["exposure_block"]
    assert asked == (rate, overlap, block)
    assert 0 < summary["max_exposure"] <= 1
    assert 0 < summary["mean_overlap"] <= 1


def test_the_largest_limit_keeps_the_overlap() -> None:
    rates = np.array([1.0, 0.8, 0.4, 0.2, 0.1, 0.0])
    limit = largest_limit(rates, 0.5)
    kept = np.minimum(rates, limit)
    assert (kept @ kept + limit * (rates - kept).sum()) / rates.sum() == pytest.approx(0.5)
    assert largest_limit(np.full(10, 0.1), 0.2) == pytest.approx(1.0)
    assert largest_limit(np.zeros(10), 0.2) == pytest.approx(1.0)


def test_overlap_is_held_beside_items_that_everybody_meets() -> None:
    """Two first questions of ten alone are an overlap of 0.2; the others make up for it.

    Counted pair by pair, as the rate is defined (Chen, Ankenmann & Spray, 2003).
    """
    pool, n = three_pl(200), 1500
    first = f'[start]\nitems = ["{pool.items[0]}", "{pool.items[1]}"]\n'
    rules = fixed_length(10, first + '[exposure]\nmethod = "overlap"\nmax_overlap = 0.25')
    theta = np.random.default_rng(3).normal(size=n)
    study = simulate(pool, rules, theta, rng=np.random.default_rng(1))
    held = np.zeros((n, len(pool)))
    np.put_along_axis(held, study.tests.items, 1.0, axis=1)
    shared = (held @ held.T)[np.triu_indices(n, 1)].mean() / 10
    assert (held[:, :2] == 1).all()
    assert 0.2 < shared <= 0.26


def test_eligibility_follows_the_published_formula_when_use_is_on_target() -> None:
    """P = min(1, r ε / α): van der Linden & Veldkamp (2004), Journal of Educ. and Behav. Statistics 29."""
    snapshot = replace(
        ExposureState.empty(3),
        sessions=np.array([40_000]),
        administered=np.array([[10_000, 10_000, 400]]),
        eligible=np.array([[20_000, 40_000, 40_000]]),
    )
    np.testing.assert_allclose(eligibility_chance(snapshot, 0.25), [[0.5, 1.0, 1.0]], rtol=1e-3)


def test_nobody_is_above_the_rate_before_anything_is_known() -> None:
    np.testing.assert_array_equal(eligibility_chance(ExposureState.empty(3), 0.25), np.full((1, 3), 0.25))


@pytest.mark.parametrize("rate", [0.08, 0.1, 1 / 3, 0.5, 0.97])
def test_entitlements_are_exact_in_blocks_of_any_size(rate: float) -> None:
    """The worst people use whatever they may; the number of each item still stays within ⌈r n⌉."""
    method, snapshot, rng = Restricted(max_rate=rate), ExposureState.empty(40), np.random.default_rng(3)
    for size in (1, 1, 7, 30, 100, 3, 1, 250):
        before, n = snapshot.administered[0], int(snapshot.sessions[0])
        eligible = method.draw(snapshot, rng.random(size))
        reached = before + np.cumsum(eligible, axis=0)
        assert (reached <= np.ceil(rate * (n + 1 + np.arange(size)))[:, None]).all()
        assert (eligible.sum(axis=1) >= np.floor(rate * 40 + 1e-9)).all()
        snapshot = snapshot.after(np.zeros(size), eligible & (rng.random((size, 40)) < 0.8), None)


def test_a_live_session_is_entitled_to_what_a_batch_would_give_it() -> None:
    method, snapshot = Restricted(max_rate=0.3), ExposureState.empty(20)
    u = np.random.default_rng(1).random(9)
    batch = method.draw(snapshot, u)
    alone = [method.draw(replace(snapshot, started=row), u[row : row + 1])[0] for row in range(9)]
    np.testing.assert_array_equal(np.array(alone), batch)


@pytest.mark.parametrize("block", [1, 7, 1000])
@pytest.mark.parametrize(("n_items", "rate"), [(24, 0.5), (48, 0.25), (120, 0.1)])
def test_a_restricted_rate_of_exactly_length_over_bank_size_is_held(
    n_items: int, rate: float, block: int
) -> None:
    more = f'[exposure]\nmethod = "restricted"\nmax_rate = {rate}\nblock = {block}'
    study = simulate(three_pl(n_items), fixed_length(LENGTH, more), THETA[:300], rng=np.random.default_rng(1))
    assert (study.asked() == rate * 300).all()


def reversed_pool() -> ItemPool:
    """Return a pool of 40 items, 16 of which have a slope below 0 and are never chosen."""
    table = three_pl(40).parameters.table
    return ItemPool.from_parameters(table.assign(a=np.where(np.arange(40) % 5 < 2, -0.5, table["a"])))


def test_a_restricted_rate_holds_where_some_items_are_never_chosen() -> None:
    """Sessions are entitled to equally many of the items that can be chosen, not of all."""
    rules = fixed_length(LENGTH, '[exposure]\nmethod = "restricted"\nmax_rate = 0.5')
    study = simulate(reversed_pool(), rules, THETA[:300], rng=np.random.default_rng(1))
    assert (study.tests.length == LENGTH).all()
    assert study.asked().max() <= 150


@pytest.mark.parametrize(
    "method", ['"restricted"\nmax_rate', '"eligibility"\nmax_rate', '"overlap"\nmax_overlap']
)
def test_a_rate_that_only_items_never_chosen_make_room_for_is_refused(method: str) -> None:
    rules = fixed_length(LENGTH, f"[exposure]\nmethod = {method} = 0.4")
    with pytest.raises(BadInput, match=r"0\.4 cannot be held: 12 questions from 24 items are a rate of 0\.5"):
        simulate(reversed_pool(), rules, THETA[:3], rng=np.random.default_rng(1))


def test_a_restricted_rate_holds_in_sections_that_use_all_that_it_leaves() -> None:
    parts = [
        f'[[section]]\nwhere = "b {side}"\nstop = {{ rule = "length", length = {length} }}\n'
        for side, length in (("< 0", 5), (">= 0", 6))
    ]
    sizes = [(POOL.parameters.table["b"] < 0).sum(), (POOL.parameters.table["b"] >= 0).sum()]
    rate = float(max(5 / sizes[0], 6 / sizes[1]))
    table = f'[exposure]\nmethod = "restricted"\nmax_rate = {rate!r}\n'
    study = simulate(POOL, CatRules.parse(table + "".join(parts)), THETA[:300], rng=np.random.default_rng(1))
    assert (study.tests.length == 11).all()
    assert study.asked().max() <= np.ceil(rate * 300)


def test_what_everybody_gets_beside_the_chosen_items_is_no_breach_of_the_limit() -> None:
    """Open questions and pilot items stand at places of their own; the limit is not about them."""
    more = '[exposure]\nmethod = "eligibility"\nmax_rate = 0.25\n[open]\nitems = ["essay"]\npositions = [3]'
    study = simulate(POOL, fixed_length(LENGTH, more), THETA[:300], rng=np.random.default_rng(1))
    assert study.items.set_index("item").exposure["essay"] == 1.0
    assert study.summary["max_exposure"] == study.items.exposure[:-1].max() < 0.35
    assert study.bands.max_exposure.max() < 1.0


def test_sympson_hetter_holds_after_its_calibration_run() -> None:
    rules = fixed_length(LENGTH, '[exposure]\nmethod = "sympson_hetter"\nmax_rate = 0.25')
    calibrated = calibrate_exposure(POOL, rules, THETA[:5000], rng=np.random.default_rng(2))
    study = simulate(POOL, calibrated, THETA[5000:], rng=np.random.default_rng(4))
    assert study.summary["max_exposure"] > 0.25
    assert within(held(study).mean(axis=0), 5000)
    again = CatRules.parse(_toml(calibrated))
    assert again.fingerprint() == calibrated.fingerprint()


CONDITIONAL = '[exposure]\nmethod = "sympson_hetter"\nmax_rate = 0.25\nbands = [-1.0, 0.0, 1.0]\n'


def test_sympson_hetter_conditional_on_ability_holds_within_each_band() -> None:
    """The plain method holds overall and lets the ends of the scale have 60 % and more."""
    achieved, others = {}, np.random.default_rng(8).normal(size=N)
    for name, rules in (("plain", CONDITIONAL.replace("bands", "#")), ("conditional", CONDITIONAL)):
        calibrated = made_ready(POOL, fixed_length(LENGTH, rules), THETA, rng=np.random.default_rng(2))
        study = simulate(POOL, calibrated, others, rng=np.random.default_rng(4))
        band = np.searchsorted([-1.0, 0.0, 1.0], study.tests.theta)
        asked = [np.bincount(study.tests.items[band == number].ravel()).max() for number in range(4)]
        achieved[name] = np.array(asked) / np.bincount(band)
    assert achieved["plain"].max() > 0.5
    assert study.bands["max_exposure"].to_numpy() == pytest.approx(achieved["conditional"])
    assert (achieved["conditional"] > 0.24).all()
    assert (study.bands["max_exposure"] <= study.bands["allowed"]).all()


def test_the_rate_in_a_band_is_that_of_the_population_whoever_takes_part() -> None:
    """By hand: in each band the share of those weights whose tests held the item."""
    rules = fixed_length(LENGTH, CONDITIONAL + "parameters = { 3pl-1 = 0.5 }")
    study = simulate(POOL, rules, THETA[:300], rng=np.random.default_rng(1))
    weight = np.random.default_rng(5).uniform(0.5, 2, 300)
    asked, band = held(study), np.searchsorted([-1.0, 0.0, 1.0], study.tests.theta, side="right")
    by_hand = [np.average(asked[band == k], axis=0, weights=weight[band == k]) for k in range(4)]
    np.testing.assert_allclose(rates_by_band(study, weight), by_hand, rtol=1e-12)


def test_rules_that_need_no_calibration_run_are_left_alone() -> None:
    calibrated = '[exposure]\nmethod = "sympson_hetter"\nparameters = { 3pl-1 = 0.5 }'
    for more in ("", '[exposure]\nmethod = "restricted"', calibrated):
        rules = fixed_length(LENGTH, more)
        assert made_ready(POOL, rules, THETA[:10], rng=np.random.default_rng(1)) is rules


def test_sympson_hetter_parameters_are_the_rate_over_the_chance_of_selection() -> None:
    """K = r / P(S), and 1 where P(S) is r or less: Sympson & Hetter (1985)."""
    np.testing.assert_allclose(parameters(np.array([0.5, 0.1, 0.25, 1.0, 0.0]), 0.25), [0.5, 1, 1, 0.25, 1])


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('method = "sympson_hetter"', "without the parameters of its calibration run"),
        ('method = "restricted"\nmax_rate = 0.05', r"0\.05 cannot be held: 12 questions from 150 .* 0\.08"),
        ('method = "eligibility"\nmax_rate = 0.05', r"max_rate = 0\.05 cannot be held"),
        ('method = "overlap"\nmax_overlap = 0.05', r"max_overlap = 0\.05 cannot be held"),
        ('method = "eligibility"\nmax_rate = 1.5', "above 0 and at most 1"),
        ('method = "eligibility"\nbands = [1.0, 0.0]', "must rise"),
        ('method = "restricted"\nblock = 0', "at least 1 session"),
        ('method = "sympson_hetter"\nparameters = { none = 0.5 }', "'none' is not in the pool"),
        ('method = "sympson_hetter"\nparameters = { 3pl-1 = 1.5 }', "item '3pl-1' = 1.5; it must be above 0"),
        ('method = "sympson_hetter"\nparameters = { 3pl-1 = [0.5, 0.5] }', "parameters"),
        ('method = "sympson_hetter"\nbands = [1.0, 0.0]', "must rise"),
        ('method = "eligibilty"', "did you mean 'eligibility'"),
    ],
)
def test_what_cannot_be_held_is_refused(table: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        simulate(POOL, fixed_length(LENGTH, f"[exposure]\n{table}"), THETA[:3], rng=np.random.default_rng(1))


def _toml(rules: CatRules) -> str:
    """Return a rules file of a calibrated test."""
    table = rules.document["exposure"]
    parameters = ", ".join(f'"{item}" = {chance!r}' for item, chance in table["parameters"].items())
    return (
        f'[stop]\nrule = "length"\nlength = {LENGTH}\n[exposure]\nmethod = "{table["method"]}"\n'
        f"max_rate = {table['max_rate']}\nparameters = {{ {parameters} }}"
    )
