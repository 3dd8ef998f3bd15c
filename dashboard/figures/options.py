"""Who gave which answer: the share of each, and how able those were who gave it."""

import re
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.item_curve import proportion_interval
from dashboard.figures.theme import ACCENT, GROUPS, Figure
from items.interactions import Choice
from items.interactions.base import RESERVED
from items.item import Item
from items.scoring import Answer, score

MOST = 12
"""Answers that are shown one by one; rarer ones are taken together."""
ROW = 20
"""Pixels that an answer takes."""
OTHERS = "other answers"
FEW = 5
"""Givers of an answer below whom their mean ability says nothing, as for its curve."""
FORMULA = re.compile(r"(?<!\\)\$[^$]+(?<!\\)\$")
"""Mathematics in Markdown, which an axis cannot draw."""


@dataclass(frozen=True, slots=True, eq=False)
class OptionShares:
    """Numbers of the figure.

    `shares` has a row an answer: `answer`, `kind` ("key", "not the key", "no answer"), `n`, `share`, `low`,
    `high` (95 %) and `theta`, the mean ability (logits) of those who gave it.
    """

    item: str
    shares: pd.DataFrame


def option_shares(item: Item, given: pd.DataFrame) -> OptionShares:
    """Count the answers (`response`, `theta`) to an item; options that nobody chose are there with n = 0."""
    counted = given.groupby("response").agg(n=("theta", "size"), theta=("theta", "mean"))
    known = [option.id for option in item.interaction.options] if isinstance(item.interaction, Choice) else []
    if not any("+" in str(answer) for answer in counted.index):
        counted = counted.reindex([*known, *(answer for answer in counted.index if answer not in known)])
    counted["n"] = counted["n"].fillna(0).astype(int)
    table = _with_rest(counted).reset_index()
    table["share"] = table["n"] / max(int(table["n"].sum()), 1)
    low, high = proportion_interval(table["share"].to_numpy(), np.full(len(table), int(table["n"].sum())))
    table["kind"] = [_kind(item, str(answer)) for answer in table["response"]]
    table["answer"] = [_words(item, str(answer)) for answer in table["response"]]
    table = table.assign(low=low, high=high).drop(columns="response")
    return OptionShares(item.id, table[["answer", "kind", "n", "share", "low", "high", "theta"]])


def draw_options(record: OptionShares) -> Figure:
    """Draw the share of each answer with its interval, and the mean ability of those who gave it in words."""
    kinds = ["key", "not the key", "no answer"]
    shares = record.shares.assign(
        told=record.shares["theta"].map(lambda theta: f"θ {round(theta, 1) + 0.0:.1f}")
    )
    shares["told"] = shares["told"].where(shares["theta"].notna(), "")
    base = alt.Chart(shares).encode(
        y=alt.Y("answer:N", title=None, sort=shares["answer"].tolist(), axis=alt.Axis(labelLimit=170)),
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=kinds, range=[ACCENT, *GROUPS[1::5]])),
    )
    x = alt.X("share:Q", title="share of the answers")
    parts = alt.layer(
        base.mark_bar(opacity=0.75).encode(x=x),
        base.mark_rule(strokeWidth=1.5).encode(x="low:Q", x2="high:Q", color=alt.value(GROUPS[6])),
        base.mark_text(align="left", dx=6).encode(x="high:Q", text="told:N", color=alt.value(GROUPS[6])),
    )
    return Figure(
        name=f"answers_{record.item}",
        title=f"What people answer to {record.item}",
        sentence=f"{_sentence(record)} θ is the mean ability (logits) of those who gave an answer.",
        chart=parts.properties(height=alt.Step(ROW)),
        table=record.shares,
        code="draw_options(option_shares(question, answers))",
    )


def _with_rest(counted: pd.DataFrame) -> pd.DataFrame:
    """Return the most frequent answers, the rest summed up in one row."""
    if len(counted) <= MOST:
        return counted
    kept = counted["n"].nlargest(MOST - 1).index
    rest = counted[~counted.index.isin(kept)]
    theta = float((rest["theta"] * rest["n"]).sum() / rest["n"].sum())
    summed = pd.DataFrame({"n": [int(rest["n"].sum())], "theta": [theta]}, index=[OTHERS])
    return pd.concat([counted.loc[kept], summed]).rename_axis("response")


def _words(item: Item, answer: str) -> str:
    """Return an answer as people know it: an option with the beginning of its text, formulas left out."""
    texts = {}
    if isinstance(item.interaction, Choice):
        texts = {
            option.id: " ".join(FORMULA.sub("…", option.text).split()) for option in item.interaction.options
        }
    return RESERVED.get(answer) or (f"{answer}: {texts[answer]:.40}" if answer in texts else answer)


def _kind(item: Item, answer: str) -> str:
    if answer in RESERVED:
        return "no answer"
    if answer == OTHERS:
        return "not the key"
    category = score(item, Answer.from_raw(answer)).category
    return "key" if category == item.n_categories - 1 else "not the key"


def _sentence(record: OptionShares) -> str:
    chosen = record.shares[record.shares["kind"] != "no answer"].dropna(subset="theta")
    keys, others = chosen[chosen["kind"] == "key"], chosen[chosen["kind"] != "key"]
    if keys.empty or others.empty:
        return f"{int(record.shares['n'].sum()):,} answers."
    best = others.sort_values("theta").iloc[-1]
    if best["theta"] > keys["theta"].max():
        return (
            f"Those who answered {best['answer']} are abler than those who gave the keyed answer: "
            "check the key, unless very few chose it."
        )
    right = int(keys["n"].sum())
    if right < FEW:
        return f"Only {right} gave the keyed answer: too few to say whether they are the ablest."
    return "Those who gave the keyed answer are the ablest, as it should be."
