"""Joint maximum likelihood for the Rasch and partial credit models: persons and items estimated together.

Simple and quick, and what many Rasch programs do; but inconsistent for a fixed number of items, which the
factor (J − 1)/J makes good approximately. Prefer conditional or marginal estimation; this is for comparison
with results obtained so elsewhere.

Wright & Panchapakesan (1969), Educational and Psychological Measurement 29, 23–48; Wright & Douglas (1977),
Applied Psychological Measurement 1, 281–295 (the correction).
"""

import time
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from calibration import identification
from calibration.responses import ResponseMatrix
from calibration.result import CalibrationResult, parameter_table
from calibration.unused_categories import close_gaps
from engine._types import Bools, Floats
from items.errors import BadInput

MODELS = ("rasch", "pcm")
LONGEST = 1.0
"""The largest step of an ability or a difficulty in one cycle (logits)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointML:
    """Settings of a joint calibration.

    Attributes
    ----------
    model : str
        "rasch" or "pcm".
    corrected : bool
        Multiply the difficulties by (J − 1)/J, J the mean number of answers a person.
    tolerance : float
        Largest change of a parameter at which the fit stands (logits).
    max_iterations : int
        Most cycles.
    """

    model: str = "rasch"
    corrected: bool = True
    tolerance: float = 1e-5
    max_iterations: int = 2_000

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise BadInput(
                f"cannot estimate '{self.model}'",
                where="joint estimation",
                right=f"one of {', '.join(MODELS)}",
            )

    def fit(self, responses: ResponseMatrix) -> CalibrationResult:
        """Calibrate the items; difficulties sum to zero over all steps. There are no standard errors.

        Raises
        ------
        BadInput
            If items are not linked by persons.
        """
        began = time.perf_counter()
        responses = close_gaps(responses)
        persons, items = without_extremes(responses)
        kept = responses.take_persons(persons).take_items(items)
        if kept.n_items < 2:
            raise BadInput(f"{kept.n_items} items can be calibrated", where="responses", right="at least 2")
        identification.refuse_unlinked(
            kept, why="nothing puts their persons on one scale", right="common items, or marginal estimation"
        )
        found = self._alternate(kept)
        factor = 1.0 - kept.n_persons / kept.n_responses if self.corrected else 1.0
        names = ["b"] if self.model == "rasch" else [f"b{k + 1}" for k in range(found.steps.shape[1])]
        values = [
            {"a": 1.0} | {name: float(factor * b) for name, b in zip(names, row[: k - 1], strict=False)}
            for row, k in zip(found.steps, kept.n_categories, strict=True)
        ]
        status = identification.first_look(responses)
        status = [
            word if word != identification.OK or free else "not identified: answered by extreme persons only"
            for word, free in zip(status, items, strict=True)
        ]
        converged = found.change < self.tolerance
        return CalibrationResult(
            parameters=parameter_table(
                kept.items, kept.versions.tolist(), [self.model] * kept.n_items, values
            ),
            items=identification.item_table(responses, status),
            population={"all": (float(found.theta.mean()), float(found.theta.std()))},
            log_likelihood=found.log_likelihood,
            log_prior=0.0,
            n_persons=kept.n_persons,
            n_responses=kept.n_responses,
            n_parameters=int((kept.n_categories - 1).sum()) - 1 + kept.n_persons,
            iterations=found.cycles,
            converged=converged,
            status=f"{'converged' if converged else 'stopped at the limit'} after {found.cycles} cycles",
            decrement=np.nan,
            seconds=time.perf_counter() - began,
            quadrature={},
            settings={"model": self.model, "estimator": "joint", "corrected": self.corrected},
            messages=(*responses.messages, *identification.left_out(responses.items, status)),
        )

    def _alternate(self, responses: ResponseMatrix) -> "_Found":
        """Take Newton steps of persons and items in turn."""
        theta = np.zeros(responses.n_persons)
        steps = np.zeros((responses.n_items, int(responses.n_categories.max()) - 1))
        used = np.arange(steps.shape[1]) < (responses.n_categories - 1)[:, None]
        cycle, change = 0, np.inf
        while cycle < self.max_iterations and change >= self.tolerance:
            cycle += 1
            prob = _probabilities(responses, theta, steps, used)
            moved = _person_step(responses, prob)
            theta += moved
            prob = _probabilities(responses, theta, steps, used)
            shift = np.where(used, _item_step(responses, prob, used), 0.0)
            steps += shift
            centre = steps[used].mean()
            steps[used] -= centre
            theta -= centre
            change = max(float(np.abs(moved).max()), float(np.abs(shift).max()))
        prob = _probabilities(responses, theta, steps, used)
        chosen = prob[np.arange(responses.n_responses), responses.category]
        return _Found(steps, theta, float(np.log(chosen).sum()), cycle, change)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Steps (J, K − 1), abilities (N,), joint log-likelihood, cycles taken, the last largest change."""

    steps: Floats
    theta: Floats
    log_likelihood: float
    cycles: int
    change: float


def without_extremes(responses: ResponseMatrix) -> tuple[Bools, Bools]:
    """Return which persons (N,) and items (J,) have neither the lowest nor the highest score, repeatedly."""
    persons, items = np.ones(responses.n_persons, bool), np.ones(responses.n_items, bool)
    top = (responses.n_categories - 1)[responses.items_index]
    while True:
        rows = persons[responses.persons_index] & items[responses.items_index]
        before = persons.sum() + items.sum()
        for kept, index in ((persons, responses.persons_index), (items, responses.items_index)):
            score = np.bincount(index[rows], responses.category[rows], minlength=kept.size)
            most = np.bincount(index[rows], top[rows], minlength=kept.size)
            kept &= (score > 0) & (score < most)
        if persons.sum() + items.sum() == before:
            return persons, items


def _probabilities(responses: ResponseMatrix, theta: Floats, steps: Floats, used: Bools) -> Floats:
    """Return P(category) of each answer (R, K)."""
    terms = theta[responses.persons_index][:, None] - steps[responses.items_index]
    logits = np.cumsum(np.where(used[responses.items_index], terms, -np.inf), axis=1)
    return np.asarray(softmax(np.concatenate([np.zeros((len(terms), 1)), logits], axis=1), axis=1))


def _person_step(responses: ResponseMatrix, prob: Floats) -> Floats:
    """Return each person's Newton step (N,): surplus of the score over its expectation, by its variance."""
    k = np.arange(prob.shape[1])
    expected = prob @ k
    variance = prob @ k**2 - expected**2
    surplus, information = (
        np.bincount(responses.persons_index, values, minlength=responses.n_persons)
        for values in (responses.category - expected, variance)
    )
    return np.clip(surplus / np.maximum(information, 1e-8), -LONGEST, LONGEST)


def _item_step(responses: ResponseMatrix, prob: Floats, used: Bools) -> Floats:
    """Return each item's Newton steps (J, K − 1), one step difficulty at a time."""
    reached = np.cumsum(prob[:, :0:-1], axis=1)[:, ::-1]
    shape = (responses.n_items, prob.shape[1] - 1)
    surplus, information = np.zeros(shape), np.zeros(shape)
    for step in range(shape[1]):
        p = reached[:, step]
        observed = (responses.category > step).astype(float)
        surplus[:, step] = np.bincount(responses.items_index, p - observed, minlength=shape[0])
        information[:, step] = np.bincount(responses.items_index, p * (1 - p), minlength=shape[0])
    return np.clip(surplus / np.maximum(information, 1e-8), -LONGEST, LONGEST)
