"""How pages show a figure, a table, an empty state: the same everywhere."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from calibration.flags import Policy
from dashboard import snippets
from dashboard.figures.theme import Figure, height, specification, svg
from dashboard.words import SMALL, word
from items.interactions.base import RESERVED

Columns = Mapping[str, Any]
STANDS_AT = "stands at"
"""Where a page keeps what it is of."""
NARROW = "<style>[data-testid=stMarkdownContainer] td { overflow-wrap: anywhere; }</style>"
"""Lets long words in a table of text break, so that a narrow page never scrolls sideways."""
NOTHING = 1e-9
"""Numbers below which, but for probabilities, it is only the arithmetic that speaks."""
LARGE = 1000.0
"""Numbers from which on decimals say nothing."""
TIMES = ("at", "started_at", "last_at", "ended_at")
"""Columns of times (UTC, ISO 8601)."""
MARKS = re.compile(r"[!-/:-@\[-`{-~]")
"""Letters that Markdown may read as its own."""
LINKS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
"""Where addresses come apart, so that what candidates write never becomes a link."""
NAMED = ("flag", "problem")
"""Columns of names that are written with underscores."""
GIVEN = ("option", "response", "answer")
"""Columns of answers, some of which are none."""


def head(title: str, purpose: str, *, simulated: bool = False) -> None:
    """Begin a page: its title, for whom and what for, and whether what it shows is simulated."""
    st.title(title)
    st.caption(purpose)
    if simulated:
        st.info(
            "Simulated data: the sessions, answers and ratings kept here come from simulated candidates.",
            icon=":material/science:",
        )


def told() -> None:
    """Say once what the last action did: it was left under “told”, since a page drawn anew forgets."""
    if words := st.session_state.pop("told", ""):
        st.success(words, icon=":material/check_circle:")


def figure(shown: Figure) -> None:
    """Show a figure, its sentence, and below them its numbers, its files and its code."""
    st.subheader(shown.title)
    spec = specification(shown.chart, dark=st.context.theme.type == "dark")
    alt = f"{shown.title}. {shown.sentence}"
    st.vega_lite_chart(spec, theme=None, width="stretch", height=height(spec), alt=alt)
    st.caption(shown.sentence)
    of = dict(st.session_state.get(STANDS_AT, {}))
    folded("The numbers, the files, the code", f"numbers {shown.name}", partial(_numbers, shown, of))


@st.fragment
def folded(words: str, key: str, show: Callable[[], object]) -> None:
    """Offer to unfold something, which is computed and sent only then."""
    with st.expander(words, key=key, on_change="rerun") as part:
        if part.open:
            show()


def _numbers(shown: Figure, of: Mapping[str, object]) -> None:
    table(shown.table, shown.name)
    st.download_button(
        "Download the figure (SVG)",
        data=lambda: svg(shown),
        file_name=f"{shown.name}.svg",
        mime="image/svg+xml",
        key=f"svg {shown.name}",
        on_click="ignore",
    )
    code(shown.code, of)


def stands_at_first(url: str, **names: object) -> None:
    """Begin to say what a page is of; the address of a database that is no file stays in the environment."""
    st.session_state[STANDS_AT] = {"url": url} if url else {}
    stands_at(**names)


def stands_at(**names: object) -> None:
    """Say what this page is of, for the code beside its figures: bank, parameter set, item, session …"""
    st.session_state.setdefault(STANDS_AT, {}).update(names)


def code(expression: str, of: Mapping[str, object] | None = None) -> None:
    """Show the Python that makes something on this page, or `of` what is given, from the database on; nothing
    where a name is kept from who is looking.
    """
    known = st.session_state.get(STANDS_AT, {}) if of is None else of
    try:
        st.code(snippets.script(expression, known), language="python")
    except KeyError:
        return


def tabs(sides: Mapping[str, Callable[[], None]], key: str) -> None:
    """Show what stands under each name on a tab of its own; only the open one is computed and drawn."""
    for tab, show in zip(st.tabs(list(sides), on_change="rerun", key=key), sides.values(), strict=True):
        if tab.open:
            with tab:
                show()


def side(names: Sequence[str], key: str) -> str:
    """Let people choose what they look at; only that is computed and drawn."""
    chosen: str = st.segmented_control(
        "Look at", names, default=names[0], required=True, key=key, label_visibility="collapsed"
    )
    return chosen


def table(
    rows: pd.DataFrame,
    name: str,
    columns: Columns | None = None,
    *,
    every: Callable[[], pd.DataFrame] | None = None,
) -> None:
    """Show a table and offer it as CSV; `every` returns all of it where only its beginning is shown."""
    st.dataframe(
        readable(rows),
        hide_index=True,
        column_config={**_formats(rows), **(columns or {})},
        placeholder="",
        alt=name.replace("_", " "),
        key=f"table {name}",
    )
    download(rows, name, every=every)


def glance(rows: pd.DataFrame, name: str, *, most: int = 5) -> None:
    """Show the first rows of a table as text, which is drawn at once, and offer all of it as CSV."""
    st.html(NARROW)
    st.markdown(as_markdown(readable(rows.head(most))))
    if len(rows) > most:
        st.caption(f"{len(rows) - most:,} more are in the file.")
    download(rows, name)


def as_markdown(rows: pd.DataFrame) -> str:
    """Return a table in Markdown; what stands in it is read as text, whatever it holds."""
    right = ["---:" if pd.api.types.is_numeric_dtype(rows[name]) else "---" for name in rows.columns]
    heads = [word(str(name)).label for name in rows.columns]
    lines = [heads, right, *([_words(value) for value in row] for row in rows.itertuples(index=False))]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _words(value: object) -> str:
    """Return a value as a cell says it."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return MARKS.sub(r"\\\g<0>", LINKS.sub("\u2060", " ".join(str(value).split())))


def readable(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table as people read it: times to the minute (UTC), names of flags and problems in words,
    what was answered by those who gave no answer, no “-0.00”, and each standard error beside its estimate.
    """
    times = {name: rows[name].str[:16].str.replace("T", " ") for name in TIMES if name in rows}
    words = {name: rows[name].astype(str).str.replace("_", " ") for name in NAMED if name in rows}
    given = {name: rows[name].replace(RESERVED) for name in GIVEN if name in rows}
    small = rows.select_dtypes("float").columns.difference(list(SMALL))
    none = {name: rows[name].mask(rows[name].abs() < NOTHING, 0.0) for name in small}
    own = {f"se_{name}" for name in rows.columns} & set(rows.columns)
    order = [
        one
        for name in rows.columns
        if name not in own
        for one in (name, *([f"se_{name}"] if f"se_{name}" in own else []))
    ]
    return rows.assign(**times, **words, **given, **none)[order]


def thresholds(flags: Sequence[str]) -> None:
    """Say which thresholds raise these flags, and where each comes from."""
    known = Policy.read().flags
    rows = [
        {
            "flag": name,
            "threshold": ", ".join(
                f"{key.replace('_', ' ')} {known[name][key]:g}" for key in known[name].model_extra or ()
            )
            or "see source",
            "severity": known[name].severity,
            "basis": known[name].basis,
            "source": known[name].source,
        }
        for name in flags
        if name in known
    ]
    show = partial(table, pd.DataFrame(rows), "thresholds")
    folded("Where the thresholds come from", "thresholds", show)


def download(rows: pd.DataFrame, name: str, *, every: Callable[[], pd.DataFrame] | None = None) -> None:
    """Offer a table as CSV."""
    st.download_button(
        "Download the table (CSV)",
        data=lambda: (every() if every else rows).to_csv(index=False),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"csv {name}",
        on_click="ignore",
    )


def empty(what: str, to_do: str) -> None:
    """Say that there is nothing here yet, and what to do about it."""
    st.info(f"**{what}** {to_do}", icon=":material/info:")


def facts(
    told: Mapping[str, object],
    help: Mapping[str, str] | None = None,
    *,
    sure: Mapping[str, str] | None = None,
) -> None:
    """Show a row of numbers with their names, and below each how sure it is and from how many answers."""
    row = st.container(horizontal=True)
    for label, value in told.items():
        text = f"{value:,}" if isinstance(value, int) else str(value)
        below = (sure or {}).get(label) or None
        row.metric(
            label,
            text,
            below,
            delta_color="off",
            delta_arrow="off",
            width="content",
            help=(help or {}).get(label),
        )


def next_step(words: str) -> None:
    """Say what to do next on this page."""
    st.markdown(f":material/arrow_forward: **Next:** {words}")


def interval(low: float, high: float, n: int | None = None, *, form: str = ".2f") -> str:
    """Return a 95 % interval in short, and from how many: "0.80 to 0.84, n = 2,392"."""
    ends = f"{low:{form}} to {high:{form}}"
    return ends if n is None else f"{ends}, n = {n:,}"


def _formats(rows: pd.DataFrame) -> dict[str, Any]:
    """Return how each column of a table is shown: its name in words, numbers with the digits that matter."""
    return {str(name): _format(str(name), rows[name]) for name in rows.columns}


def _format(name: str, values: "pd.Series[Any]") -> Any:
    label, help = word(name)
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return st.column_config.Column(label, help=help or None)
    digits = "%.3g" if name in SMALL else "%.2f"
    whole = pd.api.types.is_integer_dtype(values) or values.abs().max() >= LARGE
    return st.column_config.NumberColumn(label, help=help or None, format="localized" if whole else digits)
