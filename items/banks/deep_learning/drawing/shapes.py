"""The few shapes that the figures of the bank are made of, as SVG text on a light ground of their own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot

Point = tuple[float, float]

PAPER, INK, FAINT = "#ffffff", "#1b2733", "#c9d1d9"
BLUE, ORANGE, GREEN = "#0067a8", "#c75b00", "#007a52"
COLOURS = {"blue": BLUE, "orange": ORANGE, "green": GREEN}


def figure(width: int, height: int, parts: Iterable[str]) -> str:
    """Return a whole SVG file of this size in pixels."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="18" fill="{INK}">'
    )
    ground = f'<rect width="{width}" height="{height}" rx="8" fill="{PAPER}" stroke="{FAINT}"/>'
    return "\n".join([head, ground, *parts, "</svg>"]) + "\n"


def line(points: Sequence[Point], colour: str = INK, *, width: float = 3) -> str:
    """Return a line through points in pixels."""
    path = " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
    style = f'stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"'
    return f'<polyline points="{path}" fill="none" {style}/>'


def arrow(start: Point, end: Point, colour: str = INK) -> str:
    """Return a straight arrow between two points in pixels."""
    (x0, y0), (x1, y1) = start, end
    length = hypot(x1 - x0, y1 - y0)
    u, v = (x1 - x0) / length, (y1 - y0) / length
    foot = (x1 - 11 * u, y1 - 11 * v)
    tip = [(foot[0] - 6 * v, foot[1] + 6 * u), (x1, y1), (foot[0] + 6 * v, foot[1] - 6 * u)]
    return line([start, foot], colour) + polygon(tip, fill=colour, stroke="none")


def polygon(points: Sequence[Point], *, fill: str, stroke: str = INK) -> str:
    """Return a filled polygon with corners in pixels."""
    path = " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
    return (
        f'<polygon points="{path}" fill="{fill}" stroke="{stroke}" stroke-width="2" stroke-linejoin="round"/>'
    )


def box(corner: Point, width: float, height: float, *, fill: str = "none", stroke: str = INK) -> str:
    """Return a rectangle by its upper left corner and its size in pixels."""
    x, y = corner
    return (
        f'<rect x="{_short(x)}" y="{_short(y)}" width="{_short(width)}" height="{_short(height)}" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="{4 if fill == "none" else 1.5}"/>'
    )


def disc(centre: Point, radius: float, *, fill: str = PAPER, stroke: str = INK) -> str:
    """Return a disc by its centre and radius in pixels."""
    x, y = centre
    place = f'cx="{_short(x)}" cy="{_short(y)}" r="{_short(radius)}"'
    return f'<circle {place} fill="{fill}" stroke="{stroke}" stroke-width="2"/>'


def words(place: Point, text: str, colour: str = INK, *, anchor: str = "middle") -> str:
    """Return a line of text at a place in pixels; the anchor is start, middle or end."""
    x, y = place
    return f'<text x="{_short(x)}" y="{_short(y)}" fill="{colour}" text-anchor="{anchor}">{text}</text>'


def legend(corner: Point) -> list[str]:
    """Return the names of the three colours beside a piece of line in each, one below the other."""
    x, y = corner
    parts = []
    for row, (name, colour) in enumerate(COLOURS.items()):
        parts.append(line([(x, y + 24 * row), (x + 30, y + 24 * row)], colour))
        parts.append(words((x + 40, y + 24 * row + 6), name, colour, anchor="start"))
    return parts


@dataclass(frozen=True, slots=True)
class Axes:
    """Two axes: their ranges in the data's units, and the frame's left, top, right and bottom in pixels."""

    x: Point
    y: Point
    frame: tuple[float, float, float, float]

    def at(self, x: float, y: float) -> Point:
        """Return the pixel of a point of the data."""
        left, top, right, bottom = self.frame
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return left + across * (right - left), bottom - up * (bottom - top)

    def curve(self, points: Iterable[Point], colour: str) -> str:
        """Return a line through points of the data."""
        return line([self.at(x, y) for x, y in points], colour)

    def ticks(self, x: Sequence[float], y: Sequence[float]) -> list[str]:
        """Return the frame with grid lines and numbers at these values."""
        left, top, right, bottom = self.frame
        parts = [box((left, top), right - left, bottom - top, fill=PAPER, stroke=FAINT)]
        for value in x:
            place = self.at(value, 0)[0]
            parts += [line([(place, top), (place, bottom)], FAINT, width=1)]
            parts += [words((place, bottom + 22), _number(value))]
        for value in y:
            place = self.at(0, value)[1]
            parts += [line([(left, place), (right, place)], FAINT, width=1)]
            parts += [words((left - 8, place + 6), _number(value), anchor="end")]
        return parts

    def titles(self, x: str, y: str) -> list[str]:
        """Return the titles of the axes: one below, one above on the left."""
        left, top, right, bottom = self.frame
        return [words(((left + right) / 2, bottom + 46), x), words((left, top - 12), y, anchor="start")]


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")
