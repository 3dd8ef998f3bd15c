"""What candidates think of each item version: how many, how good, how sure, and what they say.

Ratings are a table with a row a rating: `person`, `item`, `version`, `stars` (1..5), and where known
`comment`, `at` (time, sortable), `correct` (of the answer to that question) and `theta` and `b` (ability and
difficulty, logits). Functions return a row per item version.
"""

import re
from collections import Counter
from math import ceil

import numpy as np
import pandas as pd
from scipy.stats import t as student

from calibration.ratings_model import RatingFit, fit_ratings
from engine._types import Floats

KEY = ["item", "version"]
ONE_SIDED = 1.6449
"""Normal quantile of a 95 % lower bound."""

LEAST_FOR_MODEL = 20
"""Fewest ratings in the whole bank for which the mixed model is fitted."""

LEAST_FOR_TREND = 10
"""Fewest ratings of an item for which earlier and later ones are compared."""

_COMMON = """
the and for that this with was were are not but have has had you your what which when from they their there
would could should very really just question answer answers item its too than then them about into because
only more all can did does how one out
"""
COMMON = frozenset(_COMMON.split())
"""Words that say nothing about an item."""


def summarise_ratings(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return count, means and trend of the ratings of each item version.

    Returns
    -------
    DataFrame
        `n`, `mean`; `shrunk` (the mean drawn towards the bank's by its own uncertainty) and `shrunk_low`;
        `adjusted` (without who rated and how the answer went; NaN below `LEAST_FOR_MODEL` ratings in all),
        `adjusted_se`, `adjusted_low`; `trend` (later less earlier half); `comments` (how many). Bounds are
        95 % lower bounds.
    """
    grouped = ratings.groupby(KEY, sort=True)["stars"]
    table = grouped.agg(n="size", mean="mean").reset_index()
    table = table.assign(**dict(zip(("shrunk", "shrunk_low"), _shrunk(ratings, table), strict=True)))
    table = table.merge(adjusted_ratings(ratings), on=KEY, how="left")
    table = table.merge(_trend(ratings), on=KEY, how="left")
    return table.merge(_comments(ratings), on=KEY, how="left").fillna({"comments": 0})


def raw_intervals(stars: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the 95 % intervals of the raw mean and of the trend of stars (n,), the earliest first.

    Student's for the mean, Welch's (1947) for the later half less the earlier one; NaN below
    `LEAST_FOR_TREND` stars, and where all are the same.
    """
    if len(stars) < LEAST_FOR_TREND or np.ptp(stars) == 0:
        return (np.nan, np.nan), (np.nan, np.nan)
    halves = np.split(np.asarray(stars, dtype=float), [ceil(len(stars) / 2)])
    error = np.array([half.var(ddof=1) / len(half) for half in halves])
    df = error.sum() ** 2 / np.sum(error**2 / [len(half) - 1 for half in halves])
    off = student.ppf(0.975, df) * np.sqrt(error.sum())
    trend = halves[1].mean() - halves[0].mean()
    reach = student.ppf(0.975, len(stars) - 1) * np.std(stars, ddof=1) / np.sqrt(len(stars))
    mean = np.mean(stars)
    return (float(mean - reach), float(mean + reach)), (float(trend - off), float(trend + off))


def adjusted_ratings(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return `adjusted`, `adjusted_se` and `adjusted_low` of each item version, in stars."""
    empty = pd.DataFrame(columns=[*KEY, "adjusted", "adjusted_se", "adjusted_low"])
    if len(ratings) < LEAST_FOR_MODEL:
        return empty
    fit, names = fit_rating_table(ratings)
    adjusted = fit.mean + fit.quality
    return names.assign(
        adjusted=adjusted, adjusted_se=fit.quality_se, adjusted_low=adjusted - ONE_SIDED * fit.quality_se
    )


def fit_rating_table(ratings: pd.DataFrame) -> tuple[RatingFit, pd.DataFrame]:
    """Fit the mixed model to a table of ratings; return it with the item versions in its order."""
    item = ratings.groupby(KEY, sort=True).ngroup().to_numpy()
    names = ratings[KEY].drop_duplicates().sort_values(KEY).reset_index(drop=True)
    person = pd.factorize(ratings["person"])[0]
    return fit_ratings(ratings["stars"].to_numpy(float), item, person, circumstances(ratings)), names


def circumstances(ratings: pd.DataFrame) -> Floats:
    """Return (R, 2): whether the answer was wrong, and how far (logits) the item lay above the candidate.

    What is not known counts as the average.
    """
    columns = pd.DataFrame(index=ratings.index)
    columns["wrong"] = 1.0 - ratings["correct"].astype(float) if "correct" in ratings else 0.0
    known = {"theta", "b"} <= set(ratings)
    columns["hard"] = ratings["b"].astype(float) - ratings["theta"].astype(float) if known else 0.0
    return columns.fillna(columns.mean()).fillna(0.0).to_numpy()


def recurring_words(comments: pd.Series, *, least: int = 2) -> pd.DataFrame:
    """Return `word`, `n`: in how many comments each telling word occurs, at least `least`."""
    counts: Counter[str] = Counter()
    for comment in comments.dropna():
        counts.update(set(re.findall(r"[^\W\d_]{3,}", str(comment).lower())) - COMMON)
    rows = [(word, n) for word, n in counts.most_common() if n >= least]
    return pd.DataFrame(rows, columns=["word", "n"])


def before_and_after(summary: pd.DataFrame) -> pd.DataFrame:
    """Return for each item version after the first: rating before and after, and their difference.

    `difference` is after − before in shrunk stars; `sure` tells whether the versions' intervals stay apart.
    """
    before = summary.assign(version=summary["version"] + 1)
    both = summary.merge(before, on=KEY, suffixes=("_after", "_before"))
    difference = both["shrunk_after"] - both["shrunk_before"]
    spread_after = both["shrunk_after"] - both["shrunk_low_after"]
    spread_before = both["shrunk_before"] - both["shrunk_low_before"]
    return pd.DataFrame(
        {
            **both[KEY],
            "n_before": both["n_before"],
            "before": both["shrunk_before"],
            "n_after": both["n_after"],
            "after": both["shrunk_after"],
            "difference": difference,
            "sure": difference.abs() > np.hypot(spread_after, spread_before) * 1.96 / ONE_SIDED,
        }
    )


def _shrunk(ratings: pd.DataFrame, table: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the empirical Bayes mean (J,) and its 95 % lower bound.

    The prior's weight is σ²/τ² by the method of moments (Morris 1983, JASA 78, 47–55).
    """
    n, mean, grand = table["n"].to_numpy(float), table["mean"].to_numpy(), float(ratings["stars"].mean())
    deviation = ratings["stars"] - ratings.groupby(KEY)["stars"].transform("mean")
    within = max(float((deviation**2).sum()) / max(len(ratings) - len(table), 1), 0.05)
    between = max(float((n * (mean - grand) ** 2).sum() - within * (len(n) - 1)) / n.sum(), 0.01)
    weight = n / (n + within / between)
    shrunk = weight * mean + (1 - weight) * grand
    return shrunk, shrunk - ONE_SIDED * np.sqrt(between * (1 - weight))


def _trend(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of the later half minus the mean of the earlier half of each item version's ratings."""
    if "at" not in ratings:
        return pd.DataFrame(columns=[*KEY, "trend"])
    ordered = ratings.sort_values("at", kind="stable")
    place = ordered.groupby(KEY).cumcount()
    size = ordered.groupby(KEY)["stars"].transform("size")
    enough = ordered.assign(later=place >= size / 2)[size >= LEAST_FOR_TREND]
    halves = enough.pivot_table(index=KEY, columns="later", values="stars", aggfunc="mean")
    halves = halves.reindex(columns=[False, True])
    return (halves[True] - halves[False]).rename("trend").reset_index()


def _comments(ratings: pd.DataFrame) -> pd.DataFrame:
    if "comment" not in ratings:
        return pd.DataFrame(columns=[*KEY, "comments"])
    said = ratings["comment"].fillna("").str.strip() != ""
    return said.groupby([ratings[name] for name in KEY]).sum().rename("comments").reset_index()
