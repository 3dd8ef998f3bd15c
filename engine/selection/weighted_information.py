"""Weighted information: Fisher information averaged over the abilities still plausible."""

from dataclasses import dataclass
from typing import ClassVar

from engine._types import Floats
from engine.pool import ItemPool
from engine.selection.base import Criterion, criteria
from engine.selection.view import View
from engine.selection.weights import expected, likelihood_weights, posterior_weights


@criteria.register("mlwi")
@dataclass(frozen=True, slots=True)
class LikelihoodWeightedInformation(Criterion):
    """Σ_q L(θ_q) I(θ_q), averaged over the likelihood."""

    reference: ClassVar[str] = "Veerkamp & Berger (1997), Journal of Educational and Behavioral Statistics 22"

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the average information (N, J)."""
        return expected(likelihood_weights(view), view.tables.info)


@criteria.register("mpwi")
@dataclass(frozen=True, slots=True)
class PosteriorWeightedInformation(Criterion):
    """Σ_q p(θ_q | answers) I(θ_q), averaged over the posterior."""

    reference: ClassVar[str] = "van der Linden (1998), Psychometrika 63, 201-216"

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the average information (N, J)."""
        return expected(posterior_weights(view), view.tables.info)
