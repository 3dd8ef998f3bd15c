"""The marginal log-likelihood of a written parameter file, in float64, by textbook formulas alone.

It reads NAME.csv and NAME.meta.json as any other program could: parameters, populations, grid and weights.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def category_probabilities(row: pd.Series, theta: np.ndarray) -> np.ndarray:
    """Return P(category | θ) as (K, Q) by the textbook formula of the row's model."""
    numbered = [n for n in row.index if n[0] == "b" and n[1:].isdigit() and np.isfinite(row[n])]
    if row["model"] == "nrm":
        slopes = [n for n in row.index if n[0] == "a" and n[1:].isdigit() and np.isfinite(row[n])]
        z = [np.zeros_like(theta)] + [row[a] * theta + row["c" + a[1:]] for a in slopes]
    elif row["model"] == "grm":
        above = [1 / (1 + np.exp(-row["a"] * (theta - row[n]))) for n in numbered]
        edges = [np.ones_like(theta), *above, np.zeros_like(theta)]
        return np.array([edges[k] - edges[k + 1] for k in range(len(above) + 1)])
    elif numbered:
        steps = [row["a"] * (theta - row[n]) for n in numbered]
        z = list(np.cumsum([np.zeros_like(theta), *steps], axis=0))
    else:
        c = row["c"] if "c" in row and np.isfinite(row["c"]) else 0.0
        d = row["d"] if "d" in row and np.isfinite(row["d"]) else 1.0
        p = c + (d - c) / (1 + np.exp(-row["a"] * (theta - row["b"])))
        return np.array([1 - p, p])
    e = np.exp(np.array(z))
    return e / e.sum(axis=0)


def weights_of(meta: dict[str, Any], group: str, theta: np.ndarray) -> np.ndarray:
    """Return the population's weights on the grid: estimated ones, else the normal density normalised."""
    estimated = meta["provenance"]["quadrature"].get("weights", {})
    if group in estimated:
        return np.array(estimated[group])
    population = meta["population"][group]
    density = np.exp(-0.5 * ((theta - population["mean"]) / population["sd"]) ** 2)
    return density / density.sum()


def log_likelihood(path: Path, answers: np.ndarray, groups: np.ndarray | None = None) -> float:
    """Return log L of answers (N, J), −1 where missing, under the file at `path`.

    Parameters
    ----------
    groups : (N,), optional
        Each person's group; the only one by default.
    """
    table = pd.read_csv(path)
    meta = json.loads(path.with_name(path.stem + ".meta.json").read_text())
    known = meta["provenance"]["quadrature"]
    theta = np.linspace(known["lower"], known["upper"], known["nodes"])
    labels = list(meta["population"])
    groups = np.full(len(answers), labels[0]) if groups is None else groups
    with np.errstate(divide="ignore"):  # estimated weights may be 0
        log_joint = np.log(np.stack([weights_of(meta, label, theta) for label in groups]))
    for j, (_, row) in enumerate(table.iterrows()):
        log_p = np.log(category_probabilities(row, theta))
        given = answers[:, j] >= 0
        log_joint[given] += log_p[answers[given, j]]
    top = log_joint.max(axis=1, keepdims=True)
    return float((top[:, 0] + np.log(np.exp(log_joint - top).sum(axis=1))).sum())
