"""Linking: what a change of scale must and must not do."""

import numpy as np
import pandas as pd
import pytest

from calibration.linking import Link, Transformation, link
from calibration.linking.equating import equate
from calibration.linking.methods import METHODS
from calibration.marginal import MarginalML
from calibration.responses import ResponseMatrix
from engine.pool import ItemPool
from items.errors import BadInput
from items.parameters import Covariance, ParameterSet

LINE = Transformation(1.3, -0.4)
MIXED = pd.DataFrame(
    [
        {"item": "one", "model": "2pl", "a": 1.2, "b": 0.3, "se_a": 0.1, "se_b": 0.2},
        {"item": "two", "model": "3pl", "a": 0.8, "b": -1.0, "c": 0.2},
        {"item": "three", "model": "gpcm", "a": 0.9, "b1": -0.5, "b2": 0.7},
        {"item": "four", "model": "grm", "a": 1.5, "b1": -1.2, "b2": 0.1, "b3": 1.1},
        {"item": "five", "model": "nrm", "a1": 0.4, "a2": 1.1, "c1": 0.2, "c2": -0.3},
    ]
)


def constants(found: Link) -> tuple[float, float]:
    return found.transformation.A, found.transformation.B


@pytest.fixture
def old() -> ParameterSet:
    table = ParameterSet.from_table(MIXED).table
    matrix = ((0.01, 0.004), (0.004, 0.04))
    return ParameterSet(table, {"all": (0.0, 1.0)}, {("one", 1): Covariance(("a", "b"), matrix)})


@pytest.fixture
def new(old: ParameterSet) -> ParameterSet:
    """The same items, measured on another scale: θ_old = 1.3 θ_new − 0.4."""
    back = Transformation(1 / LINE.A, -LINE.B / LINE.A)
    return back.apply(old)


def test_probabilities_do_not_change_with_the_scale(old: ParameterSet, new: ParameterSet) -> None:
    theta = np.linspace(-3, 3, 13)
    here = ItemPool.from_parameters(new).log_prob(theta)
    there = ItemPool.from_parameters(old).log_prob(LINE.theta(theta))
    np.testing.assert_allclose(np.exp(here), np.exp(there), atol=1e-12)


def test_errors_covariances_and_population_move_along(old: ParameterSet) -> None:
    moved = LINE.apply(old)
    row = moved.table.iloc[0]
    assert (row["se_a"], row["se_b"]) == pytest.approx((0.1 / 1.3, 0.2 * 1.3))
    np.testing.assert_allclose(
        moved.covariances["one", 1].matrix, [[0.01 / 1.69, 0.004], [0.004, 0.04 * 1.69]]
    )
    assert moved.population["all"] == pytest.approx((-0.4, 1.3))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_an_exact_line_in_mixed_formats(
    old: ParameterSet, new: ParameterSet, method: str
) -> None:
    found = link(new, old, method=method)
    assert constants(found) == pytest.approx((1.3, -0.4), abs=1e-6)
    np.testing.assert_allclose(found.anchors["displacement"].dropna(), 0, atol=1e-5)
    np.testing.assert_allclose(found.anchors["area"], 0, atol=1e-5)
    np.testing.assert_allclose(found.parameters.table["b"].dropna(), old.table["b"].dropna(), atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_rasch_scales_differ_in_their_origin_only(method: str) -> None:
    b = np.array([-1.0, -0.2, 0.4, 1.3])
    frame = pd.DataFrame({"item": list("wxyz"), "model": "rasch", "a": 1.0, "b": b})
    other = frame.assign(b=b + np.array([0.5, 0.55, 0.45, 0.5]))
    found = link(ParameterSet.from_table(frame), ParameterSet.from_table(other), method=method)
    assert constants(found) == pytest.approx((1.0, 0.5), abs=0.01)
    assert constants(found)[0] == 1.0
    assert set(found.parameters.table["model"]) == {"rasch"}


def test_a_change_of_unit_unpins_the_slope() -> None:
    frame = pd.DataFrame({"item": ["x"], "model": ["rasch"], "a": [1.0], "b": [0.0]})
    moved = Transformation(2.0, 0.0).apply(ParameterSet.from_table(frame)).table
    assert (moved["model"][0], moved["a"][0]) == ("1pl", 0.5)


def test_purification_leaves_the_drifted_anchor_out() -> None:
    rng = np.random.default_rng(2)
    table = pd.DataFrame(
        {"item": [f"I{j}" for j in range(12)], "model": "2pl", "a": 1.0, "b": rng.normal(size=12)}
    )
    later = table.assign(b=table["b"] + np.where(np.arange(12) == 4, 1.2, 0.0))
    sets = [ParameterSet.from_table(frame) for frame in (later, table)]
    plain, clean = (link(*sets, method="mean-mean", purify=purify) for purify in (False, True))
    assert constants(plain) == pytest.approx((1.0, -0.1))
    assert constants(clean) == pytest.approx((1.0, 0.0), abs=1e-9)
    assert list(clean.anchors.loc[~clean.anchors["used"], "item"]) == ["I4"]
    assert list(clean.anchors.loc[clean.anchors["class"] == "C", "item"]) == ["I4"]
    assert clean.anchors["displacement"][4] == pytest.approx(1.2)


def test_standard_errors_fall_with_the_number_of_anchors() -> None:
    rng = np.random.default_rng(3)

    def se(n: int) -> float:
        b = rng.normal(size=n)
        table = pd.DataFrame({"item": [f"I{j}" for j in range(n)], "model": "2pl", "a": 1.0, "b": b})
        noisy = table.assign(b=b + rng.normal(scale=0.2, size=n))
        found = link(*(ParameterSet.from_table(frame) for frame in (noisy, table)), method="mean-mean")
        assert found.se_B is not None
        return found.se_B

    assert se(10) == pytest.approx(0.2 / np.sqrt(10), rel=0.6)
    assert se(100) == pytest.approx(0.2 / np.sqrt(100), rel=0.3)


def test_bad_input_is_named(old: ParameterSet, new: ParameterSet) -> None:
    with pytest.raises(BadInput, match="did you mean 'haebara'"):
        link(new, old, method="haebra")
    stranger = ParameterSet.from_table(MIXED.assign(item=[f"other {j}" for j in range(5)]))
    with pytest.raises(BadInput, match="0 comparable items in common"):
        link(new, stranger)
    with pytest.raises(BadInput, match="anchor 'six' is not common"):
        link(new, old, anchors=["one", "six"])


def test_another_version_or_shape_is_no_anchor(old: ParameterSet, new: ParameterSet) -> None:
    other = ParameterSet.from_table(new.table.assign(version=[2, 1, 1, 1, 1]))
    assert "one" not in set(link(other, old).anchors["item"])
    shorter = ParameterSet.from_table(new.table.assign(b3=np.nan))
    assert "four" not in set(link(shorter, old).anchors["item"])


def test_equating_a_form_with_itself_changes_nothing() -> None:
    rng = np.random.default_rng(4)
    table = pd.DataFrame(
        {"item": [f"I{j}" for j in range(15)], "model": "2pl", "a": 1.1, "b": rng.normal(size=15)}
    )
    pool = ItemPool.from_parameters(table)
    found = equate(pool, pool)
    np.testing.assert_allclose(found["true_score"], found["score"], atol=1e-2)
    np.testing.assert_allclose(found["observed_score"], found["score"], atol=1e-9)


def test_a_harder_form_gives_more_credit() -> None:
    rng = np.random.default_rng(5)
    table = pd.DataFrame(
        {"item": [f"I{j}" for j in range(15)], "model": "3pl", "a": 1.1, "b": rng.normal(size=15), "c": 0.2}
    )
    hard, easy = (ItemPool.from_parameters(table.assign(b=table["b"] + shift)) for shift in (0.5, 0.0))
    found = equate(hard, easy)
    inner = found[(found["score"] > 4) & (found["score"] < 14)]
    assert (inner["true_score"] > inner["score"]).all()
    assert (inner["observed_score"] > inner["score"]).all()
    np.testing.assert_allclose(inner["true_score"], inner["observed_score"], atol=0.5)
    assert (np.diff(found["true_score"]) > 0).all()


def test_concurrent_calibration_is_the_alternative_to_linking() -> None:
    """Two forms with ten common items, the second group half a logit abler: both ways recover the truth."""
    rng = np.random.default_rng(6)
    items, n = [f"I{j}" for j in range(30)], 3000
    a, b = rng.lognormal(0, 0.2, 30), rng.normal(size=30)
    theta = rng.normal(size=2 * n) + np.repeat([0.0, 0.5], n)
    answers = (rng.random((2 * n, 30)) < 1 / (1 + np.exp(-a * (theta[:, None] - b)))).astype(float)
    answers[:n, 20:], answers[n:, :10] = np.nan, np.nan
    frame = pd.DataFrame(answers, columns=items).assign(g_form=np.repeat(["old", "new"], n))
    both = MarginalML(group="g_form", standard_errors="none").fit(ResponseMatrix.from_pandas(frame))
    alone = MarginalML(standard_errors="none")
    parts = (ResponseMatrix.from_pandas(part) for part in (frame.iloc[:n, :20], frame.iloc[n:, 10:30]))
    old, new = (alone.fit(part).parameter_set() for part in parts)
    linked = link(new, old)
    assert pytest.approx(0.5, abs=0.08) == linked.transformation.B
    assert pytest.approx(1.0, abs=0.08) == linked.transformation.A
    (mean, sd), (mean_new, _) = both.population["old"], both.population["new"]
    assert (mean_new - mean) / sd == pytest.approx(0.5, abs=0.08)
    concurrent = (both.parameters.set_index("item")["b"] - mean) / sd
    separate = pd.concat([old.table, linked.parameters.table.iloc[10:]]).set_index("item")["b"]
    np.testing.assert_allclose(concurrent[items], separate[items], atol=0.12)
    np.testing.assert_allclose(concurrent[items], b, atol=0.3)
