"""Equal to mirtCAT 1.14.2 (mirt 1.46.1): next items, θ and SE of whole tests on the 500-item bank.

Source: shared/reference/mirtcat.json, made by bench_mirtcat.R: 30 questions from bank500.csv, N(0, 1), 61
nodes on [−6, 6], answers in the file; the first question is always the most informative one at 0.

Where mirtCAT differs by definition: its KL is the divergence between two points 0.1 above and below θ
(`kl_pair` here), its MEPV takes the chance of an answer at θ (`at_theta`), and the SE of its MAP comes from
the observed information, ours from the expected one.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine import ItemPool, restore
from tests.reference.catr import logistic, rules

pytestmark = pytest.mark.reference

CRITERIA = {
    "MI": 'criterion = "mfi"',
    "KL": 'criterion = "kl_pair"',
    "MEPV": 'criterion = "mepv"\nat_theta = true',
}


@pytest.fixture(scope="module")
def pool(shared: Path) -> ItemPool:
    return logistic(pd.read_csv(shared / "reference/bank500.csv").to_numpy())


@pytest.fixture(scope="module")
def runs(shared: Path) -> dict[str, list[dict[str, Any]]]:
    return json.loads((shared / "reference/mirtcat.json").read_text())["runs"]


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("method", ["EAP", "MAP"])
def test_every_step_of_whole_tests(
    pool: ItemPool, runs: dict[str, list[dict[str, Any]]], criterion: str, method: str
) -> None:
    made = rules(f'[estimate]\nmethod = "{method.lower()}"\n[select]\n{CRITERIA[criterion]}', length=31)
    for run in runs[f"{criterion} {method}"]:
        items, x = np.array([run["items"]]) - 1, np.array([run["x"]])
        for step in range(1, items.shape[1]):
            state = restore(pool, made, np.zeros((1, 31)), items[:, :step], x[:, :step])
            assert state.current[0] == items[0, step]
            assert state.theta[0] == pytest.approx(run["theta_history"][step], abs=5e-6)
            if method == "EAP":
                assert state.se[0] == pytest.approx(run["se_history"][step], abs=1e-6)
