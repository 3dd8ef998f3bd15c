"""One look for every figure: colours, letters, and what a page says beside a drawing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd
from altair.typing import ChartType

GROUPS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F", "#8C6D00")
"""Colours of groups, after Okabe and Ito (2008), in an order whose neighbours differ most."""

SHAPES = ("circle", "triangle-up", "square", "diamond", "cross", "triangle-down", "triangle-left", "stroke")
"""Shapes of groups: no group is told by its colour alone."""

ON_DARK = ("#5AAEE8", "#FF8A4C", "#2FC79B", "#E6A3CA", "#F3B63F", "#8FD0F5", "#B0B0B0", "#CFAE45")
"""The same colours on a dark page, in the same order: lighter, at least 4.5:1."""

ACCENT = GROUPS[0]
SECOND = GROUPS[1]
WIDTH, HEIGHT = 560, 300

_INK = {False: ("#1b2430", "#4a5563", "#d9dee5"), True: ("#f2f4f7", "#b8c0cc", "#3a4350")}
"""Text, axes and grid on a light and on a dark page; text is at least 7:1, axes at least 4.5:1."""


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A drawing and what stands around it.

    Attributes
    ----------
    name : str
        Of its files, without an ending.
    title : str
        What is drawn, in a few words.
    sentence : str
        What it shows, in one sentence.
    chart : Altair chart
    table : DataFrame
        The same numbers.
    code : str
        The expression that draws it, in names that `dashboard.snippets` explains; "" in reports.
    """

    name: str
    title: str
    sentence: str
    chart: ChartType
    table: pd.DataFrame
    code: str = ""


def specification(chart: ChartType, *, dark: bool = False) -> dict[str, Any]:
    """Return the Vega-Lite specification of the chart in the house's look, for a light or a dark page.

    That it is valid is not checked here, which takes longer than all else: tests do.
    """
    spec: dict[str, Any] = chart.to_dict(validate=False)
    whole = {**spec, "config": _config(dark)}
    return _lighter(whole) if dark else whole


def height(spec: Mapping[str, Any]) -> int | Literal["content"]:
    """Return the pixels that a chart takes on a page with all around it, so that they can be kept free before
    it is drawn; "content" where only drawing it tells: panels side by side, and rows of a fixed step.
    """
    given = spec.get("height", HEIGHT)
    single = "mark" in spec or "layer" in spec
    return given if single and isinstance(given, int) else "content"


def _lighter(part: Any) -> Any:
    """Return a part of a specification with every colour as it is on a dark page; data stay as they are."""
    if isinstance(part, dict):
        return {name: inner if name == "datasets" else _lighter(inner) for name, inner in part.items()}
    if isinstance(part, list):
        return [_lighter(inner) for inner in part]
    return _LIGHTER.get(part, part) if isinstance(part, str) else part


_LIGHTER = dict(zip(GROUPS, ON_DARK, strict=True))


def svg(figure: Figure, *, dark: bool = False) -> str:
    """Return a figure as SVG with its sentence as alternative text; nothing is loaded from elsewhere."""
    import vl_convert

    text: str = vl_convert.vegalite_to_svg(specification(figure.chart, dark=dark))
    label = figure.title.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def group_scales(groups: list[str]) -> tuple[alt.Scale, alt.Scale]:
    """Return the colour scale and the shape scale of the groups."""
    colours = [GROUPS[place % len(GROUPS)] for place in range(len(groups))]
    shapes = [SHAPES[place % len(SHAPES)] for place in range(len(groups))]
    return alt.Scale(domain=groups, range=colours), alt.Scale(domain=groups, range=shapes)


def rule(value: float, name: str, *, axis: str = "y") -> ChartType:
    """Return a light reference line across the figure with its name beside it."""
    data = pd.DataFrame({"value": [value], "name": [name]})
    base = alt.Chart(data)
    where: dict[str, Any] = {axis: alt.datum(value)}
    line = base.mark_rule(strokeDash=[4, 3], opacity=0.6).encode(**where)
    place: Mapping[str, Any] = (
        {"align": "left", "x": 4, "dy": -7} if axis == "y" else {"align": "left", "y": 8, "dx": 5}
    )
    return alt.layer(line, base.mark_text(**place, opacity=0.9).encode(**where, text="name:N"))


def _config(dark: bool) -> dict[str, Any]:
    ink, axis, grid = _INK[dark]
    font = "Inter, system-ui, sans-serif"
    return {
        "background": "transparent",
        "font": font,
        "view": {"stroke": None, "continuousWidth": WIDTH, "continuousHeight": HEIGHT},
        "axis": {
            "labelColor": axis,
            "titleColor": ink,
            "domainColor": axis,
            "tickColor": axis,
            "gridColor": grid,
            "gridOpacity": 1,
            "gridWidth": 0.6,
            "tickCount": 6,
            "labelFontSize": 12,
            "titleFontSize": 13,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "labelLimit": 220,
        },
        "legend": {
            "labelColor": ink,
            "titleColor": ink,
            "labelFontSize": 12,
            "columnPadding": 28,
            "columns": 2,
            "orient": "bottom",
        },
        "header": {"labelColor": ink, "titleColor": ink, "labelFontSize": 13},
        "title": {"color": ink, "fontSize": 14, "anchor": "start"},
        "text": {"color": ink, "fontSize": 12},
        "rule": {"color": axis},
        "range": {"category": list(GROUPS), "symbol": list(SHAPES)},
        "mark": {"color": ACCENT},
        "point": {"filled": True, "size": 55, "opacity": 0.85},
        "line": {"strokeWidth": 2.5},
        "area": {"opacity": 0.25},
    }
