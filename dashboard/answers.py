"""Answers to calibrate or analyse: sessions of a bank, or an uploaded log, coded as parameters expect."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from calibration import ResponseMatrix
from calibration.coding import Rules
from calibration.scoring import known_levels
from dashboard.item_table import difficulties
from dashboard.store import read_model
from items.parameters import ParameterSet

SESSIONS = "sessions of this bank"
"""What a request without a log means."""
NO_LEVELS: Mapping[str, Sequence[int]] = {}


def newest_versions(parameters: ParameterSet) -> ParameterSet:
    """Return a set with the newest version of each item only."""
    table = parameters.table.sort_values("version", kind="stable")
    kept = table.drop_duplicates("item", keep="last").sort_index().reset_index(drop=True)
    return replace(parameters, table=kept)


def coded(log: pd.DataFrame, parameters: ParameterSet) -> ResponseMatrix:
    """Return the scored answers to the items of a parameter set, coded as it expects."""
    known = log.dropna(subset="score").merge(parameters.table[["item", "version"]], on=["item", "version"])
    return ResponseMatrix.from_pandas(
        known.astype({"score": int}), use_score=True, levels=known_levels(parameters)
    )


def answers_of(
    database: Engine,
    wanted: Mapping[str, Any],
    parameters: ParameterSet | None = None,
    *,
    others: Mapping[str, Sequence[int]] = NO_LEVELS,
) -> ResponseMatrix:
    """Return the answers of a request, an uploaded file or sessions; coded for parameters if given.

    Of an uploaded log all items are returned; `others` are the levels of those that the parameters lack.
    """
    if not wanted.get("log"):
        log = read_model.log(database, str(wanted["bank"])).dropna(subset="score")
        if parameters is not None:
            return coded(log, parameters)
        return ResponseMatrix.from_pandas(log.astype({"score": int}), use_score=True)
    return ResponseMatrix.read(
        wanted["log"],
        key=wanted.get("key"),
        use_score=bool(wanted.get("use_score")),
        rules=Rules(omit=wanted.get("omit", "wrong")),
        levels=None if parameters is None or wanted.get("key") else {**others, **known_levels(parameters)},
    )


def source_of(wanted: Mapping[str, Any]) -> str:
    """Return where the answers of a request come from, in words."""
    return f"uploaded {Path(wanted['log']).name}" if wanted.get("log") else SESSIONS


def models_of(wanted: Mapping[str, Any], responses: ResponseMatrix) -> str | dict[str, str]:
    """Return the model of all items, or of each: one for two categories, another for more."""
    two, more = str(wanted["model"]), str(wanted.get("model_of_more", "gpcm"))
    models = {
        item: two if k == 2 else more for item, k in zip(responses.items, responses.n_categories, strict=True)
    }
    kinds = set(models.values())
    return models if len(kinds) > 1 else kinds.pop()


def label(parameters: ParameterSet) -> str:
    """Return the models of a set in short, as "2pl and gpcm"."""
    return " and ".join(sorted(set(parameters.table["model"])))


def fingerprint(responses: ResponseMatrix) -> str:
    """Return a hash of answers: of who, what and which category."""
    told = sha256(repr((responses.items, responses.versions.tolist())).encode())
    for part in (responses.indptr, responses.items_index, responses.category):
        told.update(part.tobytes())
    return told.hexdigest()


def rated(
    ratings: pd.DataFrame, sessions: pd.DataFrame, parameters: ParameterSet, full: Mapping[str, int]
) -> pd.DataFrame:
    """Return ratings as `calibration.ratings` wants them: with the answer, the ability and the difficulty."""
    b = difficulties(parameters.table.set_index("item")).to_dict()
    theta = sessions.set_index("session")["theta"].astype(float)
    return ratings.rename(columns={"session": "person"}).assign(
        correct=lambda table: table["category"].astype(float) / table["item"].map(full) >= 1,
        theta=lambda table: table["person"].map(theta),
        b=lambda table: table["item"].map(b),
    )
