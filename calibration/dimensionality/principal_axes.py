"""Principal axis factoring: loadings from the correlations' common part.

Communalities start at squared multiple correlations and are replaced by those that the factors reproduce
until they settle; none may exceed 0.995. Harman (1976), Modern Factor Analysis, ch. 8. girth's function of
the same name gives the same loadings, but fails where a factor is too weak for its iteration to settle.
"""

import numpy as np

from engine._types import Floats

CYCLES = 500
TOLERANCE = 1e-6
LARGEST = 0.995


def principal_axes(correlations: Floats, factors: int) -> Floats:
    """Return the loadings (J, F) of the first F factors, the strongest first, each with a positive sum."""
    common = np.clip(1 - 1 / np.diag(np.linalg.pinv(correlations, hermitian=True)), 0.01, LARGEST)
    loadings = _loadings(correlations, common, factors)
    for _ in range(CYCLES):
        previous, common = common, np.minimum((loadings**2).sum(axis=1), LARGEST)
        loadings = _loadings(correlations, common, factors)
        if np.abs(common - previous).max() < TOLERANCE:
            break
    sign = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    return np.asarray(loadings * sign)


def _loadings(correlations: Floats, common: Floats, factors: int) -> Floats:
    reduced = correlations - np.diag(np.diag(correlations)) + np.diag(common)
    values, vectors = np.linalg.eigh(reduced)
    strongest = slice(None, -factors - 1, -1)
    return np.asarray(vectors[:, strongest] * np.sqrt(np.maximum(values[strongest], 0)))
