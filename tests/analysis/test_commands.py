"""The commands `dif` and `link`: files written, sentences said, nothing half-done on bad input."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.diagnostic_workflow import DifOrder, LinkOrder, run_dif, run_link
from calibration.linking import Transformation
from items.errors import BadInput
from items.parameters import ParameterSet


@pytest.fixture
def log(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    group = np.arange(600) % 3 == 0
    theta = rng.normal(size=600)
    b = np.linspace(-1, 1, 10) + np.outer(group, np.eye(10)[3])
    x = (rng.random((600, 10)) < 1 / (1 + np.exp(-(theta[:, None] - b)))).astype(int)
    frame = pd.DataFrame(x, columns=[f"I{k}" for k in range(10)]).assign(g_sex=np.where(group, "f", "m"))
    frame.to_csv(tmp_path / "log.csv", index=False)
    return tmp_path / "log.csv"


def order(log: Path, **changed: object) -> DifOrder:
    fields = {"log": log, "group": "g_sex", "focal": None, "method": "mh", "purify": True}
    return DifOrder(**(fields | {"key": None, "params": None, "use_score": False} | changed))


def test_dif_writes_its_table_and_says_who_was_compared(log: Path) -> None:
    out = log.with_name("dif.csv")
    told = run_dif(order(log), out)
    assert "g_sex: reference m (400), focal f (200); matched on sum score" in told
    table = pd.read_csv(out)
    promised = ["item", "n", "chi2", "p", "p_adjusted", "alpha_mh", "delta_mh", "std_p_dif", "ets_class"]
    assert set(promised) <= set(table.columns)
    assert table.loc[table["item"] == "I3", "alpha_mh"].item() > 1.5
    assert "I3" in told.splitlines()[1]


@pytest.mark.parametrize("method", ["logistic", "lord", "raju"])
def test_the_other_methods_share_their_columns(log: Path, method: str) -> None:
    out = log.with_name("dif.csv")
    run_dif(order(log, method=method, focal="f"), out)
    promised = ["item", "n", "statistic", "df", "p", "p_adjusted", "effect", "kind", "class"]
    assert set(promised) <= set(pd.read_csv(out).columns)


def test_bad_input_leaves_no_file(log: Path) -> None:
    out = log.with_name("dif.csv")
    for changed in ({"group": "g_age"}, {"focal": "x"}, {"method": "mantel"}, {"key": log}):
        with pytest.raises(BadInput):
            run_dif(order(log, **changed), out)
    assert not out.exists()


def test_link_writes_parameters_and_summary(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    items = [f"I{k}" for k in range(8)]
    old = ParameterSet.from_table(
        pd.DataFrame({"item": items, "model": "2pl", "a": rng.lognormal(0, 0.2, 8), "b": rng.normal(size=8)})
    )
    old.write(tmp_path / "old.csv")
    Transformation(0.8, 0.25).apply(old).write(tmp_path / "new.csv")
    paths, out = (tmp_path / "new.csv", tmp_path / "old.csv"), tmp_path / "linked.csv"
    files = tmp_path / "s.json", tmp_path / "drift.csv", tmp_path / "equate.csv"
    told = run_link(LinkOrder(*paths, "haebara", False, *files), out)
    assert "A = 1.250000" in told
    assert "θ_old = A θ_new + B" in told
    summary = json.loads((tmp_path / "s.json").read_text())
    assert (summary["A"], summary["B"]) == pytest.approx((1.25, -0.3125), abs=1e-5)
    assert summary["anchors_used"] == 8
    linked = ParameterSet.read(tmp_path / "linked.csv")
    np.testing.assert_allclose(linked.table["b"], old.table["b"], atol=1e-5)
    drift, equated = pd.read_csv(files[1]), pd.read_csv(files[2])
    assert {"item", "displacement", "robust_z", "area", "class", "used"} <= set(drift)
    np.testing.assert_allclose(drift["displacement"], 0, atol=1e-5)
    np.testing.assert_allclose(equated["observed_score"], range(9), atol=1e-3)
    as_json = run_link(LinkOrder(*paths, "mean-mean", True), out, as_json=True)
    assert json.loads(as_json)["method"] == "mean-mean"


def test_two_files_without_common_items(tmp_path: Path) -> None:
    for name in ("x", "y"):
        ParameterSet.from_table(
            pd.DataFrame({"item": [name], "model": ["rasch"], "a": [1.0], "b": [0.0]})
        ).write(tmp_path / f"{name}.csv")
    with pytest.raises(BadInput, match="0 comparable items"):
        run_link(LinkOrder(tmp_path / "x.csv", tmp_path / "y.csv", "mean-mean", False), tmp_path / "z.csv")
    assert not (tmp_path / "z.csv").exists()
