"""Many designs: rules varied setting by setting, the same people for all."""

import numpy as np
import pytest

from engine import CatRules
from engine.simulation.comparison import compare, vary
from engine.stopping.combine import AnyOf
from engine.stopping.precision import Precision
from items.errors import BadInput
from tests.engine.pools import three_pl

TEXT = '[stop]\nany_of = [{ rule = "precision", se = 0.4 }, { rule = "length", length = 12 }]'


def test_every_combination_is_a_design() -> None:
    settings = {"select.criterion": ["mfi", "klp"], "stop.any_of.0.se": [0.3, 0.5, 0.6]}
    designs = dict(vary(TEXT, settings))
    assert len(designs) == 6
    rules = designs["select.criterion=klp, stop.any_of.0.se=0.5"]
    assert isinstance(rules.stop, AnyOf)
    assert rules.stop.rules[0] == Precision(0.5)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"select.criterion": ["mifi"]}, "did you mean 'mfi'"),
        ({"stop.any_of.7.se": [0.3]}, "there is no such setting"),
        ({"stop.any_of.se": [0.3]}, "there is no such setting"),
        ({"slect.criterion": ["mfi"]}, "did you mean 'select'"),
    ],
)
def test_a_setting_that_is_none_is_named(settings: dict[str, list[object]], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        list(vary(TEXT, settings))


def test_a_setting_with_one_value_is_set_and_not_named() -> None:
    designs = dict(vary("", {"stop.rule": ["length"], "stop.length": [5, 9]}))
    assert [(name, rules.stop.longest) for name, rules in designs.items()] == [
        ("stop.length=5", 5),
        ("stop.length=9", 9),
    ]
    assert list(dict(vary(TEXT, {"select.criterion": ["klp"]}, where="mine.toml"))) == ["mine.toml"]


def test_designs_are_compared_on_the_same_people() -> None:
    pool, theta = three_pl(), np.random.default_rng(1).normal(size=150)
    designs = dict(vary(TEXT, {"exposure.max_rate": [0.2, 0.5], "exposure.method": ["eligibility"]}))
    designs["as it is"] = CatRules.parse(TEXT)
    table = compare(pool, designs, theta, seed=4).set_index("design")
    assert table.index.tolist() == list(designs)
    assert table["exposure_limit"].tolist()[:2] == [0.2, 0.5]
    assert np.isnan(table["exposure_limit"].iloc[2])
    assert table["max_exposure"].is_monotonic_increasing
    again = compare(pool, designs, theta, seed=4, workers=2).set_index("design")
    np.testing.assert_array_equal(table.drop(columns="seconds"), again.drop(columns="seconds"))
