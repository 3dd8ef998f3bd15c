"""`itemwise calibrate` and `score` on files: what they write, and refusals that leave nothing behind."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from calibration.workflow import cycles
from dashboard.cli import main

N, J = 400, 8


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def answers() -> pd.DataFrame:
    """Return a wide log of a Rasch test with a group column."""
    rng = np.random.default_rng(1)
    theta, b = rng.normal(size=(N, 1)), np.linspace(-1.5, 1.5, J)
    right = (rng.random((N, J)) < expit(theta - b)).astype(int)
    frame = pd.DataFrame(right, columns=[f"q{j}" for j in range(J)])
    return frame.assign(person=[f"p{i}" for i in range(N)], g_form=np.where(np.arange(N) % 2, "x", "y"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that holds log.csv and nothing else."""
    answers().to_csv(tmp_path / "log.csv", index=False)
    return tmp_path


def test_calibrate_writes_parameters_meta_and_summary(folder: Path, capsys) -> None:
    code, out, err = run(
        capsys, "calibrate", folder / "log.csv", "--model", "2pl", "--out", folder / "p.csv",
        "--summary", folder / "s.json", "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    summary = json.loads((folder / "s.json").read_text())
    assert json.loads(out) == summary
    assert {
        "model", "n_persons", "n_items", "n_responses", "n_parameters", "log_likelihood", "log_prior", "aic",
        "bic", "iterations", "converged", "seconds", "quadrature",
    } <= set(summary)  # fmt: skip
    assert list(pd.read_csv(folder / "p.csv")) == ["item", "version", "model", "a", "b", "se_a", "se_b"]
    meta = json.loads((folder / "p.meta.json").read_text())
    assert meta["population"] == {"all": {"mean": 0.0, "sd": 1.0}}
    assert len(meta["provenance"]["data"]) == 64
    assert {file.name for file in folder.iterdir()} == {"log.csv", "p.csv", "p.meta.json", "s.json"}


def test_calibrated_items_are_held_and_new_ones_join_them(folder: Path, capsys) -> None:
    run(capsys, "calibrate", folder / "log.csv", "--model", "rasch", "--out", folder / "old.csv")
    old = pd.read_csv(folder / "old.csv").iloc[:5]
    old.to_csv(folder / "old.csv", index=False)
    code, _, _ = run(
        capsys, "calibrate", folder / "log.csv", "--model", "rasch", "--anchors", folder / "old.csv",
        "--out", folder / "new.csv",
    )  # fmt: skip
    assert code == 0
    new = pd.read_csv(folder / "new.csv")
    np.testing.assert_allclose(new["b"][:5], old["b"], atol=1e-9)
    assert new["se_b"].isna().tolist() == [True] * 5 + [False] * 3
    assert json.loads((folder / "new.meta.json").read_text())["population"]["all"]["mean"] != 0.0


def test_groups_estimators_and_the_second_opinion_are_a_word_away(folder: Path, capsys) -> None:
    found = {}
    for name, options in {
        "marginal": [],
        "group": ["--group", "g_form"],
        "conditional": ["--estimator", "conditional"],
        "joint": ["--estimator", "joint"],
        "histogram": ["--distribution", "histogram"],
        "sandwich": ["--sandwich"],
        "plain": ["--no-se"],
    }.items():
        code, _, err = run(
            capsys, "calibrate", folder / "log.csv", "--model", "rasch", *options, "--out", folder / "p.csv"
        )
        assert (code, err) == (0, ""), name
        found[name] = pd.read_csv(folder / "p.csv")
        b = found[name]["b"] - found[name]["b"].mean()
        np.testing.assert_allclose(b, np.linspace(-1.5, 1.5, J), atol=0.45)
    assert set(json.loads((folder / "p.meta.json").read_text())["population"]) == {"all"}
    assert "se_b" not in found["plain"]
    assert not np.allclose(found["sandwich"]["se_b"], found["marginal"]["se_b"], rtol=1e-4)
    code, out, _ = run(
        capsys,
        "calibrate",
        folder / "log.csv",
        "--model",
        "2pl",
        "--backend",
        "girth",
        "--out",
        folder / "p.csv",
    )
    assert code == 0
    assert "girth gives no verdict on convergence" in out


def test_scores_have_a_status_and_a_reliability(folder: Path, capsys) -> None:
    run(capsys, "calibrate", folder / "log.csv", "--model", "rasch", "--out", folder / "p.csv")
    for method in ("mle", "wle", "map", "eap"):
        code, out, _ = run(
            capsys, "score", folder / "log.csv", "--params", folder / "p.csv", "--method", method,
            "--out", folder / "scores.csv", "--json",
        )  # fmt: skip
        assert code == 0
        scores = pd.read_csv(folder / "scores.csv")
        assert list(scores) == ["person", "theta", "se", "status", "n_items"]
        told = json.loads(out)
        assert told["n_persons"] == N
        assert sum(told["status"].values()) == N
        assert 0.4 < told["empirical_reliability"] < 0.75
        extreme = scores["status"].isin(["all_lowest", "all_highest"])
        assert extreme.any()
        if method == "mle":
            assert scores["se"][extreme].isna().all()
            assert set(scores["theta"][extreme].abs()) == {6.0}
    code, out, _ = run(
        capsys, "score", folder / "log.csv", "--params", folder / "p.csv", "--out", folder / "scores.csv"
    )
    assert "empirical reliability 0." in out
    assert f"marginal reliability {told['marginal_reliability']:.3f}: all items as one test" in out


def test_both_reliabilities_stand_in_the_summary_of_a_calibration(folder: Path, capsys) -> None:
    """The empirical one is that of the EAP scores which `score` writes; the marginal one is near it."""
    code, out, _ = run(
        capsys, "calibrate", folder / "log.csv", "--model", "rasch", "--out", folder / "p.csv",
        "--summary", folder / "s.json",
    )  # fmt: skip
    told = json.loads((folder / "s.json").read_text())
    assert (code, told["standard_errors"]) == (0, "observed")
    assert f"empirical reliability {told['empirical_reliability']:.3f}: the scores" in out
    run(capsys, "score", folder / "log.csv", "--params", folder / "p.csv", "--out", folder / "scores.csv")
    scores = pd.read_csv(folder / "scores.csv")
    variance, error = scores["theta"].var(), (scores["se"] ** 2).mean()
    assert told["empirical_reliability"] == pytest.approx(variance / (variance + error), abs=1e-4)
    assert told["marginal_reliability"] == pytest.approx(told["empirical_reliability"], abs=0.03)


def test_a_calibration_may_start_from_another_and_write_its_whole_covariance(folder: Path, capsys) -> None:
    told = []
    for options in ([], ["--start", folder / "p.csv", "--covariance", folder / "c.csv"]):
        code, out, _ = run(
            capsys, "calibrate", folder / "log.csv", "--model", "2pl", *options, "--out", folder / "p.csv",
            "--json",
        )  # fmt: skip
        assert code == 0
        told.append(json.loads(out))
    assert told[1]["iterations"] < 0.5 * told[0]["iterations"]
    assert told[1]["log_likelihood"] == pytest.approx(told[0]["log_likelihood"], abs=1e-4)
    whole = pd.read_csv(folder / "c.csv", index_col="parameter")
    assert (
        list(whole) == list(whole.index) == [f"q{j}:{name}" for j in range(J) for name in ("a", "intercept")]
    )
    errors = pd.read_csv(folder / "p.csv")["se_a"]
    np.testing.assert_allclose(np.sqrt(np.diag(whole))[::2], errors, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--covariance", "c.csv", "--no-se"], "--covariance is asked for without standard errors"),
        (["--estimator", "joint", "--start", "log.csv"], "knows no --start"),
        (["--start", "log.csv"], "has no column 'item'"),
        (["--covariance", "nowhere/c.csv"], "the folder '"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    folder: Path, capsys, options: list[str], told: str
) -> None:
    named = [folder / one if one.endswith(".csv") else one for one in options]
    code, out, err = run(
        capsys, "calibrate", folder / "log.csv", "--model", "rasch", *named, "--out", folder / "p.csv"
    )
    assert (code, out) == (2, "")
    assert told in err
    assert [file.name for file in folder.iterdir()] == ["log.csv"]


def test_an_interruption_leaves_nothing_behind(folder: Path, capsys, monkeypatch) -> None:
    """Ctrl-C in the third cycle."""

    def interrupt(self: cycles, cycle: int, value: float, change: float) -> None:
        if cycle >= 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(cycles, "_report", interrupt)
    code, out, err = run(
        capsys, "calibrate", folder / "log.csv", "--model", "2pl", "--out", folder / "p.csv",
        "--summary", folder / "s.json",
    )  # fmt: skip
    assert (code, out, err.strip()) == (130, "", "")
    assert [file.name for file in folder.iterdir()] == ["log.csv"]


def long_log() -> str:
    frame = answers().melt(["person", "g_form"], var_name="item", value_name="response")
    return frame.to_csv(index=False)


BROKEN = {
    "a third of an answer": ("person,q1,q2\n1,0.33,1\n2,1,0\n", [], "the answer is '0.33'; a whole number"),
    "a negative category": ("person,q1,q2\n1,-1,1\n2,1,0\n", [], "the answer is '-1'"),
    "options without a key": ("person,q1,q2\n1,A,B\n2,C,A\n", [], "need a key"),
    "no answers at all": ("person,q1,q2\n1,,\n2,,\n", [], "no item can be calibrated"),
    "NaN everywhere": ("person,q1,q2\n1,NaN,nan\n2,NaN,NaN\n", [], "no item can be calibrated"),
    "items all passed": ("person,q1,q2\n" + "1,1,1\n" * 1, [], "no item can be calibrated"),
    "a group too small": (None, ["--group", "g_tiny"], "at least 20 persons a group"),
    "no such group": (None, ["--group", "g_none"], "has no column 'g_none'; a group column of the log"),
    "an unknown model": (None, ["--model", "5pl"], "unknown model '5pl'"),
    "an unknown backend": (None, ["--backend", "mirt"], "--backend is 'mirt'; native or girth"),
    "an unknown estimator": (None, ["--estimator", "mle"], "--estimator is 'mle'; marginal or conditional"),
    "anchors for girth": (None, ["--backend", "girth", "--group", "g_form"], "knows no --group"),
    "anchors that are not there": (None, ["--anchors", "nowhere.csv"], "nowhere.csv"),
    "an unknown prior": (None, ["--priors", "vague"], "priors = 'vague' is unknown"),
    "a summary without a folder": (None, ["--summary", "no/where/s.json"], "the folder 'no/where' does"),
    "a category never observed": (
        "person,q1,q2\n" + "".join(f"{i},{(0, 1, 3)[i % 3]},{i % 2}\n" for i in range(60)),
        ["--model", "pcm", "--strict"],
        "item q1: a category was never observed",
    ),
    "blocks that nobody links": (
        "person,q1,q2,q3,q4\n"
        + "".join(f"{i},{i % 2},{i // 2 % 2},,\n" for i in range(40))
        + "".join(f"{i},,,{i % 2},{i // 2 % 2}\n" for i in range(40, 80)),
        [],
        "2 blocks of items that no person links: {q1, q2}, {q3, q4}; only a common population",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_bad_input_is_one_sentence_and_nothing_is_written(folder: Path, capsys, name: str) -> None:
    text, options, told = BROKEN[name]
    if text is not None:
        (folder / "log.csv").write_text(text)
    elif "g_tiny" in options:
        answers().assign(g_tiny=["a"] * 3 + ["b"] * (N - 3)).to_csv(folder / "log.csv", index=False)
    model = [] if "--model" in options else ["--model", "2pl"]
    code, out, err = run(capsys, "calibrate", folder / "log.csv", *model, *options, "--out", folder / "p.csv")
    assert (code, out) == (2, "")
    assert told in err
    assert err.startswith("itemwise: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert [file.name for file in folder.iterdir()] == ["log.csv"]


def test_an_answer_given_twice_counts_as_last_given_and_is_said(folder: Path, capsys) -> None:
    text = long_log()
    (folder / "log.csv").write_text(text + "p0,y,q0,0\np0,y,q0,1\n")
    code, out, _ = run(capsys, "calibrate", folder / "log.csv", "--model", "2pl", "--out", folder / "p.csv")
    assert code == 0
    assert "given again by the same person to the same item: 2; the last one counts" in out
    assert f"{N * J} answers" in out
