"""M2 and C2: does the model reproduce how often categories, and pairs of items, occur?

With e the observed minus expected moments, Ξ their covariance under the model, and Δ their derivatives in the
free parameters,

    M2 = N e′ (Ξ⁻¹ − Ξ⁻¹ Δ (Δ′ Ξ⁻¹ Δ)⁻¹ Δ′ Ξ⁻¹) e          degrees of freedom: moments − parameters

The moments are the share of each category but the first and the mean product of each pair of items: with two
categories this is M2, with more it is C2. Needs people who met every item.

Maydeu-Olivares & Joe (2006), Psychometrika 71, eq. 3.3; Cai & Monroe (2014), CRESST Report 839; RMSEA2 and
SRMSR: Maydeu-Olivares & Joe (2014), Multivariate Behavioral Research 49.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import brentq
from scipy.stats import chi2, ncx2

from calibration.abilities import Abilities, overall
from calibration.fit.free_parameters import free_population
from calibration.parameter_map import ParameterMap, parameter_map
from engine._types import Floats, Ints
from engine.models import model as model_named

MOST_ITEMS = 150
"""Beyond this the covariance of the moments takes more memory than it is worth."""
CLOSE = 0.90
"""Confidence of the interval of RMSEA2."""


@dataclass(frozen=True, slots=True)
class ModelFit:
    """Fit of the whole model; where it is not defined, `note` says why and the numbers are None.

    Attributes
    ----------
    statistic : str
        "M2", or "C2" where an item has more than two categories.
    value, df, p
        The statistic, its degrees of freedom, its probability under the model.
    rmsea, rmsea_low, rmsea_high
        RMSEA2 with its 90 % interval.
    srmsr : float
        Root mean squared residual of the items' correlations.
    n : int
        Persons who answered every item.
    note : str
        Why there are no numbers, or empty.
    """

    statistic: str
    n: int
    value: float | None = None
    df: int | None = None
    p: float | None = None
    rmsea: float | None = None
    rmsea_low: float | None = None
    rmsea_high: float | None = None
    srmsr: float | None = None
    note: str = ""


def model_fit(abilities: Abilities, *, minimum: int = 100) -> ModelFit:
    """Compute M2 or C2, RMSEA2 and SRMSR from the persons who answered every item."""
    responses = abilities.responses
    whole = responses.answers_per_person == responses.n_items
    n, name = int(whole.sum()), "M2" if abilities.pool.max_categories == 2 else "C2"
    if n < max(minimum, responses.n_persons / 2):
        wanted = max(minimum, (responses.n_persons + 1) // 2)
        return ModelFit(name, n, note=f"not defined: {n} people met all items, at least {wanted} are needed")
    if responses.n_items > MOST_ITEMS:
        return ModelFit(
            name, n, note=f"not defined: {responses.n_items} items are too many (at most {MOST_ITEMS})"
        )
    moments = _Moments.of(abilities)
    answers = responses.take_persons(whole).dense().astype(np.int64)
    df = moments.count - moments.derivatives.shape[1]
    if df <= 0:
        return ModelFit(name, n, note=f"not defined: {df} degrees of freedom")
    value = _quadratic_form(moments.observed(answers) - moments.expected, moments, n)
    if value is None:
        return ModelFit(name, n, note="not defined: the moments depend on each other")
    low, high = _rmsea_interval(value, df, n)
    return ModelFit(
        statistic=name,
        n=n,
        value=value,
        df=df,
        p=float(chi2.sf(value, df)),
        rmsea=float(np.sqrt(max(value / df - 1, 0) / (n - 1))),
        rmsea_low=low,
        rmsea_high=high,
        srmsr=_srmsr(answers, moments),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Moments under the model.

    Attributes
    ----------
    item, category : (U,) int
        What each first-order moment is the share of.
    first, second : (B,) int
        The items of each pair.
    weights : (Q,)
    shares : (U, Q)
        Probability of each category but the first.
    mean, square : (J, Q)
        Expected score and expected squared score.
    derivatives : (U + B, F)
        In the free parameters.
    """

    item: Ints
    category: Ints
    first: Ints
    second: Ints
    weights: Floats
    shares: Floats
    mean: Floats
    square: Floats
    derivatives: Floats

    @classmethod
    def of(cls, abilities: Abilities) -> "_Moments":
        prob, n_categories = abilities.prob, abilities.pool.n_categories
        k = np.arange(prob.shape[1])
        item = np.repeat(np.arange(len(n_categories)), n_categories - 1)
        category = np.concatenate([np.arange(1, count) for count in n_categories])
        first, second = np.triu_indices(len(n_categories), 1)
        shares, mean = prob[item, category], np.einsum("jkq,k->jq", prob, k)
        square = np.einsum("jkq,k->jq", prob, k**2)
        derivatives = _derivatives(abilities, item, category, first, second, shares, mean)
        return cls(item, category, first, second, abilities.weights, shares, mean, square, derivatives)

    @property
    def count(self) -> int:
        return self.item.size + self.first.size

    @property
    def conditional(self) -> Floats:
        """All moments at each node (U + B, Q)."""
        return np.concatenate([self.shares, self.mean[self.first] * self.mean[self.second]])

    @property
    def expected(self) -> Floats:
        return np.asarray(self.conditional @ self.weights)

    def observed(self, answers: Ints) -> Floats:
        """Return the moments (U + B,) of complete answers (N, J)."""
        shares = (answers[:, self.item] == self.category).mean(axis=0)
        products = answers.T @ answers / len(answers)
        return np.concatenate([shares, products[self.first, self.second]])

    def covariance(self) -> Floats:
        """Return Ξ (U + B, U + B), put right for moments that share an item, one item at a time."""
        expected = self.expected
        centred = self.conditional - expected[:, None]
        out = (centred * self.weights) @ centred.T
        for item in range(len(self.mean)):
            self._share(out, item, expected)
        pairs = np.arange(self.item.size, self.count)
        own = (self.square[self.first] * self.square[self.second]) @ self.weights
        out[pairs, pairs] = own - expected[pairs] ** 2
        return np.asarray(out)

    def _share(self, out: Floats, item: int, expected: Floats) -> None:
        """Put right the covariances of moments that both involve `item`."""
        single = np.flatnonzero(self.item == item)
        with_first, with_second = np.flatnonzero(self.first == item), np.flatnonzero(self.second == item)
        pair = self.item.size + np.concatenate([with_first, with_second])
        partner = self.mean[np.concatenate([self.second[with_first], self.first[with_second]])]
        e_single, e_pair = expected[single], expected[pair]
        out[np.ix_(single, single)] = np.diag(e_single) - np.outer(e_single, e_single)
        across = (self.shares[single] * self.category[single, None] * self.weights) @ partner.T
        out[np.ix_(single, pair)] = across - np.outer(e_single, e_pair)
        out[np.ix_(pair, single)] = out[np.ix_(single, pair)].T
        both = (partner * (self.weights * self.square[item])) @ partner.T
        out[np.ix_(pair, pair)] = both - np.outer(e_pair, e_pair)


def _derivatives(
    abilities: Abilities, item: Ints, category: Ints, first: Ints, second: Ints, shares: Floats, mean: Floats
) -> Floats:
    """Return the derivatives (U + B, F) of the moments in the free parameters, the population's SD last."""
    pool, weights = abilities.pool, abilities.weights
    ties = parameter_map([model_named(name) for name in pool.parameters.table["model"]], pool.n_categories)
    working = np.zeros((item.size + first.size, ties.matrix.shape[0]))
    for block in pool.blocks:
        gradient, _ = block.model.working_derivatives(block.working[:, None, :], abilities.nodes)
        p = abilities.prob[block.index, : block.n_categories].swapaxes(1, 2)
        slopes = np.nan_to_num(gradient) * p[..., None]
        means = np.einsum("jqkp,k->jqp", slopes, np.arange(block.n_categories))
        for place, row in enumerate(block.index):
            columns = _columns(ties, int(row))
            singles = np.flatnonzero(item == row)
            own = np.einsum("qcp,q->cp", slopes[place][:, category[singles]], weights)
            working[np.ix_(singles, columns)] = own
            for here, partner in ((first == row, second), (second == row, first)):
                pairs = np.flatnonzero(here)
                working[np.ix_(item.size + pairs, columns)] = (mean[partner[pairs]] * weights) @ means[place]
    free = np.asarray(working @ ties.matrix)
    if not free_population(pool):
        return free
    centre, sd = overall(pool.parameters.population)
    z = ((abilities.nodes - centre) / sd) ** 2
    conditional = np.concatenate([shares, mean[first] * mean[second]])
    return np.column_stack([free, conditional @ (weights * (z - weights @ z))])


def _columns(ties: ParameterMap, item: int) -> Ints:
    """Return where the working parameters of an item stand among all of them."""
    for block in ties.blocks:
        place = np.flatnonzero(block.items == item)
        if place.size:
            return block.first + int(place[0]) * block.n_parameters + np.arange(block.n_parameters)
    raise IndexError(item)


def _quadratic_form(e: Floats, moments: _Moments, n: int) -> float | None:
    """Return N e′ C e, or None where Ξ is singular."""
    try:
        root = cholesky(moments.covariance(), lower=True, overwrite_a=True, check_finite=False)
    except np.linalg.LinAlgError:
        return None
    u = solve_triangular(root, e, lower=True)
    v = solve_triangular(root, moments.derivatives, lower=True)
    rest = u - v @ np.linalg.lstsq(v, u, rcond=None)[0]
    return float(n * rest @ rest)


def _rmsea_interval(value: float, df: int, n: int) -> tuple[float, float]:
    """Return the limits of RMSEA2 from the non-central χ² (Browne & Cudeck 1993)."""
    limits = []
    for share in ((1 + CLOSE) / 2, (1 - CLOSE) / 2):
        if chi2.cdf(value, df) <= share:
            limits.append(0.0)
            continue
        top = 10 * value + 10
        centre = brentq(lambda c, share=share: float(ncx2.cdf(value, df, c)) - share, 1e-9, top)
        limits.append(float(np.sqrt(centre / (df * n))))
    return limits[0], limits[1]


def _srmsr(answers: Ints, moments: _Moments) -> float:
    """Return the root mean squared difference of observed and expected correlations of the items."""
    w, mean = moments.weights, moments.mean
    products = (mean * w) @ mean.T
    centre, spread = mean @ w, np.sqrt(moments.square @ w - (mean @ w) ** 2)
    expected = (products - np.outer(centre, centre)) / np.outer(spread, spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = np.corrcoef(answers.T)
    difference = (observed - expected)[moments.first, moments.second]
    return float(np.sqrt(np.nanmean(difference**2)))
