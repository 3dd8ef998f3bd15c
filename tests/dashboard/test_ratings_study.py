"""The adjusted order against the raw mean on simulated raters; the table is in docs/studies/ratings.md."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from calibration.ratings import adjusted_ratings
from calibration.ratings_simulated import RatingWorld, simulate_ratings

PAGE = Path(__file__).parents[2] / "docs" / "studies" / "ratings.md"
MATTERS = RatingWorld()
IDLE = replace(MATTERS, severity_sd=0.0, wrong=0.0, hard=0.0)
CASES = [
    (name, selective, votes)
    for name in ("matter", "do not matter")
    for selective in (0.0, 0.8)
    for votes in (3.0, 10.0, 40.0)
]
ROW = re.compile(
    r"^\| (matter|do not matter) \| (yes|no) \| (\d+) \| ([\d.]+) \| ([\d.]+) \| ([+−][\d.]+) \|"
)


def rank_correlations(world: RatingWorld, replications: int) -> np.ndarray:
    """Return (replications, 2): rank correlation of raw mean and of adjusted rating with true quality."""
    rows = []
    for seed in range(replications):
        table, quality = simulate_ratings(world, rng=np.random.default_rng([2026, seed]))
        raw = table.groupby("item")["stars"].mean()
        adjusted = adjusted_ratings(table.assign(version=1)).set_index("item")["adjusted"]
        true = quality[raw.index]
        rows.append((spearmanr(raw, true)[0], spearmanr(adjusted.reindex(raw.index), true)[0]))
    return np.array(rows)


def study(replications: int = 200) -> list[tuple[str, float, float, float, float, float]]:
    """Return case, selective, votes, raw and adjusted rank correlation, and the SE of their difference."""
    rows = []
    for name, selective, votes in CASES:
        world = replace(MATTERS if name == "matter" else IDLE, selective=selective, votes=votes)
        both = rank_correlations(world, replications)
        gain = both[:, 1] - both[:, 0]
        rows.append((name, selective, votes, *both.mean(axis=0), gain.std() / np.sqrt(replications)))
    return rows


def committed() -> list[tuple[str, bool, float, float, float]]:
    """Return the rows of the table in the docs."""
    found = [ROW.match(line) for line in PAGE.read_text(encoding="utf-8").splitlines()]
    return [(m[1], m[2] == "yes", float(m[3]), float(m[4]), float(m[5])) for m in found if m is not None]


def test_the_docs_hold_every_case_and_the_promise():
    rows = committed()
    assert [(name, selective, votes) for name, selective, votes, *_ in rows] == [
        (name, selective > 0, votes) for name, selective, votes in CASES
    ]
    for name, _, _, raw, adjusted in rows:
        assert adjusted - raw > (0.05 if name == "matter" else -0.01)


@pytest.mark.slow
def test_the_study_gives_the_committed_table():
    for told, (_, _, _, raw, adjusted, error) in zip(committed(), study(), strict=True):
        assert told[3:] == pytest.approx((raw, adjusted), abs=0.002)
        assert adjusted - raw > (0.05 if told[0] == "matter" else -0.01)
        assert error < 0.01


if __name__ == "__main__":
    for name, selective, votes, raw, adjusted, error in study():
        gain = f"{adjusted - raw:+.3f}".replace("-", "−")
        chosen = "yes" if selective else "no"
        print(f"| {name} | {chosen} | {votes:.0f} | {raw:.3f} | {adjusted:.3f} | {gain} | {error:.3f} |")
