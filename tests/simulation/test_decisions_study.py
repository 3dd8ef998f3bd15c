"""Do the claims about levels come true? The table is in docs/studies/decisions.md."""

import numpy as np
import pytest

from engine import CatRules, simulate
from tests.engine.pools import three_pl
from tests.simulation.study_tables import Row, assert_as_committed, numbers, print_table

PAGE, HEADING = "decisions.md", "20,000 candidates, twice"
PEOPLE = 20_000
HEAD = ["test", "questions", "right", "Rudner", "Lee", "same level twice", "Rudner", "Lee"]
ONE = "[scale]\nlevels = { Fail = 1, Pass = 151 }\n"
TWO = "[scale]\nlevels = { Low = 1, Middle = 121, High = 181 }\n"
SPRT = 'any_of = [{ rule = "sprt", cuts = [0.0], delta = 0.3 }, { rule = "length", length = 40 }]'
RULES = {
    "one cut, 10 questions": ONE + '[stop]\nrule = "length"\nlength = 10\n',
    "one cut, 30 questions": ONE + '[stop]\nrule = "length"\nlength = 30\n',
    "one cut, sequential, 10 to 40 questions": ONE + f"[stop]\n{SPRT}\nnot_before = 10\n",
    "two cuts, 10 questions": TWO + '[stop]\nrule = "length"\nlength = 10\n',
    "two cuts, 30 questions": TWO + '[stop]\nrule = "length"\nlength = 30\n',
}


def study() -> list[Row]:
    """Return a row a test: what came true, and what Rudner's and Lee's methods claim."""
    theta, rows, pool = np.random.default_rng(1).normal(size=PEOPLE), list[Row](), three_pl(500)
    for name, text in RULES.items():
        both = [
            simulate(pool, CatRules.parse(text), theta, rng=np.random.default_rng(seed)) for seed in (2, 3)
        ]
        claims, cuts = both[0].decisions, both[0].design.rules.scale.cuts
        levels = [np.searchsorted(cuts, one.tests.theta, side="right") for one in both]
        rows.append(
            (
                name,
                float(both[0].tests.length.mean()),
                claims["decision_right"],
                claims["decision_accuracy"],
                claims["decision_accuracy_lee"],
                float((levels[0] == levels[1]).mean()),
                claims["decision_consistency"],
                claims["decision_consistency_lee"],
            )
        )
    return rows


def test_the_committed_table_keeps_the_promise() -> None:
    """Rudner's claims come true; Lee's, about sum scores, are never too high and close after 30 questions."""
    right, rudner, lee, same, again, too = (numbers(PAGE, HEADING, column) for column in range(2, 8))
    assert np.abs(rudner - right).max() <= 0.01
    assert np.abs(again - same).max() <= 0.02
    assert (lee <= right + 0.005).all()
    assert (too <= same + 0.005).all()
    assert np.abs(lee - right)[[1, 4]].max() <= 0.01
    assert np.abs(too - same)[[1, 4]].max() <= 0.015
    assert right[1] > right[0]
    assert right[4] > right[3]


@pytest.mark.slow
def test_the_study_gives_the_committed_table() -> None:
    assert_as_committed(PAGE, HEADING, study(), within=0.004)


if __name__ == "__main__":
    print_table(HEADING, HEAD, study())
