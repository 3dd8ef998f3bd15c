"""Answers of the demonstration bank computed from first principles, one small function an item.

Each function returns the numbers that the key must hold, in reading order. Numbers are put together from sums
and counts here, never by the formula that an item's explanation quotes, wherever there is a second way.
"""

import re
from collections.abc import Callable, Iterable

import numpy as np

from items.banks.deep_learning.draw_figures import FOLDER

Answer = Iterable[float]


class Facts(dict[str, Callable[[], Answer]]):
    """Functions that compute the answers of items, by the items' ids."""

    def of(self, item: str) -> Callable[[Callable[[], Answer]], Callable[[], Answer]]:
        """Register the function that computes the answer of this item."""

        def register(compute: Callable[[], Answer]) -> Callable[[], Answer]:
            assert item not in self, f"{item} is computed twice"
            self[item] = compute
            return compute

        return register


def slope(function: Callable[[float], float], at: float, step: float = 1e-6) -> float:
    """Return the derivative of a function by central differences."""
    return (function(at + step) - function(at - step)) / (2 * step)


def gradient(function: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    """Return the derivatives of a function of an array by central differences, in the array's shape."""
    found = np.zeros(at.shape)
    for place in np.ndindex(at.shape):

        def along(value: float, place: tuple[int, ...] = place) -> float:
            moved = at.copy()
            moved[place] = value
            return function(moved)

        found[place] = slope(along, float(at[place]))
    return found


def softmax(z: np.ndarray) -> np.ndarray:
    """Return the softmax of a vector."""
    powers = np.exp(z)
    return np.asarray(powers / powers.sum())


def sigmoid(z: float) -> float:
    """Return the logistic sigmoid."""
    return float(1 / (1 + np.exp(-z)))


def windows(size: int, kernel: int, stride: int = 1, padding: int = 0) -> list[int]:
    """Return where a kernel starts along one side of a picture, padding included."""
    return [start for start in range(0, size + 2 * padding, stride) if start + kernel <= size + 2 * padding]


def dense(inputs: int, outputs: int) -> int:
    """Count the parameters of a fully connected layer with biases."""
    return np.zeros((outputs, inputs)).size + np.zeros(outputs).size


def convolution(inputs: int, outputs: int, kernel: int) -> int:
    """Count the parameters of a two-dimensional convolution with biases."""
    return np.zeros((outputs, inputs, kernel, kernel)).size + np.zeros(outputs).size


def drawn_lines(figure: str, colour: str) -> list[list[tuple[float, float]]]:
    """Return the lines of one colour in a committed figure, as points in pixels."""
    svg = (FOLDER / f"{figure}.svg").read_text(encoding="utf-8")
    found = re.findall(rf'<polyline points="([^"]*)" fill="none" stroke="{colour}"', svg)
    return [[(float(x), float(y)) for x, y in (pair.split(",") for pair in line.split())] for line in found]


def drawn_frames(figure: str, colour: str) -> list[tuple[float, float, float]]:
    """Return left edge, upper edge and width of the rectangles of one outline in a committed figure."""
    svg = (FOLDER / f"{figure}.svg").read_text(encoding="utf-8")
    shape = (
        rf'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="[\d.]+" fill="[^"]*" stroke="{colour}"'
    )
    return [(float(x), float(y), float(width)) for x, y, width in re.findall(shape, svg)]
