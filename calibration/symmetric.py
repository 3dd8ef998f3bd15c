"""Large symmetric matrices changed where they stand: a copy of one may be all the memory there is."""

from collections.abc import Iterator

import numpy as np
from scipy import linalg

from engine._types import Floats

TILE = 512
"""Rows and columns of a tile."""


def add_transpose(matrix: Floats) -> None:
    """Add its transpose to a matrix (F, F), in place."""
    for lower, upper in _tiles(len(matrix)):
        tile = matrix[lower] + matrix[upper].T
        matrix[lower], matrix[upper] = tile, tile.T


def mirror(matrix: Floats) -> None:
    """Make a matrix (F, F) symmetric by its lower triangle, in place."""
    for lower, upper in _tiles(len(matrix)):
        if lower == upper:
            matrix[lower] = np.tril(matrix[lower]) + np.tril(matrix[lower], -1).T
        else:
            matrix[upper] = matrix[lower].T


def inverse(matrix: Floats) -> Floats | None:
    """Return the inverse (F, F), or None where the matrix is not positive definite; one copy is made."""
    if not matrix.size:
        return matrix
    copy = np.array(matrix, order="F")
    factor, failed = linalg.lapack.dpotrf(copy, lower=1, clean=0, overwrite_a=1)
    if failed:
        return None
    found, _ = linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)
    mirror(found)
    return np.asarray(found.T)


def _tiles(size: int) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Yield each tile of the lower triangle and its mirror image."""
    for i in range(0, size, TILE):
        for j in range(0, i + 1, TILE):
            rows, columns = slice(i, i + TILE), slice(j, j + TILE)
            yield (rows, columns), (columns, rows)
