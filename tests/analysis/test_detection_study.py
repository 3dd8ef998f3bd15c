"""Which faults are found, and how often sound questions are suspected; see docs/studies/detection.md."""

from functools import partial

import numpy as np
import pytest

from calibration.analysis import analyse
from calibration.dif import compare_groups, find_groups
from tests.analysis import faulty
from tests.analysis.faulty import ITEMS, World
from tests.analysis.studies import committed, markdown, rate, replicated, rng_of

PAGE = "detection.md"
SIZES = (250, 1000)
FAULTS = {
    "wrong key": faulty.wrong_keys,
    "dead distractor": faulty.dead_distractor,
    "dependent pair, 3 in 10 repeat": faulty.dependent(0.3),
    "dependent pair, 5 in 10 repeat": faulty.dependent(0.5),
    "speeded end, left blank": faulty.blank_ends,
    "speeded end, ticked at random": faulty.guessed_ends,
    "eight leaked questions": faulty.known,
    "careless people": faulty.careless,
}
SHIFTS = (0.0, 0.43, 0.64, 0.9)
REPLICATIONS, COMPARISONS = 20, 100


def found_once(fault: str, n: int, seed: int) -> np.ndarray:
    """Return hits, faulty, alarms and sound, for items then for persons (2, 4)."""
    rng = rng_of(seed, 11, list(FAULTS).index(fault), n)
    world = FAULTS[fault](n, rng)
    found = analyse(world.responses, rng=rng)
    return np.array([_items(world, found.flags), _persons(world, found.persons)])


def _items(world: World, flags) -> tuple[int, int, int, int]:
    hits = faults = alarms = rest = 0
    for flag, wanted in world.items.items():
        raised = set(flags.loc[flags["flag"] == flag, "item"])
        sound = set(ITEMS) - wanted - world.exempt
        hits, faults = hits + len(raised & wanted), faults + len(wanted)
        alarms, rest = alarms + len(raised & sound), rest + len(sound)
    return hits, faults, alarms, rest


def _persons(world: World, persons) -> tuple[int, int, int, int]:
    hits = faults = alarms = rest = 0
    for flag, wanted in world.persons.items():
        raised = persons["flags"].str.contains(flag).to_numpy()
        hits, faults = hits + int((raised & wanted).sum()), faults + int(wanted.sum())
        alarms, rest = alarms + int((raised & ~wanted).sum()), rest + int((~wanted).sum())
    return hits, faults, alarms, rest


def detection() -> list[tuple[str, ...]]:
    """Return fault, who is flagged, n, found and falsely suspected in percent, and the larger error."""
    rows = []
    for fault in FAULTS:
        for n in SIZES:
            found = replicated(partial(found_once, fault, n), REPLICATIONS)
            for kind, counts in (("items", found[:, 0].T), ("people", found[:, 1].T)):
                if counts[1].sum():
                    power, false = rate(counts[0], counts[1]), rate(counts[2], counts[3])
                    error = max(power[1], false[1])
                    rows.append((fault, kind, f"{n:,}", f"{power[0]:.1f}", f"{false[0]:.2f}", f"{error:.2f}"))
    return rows


def compared_once(shift: float, n: int, seed: int) -> np.ndarray:
    """Return how many of Q1–Q3, and of the rest, are significant, class B or C, and class C (2, 3)."""
    rng = rng_of(seed, 12, SHIFTS.index(shift), n)
    world = faulty.unequal(shift)(n, rng)
    table = compare_groups(
        world.responses, find_groups(world.responses, "g_side", focal="f"), purified=True
    ).table
    signs = [table["p"] < 0.05, table["ets_class"].isin(["B", "C"]), table["ets_class"] == "C"]
    marked = table["item"].isin(world.items["any"])
    return np.array([[int((sign & own).sum()) for sign in signs] for own in (marked, ~marked)])


def classes() -> list[tuple[str, ...]]:
    """Return shift, n per group, and percent significant, B or C, and C of shifted and of sound items."""
    rows = []
    for shift in SHIFTS:
        for n in (500, 2000):
            found = replicated(partial(compared_once, shift, n), COMPARISONS)
            cells = [
                rate(found[:, own, sign], np.full(COMPARISONS, 3 if own == 0 else 27))
                for own in (0, 1)
                for sign in (0, 1, 2)
            ]
            error = max(error for _, error in cells)
            rows.append((f"{shift:.2f}", f"{n // 2:,}", *(f"{p:.1f}" for p, _ in cells), f"{error:.1f}"))
    return rows


def test_the_docs_hold_every_case_and_the_promise() -> None:
    rows = committed(PAGE, 6)
    assert {row[0] for row in rows} == set(FAULTS)
    for row in rows:
        assert float(row[4]) < 3, row
    differences = committed(PAGE, 9)
    assert [float(row[0]) for row in differences[::2]] == list(SHIFTS)
    large = differences[-1]
    assert float(large[2]) > 95, large
    for row in differences:
        assert float(row[7]) < 5, row


@pytest.mark.slow
def test_the_study_gives_the_committed_detection() -> None:
    for told, found in zip(committed(PAGE, 6), detection(), strict=True):
        assert float(told[3]) == pytest.approx(float(found[3]), abs=2), found
        assert float(told[4]) == pytest.approx(float(found[4]), abs=0.3), found


@pytest.mark.slow
def test_the_study_gives_the_committed_classes() -> None:
    for told, found in zip(committed(PAGE, 9), classes(), strict=True):
        assert [float(x) for x in told[2:8]] == pytest.approx([float(x) for x in found[2:8]], abs=1), found


if __name__ == "__main__":
    print(markdown(detection()), markdown(classes()), sep="\n\n")
