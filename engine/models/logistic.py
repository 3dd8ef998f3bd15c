"""The logistic family for answers scored 0 or 1: Rasch, 1PL, 2PL, 3PL, 4PL.

    P(1 | θ) = c + (d − c) / (1 + exp(−a (θ − b)))

    a  discrimination: how fast the chance of success rises with ability
    b  difficulty: the ability halfway between the asymptotes, on the scale of θ (logits)
    c  lower asymptote: chance of success of someone who does not know (guessing)
    d  upper asymptote: chance of success of someone who knows (1 − slips)

The same as a mixture: with probability σ(z), z = a (θ − b), a person knows and succeeds with d; otherwise
succeeds with c. Written so, log P is a log-sum of two terms and stays exact where the textbook form divides
by zero. Working parameters: slope a, intercept −a b, logit c, logit d; a pinned asymptote is an infinite
logit.

Lord & Novick (1968), Statistical Theories of Mental Test Scores, ch. 17; Barton & Lord (1981), ETS RR-81-20.
Use the 2PL by default; the 3PL where guessing matters and there are thousands of answers an item.
"""

import numpy as np
from scipy.special import expit, log_expit, logit

from engine._types import Floats
from engine.models import models
from engine.models.base import ItemModel, NormalPrior, Parameter

TINY = np.finfo(float).tiny
"""Stands for a probability that has underflowed, so that nothing is divided by zero."""


class LogisticModel(ItemModel):
    """The four-parameter kernel; narrower members pin its parameters."""

    family, dichotomous = "logistic", True
    reference = "Birnbaum (1968), in Lord & Novick, ch. 17; Barton & Lord (1981), ETS RR-81-20"

    def parameters(self, n_categories: int = 2) -> tuple[Parameter, ...]:
        """Return a, b, c, d."""
        return (
            Parameter("a", "discrimination"),
            Parameter("b", "difficulty"),
            Parameter("c", "lower asymptote", 0.0, 1.0),
            Parameter("d", "upper asymptote", 0.0, 1.0),
        )

    def working_names(self, n_categories: int = 2) -> tuple[str, ...]:
        """Return slope, intercept and the logits of the asymptotes."""
        return ("a", "intercept", "logit_c", "logit_d")

    def check(self, natural: Floats) -> str:
        """Return what is wrong with a, b, c, d, or an empty text."""
        wrong = super().check(natural)
        if not wrong and natural[2] >= natural[3]:
            wrong = f"c = {natural[2]:g} is not below d = {natural[3]:g}"
        return wrong

    def design(self, n_categories: int = 2) -> tuple[Floats, Floats]:
        """Return A and B of z = a θ + intercept and of the two logits, which θ does not move."""
        a = np.zeros((3, 4))
        a[0, 0] = 1.0
        return a, np.eye(3, 4, k=1)

    def _coefficients(self, working: Floats) -> tuple[Floats, Floats]:
        """Return slopes (a, 0, 0) and intercepts; a pinned asymptote stays infinite."""
        slope = np.zeros((*working.shape[:-1], 3))
        slope[..., 0] = working[..., 0]
        return slope, working[..., 1:]

    def link(self, z: Floats) -> Floats:
        """Return log P(0), log P(1)."""
        if _without_asymptotes(z):
            return np.stack([log_expit(-z[..., 0]), log_expit(z[..., 0])], axis=-1)
        know, guess = _components(z)
        return np.logaddexp(know, guess)

    def link_gradient(self, z: Floats) -> Floats:
        """Return the gradient: without asymptotes −P and 1 − P, else as for the mixture."""
        if not _without_asymptotes(z):
            share, at_know, at_guess = _mixture(z)
            return share * at_know + (1 - share) * at_guess
        gradient = np.zeros((*z.shape[:-1], 2, 3))
        gradient[..., 0, 0], gradient[..., 1, 0] = -expit(z[..., 0]), expit(-z[..., 0])
        return gradient

    def link_derivatives(self, z: Floats) -> tuple[Floats, Floats]:
        """Return derivatives of a two-part mixture: the mean of the parts' and the spread between them."""
        share, at_know, at_guess = _mixture(z)
        s, c, d = (expit(z[..., part]) for part in range(3))
        gradient = share * at_know + (1 - share) * at_guess
        between = at_know - at_guess
        hessian = (share * (1 - share))[..., None] * between[..., :, None] * between[..., None, :]
        curvature = np.concatenate(
            [
                np.broadcast_to((-s * (1 - s))[..., None, None], share.shape),
                -(1 - share) * (c * (1 - c))[..., None, None],
                -share * (d * (1 - d))[..., None, None],
            ],
            axis=-1,
        )
        hessian[..., [0, 1, 2], [0, 1, 2]] += curvature
        return gradient, hessian

    def theta_derivatives(self, working: Floats, theta: Floats) -> tuple[Floats, Floats]:
        """Return the derivatives of log P in θ by P' = a (d − c) σ σ̄ and P'' = a P' (σ̄ − σ)."""
        a, intercept, c, reach, slip = self.terms(working)
        z = a * theta + intercept
        know, miss = expit(z), expit(-z)
        up, down = a * miss * _share(reach * know, c), -a * know * _share(reach * miss, slip)
        bend = a * (miss - know)
        return _row(down, up), _row(down * (bend - down), up * (bend - up))

    def terms(self, working: Floats) -> tuple[Floats, ...]:
        """Return a, intercept, c, d − c, 1 − d."""
        a, intercept, logit_c, logit_d = (np.ascontiguousarray(working[..., i]) for i in range(4))
        c, d = expit(logit_c), expit(logit_d)
        return a, intercept, c, d - c, expit(-logit_d)

    def prob(self, terms: tuple[Floats, ...], theta: Floats) -> Floats:
        """Return P(0), P(1) = c + (d − c) σ."""
        a, intercept, c, reach, _ = terms
        p = c + reach * expit(a * theta + intercept)
        return _row(1.0 - p, p)

    def information(self, terms: tuple[Floats, ...], theta: Floats) -> Floats:
        """Return P'² / P (1 − P), with P' = a (d − c) σ σ̄ (Barton & Lord, 1981)."""
        a, intercept, c, reach, slip = terms
        know = expit(a * theta + intercept)
        gain, loss = reach * know, reach * (1.0 - know)
        below = (c + gain) * (slip + loss)
        return np.asarray((a * gain * (1.0 - know)) ** 2 / np.maximum(below, TINY))

    def to_working(self, natural: Floats) -> Floats:
        """Return a, −a b, logit c, logit d."""
        a, b, c, d = np.moveaxis(np.asarray(natural, float), -1, 0)
        return np.stack([a, -a * b, logit(c), logit(d)], axis=-1)

    def to_natural(self, working: Floats) -> Floats:
        """Return a, b, c, d; b is not finite where a = 0."""
        a, intercept, c, d = np.moveaxis(np.asarray(working, float), -1, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.stack([a, -intercept / a, expit(c), expit(d)], axis=-1)

    def natural_jacobian(self, working: Floats) -> Floats:
        """Return ∂(a, b, c, d)/∂(a, −a b, logit c, logit d)."""
        a, intercept, c, d = np.moveaxis(np.asarray(working, float), -1, 0)
        jacobian = np.zeros((*working.shape, 4))
        jacobian[..., 0, 0] = 1.0
        jacobian[..., 1, 0], jacobian[..., 1, 1] = intercept / a**2, -1 / a
        jacobian[..., 2, 2] = expit(c) * expit(-c)
        jacobian[..., 3, 3] = expit(d) * expit(-d)
        return jacobian

    def start(self, share: Floats) -> Floats:
        """Return slope 1, the share's logit, and the centres of the priors where an asymptote is free."""
        ones = np.ones(share.shape[:-1])
        values = {"a": ones, "intercept": logit(share[..., 1])}
        for name in ("logit_c", "logit_d"):
            prior = self.priors.get(name)
            values[name] = ones * (self.pinned[name] if prior is None else prior.mean)
        return np.stack([values[name] for name in self.working_names()], axis=-1)


def _components(z: Floats) -> tuple[Floats, Floats]:
    """Return the log of each part of the mixture, for outcome 0 and 1: know (*S, 2), not know (*S, 2)."""
    s, c, d = z[..., :1], z[..., 1:2], z[..., 2:]
    know = log_expit(s) + log_expit(np.concatenate([-d, d], axis=-1))
    guess = log_expit(-s) + log_expit(np.concatenate([-c, c], axis=-1))
    return know, guess


def _mixture(z: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the share of "know" (*S, 2, 1) and the gradients of each part's log, (*S, 2, 3) each."""
    know, guess = _components(z)
    share = np.exp(know - np.logaddexp(know, guess))[..., None]
    s, c, d = (expit(z[..., part]) for part in range(3))
    zero = np.zeros_like(s)
    at_know = np.stack([_row(1 - s, zero, -d), _row(1 - s, zero, 1 - d)], axis=-2)
    at_guess = np.stack([_row(-s, -c, zero), _row(-s, 1 - c, zero)], axis=-2)
    return share, at_know, at_guess


def _without_asymptotes(z: Floats) -> bool:
    """Whether both asymptotes are pinned at 0 and 1 throughout: closed forms then do."""
    return bool(np.isneginf(z[..., 1]).all() and np.isposinf(z[..., 2]).all())


def _share(part: Floats, rest: Floats) -> Floats:
    """Return part / (part + rest), which is 1 where there is no rest."""
    return np.where(rest == 0, 1.0, part / np.maximum(part + rest, TINY))


def _row(*parts: Floats) -> Floats:
    return np.stack(parts, axis=-1)


_NO_GUESS, _NO_SLIP = {"logit_c": -np.inf}, {"logit_d": np.inf}
_GUESS, _SLIP = {"logit_c": NormalPrior(-1.1, 0.5)}, {"logit_d": NormalPrior(3.0, 0.75)}


@models.register("4pl")
class FourParameterLogistic(LogisticModel):
    """4PL: guessing and slips are estimated; needs priors and very many answers."""

    key, title = "4pl", "four-parameter logistic"
    priors = _GUESS | _SLIP


@models.register("3pl")
class ThreeParameterLogistic(LogisticModel):
    """3PL: guessing is estimated, with the prior logit c ~ N(−1.1, 0.5)."""

    key, title = "3pl", "three-parameter logistic"
    pinned, priors = _NO_SLIP, _GUESS


@models.register("2pl")
class TwoParameterLogistic(LogisticModel):
    """2PL: each item has its own discrimination."""

    key, title = "2pl", "two-parameter logistic"
    pinned = _NO_GUESS | _NO_SLIP


@models.register("1pl")
class OneParameterLogistic(LogisticModel):
    """1PL: all items share one discrimination; the population's variance is 1."""

    key, title = "1pl", "one-parameter logistic"
    pinned, common_slope = _NO_GUESS | _NO_SLIP, True


@models.register("rasch")
class Rasch(LogisticModel):
    """Rasch: discrimination 1; the population's variance is free."""

    key, title = "rasch", "Rasch"
    reference = "Rasch (1960), Probabilistic Models for Some Intelligence and Attainment Tests"
    pinned, population = {"a": 1.0} | _NO_GUESS | _NO_SLIP, "free_variance"
