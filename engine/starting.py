"""Where a test begins: the ability assumed at first, and questions that everybody meets first."""

from dataclasses import dataclass

import numpy as np

from engine._types import Floats
from engine.draws import Stream, spread


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
    """The first question is chosen as if ability were `theta`, give or take.

    Attributes
    ----------
    theta : float
        Ability (logits) assumed before the first answer.
    within : float
        The start is drawn evenly from theta − within to theta + within, so that not everybody meets the same
        first question.
    items : tuple of texts
        Items that come first, in this order.
    """

    theta: float = 0.0
    within: float = 0.0
    items: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not np.isfinite(self.theta) or not 0 <= self.within < np.inf:
            raise ValueError(f"theta = {self.theta}, within = {self.within}; finite numbers are needed")
        if len(set(self.items)) < len(self.items):
            raise ValueError("an item stands twice in the list of first items")

    def draw(self, u: Floats, known: Floats | None = None) -> Floats:
        """Return the ability (N,) that each person's test starts from.

        Parameters
        ----------
        u : (N,)
            One uniform draw a person.
        known : (N,), optional
            What is known of each person's ability beforehand; it then takes the place of `theta`.
        """
        theta = self.theta if known is None else known
        return theta + self.within * (2 * spread(u, 1, stream=Stream.START)[:, 0] - 1)
