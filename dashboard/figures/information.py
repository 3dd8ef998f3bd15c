"""What the items tell along ability: information, and the standard error that it leaves."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.theme import ACCENT, SECOND, Figure
from engine.pool import ItemPool
from engine.quadrature import log_normal_weights

NODES = np.linspace(-4.0, 4.0, 81)


@dataclass(frozen=True, slots=True, eq=False)
class Information:
    """Numbers of the figure: `theta`, `information` (1/logits²), `se` (logits), `people` (population)."""

    what: str
    table: pd.DataFrame


def information(pool: ItemPool, *, what: str = "the bank") -> Information:
    """Sum the information of all items of a pool, beside the population's density (peak 1)."""
    rows = np.repeat(np.arange(len(pool))[:, None], NODES.size, axis=1)
    total = pool.information_at(rows, np.broadcast_to(NODES, rows.shape)).sum(axis=0)
    mean, sd = next(iter(pool.parameters.population.values()))
    people = np.exp(log_normal_weights(NODES, mean, sd))
    with np.errstate(divide="ignore"):
        se = 1 / np.sqrt(total)
    return Information(
        what,
        pd.DataFrame({"theta": NODES, "information": total, "se": se, "people": people / people.max()}),
    )


def draw_information(record: Information) -> Figure:
    """Draw information along ability, the population as a shade behind it."""
    top = float(record.table["information"].max())
    shown = record.table.assign(scaled=record.table["people"] * top)
    x = alt.X("theta:Q", title="ability θ (logits)")
    base = alt.Chart(shown).encode(x=x)
    people = base.mark_area(color=SECOND, opacity=0.15).encode(
        y=alt.Y("scaled:Q", title="information (1/logits²)")
    )
    line = base.mark_line(color=ACCENT).encode(
        y="information:Q",
        tooltip=[alt.Tooltip(f"{name}:Q", format=".2f") for name in ("theta", "information", "se")],
    )
    best = record.table.sort_values("information").iloc[-1]
    return Figure(
        name="information",
        title=f"What {record.what} tells along ability",
        sentence="The line is the information, the shade where people stand: "
        f"{record.what} tells most at θ = {best['theta']:.1f}, where all of it would leave a standard error "
        f"of {best['se']:.2f} logits.",
        chart=alt.layer(people, line),
        table=record.table,
        code="draw_information(information(pool))",
    )
