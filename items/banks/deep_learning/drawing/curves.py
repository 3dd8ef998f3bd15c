"""Figures that are curves over axes."""

from collections.abc import Callable
from math import exp, tanh

from items.banks.deep_learning.drawing.shapes import BLUE, COLOURS, ORANGE, Axes, Point, figure, legend, words


def rate_curves() -> str:
    """Draw the training loss of three runs: too slow (blue), well chosen (orange), far too fast (green)."""
    axes = Axes(x=(0, 20), y=(0, 5), frame=(50, 40, 400, 300))
    runs: dict[str, Callable[[int], float]] = {
        "blue": lambda t: 2.3 - 0.03 * t,
        "orange": lambda t: 0.3 + 2.0 * exp(-t / 2.5),
        "green": lambda t: 2.3 + 0.08 * t + (-1) ** t * 0.05 * t,
    }
    parts = axes.ticks((0, 5, 10, 15, 20), (0, 1, 2, 3, 4, 5)) + axes.titles("epoch", "training loss")
    for name, loss in runs.items():
        parts.append(axes.curve([(t, loss(t)) for t in range(21)], COLOURS[name]))
        parts.append(_label(axes, (20, loss(20)), name))
    return figure(480, 360, parts)


def early_stopping() -> str:
    """Draw a training loss that falls and a validation loss with its lowest value at epoch 25."""
    axes = Axes(x=(0, 60), y=(0, 2.5), frame=(50, 40, 360, 300))

    def validation(t: int) -> float:
        before, after = max(25 - t, 0) / 25, max(t - 25, 0) / 35
        return float(0.7 + 1.4 * before**2.2 + 0.6 * after**1.6)

    parts = axes.ticks((0, 10, 25, 40, 60), (0, 0.5, 1, 1.5, 2, 2.5)) + axes.titles("epoch", "loss")
    parts.append(axes.curve([(t, 0.1 + 1.9 * exp(-t / 12)) for t in range(61)], BLUE))
    parts.append(axes.curve([(t, validation(t)) for t in range(61)], ORANGE))
    parts.append(_label(axes, (60, 0.1), "blue", "training"))
    parts.append(_label(axes, (60, validation(60)), "orange", "validation"))
    return figure(480, 360, parts)


def roc() -> str:
    """Draw three ROC curves: the diagonal (green), the square root (orange), the fifth root (blue)."""
    axes = Axes(x=(0, 1), y=(0, 1), frame=(60, 40, 340, 320))
    parts = axes.ticks((0, 0.5, 1), (0, 0.5, 1)) + axes.titles("rate of false alarms", "rate of true alarms")
    grid = [(step / 100) ** 3 for step in range(101)]
    for name, power in (("blue", 0.2), ("orange", 0.5), ("green", 1.0)):
        parts.append(axes.curve([(x, x**power) for x in grid], COLOURS[name]))
    parts += legend((210, 260))
    return figure(400, 380, parts)


def derivative(function: Callable[[float], float]) -> str:
    """Draw one function between −6 and 6, with the same axes each time."""
    axes = Axes(x=(-6, 6), y=(0, 1.05), frame=(52, 16, 286, 150))
    parts = axes.ticks((-6, -4, -2, 0, 2, 4, 6), (0, 0.25, 0.5, 1))
    grid = [step / 20 for step in range(-120, 121)]
    return figure(300, 190, [*parts, axes.curve([(z, function(z)) for z in grid], BLUE)])


def _sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z))


DERIVATIVES: dict[str, Callable[[float], float]] = {
    "bell_high": lambda z: 1 - tanh(z) ** 2,
    "bell_low": lambda z: _sigmoid(z) * (1 - _sigmoid(z)),
    "s": _sigmoid,
    "step": lambda z: float(z > 0),
}


def _label(axes: Axes, place: Point, colour: str, text: str = "") -> str:
    x, y = axes.at(*place)
    return words((x + 10, y + 6), text or colour, COLOURS[colour], anchor="start")
