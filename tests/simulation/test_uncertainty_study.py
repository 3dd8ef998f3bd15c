"""Standard errors when the item parameters are estimates; the tables are in docs/studies/uncertainty.md."""

import numpy as np
import pandas as pd
import pytest

from engine import CatRules, ItemPool, Study, simulate
from engine.simulation.metrics import coverage
from engine.simulation.responders import ModelResponder, Responder, Uncertain
from tests.engine.pools import three_pl
from tests.simulation.study_tables import Row, assert_as_committed, numbers, print_table

PAGE = "uncertainty.md"
BANKS, PEOPLE, ERROR = 20, 1_000, 0.2
HEAD = ["bank", "test", "questions", "ratio", "coverage"]
FIXED = '[stop]\nrule = "length"\nlength = 30\n'
PRECISE = '[stop]\nany_of = [{ rule = "precision", se = 0.3 }, { rule = "length", length = 60 }]\n'
OPTION = "[estimate]\nparameter_uncertainty = true\n"
TESTS = {
    "30 questions, plain": FIXED,
    "30 questions, with the option": FIXED + OPTION,
    "until SE 0.3, plain": PRECISE,
    "until SE 0.3, with the option": PRECISE + OPTION,
}
CALIBRATED, DRAWN = "Estimates are truth and error", "Truth is drawn from its distribution"


def calibrated(truth: ItemPool, rng: np.random.Generator) -> ItemPool:
    """Return a pool as a calibration might give it: log a and b with errors of SD 0.2, and that said."""
    table, n = truth.parameters.table, len(truth)
    a = table["a"] * np.exp(ERROR * rng.normal(size=n))
    told = {"a": a, "b": table["b"] + ERROR * rng.normal(size=n), "se_a": ERROR * a, "se_b": ERROR}
    return ItemPool.from_parameters(pd.DataFrame(table.assign(**told)))


def study(*, drawn: bool) -> list[Row]:
    """Return a row a bank size and test: 20 banks, 1,000 people each, who answer by the true parameters."""
    rows = list[Row]()
    for size in (100, 500):
        for name, text in TESTS.items():
            found = [_one(size, CatRules.parse(text), bank, drawn) for bank in range(BANKS)]
            error = np.concatenate([one.tests.theta - one.theta for one in found])
            se = np.concatenate([one.tests.se for one in found])
            length = float(np.mean([one.tests.length.mean() for one in found]))
            ratio = float(np.sqrt((error**2).mean() / (se**2).mean()))
            rows.append((f"{size} items", name, length, ratio, coverage(error, se)))
    return rows


def _one(size: int, rules: CatRules, bank: int, drawn: bool) -> Study:
    rng = np.random.default_rng([size, bank])
    truth = three_pl(size, seed=100 + bank)
    pool, theta = calibrated(truth, rng), rng.normal(size=PEOPLE)
    people: Responder = Uncertain.of(pool, theta, rng=rng) if drawn else ModelResponder(truth, theta)
    return simulate(pool, rules, theta, rng=rng, responder=people)


STUDIES = {CALIBRATED: False, DRAWN: True}


def test_the_committed_tables_keep_the_promise() -> None:
    """Plain errors are too small by 10 to 19 % in the large bank; the option restores 95 ± 1 % everywhere."""
    for heading in STUDIES:
        ratio, held = numbers(PAGE, heading, 3).reshape(-1, 2), numbers(PAGE, heading, 4).reshape(-1, 2)
        assert ((ratio[:, 0] > 1.05) & (ratio[:, 0] < 1.20)).all()
        assert ratio[2:, 0].min() >= 1.10
        assert held[:, 0].max() < 0.94
        assert np.abs(held[:, 1] - 0.95).max() <= 0.01


@pytest.mark.slow
@pytest.mark.parametrize("heading", STUDIES)
def test_the_study_gives_the_committed_table(heading: str) -> None:
    assert_as_committed(PAGE, heading, study(drawn=STUDIES[heading]), within=0.004)


if __name__ == "__main__":
    for heading, drawn in STUDIES.items():
        print_table(heading, HEAD, study(drawn=drawn))
