"""The paths of three methods in a narrow quadratic valley."""

from math import cos, radians, sin, sqrt

from items.banks.deep_learning.drawing.shapes import COLOURS, FAINT, INK, Point, disc, figure, legend, line

_CURVATURE = (1.0, 14.0)
_START = (-4.0, 1.05)
_TILT = radians(18)


def valley_paths() -> str:
    """Draw gradient descent (blue), momentum (orange) and Newton's step (green) on one quadratic function."""
    parts = [
        line([_place(point) for point in _ellipse(level)], FAINT, width=2) for level in (1, 3, 6, 10, 14)
    ]
    paths = {
        "blue": _descent(0.128, 0.0, 30),
        "orange": _descent(0.02, 0.9, 90),
        "green": [_START, (0.0, 0.0)],
    }
    for name, path in paths.items():
        parts.append(line([_place(point) for point in path], COLOURS[name], width=2.5))
    x, y = _place((0, 0))
    parts += [line([(x - 8, y - 8), (x + 8, y + 8)]), line([(x - 8, y + 8), (x + 8, y - 8)])]
    parts.append(disc(_place(_START), 5, fill=INK))
    parts += legend((20, 258))
    return figure(480, 330, parts)


def _descent(rate: float, momentum: float, steps: int) -> list[Point]:
    """Return the points of gradient descent with momentum, in the valley's own directions."""
    point, speed = _START, (0.0, 0.0)
    path = [point]
    for _ in range(steps):
        slope = (_CURVATURE[0] * point[0], _CURVATURE[1] * point[1])
        speed = (momentum * speed[0] + slope[0], momentum * speed[1] + slope[1])
        point = (point[0] - rate * speed[0], point[1] - rate * speed[1])
        path.append(point)
    return path


def _ellipse(level: float) -> list[Point]:
    angles = [radians(5 * step) for step in range(73)]
    across, along = (sqrt(2 * level / curvature) for curvature in _CURVATURE)
    return [(across * cos(angle), along * sin(angle)) for angle in angles]


def _place(point: Point) -> Point:
    x, y = point
    return 240 + 42 * (x * cos(_TILT) + y * sin(_TILT)), 140 + 42 * (x * sin(_TILT) - y * cos(_TILT))
