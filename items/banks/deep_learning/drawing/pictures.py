"""Figures of pictures: grids of cells, feature maps and digits."""

from collections.abc import Callable, Iterator

from items.banks.deep_learning.drawing.shapes import (
    BLUE,
    COLOURS,
    GREEN,
    INK,
    ORANGE,
    PAPER,
    Point,
    box,
    disc,
    figure,
    polygon,
    words,
)


def stride() -> str:
    """Draw a 7 × 7 picture with three positions of a 3 × 3 filter, 2 cells apart."""
    cell, left, top = 40, 50, 46
    parts = list(_grid(7, cell, (left, top), lambda row, column: PAPER))
    for inset, (row, column), colour in ((2, (0, 0), BLUE), (6, (0, 2), ORANGE), (6, (2, 0), GREEN)):
        corner = (left + column * cell + inset, top + row * cell + inset)
        parts.append(box(corner, 3 * cell - 2 * inset, 3 * cell - 2 * inset, stroke=colour))
    return figure(350, 346, parts)


def mask(may: Callable[[int, int], bool]) -> str:
    """Draw a 4 × 4 mask, dark where a word (row) may look at a word (column)."""
    return figure(190, 186, _grid(4, 34, (40, 36), lambda row, column: BLUE if may(row, column) else PAPER))


MASKS: dict[str, Callable[[int, int], bool]] = {
    "later": lambda row, column: column >= row,
    "all": lambda row, column: True,
    "earlier": lambda row, column: column <= row,
    "self": lambda row, column: column == row,
}


def _grid(size: int, cell: float, corner: Point, fill: Callable[[int, int], str]) -> Iterator[str]:
    """Yield the cells of a square grid, with the numbers of its columns above and of its rows at the left."""
    left, top = corner
    for place in range(size):
        yield words((left + (place + 0.5) * cell, top - 10), str(place + 1))
        yield words((left - 12, top + (place + 0.5) * cell + 6), str(place + 1), anchor="end")
        for column in range(size):
            yield box(
                (left + column * cell, top + place * cell),
                cell,
                cell,
                fill=fill(place, column),
                stroke="#7b8794",
            )


def volumes() -> str:
    """Draw three feature maps as boxes, with their sizes below."""
    sizes = {"blue": (32, 16), "orange": (16, 64), "green": (8, 128)}
    parts, left = [], 20.0
    for name, (side, channels) in sizes.items():
        parts += _cuboid(left, 190, 4.0 * side, 0.8 * channels, COLOURS[name])
        parts.append(words((left, 222), name, COLOURS[name], anchor="start"))
        parts.append(words((left, 246), f"{side} × {side} × {channels}", anchor="start"))
        left += 0.8 * channels + 2.0 * side + 60
    return figure(450, 262, parts)


def _cuboid(left: float, bottom: float, side: float, depth: float, colour: str) -> list[str]:
    """Return a box seen from the front: channels to the right, height up, width slanting away."""
    right, top, slant = left + depth, bottom - side, side / 2.6
    up = [(left, top), (left + slant, top - slant / 2), (right + slant, top - slant / 2), (right, top)]
    away = [
        (right, bottom),
        (right, top),
        (right + slant, top - slant / 2),
        (right + slant, bottom - slant / 2),
    ]
    front = [(left, bottom), (left, top), (right, top), (right, bottom)]
    return [polygon(face, fill=colour, stroke=PAPER) for face in (up, away, front)]


DIGITS = {
    "moved": ("translate(-28 -26)", 0),
    "noisy": ("", 60),
    "turned": ("rotate(180 70 70)", 0),
    "leaning": ("translate(22 0) skewX(-16)", 0),
}


def digit(change: str, dots: int) -> str:
    """Draw the digit 6, changed by an SVG transform, with grey dots over it."""
    path = "M 88 34 C 60 40 48 66 48 86 a 22 22 0 1 0 44 0 a 22 22 0 1 0 -44 0"
    stroke = f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="9" stroke-linecap="round"'
    spots = [((37 * k * k + 11 * k) % 124 + 8, (53 * k * k + 29 * k) % 124 + 8) for k in range(dots)]
    parts = [f'{stroke} transform="{change}"/>' if change else f"{stroke}/>"]
    return figure(140, 140, parts + [disc(spot, 2, fill="#7b8794", stroke="none") for spot in spots])
