"""Exposure that holds, at 10,000 candidates; the table is in docs/studies/exposure.md."""

import numpy as np
import pytest

from engine import CatRules, Study, simulate
from engine.selection.constraints.eligibility import ItemEligibility
from engine.simulation.sympson_hetter import made_ready
from tests.engine.pools import three_pl
from tests.simulation.study_tables import Row, assert_as_committed, numbers, print_table

PAGE, HEADING = "exposure.md", "500 items, 30 questions, 10,000 candidates"
PEOPLE, MANY = 10_000, 60_000
HEAD = ["limit", "largest use", "allowed", "worst band", "allowed there", "overlap", "items unused", "RMSE"]
TEST = '[stop]\nrule = "length"\nlength = 30\n[exposure]\n'
SYMPSON_HETTER = 'method = "sympson_hetter"'
BANDS = f"bands = {list(ItemEligibility().bands)}"
RULES = {
    "none": 'method = "none"',
    "restricted, at most 0.25": 'method = "restricted"\nmax_rate = 0.25',
    "restricted, at most 0.10": 'method = "restricted"\nmax_rate = 0.10',
    "eligibility, at most 0.25": 'method = "eligibility"\nmax_rate = 0.25\nbands = []',
    "eligibility, at most 0.25 in every band": 'method = "eligibility"\nmax_rate = 0.25',
    "eligibility, at most 0.10 in every band": 'method = "eligibility"\nmax_rate = 0.10',
    "Sympson-Hetter, at most 0.25": f"{SYMPSON_HETTER}\nmax_rate = 0.25",
    "Sympson-Hetter, at most 0.25 in every band": f"{SYMPSON_HETTER}\nmax_rate = 0.25\n{BANDS}",
    "Sympson-Hetter, at most 0.10 in every band": f"{SYMPSON_HETTER}\nmax_rate = 0.10\n{BANDS}",
}


LONG_RUN = "Sympson-Hetter in the long run: 60,000 candidates"
LONG_RUN_HEAD = ["limit", "r", "largest use", "largest between −1.5 and 1.5", "largest at the ends"]


def study() -> list[Row]:
    """Return a row a rule: the busiest item's use, over all and in the band where it exceeds most."""
    theta, rows, pool = np.random.default_rng(1).normal(size=PEOPLE), list[Row](), three_pl(500)
    for name in RULES:
        found = simulate(pool, ready(name), theta, rng=np.random.default_rng(2))
        summary = found.summary
        row = (summary["max_exposure"], allowed(found), *worst_band(found), summary["mean_overlap"])
        rows.append((name, *map(float, row), int(summary["unused_items"]), float(summary["rmse"])))
    return rows


def long_run() -> list[Row]:
    """Return a row for each limit of Sympson-Hetter in bands: the busiest item's use, and in the bands."""
    theta, rows = np.random.default_rng(5).normal(size=MANY), list[Row]()
    for name in [name for name in RULES if name.startswith("Sympson-Hetter") and "band" in name]:
        found = simulate(three_pl(500), ready(name), theta, rng=np.random.default_rng(6))
        use, limit = found.bands["max_exposure"].to_numpy(), found.exposure_limit or 1.0
        ends = np.r_[use[:2], use[-2:]]
        rows.append(
            (name, limit, float(found.summary["max_exposure"]), float(use[2:-2].max()), float(ends.max()))
        )
    return rows


def ready(name: str) -> CatRules:
    """Return rules, those of Sympson-Hetter after a calibration run with other people."""
    others = np.random.default_rng(3).normal(size=PEOPLE)
    return made_ready(three_pl(500), CatRules.parse(TEST + RULES[name]), others, rng=np.random.default_rng(4))


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
    assert np.isfinite(band).sum() == 4
    assert (band[4:6] <= there[4:6] + 0.0005).all()


def test_sympson_hetter_holds_in_every_band_in_the_long_run() -> None:
    """As committed; the chances come from other people, so what is found there by chance stays."""
    limit, use, middle, ends = (numbers(PAGE, LONG_RUN, column) for column in (1, 2, 3, 4))
    assert limit.tolist() == [0.25, 0.1]
    assert (use <= limit + 0.01).all()
    assert (middle <= limit + 0.02).all()
    assert (ends <= limit + 0.04).all()


@pytest.mark.slow
def test_the_study_gives_the_committed_table() -> None:
    rows = study()
    assert_as_committed(PAGE, HEADING, rows, within=0.004)
    for row in rows[1:]:
        assert float(row[1]) <= float(row[2])
    for row in rows[4:6]:
        assert float(row[3]) <= float(row[4])
    assert_as_committed(PAGE, LONG_RUN, long_run(), within=0.004)


if __name__ == "__main__":
    print_table(HEADING, HEAD, study())
    print_table(LONG_RUN, LONG_RUN_HEAD, long_run())
