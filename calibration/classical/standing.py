"""How high each person stands without the studied answer: what a question should go along with.

On a common form that is the sum of the other answers. Where people met different items it is the ability that
the other answers show.
"""

import numpy as np

from calibration.abilities import Abilities
from calibration.responses import ResponseMatrix
from engine._types import Floats

COMMON = 0.9
"""Share of all possible answers from which a log counts as one common form with a few blanks."""
CHUNK = 50_000


def is_common_form(responses: ResponseMatrix) -> bool:
    """Return whether everybody met the same items, a few blanks apart."""
    return responses.n_responses >= COMMON * responses.n_persons * responses.n_items


def rest_scores(responses: ResponseMatrix) -> Floats:
    """Return the sum of the person's other answers, for each answer (R,)."""
    person = responses.persons_index
    total = np.bincount(person, responses.category, minlength=responses.n_persons)
    return np.asarray(total[person] - responses.category, float)


def rest_abilities(abilities: Abilities) -> Floats:
    """Return the posterior mean of θ without the answer at hand, for each answer (R,)."""
    responses = abilities.responses
    person, out = responses.persons_index, np.empty(responses.n_responses)
    inverse = np.exp(-np.where(np.isfinite(abilities.log_prob), abilities.log_prob, 0.0))
    for start in range(0, out.size, CHUNK):
        rows = slice(start, start + CHUNK)
        own = inverse[responses.items_index[rows], responses.category[rows]]
        rest = abilities.posterior[person[rows]] * own
        out[rows] = rest @ abilities.nodes / rest.sum(axis=1)
    return out


def standing(abilities: Abilities) -> Floats:
    """Return where each answer's person stands without it (R,): points on a common form, else logits."""
    common = is_common_form(abilities.responses)
    return rest_scores(abilities.responses) if common else rest_abilities(abilities)
