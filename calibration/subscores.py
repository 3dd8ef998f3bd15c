"""Sub-scores: worth reporting only where they tell more about a skill than the total does.

PRMSE is the share of the variance of the true sub-score that a predictor explains: the sub-score itself, the
total, or both together (the augmented estimate). A sub-score adds value where it predicts better than the
total.

    PRMSE(z) = c' Σ⁻¹ c / Var(true),   c = Cov(true, z),  Σ = Var(z)

Haberman (2008), JEBS 33, 204–229, eq. 12–16, on a common form. Where people met different items, ability on
the skill's own items takes the place of the sub-score and ability on all items that of the total; the error
that the two share is the total's posterior variance.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.abilities import Abilities
from calibration.classical.reliability import item_covariances
from calibration.classical.standing import is_common_form
from engine._types import Bools, Floats

FEWEST_ITEMS = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Variance of the true sub-score, its covariance with (sub-score, total), and that of these two."""

    true: float
    with_true: Floats
    observed: Floats

    def explained(self, predictors: list[int]) -> float:
        """Return PRMSE of the predictors: 0 the sub-score, 1 the total."""
        if not self.true > 0:
            return 0.0
        c, v = self.with_true[predictors], self.observed[np.ix_(predictors, predictors)]
        return float(np.clip(c @ np.linalg.pinv(v) @ c / self.true, 0, 1))

    def weights(self) -> Floats:
        """Return the weights of sub-score and total in the augmented estimate (2,)."""
        return np.asarray(np.linalg.pinv(self.observed) @ self.with_true)


def subscore_table(abilities: Abilities, skills: Mapping[str, str]) -> pd.DataFrame:
    """Return one row a skill: `skill, items, prmse_sub, prmse_total, prmse_both, adds_value, note`.

    Parameters
    ----------
    skills : mapping
        The skill of each item; items without one count in the total only.
    """
    names = np.array([skills.get(item, "") for item in abilities.responses.items], dtype=object)
    rows = [_row(abilities, str(skill), names == skill) for skill in dict.fromkeys(names) if skill]
    return pd.DataFrame(
        rows, columns=["skill", "items", "prmse_sub", "prmse_total", "prmse_both", "adds_value", "note"]
    )


def augmented_subscores(abilities: Abilities, skills: Mapping[str, str]) -> pd.DataFrame:
    """Return each person's best estimate of each true sub-score, one column a skill.

    Points on a common form, logits otherwise.
    """
    names = np.array([skills.get(item, "") for item in abilities.responses.items], dtype=object)
    columns: dict[str, object] = {"person": abilities.responses.persons}
    for skill in dict.fromkeys(names):
        if skill and np.sum(names == skill) >= FEWEST_ITEMS:
            scores, moments = _scores(abilities, names == skill), _moments(abilities, names == skill)
            centre = scores.mean(axis=0)
            columns[str(skill)] = centre[0] + (scores - centre) @ moments.weights()
    return pd.DataFrame(columns)


def _row(abilities: Abilities, skill: str, own: Bools) -> tuple[object, ...]:
    n_items = int(own.sum())
    if n_items < FEWEST_ITEMS:
        note = f"not enough items ({n_items} of at least {FEWEST_ITEMS})"
        return (skill, n_items, np.nan, np.nan, np.nan, False, note)
    moments = _moments(abilities, own)
    sub, total, both = (moments.explained(z) for z in ([0], [1], [0, 1]))
    return (skill, n_items, sub, total, both, sub > total, "")


def _moments(abilities: Abilities, own: Bools) -> _Moments:
    return (_on_form if is_common_form(abilities.responses) else _on_abilities)(abilities, own)


def _on_form(abilities: Abilities, own: Bools) -> _Moments:
    """Return the moments of sums on a common form; reliability of the sub-score by alpha."""
    covariance = item_covariances(abilities.responses)
    sub, total = covariance[np.ix_(own, own)].sum(), covariance.sum()
    between = covariance[own].sum()
    k = own.sum()
    true = float(k / (k - 1) * (sub - np.diag(covariance)[own].sum()))
    return _Moments(
        true, np.array([true, between - (sub - true)]), np.array([[sub, between], [between, total]])
    )


def _on_abilities(abilities: Abilities, own: Bools) -> _Moments:
    """Return the moments of posterior means; the skill's true ability has the population's variance."""
    part = abilities.without(~own)
    scores = np.column_stack([part.theta, abilities.theta])
    observed = np.cov(scores.T)
    mean = abilities.weights @ abilities.nodes
    true = float(abilities.weights @ abilities.nodes**2 - mean**2)
    trusted = observed[0, 0] / true
    shared = float(np.mean(abilities.se**2))
    with_total = observed[0, 1] / trusted - shared if trusted > 0 else 0.0
    return _Moments(true, np.array([observed[0, 0], with_total]), observed)


def _scores(abilities: Abilities, own: Bools) -> Floats:
    """Return sub-score and total of each person (N, 2)."""
    responses = abilities.responses
    if not is_common_form(responses):
        return np.column_stack([abilities.without(~own).theta, abilities.theta])
    counted = np.where(own[responses.items_index], responses.category, 0)
    parts = (
        np.bincount(responses.persons_index, v, minlength=responses.n_persons)
        for v in (counted, responses.category)
    )
    return np.column_stack(list(parts))
