"""How pages show a figure, a table, an empty state: the same everywhere."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.figures.theme import Figure, specification, svg

Columns = Mapping[str, Any]


def head(title: str, purpose: str, *, simulated: bool = False) -> None:
    """Begin a page: its title, for whom and what for, and whether what it shows is simulated."""
    st.title(title)
    st.caption(purpose)
    if simulated:
        st.info(
            "Simulated data: the answers and ratings below come from simulated candidates.",
            icon=":material/science:",
        )


def figure(shown: Figure) -> None:
    """Show a figure, its sentence, and below them its numbers, its files and its code."""
    st.subheader(shown.title)
    spec = specification(shown.chart, dark=st.context.theme.type == "dark")
    st.vega_lite_chart(spec, theme=None, width="stretch", alt=f"{shown.title}. {shown.sentence}")
    st.caption(shown.sentence)
    with st.expander("The numbers, the files, the code"):
        table(shown.table, shown.name)
        st.download_button(
            "Download the figure (SVG)",
            data=lambda: svg(shown),
            file_name=f"{shown.name}.svg",
            mime="image/svg+xml",
            key=f"svg {shown.name}",
            on_click="ignore",
        )
        if shown.code:
            st.code(shown.code, language="python")


def table(rows: pd.DataFrame, name: str, columns: Columns | None = None) -> None:
    """Show a table and offer it as CSV."""
    st.dataframe(
        rows, hide_index=True, column_config=columns, alt=name.replace("_", " "), key=f"table {name}"
    )
    download(rows, name)


def download(rows: pd.DataFrame, name: str) -> None:
    """Offer a table as CSV."""
    st.download_button(
        "Download the table (CSV)",
        data=lambda: rows.to_csv(index=False),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"csv {name}",
        on_click="ignore",
    )


def empty(what: str, to_do: str) -> None:
    """Say that there is nothing here yet, and what to do about it."""
    st.info(f"**{what}** {to_do}", icon=":material/info:")


def interval(low: float, high: float, *, digits: int = 2) -> str:
    """Return an interval in words."""
    return f"{low:.{digits}f} to {high:.{digits}f}"
