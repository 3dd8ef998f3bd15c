"""Every command explains itself; what is wrong with its input is said once, and nothing is left behind."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.main import get_command

from calibration.flags import Policy
from dashboard.cli import app, main
from engine import CatRules

BANK = Path(__file__).parents[2] / "items" / "banks" / "deep_learning"


def _commands(group=None, path=()):
    for name, command in (group or get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name)


def _run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    told = capsys.readouterr()
    return ended.value.code, told.out, told.err


@pytest.mark.parametrize("command", list(_commands()), ids=" ".join)
def test_help_explains_a_command_with_an_example(command, capsys):
    code, out, err = _run(capsys, *command, "--help")
    assert (code, err) == (0, "")
    assert f"Example: itemwise {' '.join(command)}" in " ".join(out.split())


def test_without_a_command_the_help_is_shown(capsys):
    code, out, _ = _run(capsys)
    assert code == 0
    assert "calibrate" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "nonsense"),
        (["simulate", "--simulees", "5"], "--params"),
        (["simulate", "--params", BANK / "parameters.csv", "--seed", "1", "--out", "o"], "--simulees"),
        (["simulate", "--params", "p.csv", "--simulees", "many", "--seed", "1", "--out", "o"], "integer"),
        (["simulate", "--params", "p.csv", "--simulees", "0", "--seed", "1", "--out", "o"], "--simulees"),
        (["dashboard", "--workspace", "nowhere"], "there is no workspace"),
        (["demo", "--port", "99999"], "--port"),
        (["items"], "Missing command"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(arguments, told, capsys):
    code, out, err = _run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert re.fullmatch(r"itemwise: .+\n", err), "one line"


def _simulate(folder, *more, params=BANK / "parameters.csv"):
    return ["simulate", "--params", params, "--simulees", 60, "--seed", 7, "--out", folder, *more]


def test_simulate_writes_tables_figures_and_a_report(tmp_path, capsys):
    code, out, _ = _run(capsys, *_simulate(tmp_path / "study", "--rules", BANK / "rules.toml"))
    assert code == 0
    assert "report.html" in out
    summary = json.loads((tmp_path / "study" / "summary.json").read_text())
    assert summary["simulees"] == 60
    simulees = pd.read_csv(tmp_path / "study" / "simulees.csv")
    assert len(simulees) == 60
    assert {"simulee", "theta_true", "theta", "se", "length", "stop_reason"} <= set(simulees)
    report = (tmp_path / "study" / "report.html").read_text(encoding="utf-8")
    assert report.count("<svg") == len(list((tmp_path / "study").glob("*.svg"))) == 5
    assert not re.search(r'(src|href)="(?!data:)', report), "a report loads nothing"
    assert "simulated" in report


def test_analyse_writes_tables_flags_and_a_report(tmp_path, capsys):
    """A key that is wrong for one item is the first thing that is said."""
    rng = np.random.default_rng(8)
    theta = rng.normal(size=(400, 1))
    right = rng.random((400, 12)) < 1 / (1 + np.exp(-1.5 * (theta - np.linspace(-1.5, 1.5, 12))))
    answers = np.where(right, "A", rng.choice(list("BCD"), (400, 12)))
    names = [f"i{number}" for number in range(1, 13)]
    side = np.where(np.arange(400) % 2, "a", "b")
    answers[(side == "a") & (rng.random(400) < 0.6), 8] = "B"  # i9 is harder for them
    pd.DataFrame(answers, columns=names).assign(g_side=side).to_csv(tmp_path / "log.csv", index=False)
    key = pd.DataFrame({"item": names, "key": "A"})
    key.loc[key["item"] == "i5", "key"] = "B"
    key.to_csv(tmp_path / "key.csv", index=False)
    skills = pd.DataFrame({"item": names, "skill": ["odd", "even"] * 6})
    skills.to_csv(tmp_path / "skills.csv", index=False)
    out = tmp_path / "analysis"
    files = ("--key", tmp_path / "key.csv", "--skills", tmp_path / "skills.csv", "--out", out)
    code, told, _ = _run(capsys, "analyse", tmp_path / "log.csv", *files)
    assert code == 0
    assert pd.read_csv(out / "subscores.csv")["skill"].tolist() == ["odd", "even"]
    flags = pd.read_csv(out / "flags.csv")
    assert flags[["item", "flag"]].iloc[0].tolist() == ["i5", "suspected_wrong_key"]
    assert "check the key" in told
    assert {"items.csv", "options.csv", "fit.csv", "dependence.csv", "dimensions.csv", "persons.csv"} <= {
        file.name for file in out.iterdir()
    }
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "suspected wrong key" in report
    assert "Who gives which answer to i5" in report
    assert "What equally able people of each side score on i9" in report
    for caption in ("The whole test", "Value of sub-scores", "Items", "Fit", "Fairness by side"):
        assert f"<strong>{caption}</strong>" in report
    assert (out / "flags_policy.toml").read_text(encoding="utf-8") == Policy.text()
    assert not re.search(r'(src|href)="(?!data:)', report), "a report loads nothing"


def test_a_report_says_first_when_most_items_go_together(tmp_path, capsys):
    """Six items and their twins: no pair to mend, but a test of several things."""
    rng = np.random.default_rng(9)
    theta = rng.normal(size=(500, 1))
    first = rng.random((500, 6)) < 1 / (1 + np.exp(np.linspace(-1, 1, 6) - theta))
    twin = np.where(rng.random((500, 6)) < 0.8, first, ~first)
    pd.DataFrame(np.hstack([first, twin]).astype(int)).add_prefix("i").to_csv(
        tmp_path / "log.csv", index_label="person"
    )
    code, _, _ = _run(capsys, "analyse", tmp_path / "log.csv", "--out", tmp_path / "out")
    assert code == 0
    assert "12 of 12 items go together" in (tmp_path / "out" / "report.html").read_text()


def test_simulate_with_the_same_seed_gives_the_same_numbers(tmp_path, capsys):
    for name in "ab":
        _run(capsys, *_simulate(tmp_path / name))
    assert (tmp_path / "a" / "simulees.csv").read_bytes() == (tmp_path / "b" / "simulees.csv").read_bytes()


def test_simulate_compares_designs_side_by_side(tmp_path, capsys):
    more = ("--rules", "screening", "--rules", "formative", "--vary", "select.k=3,5")
    code, out, _ = _run(capsys, *_simulate(tmp_path / "study", *more))
    assert code == 0
    table = pd.read_csv(tmp_path / "study" / "comparison.csv")
    assert table["design"].tolist() == [
        f"{name}: select.k={k}" for name in ("screening", "formative") for k in (3, 5)
    ]
    assert table["mean_length"][0] < table["mean_length"][2]
    assert all(name in out for name in table["design"])
    items = pd.read_csv(tmp_path / "study" / "items.csv")
    assert items.columns[:2].tolist() == ["design", "item"]
    assert items["design"].nunique() == 4
    summary = json.loads((tmp_path / "study" / "summary.json").read_text())
    assert [one["simulees"] for one in summary["designs"]] == [60] * 4


def test_simulate_varies_settings_that_are_lists(tmp_path, capsys):
    first = pd.read_csv(BANK / "parameters.csv")["item"][:2].tolist()
    lists = f'["{first[0]}"],["{first[1]}","{first[0]}"]'
    given = ("--vary", "stop.rule=length", "--vary", "stop.length=2", "--vary", f"start.items={lists}")
    assert _run(capsys, *_simulate(tmp_path / "study", *given))[::2] == (0, "")
    items = pd.read_csv(tmp_path / "study" / "items.csv")
    always = items[items["exposure"] == 1].groupby("design")["item"].apply(set).tolist()
    assert set(first) in always
    assert len(always) == 2


def test_simulate_names_the_design_that_cannot_be_met(tmp_path, capsys):
    limits = ("--vary", "exposure.method=restricted", "--vary", "exposure.max_rate=1.0,0.01")
    code, _, err = _run(capsys, *_simulate(tmp_path / "study", *limits))
    assert code == 2
    assert err.startswith(
        "itemwise: exposure.max_rate=0.01, the rules with this pool: max_rate = 0.01 cannot"
    )
    assert not list(tmp_path.iterdir())


def test_simulate_begins_with_a_calibration_run_where_exposure_control_needs_one(tmp_path, capsys):
    rules = '[stop]\nrule = "length"\nlength = 8\n[exposure]\nmethod = "sympson_hetter"\nmax_rate = 0.3\n'
    (tmp_path / "rules.toml").write_text(rules, encoding="utf-8")
    assert _run(capsys, *_simulate(tmp_path / "study", "--rules", tmp_path / "rules.toml"))[0] == 0
    found = (tmp_path / "study" / "exposure.toml").read_text(encoding="utf-8")
    assert found.startswith('[exposure]\nmethod = "sympson_hetter"\nmax_rate = 0.3\n')
    chances = CatRules.parse(found).exposure.parameters
    assert 0 < min(chances.values()) < 1
    (tmp_path / "again.toml").write_text(rules.partition("[exposure]")[0] + found, encoding="utf-8")
    assert _run(capsys, *_simulate(tmp_path / "again", "--rules", tmp_path / "again.toml"))[0] == 0
    assert not (tmp_path / "again" / "exposure.toml").exists()
    one, two = ((tmp_path / name / "simulees.csv").read_bytes() for name in ("study", "again"))
    assert one == two


def test_simulate_puts_people_on_a_grid(tmp_path, capsys):
    _run(capsys, *_simulate(tmp_path / "study", "--grid", "-2,2,1", "--people", "guessing=0.2"))
    along = pd.read_csv(tmp_path / "study" / "along_ability.csv")
    assert along["n"].tolist() == [12] * 5
    assert ((along["theta_low"] + along["theta_high"]) / 2).tolist() == [-2, -1, 0, 1, 2]
    assert "of the kind guessing=0.2" in (tmp_path / "study" / "report.html").read_text(encoding="utf-8")


def test_simulate_replays_recorded_answers(tmp_path, capsys):
    """Who answers the whole bank in a row gets, from the replay, what scoring the log says."""
    rng = np.random.default_rng(2)
    params = pd.DataFrame({"item": [f"i{n}" for n in range(15)], "model": "2pl"})
    params.assign(a=1.2, b=np.linspace(-2, 2, 15)).to_csv(tmp_path / "p.csv", index=False)
    answers = pd.DataFrame(rng.choice(list("AB"), (30, 15)), columns=params["item"])
    answers.iloc[3, 4] = ""
    answers.to_csv(tmp_path / "log.csv", index=False)
    params.assign(key="A")[["item", "key"]].to_csv(tmp_path / "key.csv", index=False)
    (tmp_path / "all.toml").write_text('[stop]\nrule = "length"\nlength = 15', encoding="utf-8")
    given = ("--params", tmp_path / "p.csv", "--key", tmp_path / "key.csv")
    replay = ("--replay", tmp_path / "log.csv", "--rules", tmp_path / "all.toml", "--seed", 1)
    code, _, err = _run(capsys, "simulate", *given, *replay, "--out", tmp_path / "study")
    assert (code, err) == (0, "")
    _run(capsys, "score", tmp_path / "log.csv", *given, "--method", "eap", "--out", tmp_path / "scores.csv")
    simulees, scores = pd.read_csv(tmp_path / "study" / "simulees.csv"), pd.read_csv(tmp_path / "scores.csv")
    assert len(simulees) == 30
    np.testing.assert_allclose(simulees["theta"], scores["theta"], atol=1e-5)
    np.testing.assert_allclose(simulees["theta"], simulees["theta_true"], atol=1e-5)
    assert "0.2% of the answers are not there" in (tmp_path / "study" / "report.html").read_text("utf-8")


def _replay(folder, capsys, answers):
    params = pd.DataFrame({"item": answers.columns, "model": "2pl", "a": 1.2, "b": np.linspace(-2, 2, 10)})
    params.to_csv(folder / "p.csv", index=False)
    answers.to_csv(folder / "log.csv", index=False)
    given = ("--params", folder / "p.csv", "--replay", folder / "log.csv", "--rules", "screening")
    return _run(capsys, "simulate", *given, "--seed", 1, "--out", folder / "study")


def test_simulate_takes_no_truth_from_people_who_answered_nothing(tmp_path, capsys):
    """Their θ is the prior's mean whatever is asked: no error, and no merit of the test."""
    answers = pd.DataFrame(np.random.default_rng(2).integers(0, 2, (8, 10)), columns=list("ABCDEFGHIJ"))
    answers = answers.astype("Int64")
    answers.iloc[[3, 6]] = pd.NA
    assert _replay(tmp_path, capsys, answers)[0] == 0
    simulees = pd.read_csv(tmp_path / "study" / "simulees.csv")
    assert np.flatnonzero(simulees["theta_true"].isna()).tolist() == [3, 6]
    error = (simulees["theta"] - simulees["theta_true"]).dropna()
    summary = json.loads((tmp_path / "study" / "summary.json").read_text())
    assert summary["rmse"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-4)
    assert pd.read_csv(tmp_path / "study" / "along_ability.csv")["n"].sum() == 6
    assert (tmp_path / "study" / "levels.csv").exists()
    assert "2 answered nothing" in (tmp_path / "study" / "report.html").read_text("utf-8")


BEFOREHAND = """
[start.prior]
intercept = -0.6
sd = 0.5
slopes = { years = 0.4 }
[stop]
rule = "length"
length = 5
"""


@pytest.fixture
def beforehand(tmp_path):
    (tmp_path / "rules.toml").write_text(BEFOREHAND, encoding="utf-8")
    people = pd.DataFrame({"person": list("abcd"), "years": [0, 1, None, 3]})
    people.to_csv(tmp_path / "people.csv", index=False)
    return tmp_path


def _lead(folder):
    return (folder / "study" / "report.html").read_text(encoding="utf-8")


def test_simulate_draws_what_is_known_beforehand_or_reads_it(beforehand, capsys):
    rules, given = ("--rules", beforehand / "rules.toml"), beforehand / "people.csv"
    assert _run(capsys, *_simulate(beforehand / "study", *rules))[0] == 0
    assert "was drawn as the rules expect it of people of their ability" in _lead(beforehand)
    more = ("--params", BANK / "parameters.csv", "--seed", 1, *rules, "--out", beforehand / "study")
    assert _run(capsys, "simulate", *more, "--covariates", given)[0] == 0
    assert len(pd.read_csv(beforehand / "study" / "simulees.csv")) == 4
    assert "of the 4 people in" in _lead(beforehand)
    assert "Of 1 not all that the rules ask for is known" in _lead(beforehand)


def test_simulate_draws_abilities_as_the_rules_expect_them(beforehand, capsys):
    """6,000 people drawn from three: the mean of each kind is what the regression says, ± 4 SE."""
    pd.DataFrame({"years": [0, 1, 3]}).to_csv(beforehand / "people.csv", index=False)
    more = ("--rules", beforehand / "rules.toml", "--covariates", beforehand / "people.csv")
    assert _run(capsys, *_simulate(beforehand / "study", *more, "--simulees", 6000))[0] == 0
    theta = pd.read_csv(beforehand / "study" / "simulees.csv")["theta_true"]
    expected = np.array([-0.6, -0.2, 0.6])
    assert theta.mean() == pytest.approx(expected.mean(), abs=4 * 0.75 / np.sqrt(6000))
    assert theta.std() == pytest.approx(np.sqrt(expected.var() + 0.25), abs=0.03)


def test_simulate_takes_the_abilities_that_a_file_tells(beforehand, capsys):
    people = pd.read_csv(beforehand / "people.csv").assign(theta_true=[-1.5, 0.25, 0.5, 2])
    people.to_csv(beforehand / "people.csv", index=False)
    more = ("--params", BANK / "parameters.csv", "--seed", 1, "--rules", beforehand / "rules.toml")
    more = (*more, "--covariates", beforehand / "people.csv", "--out", beforehand / "study")
    assert _run(capsys, "simulate", *more)[0] == 0
    assert pd.read_csv(beforehand / "study" / "simulees.csv")["theta_true"].tolist() == [-1.5, 0.25, 0.5, 2]
    assert "their abilities are read" in _lead(beforehand)


def test_simulate_replays_answers_of_people_of_whom_something_is_known(beforehand, capsys):
    """First questions go by the file, matched by person, whatever its order; scores do not."""
    params = pd.DataFrame({"item": [f"i{n}" for n in range(9)], "model": "2pl", "a": 1.2})
    params.assign(b=np.linspace(-2, 2, 9)).to_csv(beforehand / "p.csv", index=False)
    log = pd.DataFrame(1, range(3), params["item"]).assign(person=["d", "a", "stranger"])
    log.to_csv(beforehand / "log.csv", index=False)
    whole = BEFOREHAND.replace("length = 5", "length = 9")
    (beforehand / "rules.toml").write_text(whole, encoding="utf-8")
    more = ("--params", beforehand / "p.csv", "--seed", 1, "--rules", beforehand / "rules.toml")
    more = (*more, "--covariates", beforehand / "people.csv", "--replay", beforehand / "log.csv")
    assert _run(capsys, "simulate", *more, "--out", beforehand / "study")[0] == 0
    assert "Of 1 not all that the rules ask for is known" in _lead(beforehand)
    assert pd.read_csv(beforehand / "study" / "simulees.csv")["theta"].nunique() == 1


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--rules", "screening"], "add a table [start.prior] to the rules, or leave out --covariates"),
        (["--rules", "rules.toml", "--grid", "-3,3,1"], "put abilities into a column theta_true"),
        (["--rules", "rules.toml", "--vary", "start.prior.slopes.age=1"], "has no column 'age'"),
    ],
)
def test_simulate_says_what_is_wrong_with_covariates(more, told, beforehand, capsys, monkeypatch):
    monkeypatch.chdir(beforehand)
    code, _, err = _run(capsys, *_simulate(beforehand / "study", "--covariates", "people.csv", *more))
    assert (code, told in err) == (2, True), err


def test_simulate_refuses_a_log_without_answers(tmp_path, capsys):
    answers = pd.DataFrame(pd.NA, range(3), list("ABCDEFGHIJ"))
    code, _, err = _replay(tmp_path, capsys, answers)
    assert code == 2
    assert "nobody answered anything; a log with answers to replay" in err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            ["--rules", "screning"],
            "there is no such file; name a rules file, or a ready one: did you mean 'screening'",
        ),
        (["--vary", "select.criterion"], "as select.criterion=mfi,klp"),
        (
            ["--vary", "stop.length=5", "--vary", "stop.length=9"],
            "names stop.length twice; all its values in one",
        ),
        (["--vary", "select.criterion=mfi,mifi"], "did you mean 'mfi'"),
        (["--grid", "3,-3,1"], "as -3,3,0.5"),
        (["--population", "0,-1"], "an SD of 0 or above"),
        (["--people", "gessing"], "did you mean 'guessing'"),
        (["--people", "guessing=2"], "a number from 0 to 1"),
        (["--key", "k.csv"], "--key goes with --replay"),
        (["--replay", "log.csv", "--people", "guessing"], "brings its own people"),
    ],
)
def test_simulate_says_what_is_wrong_with_an_option(more, told, tmp_path, capsys):
    code, _, err = _run(capsys, *_simulate(tmp_path / "study", *more))
    assert code == 2
    assert told in err
    assert re.fullmatch(r"itemwise: .+\n", err), "one line"
    assert not list(tmp_path.iterdir())


def test_simulate_prints_its_summary_as_json(tmp_path, capsys):
    _, out, _ = _run(capsys, *_simulate(tmp_path / "study", "--json"))
    assert json.loads(out)["simulees"] == 60


def test_what_fails_leaves_nothing_behind(tmp_path, capsys):
    broken = tmp_path / "broken.csv"
    broken.write_text("item,model,a,b\nx,2pl,1.0,nonsense\n")
    code, _, err = _run(capsys, *_simulate(tmp_path / "study", params=broken))
    assert code == 2
    assert "line 2, item x" in err
    assert list(tmp_path.iterdir()) == [broken]


def test_a_folder_that_cannot_be_written_is_named(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    code, _, err = _run(capsys, *_simulate(tmp_path / "file" / "study"))
    assert code == 2
    assert "study" in err


def test_help_does_not_wait_for_what_draws_or_serves():
    code = "import sys, dashboard.cli; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"streamlit", "altair", "fastapi", "uvicorn"} & set(told.stdout.split())
