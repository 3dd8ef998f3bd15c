"""Where a test begins: the ability assumed at first, and questions that everybody meets first."""

from dataclasses import dataclass

import numpy as np

from engine._types import Floats
from engine.draws import Stream, spread
from engine.latent_regression import LatentRegression


@dataclass(frozen=True, slots=True)
class FirstItems:
    """Where a section begins: ability goes on, so only the questions that come first can be said.

    Attributes
    ----------
    items : tuple of texts
        Items that come first, in this order.
    """

    items: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.items)) < len(self.items):
            raise ValueError("an item stands twice in the list of first items")


@dataclass(frozen=True, slots=True)
class Start:
    """The first question is chosen as if ability were `theta`, or what is expected of the person.

    Attributes
    ----------
    theta : float
        Ability (logits) assumed before the first answer of those of whom nothing is known.
    within : float
        The start is drawn evenly from theta − within to theta + within, so that not everybody meets the same
        first question.
    items : tuple of texts
        Items that come first, in this order.
    prior : LatentRegression or None
        What covariates or an earlier score let expect of ability; it steers the choice of questions, and has
        no part in the reported ability.
    """

    theta: float = 0.0
    within: float = 0.0
    items: tuple[str, ...] = ()
    prior: LatentRegression | None = None

    def __post_init__(self) -> None:
        if not np.isfinite(self.theta) or not 0 <= self.within < np.inf:
            raise ValueError(f"theta = {self.theta}, within = {self.within}; finite numbers are needed")
        if len(set(self.items)) < len(self.items):
            raise ValueError("an item stands twice in the list of first items")

    def draw(self, u: Floats, expected: Floats) -> Floats:
        """Return the ability (N,) that each person's test starts from.

        Parameters
        ----------
        u : (N,)
            One uniform draw a person.
        expected : (1,) or (N,)
            What is expected of each person's ability, NaN where nothing is known and `theta` is assumed.
        """
        theta = np.where(np.isnan(expected), self.theta, expected)
        return np.asarray(theta + self.within * (2 * spread(u, 1, stream=Stream.START)[:, 0] - 1))
