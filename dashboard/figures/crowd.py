"""A crowd of items as cells that count them: it can still be read, and is drawn at once."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.theme import ACCENT
from engine._types import Floats

MANY = 300
"""Points from which on they are counted."""
FINE = 40
"""Cells along each axis."""


def crowd(x: "pd.Series[Any]", y: "pd.Series[Any]", *, log_y: bool = False) -> pd.DataFrame:
    """Return the cells that hold a point, if there are many points: their middles, named as `x, y`, and `n`.

    With `log_y` the cells are of equal height on a logarithmic axis.
    """
    if len(x) < MANY:
        return pd.DataFrame(columns=[x.name, y.name, "n"])
    across, up = x.to_numpy(float), y.to_numpy(float)
    places = {x.name: _middles(across), y.name: np.exp(_middles(np.log(up))) if log_y else _middles(up)}
    return pd.DataFrame(places).value_counts(sort=False).rename("n").reset_index()


def squares_of(cells: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Draw the cells, if there are any, as squares: the larger the more items they hold."""
    if cells.empty:
        return []
    scale, legend = alt.Scale(range=[12, 160], zero=False), alt.Legend(tickCount=3, format="d")
    size = alt.Size("n:Q", title="items", scale=scale, legend=legend)
    squares = alt.Chart(cells).mark_square(opacity=0.75, color=ACCENT)
    return [squares.encode(x=x, y=y, size=size, tooltip=["n"])]


def _middles(values: Floats) -> Floats:
    """Return the middle of the cell of each value (J,)."""
    low, high = values.min(), values.max()
    width = (high - low) / FINE or 1.0
    return np.asarray(low + (np.minimum((values - low) // width, FINE - 1) + 0.5) * width)
