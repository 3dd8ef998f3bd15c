"""Fairness: what is compared, what the figures hold, what the page says, and to whom."""

import re

import numpy as np
import pandas as pd
import pytest

from calibration import ResponseMatrix
from calibration.dif import find_groups
from calibration.dif.impact import impact_table, standing_shares
from dashboard import access, fairness, work
from dashboard.access import Person
from dashboard.figures.dif_curves import dif_curves, draw_dif_curves
from dashboard.figures.dif_effects import dif_effects, draw_dif_effects, sizes
from dashboard.figures.dif_gain import dif_gain, draw_dif_gain
from dashboard.figures.impact import Impact, draw_impact
from dashboard.figures.theme import svg
from dashboard.store import comparisons, jobs, read_model
from dashboard.views.source import members
from items.errors import BadInput
from tests.dashboard.opening import open_page

NEW = {"fairness side": "A new comparison"}


@pytest.fixture(scope="module")
def log():
    """A log of 12 items and 900 people in three groups; item q3 is a logit harder for group b."""
    rng = np.random.default_rng(4)
    group = rng.choice(["a", "b", "c"], 900, p=[0.5, 0.3, 0.2])
    theta = rng.normal(size=900) - 0.4 * (group == "c")
    b = np.linspace(-1.5, 1.5, 12) + np.outer(group == "b", np.arange(12) == 3)
    answers = rng.random((900, 12)) < 1 / (1 + np.exp(-1.3 * (theta[:, None] - b)))
    frame = pd.DataFrame(answers.astype(int), columns=[f"q{j}" for j in range(12)])
    frame.insert(0, "person", [f"p{i}" for i in range(900)])
    return frame.assign(g_team=group)


def _wanted(**more):
    return {"group": "g_team", "focal": "b", "reference": "a", "method": "mh", "purify": True, **more}


@pytest.mark.parametrize("method", ["mh", "logistic", "lord", "raju", "andersen"])
def test_every_method_finds_the_item_that_differs(method, log):
    wanted = _wanted(method=method, purify=method != "andersen")
    tables, facts = fairness.compare(ResponseMatrix.from_pandas(log), wanted, None)
    assert facts["labels"] == ["a", "b"]
    assert facts["sizes"] == log["g_team"].value_counts().loc[["a", "b"]].tolist()
    record = dif_effects(tables["dif"], method, "b")
    worst = record.items.iloc[0]
    assert (worst["item"], worst["size"]) == ("q3", "C")
    assert worst["low"] < worst["effect"] < worst["high"]
    figure = draw_dif_effects(record)
    assert "q3 is harder for b" in figure.sentence
    assert svg(figure).startswith("<svg")


def test_intervals_of_effects_hold_the_truth(log):
    """The item was made 1 logit harder at a = 1.3: Δ = −2.35 · 1.3 · 1, γ = −1.3, Δb = 1."""
    responses = ResponseMatrix.from_pandas(log)
    for method, truth in (("mh", -2.35 * 1.3), ("logistic", -1.3), ("lord", 1.0), ("raju", 1.0)):
        tables, _ = fairness.compare(responses, _wanted(method=method), None)
        row = dif_effects(tables["dif"], method, "b").items.set_index("item").loc["q3"]
        assert row["low"] < truth < row["high"], method


def test_the_gain_of_the_group_is_drawn_with_its_interval_and_the_borders_of_its_classes(log):
    tables, _ = fairness.compare(ResponseMatrix.from_pandas(log), _wanted(method="logistic"), None)
    record = dif_gain(tables["dif"])
    worst = record.items.iloc[0]
    assert worst["item"] == "q3"
    assert 0 < worst["low"] < worst["gain"] < worst["high"]
    assert (record.items["low"] >= 0).all()
    drawn = svg(figure := draw_dif_gain(record))
    assert {">B<", ">C<"} <= set(re.findall(r">[BC]<", drawn))
    assert "of class C (from 0.070)" in figure.sentence
    assert "(from 0.035; Jodoin & Gierl 2001). Most is added to q3" in figure.sentence
    effects = draw_dif_effects(dif_effects(tables["dif"], "logistic", "b"))
    assert "The classes are those of ΔR²" in effects.sentence
    assert "Bands" not in effects.sentence


def test_several_groups_at_once(log):
    tables, facts = fairness.compare(
        ResponseMatrix.from_pandas(log), _wanted(focal=None, reference=None), None
    )
    assert facts["labels"] == ["a", "b", "c"]
    assert tables["dif"].sort_values("p")["item"].iloc[0] == "q3"
    assert len(tables["impact"]) == 3


def test_where_people_met_different_items_they_match_on_ability(log):
    rng = np.random.default_rng(5)
    sparse = log.copy()
    items = [f"q{j}" for j in range(12)]
    sparse[items] = sparse[items].where(rng.random((900, 12)) < 0.8)
    tables, facts = fairness.compare(ResponseMatrix.from_pandas(sparse), _wanted(), None)
    assert facts["matched_on"] == "ability"
    assert "θ" in facts["standing"]
    assert dif_effects(tables["dif"], "mh", "b").items["item"].iloc[0] == "q3"


def test_impact_is_the_standardised_difference_of_the_means():
    """Borenstein, Hedges, Higgins & Rothstein (2009), p. 26: d = 0.5970, variance 0.0418."""
    spread = np.r_[np.linspace(-1, 1, 50)]
    spread = spread / spread.std(ddof=1)
    standing = np.r_[100 + 4.5 * spread, 103 + 5.5 * spread, np.nan]
    groups = find_groups(_people(["r"] * 50 + ["f"] * 51), "g_x", focal="f")
    table = impact_table(standing, groups)
    focal = table.set_index("group").loc["f"]
    assert focal["n"] == 50
    assert focal["d"] == pytest.approx(0.5970, abs=1e-4)
    assert ((focal["d_high"] - focal["d_low"]) / 2 / 1.95996) ** 2 == pytest.approx(0.0418, abs=1e-4)
    assert np.isnan(table["d"].iloc[0])
    shares = standing_shares(standing, groups)
    assert shares.groupby("group")["share"].sum().tolist() == pytest.approx([1, 1])
    figure = draw_impact(Impact(shares, table, "points"))
    assert "f (50 people) lies 0.60 standard deviations above r" in figure.sentence
    assert svg(figure).startswith("<svg")


def _people(labels):
    return ResponseMatrix.from_pandas(
        pd.DataFrame({"person": range(len(labels)), "i": [0, 1] * 50 + [0], "g_x": labels})
    )


def test_two_named_groups_leave_the_others_out(log):
    responses = ResponseMatrix.from_pandas(log)
    groups = find_groups(responses, "g_team", focal="c", reference="b")
    assert groups.labels == ("b", "c")
    assert groups.sizes.tolist() == log["g_team"].value_counts().loc[["b", "c"]].tolist()
    for focal, reference, said in (("c", "x", "never holds 'x'"), ("c", "c", "both 'c'")):
        with pytest.raises(BadInput, match=said):
            find_groups(responses, "g_team", focal=focal, reference=reference)


def test_classes_of_methods_without_classes_of_their_own_are_the_bands_in_logits():
    table = pd.DataFrame(
        {"effect": [0.3, -0.5, 0.7, 0.9, np.nan], "p_adjusted": [0.001, 0.001, 0.001, 0.3, np.nan]}
    )
    assert sizes(table, "lord").tolist() == ["A", "B", "C", "A", ""]


def test_curves_of_an_item_need_five_answers_a_point():
    curves = pd.DataFrame(
        {"item": ["x", "x", "y"], "group": ["a", "b", "a"], "level": 0, "standing": 1.0, "n": [5, 4, 9]}
        | {"mean": 0.5, "low": 0.2, "high": 0.8}
    )
    record = dif_curves(curves, "g_team", "x", standing="points")
    assert record.points["group"].tolist() == ["a"]
    assert svg(draw_dif_curves(record)).startswith("<svg")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("who,g_x\na,1\n", "lacks the column person"),
        ("person,x\na,1\n", "lacks the column person, or any column g_"),
        ("person,g_x\na,1\na,2\n", "names person a twice"),
        ("person,g_x\nzz,1\n", "names none of the 900 people"),
        ("", "is empty"),
    ],
)
def test_a_file_of_groups_that_cannot_be_used_is_refused(text, said, log, tmp_path):
    (tmp_path / "groups.csv").write_text(text)
    with pytest.raises(BadInput, match=said):
        fairness.with_groups(ResponseMatrix.from_pandas(log), tmp_path / "groups.csv")


def test_a_file_of_groups_joins_the_people_that_it_names(log, tmp_path):
    (tmp_path / "groups.csv").write_text("person,g_x,more\np1,u,0\np0,v,0\nzz,u,0\n")
    groups = fairness.with_groups(ResponseMatrix.from_pandas(log), tmp_path / "groups.csv").groups
    assert groups.columns.tolist() == ["g_x"]
    assert groups["g_x"].iloc[:2].tolist() == ["v", "u"]
    assert groups["g_x"].iloc[2:].isna().all()
    assert members(groups) == {"g_x": {"v": 1, "u": 1}}


@pytest.fixture
def compared(database, log, tmp_path):
    """Have two comparisons made: of an uploaded log, and of the bank's own sessions."""
    log.to_csv(tmp_path / "log.csv", index=False)
    people = read_model.log(database, "deep-learning")["person"].unique()
    sites = np.where(np.arange(len(people)) % 2, "north", "south")
    pd.DataFrame({"person": people, "g_site": sites}).to_csv(tmp_path / "groups.csv", index=False)
    sessions = {"parameter_set": 2, "groups": str(tmp_path / "groups.csv"), "group": "g_site"}
    numbers = []
    for request in ({"log": str(tmp_path / "log.csv")}, {**sessions, "focal": "north", "reference": None}):
        wanted = {"bank": "deep-learning", **_wanted(), **request}
        numbers.append(jobs.ask(database, "compare", wanted, at=work.now(), by=access.LOCAL))
        work.perform(database, numbers[-1])
    return numbers


def test_comparisons_are_kept_and_shown(database, compared):
    known = comparisons.titles(database, "deep-learning")
    assert list(known) == compared[::-1]
    assert "g_team, a against b: Mantel–Haenszel, uploaded log.csv" in known[compared[0]]
    page = open_page("fairness")
    assert not page.exception
    assert any("focal north (150 people)" in one.value for one in page.caption)
    assert any("ability" in one.value for one in page.caption)
    page.selectbox(key=f"comparison {compared[1]} 2").set_value(compared[0]).run()
    assert not page.exception
    table = next(frame.value for frame in page.dataframe if "ets_class" in frame.value)
    assert table["item"].iloc[0] == "q3"
    assert {"se_delta", "n", "n_focal"} <= set(table.columns)
    page = open_page("fairness", state={"comparison side": "One item, group by group"})
    page.selectbox(key=f"comparison {compared[1]} 2").set_value(compared[0]).run()
    assert page.selectbox(key="dif item").value == "q3"


def test_groups_of_an_analysed_log_are_listed_too(database, tmp_path, log):
    log.to_csv(tmp_path / "log.csv", index=False)
    wanted = {"bank": "deep-learning", "log": str(tmp_path / "log.csv"), "model": "2pl"}
    number = jobs.ask(database, "calibrate", wanted, at=work.now(), by=access.LOCAL)
    work.perform(database, number)
    made = jobs.load(database, number).result["parameter_set"]
    page = open_page("fairness", state={"parameter set": made})
    assert not page.exception
    chosen = page.selectbox(key=f"comparison team {made}")
    assert chosen.options == [f"g_team: with the analysis of set {made}"]
    table = next(frame.value for frame in page.dataframe if "ets_class" in frame.value)
    assert table["item"].iloc[0] == "q3"
    assert any("By g_team: a, b, c" in one.value for one in page.caption)


@pytest.mark.parametrize(
    ("role", "makes"), [("viewer", False), ("content editor", False), ("psychometrician", True)]
)
def test_who_makes_comparisons(role, makes, workspace, monkeypatch):
    monkeypatch.setattr(access, "person", lambda _: Person("ada@example.org", role))
    page = open_page("fairness")
    assert not page.exception
    assert any("No groups have been compared yet" in info.value for info in page.info)
    page = open_page("fairness", state=NEW)
    assert bool([one for one in page.radio if one.key == "source"]) == makes
    assert any("made by psychometricians" in info.value for info in page.info) != makes


def test_a_comparison_that_cannot_be_made_says_why(database, log, tmp_path):
    log.to_csv(tmp_path / "log.csv", index=False)
    wanted = {"bank": "deep-learning", "log": str(tmp_path / "log.csv"), **_wanted(focal="zz")}
    number = jobs.ask(database, "compare", wanted, at=work.now(), by=access.LOCAL)
    work.perform(database, number)
    page = open_page("fairness", state=NEW)
    assert "g_team never holds 'zz'" in page.error[0].value
    assert comparisons.titles(database, "deep-learning") == {}


def test_an_item_with_too_few_answers_is_left_out_and_named(log):
    half = np.arange(900) % 2 == 0
    log = log.assign(q0=log["q0"].where(half), q1=log["q1"].where(~half), q12=[1, *[None] * 899])
    tables, facts = fairness.compare(ResponseMatrix.from_pandas(log), _wanted(method="mh"), None)
    assert facts["left_out"] == ["q12"]
    assert tables["dif"]["item"].tolist()[:2] == ["q0", "q1"]
    assert "q12" not in set(tables["dif"]["item"])


def test_group_sizes_are_those_of_the_people_who_can_be_compared(database, tmp_path):
    answers = read_model.log(database, "deep-learning")
    taken = list(answers["person"].unique())
    lines = [f"{name},{'east' if i % 2 else 'west'}" for i, name in enumerate([*taken[:100], *"xyz"])]
    page = open_page("fairness", state=NEW)
    file = ("groups.csv", "\n".join(["person,g_site", *lines]).encode(), "text/csv")
    page.file_uploader(key="groups").set_value(file)
    page.run()
    assert not page.exception
    assert any("100 of the 103 people in the file have answers" in one.value for one in page.caption)
    sizes = {"focal of g_site": "east (50 people)", "reference of g_site east": "west (50 people)"}
    for key, told in sizes.items():
        assert told in page.selectbox(key=key).options
