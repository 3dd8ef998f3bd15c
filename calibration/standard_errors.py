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

import numpy as np
from scipy import sparse

from calibration.em import EStep
from calibration.louis import Entries, Everyone, Matrix, add_squares, pair_moments, person_means
from calibration.maximisation import BlockTable, active, block_diagonal, columns_of
from calibration.objective import Evaluation, Objective
from calibration.parameter_map import ParameterMap
from calibration.symmetric import TILE, add_transpose, inverse
from engine._types import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class ObservedInformation:
    """The information of the answers about the free parameters.

    Attributes
    ----------
    matrix : (F, F)
        I(ψ), priors included.
    scores : (N, F)
        Each person's gradient of the marginal log-likelihood, dense or sparse.
    step : EStep
        Over the persons' answers.
    """

    matrix: Floats
    scores: Matrix
    step: EStep

    def covariance(self) -> Floats | None:
        """Return I⁻¹, or None where I is not positive definite."""
        return inverse(self.matrix)

    def sandwich(self) -> Floats | None:
        """Return I⁻¹ (Σ s sᵀ) I⁻¹, or None where I is not positive definite."""
        bread, outer = self.covariance(), np.zeros(self.matrix.shape)
        add_squares(outer, self.scores, self.step)
        return None if bread is None else bread @ outer @ bread


def observed_information(objective: Objective, at: Evaluation) -> ObservedInformation:
    """Return the observed information at a point, by Louis' identity in the predictors."""
    step, predictors = objective.e_step, _Predictors.of(objective, at)
    table, weights = objective.table(at), objective.split(at.x)[1]
    everyone = Everyone(step, step.posterior(table, weights))
    entries = Entries.of(at.tables, predictors.place, step.one_hot, objective.offsets, predictors.nodes)
    scores = person_means(everyone, entries, (predictors.at_intercept, predictors.at_slope))
    stored = at.expectation.counts[step.one_hot.kept]
    moments = pair_moments(everyone, entries, stored, at.expectation.persons.sum(axis=0))
    np.negative(moments, out=moments)
    predictors.add_complete(moments, objective, at)
    matrix = predictors.in_parameters(moments, at.x.size)
    del moments
    _less_prior_curvature(matrix, objective, at)
    if objective.population.n_free:
        own, rest = np.split(np.arange(at.x.size), [objective.items.n_free])
        population, cross, persons = _population_part(objective, at, everyone, predictors)
        matrix[np.ix_(rest, rest)] = population
        matrix[np.ix_(own, rest)] = -cross
        matrix[np.ix_(rest, own)] = -cross.T
        scores = beside(scores, persons)
    add_squares(matrix, scores, step)
    add_transpose(matrix)
    matrix /= 2
    return ObservedInformation(matrix, scores, step)


def memory_needed(items: ParameterMap, n_free: int, *, sandwich: bool) -> int:
    """Return the bytes that the information and its inverse take, beside what the persons take."""
    predictors = sum(
        block.items.size * int(active(block.model, block.n_categories).sum()) for block in items.blocks
    )
    return 8 * max(3 * predictors**2 + n_free**2, (5 if sandwich else 2) * n_free**2)


def beside(left: Matrix, right: Floats) -> Matrix:
    """Return two matrices side by side, sparse where the left one is."""
    if isinstance(left, np.ndarray):
        return np.concatenate([left, right], axis=1)
    return sparse.csc_array(sparse.hstack([left, sparse.csc_array(right)]))


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

    def in_parameters(self, moments: Floats, size: int) -> Floats:
        """Return Σ (θ A + B)ᵀ M (θ A + B) in the items' free parameters, for moments (3, Z, Z) in 1, θ, θ².

        The matrix is (size, size), with room for the population's parameters at its end.
        """
        a, b = self.at_slope, self.at_intercept
        out = np.zeros((size, size))
        for start in range(0, a.shape[1], TILE):
            columns = slice(start, min(start + TILE, a.shape[1]))
            here_a, here_b = sparse.csc_array(a)[:, columns], sparse.csc_array(b)[:, columns]
            out[: a.shape[1], columns] = b.T @ (moments[0] @ here_b + moments[1] @ here_a) + a.T @ (
                moments[1] @ here_b + moments[2] @ here_a
            )
        return out

    def add_complete(self, moments: Floats, objective: Objective, at: Evaluation) -> None:
        """Add what known abilities would tell, Σ_q R (−∂² log P) θ^m, to the moments (3, Z, Z)."""
        working, _ = objective.split(at.x)
        powers = self.nodes ** np.arange(3)[:, None]
        for table, columns, place in zip(self.tables, self.columns, self.place, strict=True):
            block = table.block
            z = block.model.predictors(block.of(working)[:, None, :], self.nodes)
            _, hessian = block.model.link_derivatives(z)
            hessian = hessian[..., table.active, :][..., table.active]
            counts = at.expectation.counts[columns]
            parts = -np.einsum("jkq,jqklm,pq->pjlm", counts, hessian, powers, optimize=True)
            moments[:, place[:, :, None], place[:, None, :]] += parts


def _less_prior_curvature(matrix: Floats, objective: Objective, at: Evaluation) -> None:
    """Take the Hessian of the log-prior from the item parameters' information (F, F)."""
    working, _ = objective.split(at.x)
    parts = [
        prior.hessian(block, block.of(working))
        for block, prior in zip(objective.items.blocks, objective.priors, strict=True)
    ]
    curvature = block_diagonal(parts, objective.items).tocoo()
    matrix[curvature.row, curvature.col] -= curvature.data


def _population_part(
    objective: Objective, at: Evaluation, everyone: Everyone, predictors: _Predictors
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
        gathered = predictors.gather(everyone.counts(g))
        cross += predictors.at_intercept.T @ (gathered @ scores[g].T)
        cross += predictors.at_slope.T @ (gathered @ (nodes * scores[g]).T)
        means[members] = everyone.posterior[members] @ scores[g].T
        information -= (persons[g] * scores[g]) @ scores[g].T
    return information, cross, means
