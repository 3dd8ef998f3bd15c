"""Conditional maximum likelihood for the Rasch, partial credit and rating scale models.

In these models the sum score is sufficient for ability. Given the score r of a person the probability of the
answers is free of ability, so items are estimated without any population:

    log L = Σᵢ Σⱼ log ε_{j,x_ij} − Σ_r n_r log γ_r(ε),      ε_jk = exp(−Σ_{h≤k} b_jh)

with γ_r the elementary symmetric functions. At any θ they are γ_r ∝ P(score = r | θ) e^{−rθ}; for each r the
θ is taken at which that score is likeliest. Sums of positive terms that are not small lose no digits, however
long the test.

Andersen (1972), J. Royal Statistical Society B 34, 42–54; Masters (1982), Psychometrika 47, 149–174;
Fischer & Molenaar (1995), Rasch Models, ch. 3. Persons with missing answers count in the group of those who
answered the same items.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize
from scipy.special import log_softmax

from calibration import identification
from calibration.marginal import MarginalML
from calibration.responses import ResponseMatrix
from calibration.result import CalibrationResult, covariance_record, parameter_table
from calibration.sum_scores import rest_score_distributions, sum_score_distribution
from calibration.unused_categories import close_gaps
from engine._types import Floats, Ints
from items.errors import BadInput
from items.parameters import ParameterSet

MODELS = ("rasch", "pcm", "rsm")
MOST_PATTERNS = 2_000
"""With more sets of answered items than this the conditional likelihood takes too long."""
TILTS = np.linspace(-12.0, 12.0, 49)
"""Abilities (logits) among which that of each score is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Booklet:
    """Persons who answered the same items.

    Attributes
    ----------
    items : (J_b,) int
    n_score : (S,) int
        Persons by sum score, 0..S-1.
    counts : (J, K) int
        Persons by item and category, over all J items.
    """

    items: Ints
    n_score: Ints
    counts: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalML:
    """Settings of a conditional calibration.

    Attributes
    ----------
    model : str
        "rasch", "pcm" or "rsm".
    tolerance : float
        Gradient of the log-likelihood at which the fit stands.
    """

    model: str = "rasch"
    tolerance: float = 1e-5

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise BadInput(
                f"the sum score is not sufficient in the model '{self.model}'",
                where="conditional estimation",
                right=f"one of {', '.join(MODELS)}, or marginal estimation",
            )

    def fit(self, responses: ResponseMatrix) -> CalibrationResult:
        """Calibrate the items; difficulties sum to zero over all steps.

        The population is that of the marginal likelihood at these parameters. `log_likelihood` is the
        conditional one.

        Raises
        ------
        BadInput
            If items are not linked by persons, or answers are missing in too many patterns.
        """
        began = time.perf_counter()
        responses = close_gaps(responses)
        status = identification.first_look(_informative(responses))
        kept = responses.take_items(np.array([word == identification.OK for word in status]))
        if kept.n_items < 2:
            raise BadInput(f"{kept.n_items} items can be calibrated", where="responses", right="at least 2")
        identification.refuse_unlinked(
            kept, why="nothing conditional on the score compares them", right="common items"
        )
        likelihood = _Likelihood(self.model, kept)
        found = likelihood.maximise(self.tolerance)
        return _result(self, responses, status, kept, likelihood, found, time.perf_counter() - began)


def _informative(responses: ResponseMatrix) -> ResponseMatrix:
    """Return the persons whose score is neither the lowest nor the highest they could reach."""
    score = np.bincount(responses.persons_index, responses.category, minlength=responses.n_persons)
    highest = (responses.n_categories - 1)[responses.items_index]
    most = np.bincount(responses.persons_index, highest, minlength=responses.n_persons)
    return responses.take_persons((score > 0) & (score < most))


def booklets(responses: ResponseMatrix) -> Iterator[Booklet]:
    """Yield the persons grouped by the set of items they answered."""
    answered = responses.dense() >= 0
    patterns, which = np.unique(np.packbits(answered, axis=1), axis=0, return_inverse=True)
    if len(patterns) > MOST_PATTERNS:
        raise BadInput(
            f"{len(patterns)} different sets of items were answered",
            where="conditional estimation",
            right=f"at most {MOST_PATTERNS}; adaptive logs need marginal estimation",
        )
    for number in range(len(patterns)):
        members = responses.take_persons(which.ravel() == number)
        items = np.unique(members.items_index)
        score = np.bincount(members.persons_index, members.category, minlength=members.n_persons).astype(int)
        highest = int((responses.n_categories[items] - 1).sum())
        if items.size:
            yield Booklet(items, np.bincount(score, minlength=highest + 1), members.category_counts())


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Steps b (T,), their covariance (T, T), log-likelihood, evaluations, Newton decrement, rank."""

    steps: Floats
    covariance: Floats
    log_likelihood: float
    evaluations: int
    decrement: float
    free: int

    @property
    def converged(self) -> bool:
        """Whether a Newton step would still gain next to nothing."""
        return self.decrement < 1e-6


class _Likelihood:
    """The conditional log-likelihood as a function of the T steps of all items."""

    def __init__(self, model: str, responses: ResponseMatrix) -> None:
        self.n_categories = responses.n_categories
        self.booklets = list(booklets(responses))
        self.counts = responses.category_counts()
        self.item = np.repeat(np.arange(responses.n_items), self.n_categories - 1)
        self.step = np.concatenate([np.arange(k - 1) for k in self.n_categories])
        self.design = _rating_scale(self.item, self.step) if model == "rsm" else np.eye(self.item.size)

    def evaluate(self, free: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient in the free parameters (F,)."""
        cumulative = np.full(self.counts.shape, -np.inf)
        cumulative[:, 0] = 0.0
        steps = np.zeros((len(self.counts), self.counts.shape[1] - 1))
        steps[self.item, self.step] = self.design @ free
        cumulative[self.item, self.step + 1] = -np.cumsum(steps, axis=1)[self.item, self.step]
        value, expected = 0.0, np.zeros(self.counts.shape)
        for booklet in self.booklets:
            each, counts = _given_scores(booklet, cumulative[booklet.items])
            value += each
            expected[booklet.items] += counts
        finite = np.where(np.isfinite(cumulative), cumulative, 0.0)
        surplus = np.cumsum((self.counts - expected)[:, ::-1], axis=1)[:, ::-1][:, 1:]
        gradient = -surplus[self.item, self.step]
        return float(np.sum(self.counts * finite)) - value, self.design.T @ gradient

    def _fall(self, free: Floats) -> tuple[float, Floats]:
        """Return minus the log-likelihood and its gradient."""
        value, gradient = self.evaluate(free)
        return -value, -gradient

    def maximise(self, tolerance: float) -> _Found:
        """Return the maximum, centred so that the steps sum to zero."""
        done = optimize.minimize(
            self._fall,
            np.zeros(self.design.shape[1]),
            jac=True,
            method="BFGS",
            options={"gtol": tolerance, "maxiter": 1000},
        )
        information = _jacobian(lambda free: self._fall(free)[1], done.x)
        gradient = self.evaluate(done.x)[1]
        inverse = linalg.pinvh(information, rtol=1e-9)
        free = done.x + inverse @ gradient
        value, left = self.evaluate(free)
        centre = np.eye(self.item.size) - 1.0 / self.item.size
        lift = centre @ self.design
        rank = int(np.linalg.matrix_rank(lift))
        decrement = float(left @ inverse @ left)
        return _Found(lift @ free, lift @ inverse @ lift.T, value, int(done.nfev), decrement, rank)


def _given_scores(booklet: Booklet, cumulative: Floats) -> tuple[float, Floats]:
    """Return Σ n_r log γ_r and the expected counts (J_b, K) given the scores, for log ε (J_b, K)."""
    k = np.arange(cumulative.shape[1])
    log_joint = cumulative[:, :, None] + k[:, None] * TILTS
    prob = np.exp(log_softmax(log_joint, axis=1))
    with np.errstate(divide="ignore"):
        normaliser = np.logaddexp.reduce(log_joint, axis=1).sum(axis=0)
        log_total = np.log(sum_score_distribution(prob))
    best = log_total.argmax(axis=1)
    r = np.arange(log_total.shape[0])
    log_gamma = log_total[r, best] + normaliser[best] - r * TILTS[best]
    rest = rest_score_distributions(prob)
    expected = np.zeros(cumulative.shape)
    weight = booklet.n_score / np.exp(log_total[r, best])
    for category in k:
        reached = r - category
        inside = (reached >= 0) & (reached < rest.shape[1])
        chances = rest[:, reached[inside], best[inside]] * prob[:, category, :][:, best[inside]]
        expected[:, category] = chances @ weight[inside]
    used = booklet.n_score > 0
    return float(booklet.n_score[used] @ log_gamma[used]), expected


def _rating_scale(item: Ints, step: Ints) -> Floats:
    """Return the design (T, F) of b_jk = δ_j + τ_k."""
    return np.concatenate([np.eye(item.max() + 1)[item], np.eye(step.max() + 1)[step]], axis=1)


def _jacobian(gradient: Callable[[Floats], Floats], at: Floats, *, step: float = 1e-4) -> Floats:
    """Return the symmetric Jacobian (F, F) of a gradient by central differences."""
    columns = [(gradient(at + step * e) - gradient(at - step * e)) / (2 * step) for e in np.eye(at.size)]
    matrix = np.array(columns)
    return (matrix + matrix.T) / 2


def _result(
    settings: ConditionalML,
    responses: ResponseMatrix,
    status: list[str],
    kept: ResponseMatrix,
    likelihood: _Likelihood,
    found: _Found,
    seconds: float,
) -> CalibrationResult:
    names, values, covariances = [], [], {}
    for j, identity in enumerate(kept.identities):
        mine = np.flatnonzero(likelihood.item == j)
        names = ["b"] if settings.model == "rasch" else [f"b{k + 1}" for k in range(mine.size)]
        matrix = found.covariance[np.ix_(mine, mine)]
        errors = {f"se_{n}": float(v) for n, v in zip(names, np.sqrt(np.diag(matrix)), strict=True)}
        steps = {n: float(v) for n, v in zip(names, found.steps[mine], strict=True)}
        values.append({"a": 1.0} | steps | errors)
        covariances[identity] = covariance_record(names, matrix)
    table = parameter_table(kept.items, kept.versions.tolist(), [settings.model] * kept.n_items, values)
    marginal = MarginalML(model=settings.model, anchors=ParameterSet(table), standard_errors="none").fit(kept)
    verdict = "converged" if found.converged else "stopped before the maximum"
    return CalibrationResult(
        parameters=table,
        items=identification.item_table(responses, status),
        population=marginal.population,
        log_likelihood=found.log_likelihood,
        log_prior=0.0,
        n_persons=int((kept.answers_per_person > 0).sum()),
        n_responses=kept.n_responses,
        n_parameters=found.free,
        iterations=found.evaluations,
        converged=found.converged,
        status=f"{verdict} after {found.evaluations} evaluations of the conditional likelihood",
        decrement=found.decrement,
        seconds=seconds,
        quadrature=marginal.quadrature,
        covariances=covariances,
        empirical_reliability=marginal.empirical_reliability,
        settings={"model": settings.model, "estimator": "conditional", "standard_errors": "observed"},
        messages=(
            *responses.messages,
            *identification.left_out(responses.items, status),
        ),
    )
