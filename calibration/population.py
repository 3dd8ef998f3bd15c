"""The population: how ability is distributed in each group, as log-weights on the grid.

A normal population has a mean and an SD, each free or fixed; its weights are the normal density at the
nodes, normalised. An estimated population ("histogram") is that density times the exponential of a
polynomial, so that it may lean, be flat or have several humps:

    log w_q = log φ(z_q) + Σ_m β_m h_m(z_q) + constant,    z = (θ − mean) / SD at the start,

with h_m the Hermite polynomials of degree m, orthonormal under φ.

An estimated form would leave place and spread of the scale open: moving and stretching θ together with the
items changes nothing. So its first moments stay at those of N(0, 1) where nothing else sets the scale: β_1
and β_2 follow from the others, and a score is what remains of h_m after regression on h_1 and h_2. Where
anchors set the scale, place and spread are free like the rest.

On a fixed grid both are exponential families or nearly so; gradient and information are moments.

Holland & Thayer (1987), ETS RR-87-31 (log-linear smoothing); Xu & von Davier (2008), ETS RR-08-27.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import eval_hermitenorm, factorial

from engine._types import Bools, Floats, Ints
from engine.quadrature import log_normal_weights

DEGREE = 4
"""Degree of the polynomial of an estimated population: mean, spread, lean and peakedness.

Higher degrees rarely have a maximum: the likelihood prefers a few points to any smooth form.
"""
MOST_STEPS = 100
"""Most Newton steps towards the held moments."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """G groups on Q nodes.

    Attributes
    ----------
    nodes : (Q,)
    groups : tuple of G texts
    free_mean, free_sd : (G,) bool
        What is estimated in each group.
    start_mean, start_sd : (G,)
        Start values, and the values where nothing is estimated.
    histogram : bool
        Whether the form of the distribution is estimated instead.
    held_moments : (G,) int
        How many moments of an estimated form are held: 0, 1 (the mean, at 0) or 2 (besides, the SD, at 1).
    """

    nodes: Floats
    groups: tuple[str, ...]
    free_mean: Bools
    free_sd: Bools
    start_mean: Floats
    start_sd: Floats
    histogram: bool
    held_moments: Ints

    @property
    def n_free(self) -> int:
        """Number of free parameters."""
        if self.histogram:
            return int((DEGREE - self.held_moments).sum())
        return int(self.free_mean.sum() + self.free_sd.sum())

    def start(self) -> Floats:
        """Return start values of the free parameters."""
        if self.histogram:
            return np.zeros(self.n_free)
        return np.concatenate([self.start_mean[self.free_mean], np.log(self.start_sd[self.free_sd])])

    def on(self, nodes: Floats, free: Floats) -> "Population":
        """Return this population on other nodes, starting at the moments where the free parameters stand."""
        mean, sd = self.moments(free)
        return replace(self, nodes=nodes, start_mean=mean, start_sd=sd)

    def polynomials(self) -> Floats:
        """Return h_m of each group at the nodes (G, DEGREE, Q)."""
        z = (self.nodes - self.start_mean[:, None]) / self.start_sd[:, None]
        return np.stack(
            [eval_hermitenorm(m, z) / np.sqrt(factorial(m)) for m in range(1, DEGREE + 1)], axis=1
        )

    def names(self) -> list[str]:
        """Return the names of the free parameters."""
        if self.histogram:
            degrees = zip(self.groups, self.held_moments, strict=True)
            return [f"{group}:degree {m + 1}" for group, held in degrees for m in range(held, DEGREE)]
        means = [f"{group}:mean" for group, free in zip(self.groups, self.free_mean, strict=True) if free]
        return means + [
            f"{group}:log sd" for group, free in zip(self.groups, self.free_sd, strict=True) if free
        ]

    def moments(self, free: Floats) -> tuple[Floats, Floats]:
        """Return mean and SD of each group, each (G,)."""
        if self.histogram:
            weights = np.exp(self.log_weights(free))
            mean = weights @ self.nodes
            return mean, np.sqrt(weights @ self.nodes**2 - mean**2)
        mean, log_sd = self.start_mean.copy(), np.log(self.start_sd)
        split = int(self.free_mean.sum())
        mean[self.free_mean], log_sd[self.free_sd] = free[:split], free[split:]
        return mean, np.exp(log_sd)

    def _coefficients(self, free: Floats) -> list[Floats]:
        """Return each group's free coefficients of an estimated form."""
        return np.split(free, np.cumsum(DEGREE - self.held_moments)[:-1])

    def log_weights(self, free: Floats) -> Floats:
        """Return the log-weights (G, Q), each row normalised."""
        if self.histogram:
            own = zip(
                self._normal(), self.polynomials(), self.held_moments, self._coefficients(free), strict=True
            )
            return np.stack([with_moments(log_w + beta @ h[held:], h[:held]) for log_w, h, held, beta in own])
        return self._normal(*self.moments(free))

    def _normal(self, mean: Floats | None = None, sd: Floats | None = None) -> Floats:
        """Return the log-weights (G, Q) of normal populations, by default those at the start."""
        moments = (self.start_mean, self.start_sd) if mean is None or sd is None else (mean, sd)
        return np.stack([log_normal_weights(self.nodes, m, s) for m, s in zip(*moments, strict=True)])

    def derivatives(self, free: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """Return gradient (F,) and information (F, F) of Σ_q n_q log w_q for expected counts (G, Q)."""
        score = self.node_scores(free)
        weights = np.exp(self.log_weights(free)) * counts.sum(axis=1, keepdims=True)
        return np.einsum("gq,gfq->f", counts, score), np.einsum("gq,gfq,ghq->fh", weights, score, score)

    def node_scores(self, free: Floats) -> Floats:
        """Return ∂ log w_q/∂(free parameter) as (G, F, Q); the normalisation centres each row."""
        out = np.zeros((len(self.groups), self.n_free, self.nodes.size))
        weights = np.exp(self.log_weights(free))
        if self.histogram:
            first = 0
            for g, (h, w, held) in enumerate(
                zip(self.polynomials(), weights, self.held_moments, strict=True)
            ):
                centred = h - (h @ w)[:, None]
                out[g, first : first + DEGREE - held] = residuals(centred[held:], centred[:held], w)
                first += DEGREE - held
            return out
        mean, sd = (m[:, None] for m in self.moments(free))
        z = (self.nodes - mean) / sd
        raw = np.stack([z / sd, z**2], axis=1)
        score = raw - np.einsum("gq,gpq->gp", weights, raw)[..., None]
        means, sds = np.flatnonzero(self.free_mean), np.flatnonzero(self.free_sd)
        out[means, np.arange(means.size)] = score[means, 0]
        out[sds, means.size + np.arange(sds.size)] = score[sds, 1]
        return out


def with_moments(log_density: Floats, held: Floats) -> Floats:
    """Return log-weights (Q,) ∝ density · exp(β held) for the β at which each `held` (M, Q) has mean 0.

    The log of the normaliser is convex in β: Newton steps, damped by the gradient, find its one minimum.
    """
    beta, normaliser = np.zeros(len(held)), np.logaddexp.reduce(log_density)
    for _ in range(MOST_STEPS):
        weights = np.exp(log_density + beta @ held - normaliser)
        mean = held @ weights
        if np.abs(mean).max(initial=0.0) < 1e-13:
            break
        spread = (held * weights) @ held.T - np.outer(mean, mean)
        step = np.linalg.solve(spread + np.linalg.norm(mean) * np.eye(len(mean)), mean)
        size, least = 1.0, normaliser
        while size > 1e-6:
            normaliser = np.logaddexp.reduce(log_density + (beta - size * step) @ held)
            if normaliser <= least + 1e-15 * abs(least):
                break
            size /= 2
        beta = beta - size * step
    return np.asarray(log_density + beta @ held - normaliser)


def residuals(values: Floats, on: Floats, weights: Floats) -> Floats:
    """Return what remains of centred values (F, Q) after regression on centred `on` (M, Q)."""
    slopes = np.linalg.lstsq((on * weights) @ on.T, (on * weights) @ values.T)[0]
    return np.asarray(values - slopes.T @ on)
