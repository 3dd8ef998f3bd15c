"""Names beside points, so placed that none covers another, on a phone or a desk."""

from itertools import product

import altair as alt
import numpy as np
import pandas as pd

from engine._types import Floats

WIDTH = 270
"""Width (px) of the narrowest drawing; in a wider one names lie farther apart."""
HEIGHTS = (180, 320)
"""Heights (px) of the lowest and the tallest drawing."""
LETTER, LINE = 6.5, 13.0
"""Room (px) of a letter and of a line."""
OFF = 7.0
"""Pixels between a point and its name."""
LINES = (0, -1, 1)
"""Lines by which a name may stand above (−) or below its point, the nearest first."""


def names(points: pd.DataFrame, x: str, y: str, *, among: pd.DataFrame, log_y: bool = False) -> alt.Chart:
    """Draw the names `item` of points by their columns `x` and `y`, the most important first.

    `among` holds every point of the figure. A name without room is left out: tooltip and table have it.
    """
    placed = places(points, x, y, among=among, log_y=log_y)
    text = alt.Chart(placed).mark_text(
        fontSize=11, align=alt.ExprRef("datum.align"), dx=alt.ExprRef("datum.dx"), dy=alt.ExprRef("datum.dy")
    )
    drawn: alt.Chart = text.encode(x=f"{x}:Q", y=f"{y}:Q", text="item:N")
    return drawn


def places(points: pd.DataFrame, x: str, y: str, *, among: pd.DataFrame, log_y: bool = False) -> pd.DataFrame:
    """Return the points whose names have room, with `align`, `dx` and `dy` (px) of each name."""
    across = _share(points[x], among[x])
    up = _share(np.log(points[y]), np.log(among[y])) if log_y else _share(points[y], among[y])
    taken: list[Floats] = []
    rows = []
    for row, (right, high) in enumerate(zip(across, up, strict=True)):
        width = min(LETTER * len(str(points["item"].iloc[row])), WIDTH / 2 - OFF)
        for line, side in product(LINES, (1, -1) if right < 0.5 else (-1, 1)):
            near = right * WIDTH + side * OFF
            ends = sorted((near, near + side * width))
            box = np.array([*ends, *((1 - high) * height + line * LINE for height in HEIGHTS)])
            if ends[0] >= 0 and ends[1] <= WIDTH and not any(_meet(box, other) for other in taken):
                taken.append(box)
                rows.append((row, side, line * LINE))
                break
    kept = points.iloc[[row for row, _, _ in rows]]
    return kept.assign(
        align=["left" if side > 0 else "right" for _, side, _ in rows],
        dx=[OFF * side for _, side, _ in rows],
        dy=[dy for _, _, dy in rows],
    )


def _meet(one: Floats, other: Floats) -> bool:
    """Return whether two boxes (left, right, middle in the lowest and in the tallest drawing) meet in one."""
    beside = one[1] < other[0] or other[1] < one[0]
    return not beside and bool(np.any(np.abs(one[2:] - other[2:]) < LINE))


def _share(values: "pd.Series[float]", among: "pd.Series[float]") -> Floats:
    """Return where values lie between the ends of all, 0 to 1."""
    low, high = float(among.min()), float(among.max())
    return np.asarray((values.to_numpy(float) - low) / ((high - low) or 1.0))
