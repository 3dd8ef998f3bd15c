"""What an item response model is here: linear predictors, then a link.

A model has *working* parameters w (*S, P), unbounded, and predictors that are linear both in them and in θ,

    z_l = Σ_p (A_lp θ + B_lp) w_p                                                    l = 1..L,

and a link that turns the predictors into log-probabilities of the categories 0..K-1. A family writes down
A, B, the link, and the link's first and second derivatives; the derivatives in θ (information, scoring) and
in the parameters (calibration, standard errors) follow by the chain rule, without a second-order term of
their own. People read and write *natural* parameters (a, b, …); each family converts between the two.

All functions work on any leading dimensions *S, which broadcast between parameters and θ: parameters
(J, 1, P) with θ (Q,) give tables on a grid, parameters (N, P) with θ (N,) give one item per person.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats
from engine.information import fisher_information


@dataclass(frozen=True, slots=True)
class Parameter:
    """A natural parameter: its column name, what it means, and the range it may take."""

    name: str
    meaning: str
    lower: float = -np.inf
    upper: float = np.inf


@dataclass(frozen=True, slots=True)
class NormalPrior:
    """A normal density on a working parameter."""

    mean: float
    sd: float


class ItemModel(ABC):
    """An item response model; a frozen value without data."""

    key: ClassVar[str]
    family: ClassVar[str]
    """The kernel's name; members of one family can be computed together."""
    title: ClassVar[str]
    reference: ClassVar[str]
    population: ClassVar[str] = "standard"
    """Who sets the scale: "standard" (variance 1) or "free_variance" (slope 1, as in the Rasch model)."""
    common_slope: ClassVar[bool] = False
    """True where all items of the model share one slope."""
    common_steps: ClassVar[bool] = False
    """True where the distances between steps are the same for all items (rating scale)."""
    pinned: ClassVar[Mapping[str, float]] = {}
    """Working parameters that this member of the family does not estimate, with their values."""
    priors: ClassVar[Mapping[str, NormalPrior]] = {}
    """Default priors by working parameter."""
    dichotomous: ClassVar[bool] = False

    @abstractmethod
    def parameters(self, n_categories: int) -> tuple[Parameter, ...]:
        """Return the natural parameters in the order of the columns."""

    @abstractmethod
    def working_names(self, n_categories: int) -> tuple[str, ...]:
        """Return the names of the P working parameters."""

    @abstractmethod
    def design(self, n_categories: int) -> tuple[Floats, Floats]:
        """Return A and B, each (L, P)."""

    @abstractmethod
    def link(self, z: Floats) -> Floats:
        """Return log-probabilities (*S, K) of predictors (*S, L)."""

    @abstractmethod
    def link_derivatives(self, z: Floats) -> tuple[Floats, Floats]:
        """Return the link's gradient (*S, K, L) and Hessian (*S, K, L, L) in the predictors."""

    def link_gradient(self, z: Floats) -> Floats:
        """Return the link's gradient (*S, K, L) alone; a family overrides this where it is cheaper so."""
        return self.link_derivatives(z)[0]

    @abstractmethod
    def to_working(self, natural: Floats) -> Floats:
        """Return working parameters (*S, P) of natural ones (*S, P)."""

    @abstractmethod
    def to_natural(self, working: Floats) -> Floats:
        """Return natural parameters (*S, P) of working ones (*S, P)."""

    @abstractmethod
    def natural_jacobian(self, working: Floats) -> Floats:
        """Return ∂natural/∂working (*S, P, P) at the working parameters, for the delta method."""

    @abstractmethod
    def start(self, share: Floats) -> Floats:
        """Return working start values (*S, P) from the share of each category (*S, K), each above 0."""

    def n_categories(self, n_parameters: int) -> int:
        """Return K for a number P of natural parameters."""
        return 2 if self.dichotomous else n_parameters

    def free(self, n_categories: int) -> Bools:
        """Return which of the P working parameters are estimated."""
        return np.array([name not in self.pinned for name in self.working_names(n_categories)])

    def check(self, natural: Floats) -> str:
        """Return what is wrong with one item's natural parameters (P,), or an empty text."""
        for parameter, value in zip(self.parameters(self.n_categories(natural.size)), natural, strict=True):
            if not np.isfinite(value):
                return f"{parameter.name} is {value}, not a finite number"
            if not parameter.lower <= value <= parameter.upper:
                return f"{parameter.name} = {value:g} lies outside {parameter.lower:g} to {parameter.upper:g}"
        return ""

    def predictors(self, working: Floats, theta: Floats) -> Floats:
        """Return z (*S, L) for working parameters (*S, P) and abilities (*S,)."""
        a, b = self._coefficients(working)
        return np.asarray(theta)[..., None] * a + b

    def log_prob(self, working: Floats, theta: Floats) -> Floats:
        """Return log P(category | θ) as (*S, K)."""
        return self.link(self.predictors(working, theta))

    def theta_derivatives(self, working: Floats, theta: Floats) -> tuple[Floats, Floats]:
        """Return the first and second derivative of log P in θ, each (*S, K)."""
        slope, _ = self._coefficients(working)
        gradient, hessian = self.link_derivatives(self.predictors(working, theta))
        first = np.einsum("...kl,...l->...k", gradient, slope)
        return first, np.einsum("...klm,...l,...m->...k", hessian, slope, slope)

    def terms(self, working: Floats) -> tuple[Floats, ...]:
        """Return what `prob` and `information` need of the working parameters (J, P): arrays (J, …)."""
        return (working,)

    def prob(self, terms: tuple[Floats, ...], theta: Floats) -> Floats:
        """Return P(category | θ) as (*S, K); a family with a closed form overrides it."""
        return np.exp(self.log_prob(terms[0], theta))

    def information(self, terms: tuple[Floats, ...], theta: Floats) -> Floats:
        """Return the Fisher information (*S,) at θ (*S,); a family with a closed form overrides it."""
        slope, intercept = self._coefficients(terms[0])
        z = np.asarray(theta)[..., None] * slope + intercept
        first = np.einsum("...kl,...l->...k", self.link_gradient(z), slope)
        return fisher_information(self.link(z), first)

    def working_derivatives(self, working: Floats, theta: Floats) -> tuple[Floats, Floats]:
        """Return gradient (*S, K, P) and Hessian (*S, K, P, P) of log P in the working parameters."""
        gradient, hessian = self.link_derivatives(self.predictors(working, theta))
        a, b = self.design(self.n_categories(working.shape[-1]))
        x = np.asarray(theta)[..., None, None] * a + b
        return (
            np.einsum("...kl,...lp->...kp", gradient, x),
            np.einsum("...klm,...lp,...mq->...kpq", hessian, x, x, optimize=True),
        )

    def _coefficients(self, working: Floats) -> tuple[Floats, Floats]:
        """Return slope and intercept of each predictor in θ, each (*S, L)."""
        a, b = self.design(self.n_categories(working.shape[-1]))
        return np.einsum("...p,lp->...l", working, a), np.einsum("...p,lp->...l", working, b)
