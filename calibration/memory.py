"""What a calibration needs beside the answers, and what the machine has: said before the work, not after.

Standard errors take the whole information matrix, items beside items. Leaving out what the errors of two
items have in common would spare it, and be far off where people answer items of about their own ability.
"""

import os
from pathlib import Path

from calibration.problem import Problem
from calibration.standard_errors import memory_needed
from items.errors import BadInput

SHARE = 0.8
"""Share of the memory that one matrix may take."""
LIMIT = Path("/sys/fs/cgroup/memory.max")
"""Where Linux writes the limit of a container."""
GIGABYTE = 1e9


def refuse_beyond_memory(problem: Problem, *, errors: str, hierarchical: bool) -> None:
    """Raise BadInput if the information matrix of a problem would not fit into memory."""
    if errors == "none" and not hierarchical:
        return
    objective = problem.objective
    free = objective.items.n_free + objective.population.n_free
    needed, there = memory_needed(objective.items, free, sandwich=errors == "sandwich"), memory()
    if needed > SHARE * there:
        raise BadInput(
            f"the information matrix of {free} parameters needs {needed / GIGABYTE:.1f} GB, "
            f"this machine has {SHARE * there / GIGABYTE:.1f} GB for it",
            where="priors from the bank" if hierarchical else "standard errors",
            right=("--priors default" if hierarchical else "--no-se")
            + ", or one part of the bank at a time with the rest as --anchors",
        )


def memory() -> int:
    """Return the bytes of memory that this process may use at most."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = LIMIT.read_text().strip() if LIMIT.exists() else ""
    return min(physical, int(limit)) if limit.isdigit() else physical
