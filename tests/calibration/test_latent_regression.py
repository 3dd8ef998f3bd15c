"""A latent regression: its optimum, its errors, and what it makes of files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.abilities import Abilities
from calibration.covariates import Covariates, read_covariates
from calibration.latent_regression import RegressionFit, fit_regression
from calibration.responses import ResponseMatrix
from dashboard.cli import main
from engine import CatRules
from engine._types import Floats
from engine.design import Design
from items.errors import BadInput
from tests.engine.pools import two_pl

POOL = two_pl(25)
N = 1500


def simulated(n: int = N, seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return answers and covariates of people whose regression is known."""
    rng = np.random.default_rng(seed)
    years, school = rng.integers(0, 10, n), rng.choice(["urban", "rural", "city"], n, p=[0.5, 0.3, 0.2])
    theta = -0.8 + 0.2 * years - 0.4 * (school == "rural") + 0.3 * (school == "city")
    theta = theta + 0.6 * rng.normal(size=n)
    right = rng.random((n, len(POOL))) < np.exp(POOL.log_prob(theta))[:, 1].T
    return pd.DataFrame(right.astype(int), columns=POOL.items), pd.DataFrame(
        {"years": years.astype(str), "school": school}
    )


def fitted(answers: pd.DataFrame, told: pd.DataFrame) -> RegressionFit:
    responses = ResponseMatrix.from_pandas(answers)
    return fit_regression(Abilities.of(responses, POOL), Covariates.of(told))


def log_likelihood(at: Floats, answers: pd.DataFrame, told: pd.DataFrame) -> float:
    """Return the marginal log-likelihood by another quadrature, from the formula of the 2PL alone."""
    points, weights = np.polynomial.hermite_e.hermegauss(61)
    school = told["school"].to_numpy()
    expected = at[0] + at[1] * told["years"].astype(float).to_numpy()
    expected = expected + at[2] * (school == "city") + at[3] * (school == "rural")
    theta = expected[:, None] + np.exp(at[4]) * points
    total = np.zeros(theta.shape)
    table = POOL.parameters.table
    for item, a, b in zip(table["item"], table["a"], table["b"], strict=True):
        sign = np.where(answers[[item]].to_numpy() == 1, 1.0, -1.0)
        total -= np.logaddexp(0, -sign * a * (theta - b))
    return float(np.log(np.exp(total) @ weights / weights.sum()).sum())


def test_the_estimates_are_the_maximum_and_the_errors_its_curvature() -> None:
    """Gradient 0 and SEs from the Hessian of a likelihood that is computed otherwise, by differences."""
    answers, told = simulated()
    fit = fitted(answers, told)
    assert fit.converged
    assert fit.names == ("intercept", "years", "school:city", "school:rural")
    at = np.append(fit.estimates, np.log(fit.regression.sd))
    step, n = 1e-4, at.size

    def value(*moves: tuple[int, float]) -> float:
        there = at.copy()
        for place, size in moves:
            there[place] += size
        return log_likelihood(there, answers, told)

    errors = np.append(fit.standard_errors, fit.sd_error / fit.regression.sd)
    slope = np.array([(value((k, step)) - value((k, -step))) / (2 * step) for k in range(n)])
    assert np.abs(slope * errors).max() < 1e-3, "less than a thousandth of a standard error from the top"
    hessian = np.array(
        [
            [
                sum(s * t * value((j, s * step), (k, t * step)) for s in (1, -1) for t in (1, -1))
                / (4 * step**2)
                for k in range(n)
            ]
            for j in range(n)
        ]
    )
    np.testing.assert_allclose(errors, np.sqrt(np.diag(np.linalg.inv(-hessian))), rtol=2e-3)


def test_known_regressions_are_found_with_honest_errors() -> None:
    """Over 40 samples: no bias beyond chance, and the errors claimed are the errors made."""
    true = np.array([-0.8, 0.2, 0.3, -0.4])
    fits = [fitted(*simulated(600, seed)) for seed in range(40)]
    z = np.array([(fit.estimates - true) / fit.standard_errors for fit in fits])
    assert np.abs(z.mean(axis=0)).max() < 3.5 / np.sqrt(40)
    assert 0.75 < z.std() < 1.25
    sd = np.array([(fit.regression.sd - 0.6) / fit.sd_error for fit in fits])
    assert abs(sd.mean()) < 3.5 / np.sqrt(40)


def test_who_is_not_known_or_did_not_answer_is_left_out() -> None:
    answers, told = simulated(300)
    answers = answers.astype("Int64")
    answers.iloc[:10] = pd.NA
    told.loc[10:19, "years"] = ""
    assert fitted(answers, told).n == 280
    whole = fitted(answers.iloc[20:].reset_index(drop=True), told.iloc[20:].reset_index(drop=True))
    np.testing.assert_allclose(fitted(answers, told).estimates, whole.estimates, atol=1e-6)


def test_scores_regressed_on_covariates_would_not_do() -> None:
    """EAP scores are shrunk: so is their slope (Mislevy, 1984), while this one is not."""
    answers, told = simulated(4000)
    responses = ResponseMatrix.from_pandas(answers.iloc[:, :5])
    abilities = Abilities.of(responses, POOL)
    slope = np.polyfit(told["years"].astype(float), abilities.theta, 1)[0]
    fit = fit_regression(abilities, Covariates.of(told))
    assert slope < 0.16
    assert abs(fit.estimates[1] - 0.2) < 3 * fit.standard_errors[1] < 0.03


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"years": ["3"] * 60}, "'years' is the same for everybody"),
        ({"a": list("12") * 30, "b": list("24") * 30}, "'b' says no more than those before it"),
        ({"years": ["3", *[""] * 59]}, "1 people answered and have every covariate, for 2 coefficients"),
        ({"years": [""] * 60}, "'years' is known of nobody"),
        ({"name": [f"n{k}" for k in range(60)]}, "'name' has 60 different words"),
        ({"name": ["x"] * 60}, "'name' has 1 different words"),
    ],
)
def test_covariates_that_tell_no_slopes_are_refused(told: dict[str, list[str]], says: str) -> None:
    answers, _ = simulated(60)
    with pytest.raises(BadInput, match=says):
        fitted(answers, pd.DataFrame(told))


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    answers, told = simulated(200)
    names = [f"p{k}" for k in range(200)]
    answers.assign(person=names).to_csv(tmp_path / "log.csv", index=False)
    told.assign(person=names).sample(frac=1, random_state=1).to_csv(tmp_path / "people.csv", index=False)
    POOL.parameters.table.to_csv(tmp_path / "p.csv", index=False)
    return tmp_path


def test_the_command_writes_what_rules_begin_with(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("regress", folder / "log.csv", "--params", folder / "p.csv", "--out", folder / "start.toml")
    code, out, err = run(capsys, *words, "--covariates", folder / "people.csv")
    assert (code, err) == (0, "")
    assert "school:rural: -0." in out
    assert "the covariates explain" in out
    rules = CatRules.read(folder / "start.toml")
    assert rules.start.prior is not None
    assert rules.start.prior.slopes["school:urban"] == 0, "the others are compared with it"
    fit = fitted(*simulated(200))
    assert rules.start.prior.slopes["years"] == pytest.approx(fit.estimates[1])
    person = {"years": 3, "school": "urban"}
    assert Design.of(POOL, rules).prior_of([person]) is not None


def test_columns_of_the_log_serve_as_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = pd.read_csv(folder / "log.csv")
    people = pd.read_csv(folder / "people.csv").set_index("person").reindex(log["person"]).reset_index()
    log.assign(g_school=people["school"]).to_csv(folder / "log.csv", index=False)
    words = ("regress", folder / "log.csv", "--params", folder / "p.csv", "--out", folder / "start.toml")
    assert run(capsys, *words)[0] == 0
    prior = CatRules.read(folder / "start.toml").start.prior
    assert prior is not None
    assert prior.covariates == ("g_school",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "the log has no column g_… that tells something of people; CSV person"),
        ("person\np1\n", "has no column 'person' with covariates beside it"),
        ("person,years\np1,2\np1,3\n", "person 'p1' stands twice"),
        ("person,years\nq1,2\n", "tells of nobody who is in the log"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_to_be_so(text: str | None, says: str, folder: Path) -> None:
    file = None
    if text is not None:
        file = folder / "people.csv"
        file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        read_covariates(ResponseMatrix.read(folder / "log.csv"), file)
