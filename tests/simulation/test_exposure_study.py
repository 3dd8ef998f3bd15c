"""Exposure that holds, at 10,000 candidates; the table is in docs/studies/exposure.md."""

import numpy as np
import pytest

from engine import CatRules, Study, simulate
from tests.engine.pools import three_pl
from tests.simulation.study_tables import Row, assert_as_committed, numbers, print_table

PAGE, HEADING = "exposure.md", "500 items, 30 questions, 10,000 candidates"
PEOPLE, RATE = 10_000, 0.25
HEAD = ["limit", "largest use", "allowed", "worst band", "allowed there", "overlap", "items unused", "RMSE"]
TEST = '[stop]\nrule = "length"\nlength = 30\n[exposure]\n'
RULES = {
    "none": 'method = "none"',
    "restricted, at most 0.25": 'method = "restricted"\nmax_rate = 0.25',
    "restricted, at most 0.10": 'method = "restricted"\nmax_rate = 0.10',
    "eligibility, at most 0.25": 'method = "eligibility"\nmax_rate = 0.25\nbands = []',
    "eligibility, at most 0.25 in every band": 'method = "eligibility"\nmax_rate = 0.25',
    "eligibility, at most 0.10 in every band": 'method = "eligibility"\nmax_rate = 0.10',
}


def study() -> list[Row]:
    """Return a row a rule: the busiest item's use, over all and in the band where it exceeds most."""
    theta, rows, pool = np.random.default_rng(1).normal(size=PEOPLE), list[Row](), three_pl(500)
    for name, text in RULES.items():
        found = simulate(pool, CatRules.parse(TEST + text), theta, rng=np.random.default_rng(2))
        summary = found.summary
        row = (summary["max_exposure"], allowed(found), *worst_band(found), summary["mean_overlap"])
        rows.append((name, *map(float, row), int(summary["unused_items"]), float(summary["rmse"])))
    return rows


def allowed(study: Study) -> float:
    """Return ⌈r n⌉ / n for restricted use, r + 3 √(r (1 − r) / n) for eligibility, NaN without a limit."""
    rate, n = study.exposure_limit, study.theta.size
    if rate is None:
        return float("nan")
    hard = type(study.design.exposure).__name__ == "Restricted"
    return float(np.ceil(rate * n) / n) if hard else rate + 3 * float(np.sqrt(rate * (1 - rate) / n))


def worst_band(study: Study) -> tuple[float, float]:
    """Return the busiest item's use and what is allowed, in the band where they differ most."""
    if not study.design.cuts.size:
        return float("nan"), float("nan")
    bands = study.bands
    worst = bands.loc[(bands["max_exposure"] - bands["allowed"]).idxmax()]
    return float(worst["max_exposure"]), float(worst["allowed"])


def test_the_committed_table_keeps_the_promise() -> None:
    use, most, band, there = (numbers(PAGE, HEADING, column) for column in (1, 2, 3, 4))
    assert use[0] == 1.0
    assert (use[1:] <= most[1:] + 0.0005).all()
    assert np.isfinite(band).sum() == 2
    assert (band[4:] <= there[4:] + 0.0005).all()


@pytest.mark.slow
def test_the_study_gives_the_committed_table() -> None:
    rows = study()
    assert_as_committed(PAGE, HEADING, rows, within=0.004)
    for row in rows[1:]:
        assert float(row[1]) <= float(row[2])
        assert np.isnan(float(row[3])) or float(row[3]) <= float(row[4])


if __name__ == "__main__":
    print_table(HEADING, HEAD, study())
