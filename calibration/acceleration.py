"""The climb to the maximum: EM steps to begin with, then quasi-Newton steps scaled by the EM step.

Plain EM slows down near the end because it divides the gradient by the information that the answers would
hold were abilities known. L-BFGS with that very matrix as its starting scale keeps EM's safety in the first
steps and learns from the gradients what the unknown abilities cost; one E-step a cycle either way. A step
that lowers the objective is shortened, never taken.

Jamshidian & Jennrich (1997), J. Royal Statistical Society B 59, 569–587 (QN1); Nocedal (1980), Mathematics
of Computation 35, 773–782.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, linalg

from calibration.objective import Evaluation, Objective
from engine._types import Floats

MEMORY = 12
"""Pairs of steps and gradient changes kept."""
LONGEST = 2.0
"""The largest change of any free parameter in one step."""
EM_STEPS = 4
"""Cycles before the first gradients are learned from: far from the maximum they mislead."""
MOST_TRIES = 20
"""Times that a step is shortened before the climb is given up."""
FLAT = 1e-13
"""A promised gain below this share of the objective is rounding: the climb ends, however far the step."""
SMALL = 1e-2
"""The largest such step along a flat ridge that still counts as converged."""
NOISE = 1e-5
"""Share of the log-likelihood from which a promised gain stands far above single precision's noise."""
SUFFICIENT = 1e-4
"""Share of the promised gain that a step must bring (Armijo)."""


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """Where a climb ended.

    Attributes
    ----------
    at : Evaluation
    cycles : int
        E-steps taken.
    converged : bool
    gain : float
        What the next step promised to add to the objective.
    change : float
        Its largest change of a parameter.
    """

    at: Evaluation
    cycles: int
    converged: bool
    gain: float
    change: float


class InverseHessian:
    """L-BFGS: the inverse Hessian as a scale and the last steps (Nocedal & Wright 2006, alg. 7.4)."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[Floats, Floats, float]] = deque(maxlen=MEMORY)

    def learn(self, step: Floats, drop: Floats) -> None:
        """Remember a step and how far the gradient fell along it."""
        curvature = float(step @ drop)
        if curvature > 1e-12 * np.linalg.norm(step) * np.linalg.norm(drop):
            self._pairs.append((step, drop, 1.0 / curvature))

    def forget(self) -> None:
        """Start anew from the scale alone."""
        self._pairs.clear()

    def times(self, gradient: Floats, scale: Callable[[Floats], Floats]) -> Floats:
        """Return the step for a gradient, with `scale` in place of the unlearned inverse Hessian."""
        q, weights = gradient.copy(), []
        for step, drop, rho in reversed(self._pairs):
            weights.append(rho * float(step @ q))
            q -= weights[-1] * drop
        q = scale(q)
        for step, drop, rho in self._pairs:
            q += (weights.pop() - rho * float(drop @ q)) * step
        return q


def climb(
    objective: Objective,
    start: Floats,
    *,
    tolerance: float,
    max_cycles: int,
    report: Callable[[int, float, float], None] = lambda cycle, value, change: None,
) -> Climb:
    """Maximise the objective from `start`.

    The first cycles are in single precision, as long as a step promises far more than the noise of that.
    Every later value, the accepted steps and the reported value are in double precision.

    Parameters
    ----------
    tolerance : float
        Converged when the next step would change no parameter by more than this and promises a gain of the
        objective below a tenth of it.
    max_cycles : int
        Most E-steps to take.
    report : callable
        Told cycle, log-posterior and largest change after each cycle.
    """
    precision: type = np.float32
    at, cycles, inverse = objective.evaluate(start, precision=precision), 1, InverseHessian()
    while True:
        step = shorten(direction(objective, at, inverse))
        gain, change = 0.5 * float(at.gradient @ step), float(np.abs(step).max(initial=0.0))
        report(cycles, at.value, change)
        if precision is np.float32 and not gain > NOISE * abs(at.value):
            precision, at, cycles = np.float64, objective.evaluate(at.x), cycles + 1
            continue
        flat = gain < FLAT * abs(at.value)
        if precision is np.float64 and gain < 0.1 * tolerance and (change < tolerance or flat):
            return Climb(at, cycles, change < max(tolerance, SMALL), gain, change)
        tries = min(max_cycles - cycles, 1 if precision is np.float32 else MOST_TRIES)
        new, used = ascend(objective, at, step, tries, precision=precision)
        cycles += used
        if new is None and precision is np.float32 and cycles < max_cycles:
            precision, at, cycles = np.float64, objective.evaluate(at.x), cycles + 1
            continue
        if new is None:
            at = at if precision is np.float64 else objective.evaluate(at.x)
            return Climb(at, cycles, False, gain, change)
        if cycles > EM_STEPS:
            inverse.learn(new.x - at.x, at.gradient - new.gradient)
        at = new


def direction(objective: Objective, at: Evaluation, inverse: InverseHessian) -> Floats:
    """Return the quasi-Newton step, or the EM step where that does not point upwards."""
    scale = solver(objective.complete_information(at))
    step = inverse.times(at.gradient, scale)
    if at.gradient @ step > 0:
        return step
    inverse.forget()
    return scale(at.gradient)


def ascend(
    objective: Objective, at: Evaluation, step: Floats, budget: int, *, precision: type = np.float64
) -> tuple[Evaluation | None, int]:
    """Return the first point along the step that brings a sufficient gain, and the E-steps used."""
    slope, size = float(at.gradient @ step), 1.0
    for used in range(1, budget + 1):
        new = objective.evaluate(at.x + size * step, precision=precision)
        gain = new.value - at.value
        if gain >= SUFFICIENT * size * slope - 1e-13 * abs(at.value):
            return new, used
        best = 0.5 * slope * size**2 / (slope * size - gain) if np.isfinite(gain) else 0.0
        size = float(np.clip(best, 0.1 * size, 0.5 * size))
    return None, budget


def shorten(step: Floats) -> Floats:
    """Return the step, shortened so that no parameter changes by more than LONGEST."""
    return step * min(1.0, LONGEST / max(float(np.abs(step).max(initial=0.0)), 1e-300))


def solver(information: csc_array) -> Callable[[Floats], Floats]:
    """Return the solver of information · step = gradient, with a small ridge against singular directions."""
    diagonal = information.diagonal()
    ridge = 1e-10 * max(float(diagonal.max(initial=0.0)), 1.0)
    information.setdiag(diagonal + ridge)
    factor = linalg.splu(information, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    return lambda gradient: np.asarray(factor.solve(gradient))
