"""Figures of networks: units, blocks and the arrows between them."""

from itertools import pairwise
from math import sqrt

from items.banks.deep_learning.drawing.shapes import (
    BLUE,
    COLOURS,
    GREEN,
    ORANGE,
    PAPER,
    Point,
    arrow,
    box,
    disc,
    figure,
    line,
    words,
)


def graph() -> str:
    """Draw the computation L = (w x + b)² with its values."""
    nodes = {"w = 2": (60, 50), "x = 3": (60, 150), "p = 6": (210, 100), "b = −4": (210, 200)}
    nodes |= {"z = 2": (360, 100), "L = 4": (500, 100)}
    edges = [
        ("w = 2", "p = 6"),
        ("x = 3", "p = 6"),
        ("p = 6", "z = 2"),
        ("b = −4", "z = 2"),
        ("z = 2", "L = 4"),
    ]
    parts = [arrow(*_between(nodes[start], nodes[end], 40)) for start, end in edges]
    for name, centre in nodes.items():
        parts += [disc(centre, 38), words((centre[0], centre[1] + 6), name)]
    parts += [words((210, 50), "multiply"), words((360, 50), "add"), words((500, 50), "square")]
    return figure(560, 250, parts)


def network() -> str:
    """Draw a fully connected network with 3 inputs, 4 hidden units and 2 outputs."""
    layers = [[(70.0, 150 + 70 * (row - (count - 1) / 2)) for row in range(count)] for count in (3, 4, 2)]
    layers = [[(x + 150 * column, y) for x, y in layer] for column, layer in enumerate(layers)]
    parts = [
        line([start, end], "#7b8794", width=1.5)
        for left, right in pairwise(layers)
        for start in left
        for end in right
    ]
    for layer, colour in zip(layers, COLOURS.values(), strict=True):
        parts += [disc(unit, 20, fill=colour) for unit in layer]
    for layer, name in zip(layers, ("input", "hidden", "output"), strict=True):
        parts.append(words((layer[0][0], 322), name))
    return figure(440, 340, parts)


def unrolled() -> str:
    """Draw a recurrent network over four time steps, its arrows coloured by their job."""
    places = {
        f"{name}{t}": (70 + 115 * (t - 1), y)
        for name, y in (("y", 40), ("h", 140), ("x", 240))
        for t in range(1, 5)
    }
    parts = []
    for t in range(1, 5):
        parts.append(arrow(*_between(places[f"x{t}"], places[f"h{t}"], 24), BLUE))
        parts.append(arrow(*_between(places[f"h{t}"], places[f"y{t}"], 24), GREEN))
        if t < 4:
            parts.append(arrow(*_between(places[f"h{t}"], places[f"h{t + 1}"], 24), ORANGE))
    for name, (x, y) in places.items():
        parts += [disc((x, y), 22), words((x, y + 6), name)]
    return figure(485, 280, parts)


def frozen() -> str:
    """Draw four blocks of a network, frozen ones in blue and trained ones in orange."""
    blocks = [("block 1", "20,000", BLUE), ("block 2", "80,000", BLUE), ("block 3", "300,000", ORANGE)]
    parts = []
    for column, (name, count, colour) in enumerate([*blocks, ("new head", "5,000", ORANGE)]):
        left = 16 + 134 * column
        parts.append(box((left, 40), 106, 80, fill=colour))
        parts += [words((left + 53, 74), name, PAPER), words((left + 53, 102), count, PAPER)]
        if column < 3:
            parts.append(arrow((left + 109, 80), (left + 132, 80)))
    parts += [words((16, 150), "blue: frozen", BLUE, anchor="start")]
    parts += [words((150, 150), "orange: trained", ORANGE, anchor="start")]
    return figure(540, 170, parts)


def _between(start: Point, end: Point, gap: float) -> tuple[Point, Point]:
    """Return the part of a line that leaves a gap at both ends."""
    length = sqrt((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2)
    u, v = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    return (start[0] + gap * u, start[1] + gap * v), (end[0] - gap * u, end[1] - gap * v)
