"""The cases of `itemwise bench` by name; light to import, each case finds its code when it is run."""

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboard.benchmarks.line import Line
from engine.registry import nearest
from items.errors import BadInput

CALIBRATION, ADAPTIVE = "Calibration", "Adaptive tests"


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to measure.

    Attributes
    ----------
    name, title : str
    family : str
        The table in which it stands.
    place : str
        `module:function` of what measures it, below this package; it takes the name and whether slow peers
        are wanted, and yields lines.
    quick : bool
        Whether it is run where no case is named.
    """

    name: str
    title: str
    family: str
    place: str
    quick: bool = True

    def measure(self, *, slow_peers: bool) -> Iterator[Line]:
        """Yield the lines of this case; peers that take minutes only where they are wanted."""
        module, function = self.place.split(":")
        work = getattr(importlib.import_module(f"dashboard.benchmarks.{module}"), function)
        yield from work(self.name, slow_peers=slow_peers)


_CASES = (
    Case("A", "dense 2PL, 10,000 × 50", CALIBRATION, "calibrations:simulated"),
    Case("A2", "dense 2PL, 50,000 × 100", CALIBRATION, "calibrations:simulated"),
    Case("B", "3PL with prior, 10,000 × 50", CALIBRATION, "calibrations:simulated"),
    Case("C", "GRM, 5,000 × 30 × 5 categories", CALIBRATION, "calibrations:simulated"),
    Case("D", "GPCM, 5,000 × 30 × 5 categories", CALIBRATION, "calibrations:simulated"),
    Case("E", "sparse 2PL, 20,000 × 500, 20 answers each", CALIBRATION, "calibrations:simulated"),
    Case(
        "small2pl", "dense 2PL, 2,000 × 20: a first look", CALIBRATION, "calibrations:simulated", quick=False
    ),
    Case("SAT12", "real 3PL, 600 × 32, to 1e-6 of the maximum", CALIBRATION, "calibrations:sat12"),
    Case("sparse-10m", "10 million answers from Parquet", CALIBRATION, "sparse_logs:sparse", quick=False),
    Case("sparse-100m", "100 million answers from Parquet", CALIBRATION, "sparse_logs:sparse", quick=False),
    Case("cat", "30 items by MFI and EAP, 500-item 3PL bank", ADAPTIVE, "simulations:plain"),
    Case("cat-rules", "with exposure control, content, precision stop", ADAPTIVE, "simulations:ruled"),
    Case("cat-100k", "100,000 candidates: time and memory", ADAPTIVE, "simulations:crowd"),
    Case("cat-mepv", "30 items by MEPV", ADAPTIVE, "simulations:expected_variance"),
    Case("live", "one live step, 1,000 and 100,000 items", ADAPTIVE, "steps:live"),
    Case("step", "one choice by MPWI and by MEPV, 500 items", ADAPTIVE, "steps:criteria"),
    Case("shadow", "one shadow test, science bank of 1,000 items", ADAPTIVE, "steps:shadow"),
)
CASES = {case.name: case for case in _CASES}
NAMES = ", ".join(CASES)


def chosen(names: Sequence[str]) -> list[Case]:
    """Return the cases of these names, the quick ones without any; upper and lower case are one.

    Raises
    ------
    BadInput
        If there is no such case.
    """
    known = {name.lower(): case for name, case in CASES.items()}
    unknown = [name for name in names if name.lower() not in known]
    if unknown:
        raise BadInput(f"there is no case '{unknown[0]}'", right=nearest(unknown[0], CASES))
    return [known[name.lower()] for name in names] or [case for case in CASES.values() if case.quick]
