"""Clocks: the best of several runs, and the peak memory of a process of its own."""

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timed(Generic[T]):
    """The fastest run: wall-clock and processor time (seconds), and what it returned."""

    seconds: float
    cpu: float
    value: T


def best_of(work: Callable[[], T], *, most: int = 7, budget: float = 4.0) -> Timed[T]:
    """Run at least once, at most `most` times and no more after `budget` seconds; return the fastest run."""
    runs: list[Timed[T]] = []
    while len(runs) < most and sum(run.seconds for run in runs) < budget:
        wall, cpu = time.perf_counter(), time.process_time()
        value = work()
        runs.append(Timed(time.perf_counter() - wall, time.process_time() - cpu, value))
    return min(runs, key=lambda run: run.seconds)


def in_own_process(work: Callable[..., T], *arguments: Any) -> tuple[T, float]:
    """Return what `work` returns in a fresh process, and that process's peak memory (GB)."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_with_memory, (work, arguments))


def _with_memory(work: Callable[..., T], arguments: tuple[Any, ...]) -> tuple[T, float]:
    return work(*arguments), peak_memory()


def peak_memory() -> float:
    """Return the peak memory of this process (GB)."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would include the process that started this one
        words = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()
        return int(words[1]) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6)
