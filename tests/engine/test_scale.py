"""From θ to what a candidate reads: linear, clipped, rounded half up, with the transformed interval."""

import numpy as np
import pytest

from engine.scale import Scale

LEVELS = {"Beginning": 1, "Developing": 101, "Accomplished": 201}


def test_the_ends_and_the_middle() -> None:
    """1 to 300 for θ from −3 to 3: 150.5 at 0 rounds up."""
    theta = np.array([-9.0, -3.0, 0.0, 3.0, 9.0, 1.0])
    assert Scale().score(theta).tolist() == [1, 1, 151, 300, 300, 200]


def test_halves_are_rounded_up() -> None:
    scale = Scale(lowest=0, highest=4, theta=(0.0, 4.0))
    assert scale.score(np.array([0.49, 0.5, 1.5, 2.5, 3.4999])).tolist() == [0, 1, 2, 3, 3]


def test_the_band_is_the_interval_of_theta_transformed() -> None:
    """θ = 0.5, SE = 0.4, 95 %: −0.28399 to 1.28399, on the scale 136 to 214."""
    found = Scale(levels=LEVELS).report(np.array([0.5]), np.array([0.4]))
    assert (found.score[0], found.low[0], found.high[0], found.level[0]) == (175, 136, 214, "Developing")
    wide = Scale(band=0.5).report(np.array([0.5]), np.array([0.4]))
    assert (wide.low[0], wide.high[0]) == (162, 189)


def test_a_level_is_reached_by_the_score_that_is_shown() -> None:
    scale = Scale(levels=LEVELS)
    assert scale.level(np.array([1.0, 100, 101, 200, 201, 300])).tolist() == (
        ["Beginning"] * 2 + ["Developing"] * 2 + ["Accomplished"] * 2
    )
    for cut, start in zip(scale.cuts, (101, 201), strict=True):
        below, above = scale.score(np.array([cut - 1e-9, cut + 1e-9]))
        assert (below, above) == (start - 1, start)


def test_nobody_without_an_ability_gets_a_score() -> None:
    found = Scale(levels=LEVELS).report(np.array([np.nan, 0.0]), np.array([np.nan, np.nan]))
    assert np.isnan(found.score[0])
    assert found.level.tolist() == ["", "Developing"]
    assert np.isnan([found.low[0], found.low[1], found.high[1]]).all()


def test_below_the_first_level_there_is_none() -> None:
    assert Scale(levels={"Pass": 150}).level(np.array([149.0, 150.0])).tolist() == ["", "Pass"]


@pytest.mark.parametrize("theta", [np.linspace(-4, 4, 9)])
def test_scores_rise_with_ability(theta: np.ndarray) -> None:
    assert (np.diff(Scale().score(theta)) >= 0).all()
