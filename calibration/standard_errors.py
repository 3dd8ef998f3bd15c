"""Standard errors: the observed information of the marginal likelihood.

Louis' identity, term by term: what the answers would tell were abilities known, minus what not knowing
them costs,

    I(ψ) = Σᵢ E[−∂² log Pᵢ] − Σᵢ ( E[gᵢ gᵢᵀ] − E[gᵢ] E[gᵢ]ᵀ ),      gᵢ = ∂ log Pᵢ/∂ψ,

with expectations over the posterior of person i.

Every gᵢ is linear in the link's gradient y at the predictors, gᵢ = (θ A + B)ᵀ y, so E[g gᵀ] needs only the
sums of y yᵀ weighted by 1, θ and θ² — three matrices (predictors × predictors), filled item by item from the
expected counts among the persons who gave one answer, again a sparse product.

Louis (1982), J. Royal Statistical Society B 44, 226–233, eq. 3.1; equal to Oakes (1999), ibid. 61, 479–482.
The sandwich I⁻¹ (Σ sᵢ sᵢᵀ) I⁻¹, sᵢ = E[gᵢ], holds under misfit (White 1982, Econometrica 50, 1–25).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import linalg, sparse

from calibration.em import EStep
from calibration.maximisation import BlockTable, block_diagonal, columns_of
from calibration.objective import Evaluation, Objective
from engine._types import Floats, Ints

Matrix: TypeAlias = "sparse.csr_array | Floats"


@dataclass(frozen=True, slots=True, eq=False)
class ObservedInformation:
    """The information of the answers about the free parameters.

    Attributes
    ----------
    matrix : (F, F)
        I(ψ), priors included.
    scores : (N, F)
        Each person's gradient of the marginal log-likelihood, dense or sparse.
    """

    matrix: Floats
    scores: Matrix

    def covariance(self) -> Floats | None:
        """Return I⁻¹, or None where I is not positive definite."""
        try:
            factor = linalg.cho_factor(self.matrix, lower=True)
        except linalg.LinAlgError:
            return None
        return np.asarray(linalg.cho_solve(factor, np.eye(len(self.matrix))))

    def sandwich(self) -> Floats | None:
        """Return I⁻¹ (Σ s sᵀ) I⁻¹, or None where I is not positive definite."""
        bread = self.covariance()
        meat = self.scores.T @ self.scores
        meat = meat.toarray() if sparse.issparse(meat) else meat
        return None if bread is None else bread @ meat @ bread


def observed_information(objective: Objective, at: Evaluation) -> ObservedInformation:
    """Return the observed information at a point, by Louis' identity in the predictors."""
    everyone = _Everyone.of(objective, at)
    predictors = _Predictors.of(objective, at)
    pairs, columns = _pairs(everyone, predictors, objective.e_step)
    scores = predictors.scores(columns, everyone)
    moments = predictors.complete(objective, at) - pairs
    items = predictors.in_parameters(moments)
    items -= _prior_curvature(objective, at)
    population, cross, persons = _population_part(objective, at, everyone, predictors)
    matrix = np.block([[items, -cross], [-cross.T, population]])
    scores = beside(scores, persons)
    known = scores.T @ scores
    matrix += known.toarray() if sparse.issparse(known) else known
    return ObservedInformation((matrix + matrix.T) / 2, scores)


def beside(left: Matrix, right: Floats) -> Matrix:
    """Return two matrices side by side, sparse where the left one is."""
    if isinstance(left, np.ndarray):
        return np.concatenate([left, right], axis=1)
    return sparse.csr_array(sparse.hstack([left, sparse.csr_array(right)]))


@dataclass(frozen=True, slots=True, eq=False)
class _Everyone:
    """All persons at once: answers (N, ΣK), posterior (N, Q) and group (N,), in the order of the blocks."""

    answers: Matrix
    posterior: Floats
    group: Ints

    @classmethod
    def of(cls, objective: Objective, at: Evaluation) -> "_Everyone":
        step = objective.e_step
        posterior = step.posterior(objective.table(at), objective.split(at.x)[1])
        group = np.concatenate([np.full(block.persons.size, block.group) for block in step.one_hot.blocks])
        return cls(step.one_hot.everyone(), posterior, group)


@dataclass(frozen=True, slots=True, eq=False)
class _Predictors:
    """The Z predictors of all items that free parameters move.

    Attributes
    ----------
    tables : blocks on the grid
    columns : the columns (J_block, K) of each block
    place : for each block the predictors (J_block, L)
    nodes : (Q,)
    at_slope, at_intercept : sparse (Z, F)
        z = (θ at_slope + at_intercept) ψ.
    """

    tables: Sequence[BlockTable]
    columns: Sequence[Ints]
    place: Sequence[Ints]
    nodes: Floats
    at_slope: sparse.csr_array
    at_intercept: sparse.csr_array

    @classmethod
    def of(cls, objective: Objective, at: Evaluation) -> "_Predictors":
        place, first, slopes, intercepts = [], 0, [], []
        for table in at.tables:
            j, width = table.block.items.size, table.slope.shape[0]
            place.append(first + np.arange(j * width).reshape(j, width))
            first += j * width
            slopes.append(sparse.kron(sparse.eye_array(j), table.slope))
            intercepts.append(sparse.kron(sparse.eye_array(j), table.intercept))
        columns = [columns_of(table.block, objective.offsets) for table in at.tables]
        lift = objective.items.matrix
        return cls(
            at.tables,
            columns,
            place,
            objective.population.nodes,
            sparse.csr_array(sparse.block_diag(slopes, format="csr") @ lift),
            sparse.csr_array(sparse.block_diag(intercepts, format="csr") @ lift),
        )

    @property
    def size(self) -> int:
        """Z."""
        return int(self.at_slope.shape[0])

    def gather(self, counts: Floats) -> Floats:
        """Return Σ_k y R as (Z, Q) for counts R (ΣK, Q)."""
        parts = [
            np.einsum("jkq,jqkl->jlq", counts[columns], table.link).reshape(-1, self.nodes.size)
            for table, columns in zip(self.tables, self.columns, strict=True)
        ]
        return np.concatenate(parts)

    def in_parameters(self, moments: Floats) -> Floats:
        """Return Σ (θ A + B)ᵀ M (θ A + B) in the free parameters, for moments (3, Z, Z) in 1, θ, θ²."""
        a, b = self.at_slope, self.at_intercept
        cross = b.T @ (moments[1] @ a)
        return np.asarray(b.T @ (moments[0] @ b) + a.T @ (moments[2] @ a) + cross + cross.T)

    def complete(self, objective: Objective, at: Evaluation) -> Floats:
        """Return what known abilities would tell, Σ_q R (−∂² log P) θ^m, as (3, Z, Z)."""
        out = np.zeros((3, self.size, self.size))
        working, _ = objective.split(at.x)
        powers = self.nodes ** np.arange(3)[:, None]
        for table, columns, place in zip(self.tables, self.columns, self.place, strict=True):
            block = table.block
            z = block.model.predictors(block.of(working)[:, None, :], self.nodes)
            _, hessian = block.model.link_derivatives(z)
            hessian = hessian[..., table.active, :][..., table.active]
            counts = at.expectation.counts[columns]
            parts = -np.einsum("jkq,jqklm,pq->pjlm", counts, hessian, powers, optimize=True)
            out[:, place[:, :, None], place[:, None, :]] = parts
        return out

    def scores(self, columns: "list[_Column]", everyone: _Everyone) -> Matrix:
        """Return E[gᵢ] of each person (N, F) from the posterior means of y and θ y."""
        shape = (everyone.posterior.shape[0], self.size)
        means = []
        for moment in range(2):
            rows = np.concatenate([np.repeat(c.rows, c.place.size) for c in columns])
            places = np.concatenate([np.tile(c.place, c.rows.size) for c in columns])
            values = np.concatenate([c.means[moment].ravel() for c in columns])
            means.append(sparse.csr_array((values, (rows, places)), shape=shape))
        scores = sparse.csr_array(means[0] @ self.at_intercept + means[1] @ self.at_slope)
        return scores.toarray() if isinstance(everyone.answers, np.ndarray) else scores


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """The persons who gave one answer, the item's predictors, posterior means of y and θ y (2, n, L)."""

    rows: Ints
    place: Ints
    means: Floats


def _pairs(everyone: _Everyone, predictors: _Predictors, step: EStep) -> tuple[Floats, list[_Column]]:
    """Return Σᵢ E[y yᵀ θ^m] as (3, Z, Z), and what each answer says of those who gave it."""
    out = np.zeros((3, predictors.size, predictors.size))
    givers = sparse.csc_array(everyone.answers)
    nodes = predictors.nodes
    jobs = [
        (table.link[j, :, k, :], place[j], columns[j, k])
        for table, columns, place in zip(predictors.tables, predictors.columns, predictors.place, strict=True)
        for j in range(len(columns))
        for k in range(columns.shape[1])
    ]

    def work(job: tuple[Floats, Ints, int]) -> tuple[Ints, Floats, _Column]:
        link, place, column = job
        rows = givers.indices[givers.indptr[column] : givers.indptr[column + 1]]
        posterior = everyone.posterior[rows]
        counts = np.asarray(everyone.answers[rows].T @ posterior, np.float64)
        moved = np.stack([link * nodes[:, None] ** power for power in range(3)])
        found = np.einsum("zq,mql->mlz", predictors.gather(counts), moved, optimize=True)
        return place, found, _Column(rows, place, posterior.astype(np.float64) @ moved[:2])

    columns = []
    for place, found, column in step.parallel(work, jobs):
        out[:, place] += found
        columns.append(column)
    return out, columns


def _prior_curvature(objective: Objective, at: Evaluation) -> Floats:
    """Return the Hessian (F, F) of the log-prior."""
    working, _ = objective.split(at.x)
    parts = [
        prior.hessian(block, block.of(working))
        for block, prior in zip(objective.items.blocks, objective.priors, strict=True)
    ]
    return block_diagonal(parts, objective.items).toarray()


def _population_part(
    objective: Objective, at: Evaluation, everyone: _Everyone, predictors: _Predictors
) -> tuple[Floats, Floats, Floats]:
    """Return the population's information, its products with the items' scores, and its scores by person."""
    population, free = objective.population, at.x[objective.items.n_free :]
    scores = population.node_scores(free)
    nodes, persons = population.nodes, at.expectation.persons
    cross = np.zeros((objective.items.n_free, free.size))
    means = np.zeros((everyone.group.size, free.size))
    _, information = population.derivatives(free, persons)
    for g in range(len(population.groups) if free.size else 0):
        members = everyone.group == g
        counts = np.asarray(everyone.answers[members].T @ everyone.posterior[members], np.float64)
        gathered = predictors.gather(counts)
        cross += predictors.at_intercept.T @ (gathered @ scores[g].T)
        cross += predictors.at_slope.T @ (gathered @ (nodes * scores[g]).T)
        means[members] = everyone.posterior[members] @ scores[g].T
        information -= (persons[g] * scores[g]) @ scores[g].T
    return information, cross, means
