"""Fits of other programs, made ready for comparison: the same answers under the same parameters."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from calibration.abilities import Abilities
from calibration.responses import ResponseMatrix
from engine.pool import ItemPool
from items.parameters import ParameterSet

LOGS = {"LSAT6": "lsat6", "LSAT7": "lsat7", "SAT12": "sat12_scored", "Science": "science"}
MODELS = {"Rasch": "rasch", "1PL": "1pl", "2PL": "2pl", "3PL": "3pl", "graded": "grm", "gpcm": "gpcm"}


@pytest.fixture(scope="session")
def mirt(shared: Path) -> dict[str, Any]:
    """Return results of mirt 1.46.1 (reference/mirt_real.json, made by ref_real_mirt.R)."""
    return json.loads((shared / "reference/mirt_real.json").read_text())


@pytest.fixture(scope="session")
def others(shared: Path) -> dict[str, Any]:
    """Return results of TAM 4.4-2 and eRm 1.0-2 (reference/tam_erm_ltm_real.json, ref_others.R)."""
    return json.loads((shared / "reference/tam_erm_ltm_real.json").read_text())


@pytest.fixture(scope="session")
def fitted(shared: Path, mirt: dict[str, Any]) -> Callable[[str, str], Abilities]:
    """Return a function: abilities of a data set under mirt's estimates of a model (TOL 1e-9)."""

    def load(data: str, model: str) -> Abilities:
        responses = ResponseMatrix.read(shared / f"data/{LOGS[data]}.csv")
        fit = mirt["fits"][data][model]["TOL_1e-09"]
        name = "pcm" if (data, model) == ("Science", "Rasch") else MODELS[model]
        table = (
            pd.DataFrame(fit["irt"].values())
            .rename(columns={"g": "c"})
            .assign(item=responses.items, model=name)
        )
        table = table.drop(columns=[c for c in ("u", "c") if c in table and not (c == "c" and name == "3pl")])
        population = {"all": (0.0, float(np.sqrt(fit["group"].get("COV_11", 1.0))))}
        parameters = ParameterSet(ParameterSet.from_table(table).table, population)
        return Abilities.of(responses, ItemPool.from_parameters(parameters))

    return load
