"""The rules file: sensible defaults, and complaints that name the file, the table and what would be right."""

from pathlib import Path

import numpy as np
import pytest

from engine import CatRules, simulate
from engine.catalogue import as_json, as_text, find, gallery
from engine.estimation.eap import ExpectedAPosteriori
from engine.estimation.switching import UntilMixed
from engine.priors import Normal, Points
from engine.selection.mfi import MaximumFisherInformation
from engine.selection.switching import Early
from items.errors import BadInput
from tests.engine.pools import three_pl

FULL = """
[start]
theta = 0.25
[select]
criterion = "mfi"
chooser = "randomesque"
k = 4
early = { criterion = "klp", questions = 3 }
[exposure]
method = "eligibility"
max_rate = 0.25
[estimate]
method = "wle"
until_mixed = { method = "map", lower = -4.0 }
prior = { mean = 0.5, sd = 1.5 }
[report]
method = "eap"
prior = { shape = "points", theta = [-3.0, 0.0, 3.0], density = [0.1, 1.0, 0.2] }
min_answers = 3
[stop]
any_of = [{ rule = "precision", se = 0.3 }, { rule = "length", length = 30 }]
not_before = 8
[scale]
lowest = 0
highest = 100
levels = { Low = 0, High = 60 }
"""


def test_every_table_may_be_left_out() -> None:
    rules = CatRules.parse("")
    assert isinstance(rules.criterion, MaximumFisherInformation)
    assert isinstance(rules.estimator, ExpectedAPosteriori)
    assert (rules.stop.shortest, rules.stop.longest) == (1, 30)
    assert rules.exposure is None
    study = simulate(three_pl(), CatRules.default(), np.zeros(5), rng=np.random.default_rng(1))
    assert set(study.tests.reason) <= {"precision", "length"}


def test_every_table_is_read() -> None:
    rules = CatRules.parse(FULL)
    assert rules.start.theta == 0.25
    assert isinstance(rules.criterion, Early)
    assert rules.criterion.questions == 3
    assert rules.chooser.width == 4
    assert rules.exposure is not None
    assert rules.exposure.limit == 0.25
    assert isinstance(rules.estimator, UntilMixed)
    assert rules.prior == Normal(0.5, 1.5)
    assert rules.report.prior == Points((-3.0, 0.0, 3.0), (0.1, 1.0, 0.2))
    assert rules.report.min_answers == 3
    assert (rules.stop.shortest, rules.stop.longest) == (8, 30)
    assert (rules.scale.lowest, rules.scale.highest) == (0, 100)


def test_the_fingerprint_is_of_the_content_not_of_the_layout() -> None:
    plain = CatRules.parse('[stop]\nrule = "length"\nlength = 7')
    other = CatRules.parse('# seven\nstop = { length = 7, rule = "length" }')
    assert plain.fingerprint() == other.fingerprint()
    assert plain.fingerprint() != CatRules.parse('[stop]\nrule = "length"\nlength = 8').fingerprint()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[stop", "is not TOML"),
        ("[stpo]\nx = 1", "there is no table [stpo]; did you mean 'stop'?"),
        ("stop = 3", "stop = 3 stands alone; write a table [stop]"),
        ('[select]\ncriterion = "mifi"', "unknown criterion 'mifi'; did you mean 'mfi'?"),
        ('[select]\nchooser = "randomesqe"', "unknown chooser 'randomesqe'; did you mean 'randomesque'?"),
        (
            '[select]\ncriterion = "mfi"\nk = 5',
            "neither criterion 'mfi' nor chooser 'best' has a setting 'k'",
        ),
        ('[select]\nchooser = "randomesque"\nk = 0', "k = 0"),
        ('[select]\nchooser = "randomesque"\nk = "five"', "k = 'five' is not a whole number"),
        ('[select]\nearly = { criterion = "kl" }', "early needs a number of questions and a criterion"),
        ('[exposure]\nmethod = "eligibilty"', "did you mean 'eligibility'?"),
        ('[exposure]\nmethod = "eligibility"\nmax_rate = 0', "above 0 and at most 1"),
        ('[constraints]\nfile = "c.csv"', "a method is missing"),
        ('[constraints]\nmethod = "shadwo"', "did you mean 'shadow'?"),
        ('[estimate]\nmethod = "epa"', "unknown estimator 'epa'; did you mean 'eap'?"),
        ('[estimate]\nmethod = "mle"\nlower = 3.0\nupper = -3.0', "is not below the upper bound"),
        ("[estimate]\nprior = { mean = 0.0, sd = 0.0 }", "the SD must be above 0"),
        ('[estimate]\nprior = { shape = "nromal", sd = 1.0 }', "did you mean 'normal'?"),
        ("[estimate]\nparameter_uncertainty = 1", "neither true nor false"),
        ("[report]\nmin_answer = 2", "did you mean 'min_answers'?"),
        ("[report]\nmin_answers = -1", "is not a whole number of answers"),
        ("[scale]\nlowest = 300", "is not below highest"),
        ("[scale]\ntheta = [3.0, -3.0]", "two rising abilities"),
        ("[scale]\nband = 95", "a probability between 0 and 1"),
        ("[scale]\nlevels = { A = 100, B = 50 }", "they must rise"),
        ("[scale]\nlevels = { A = 1, B = 400 }", "nobody can have more than highest = 300"),
        ("[scale]\nlevels = [1, 2]", "is not a table"),
        ("[pilot]\nitem = ['x']", "did you mean 'items'?"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        CatRules.read(file)
    message = str(caught.value)
    assert says in message
    assert message.startswith(str(file))
    assert "\n" not in message


def test_a_file_that_is_not_there_or_not_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such file; name a rules file"):
        CatRules.read(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="cannot be read"):
        CatRules.read(tmp_path / "bytes.toml")


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "constraints.csv").write_text(
        "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\nC1,Number,Item,b > 0,2,2,\n"
    )
    (tmp_path / "rules.toml").write_text(
        '[stop]\nrule = "length"\nlength = 5\n[constraints]\nmethod = "shadow"\nfile = "constraints.csv"'
    )
    pool = three_pl(40)
    study = simulate(pool, CatRules.read(tmp_path / "rules.toml"), np.zeros(3), rng=np.random.default_rng(1))
    assert ((pool.parameters.table["b"].to_numpy()[study.tests.items] > 0).sum(axis=1) == 2).all()


def test_the_list_of_rules_shows_settings_and_sources() -> None:
    text, one = as_text(None), as_text("eligibility")
    for name in ("mfi", "randomesque", "eligibility", "shadow", "wle", "sprt"):
        assert f"  {name} " in text
    assert "max_rate = " in one
    assert "van der Linden & Veldkamp" in one
    assert '"name": "mepv"' in as_json("mepv")
    with pytest.raises(BadInput, match="did you mean 'randomesque'"):
        find("randomesqe")


def test_the_commented_example_is_what_an_empty_file_means() -> None:
    example, empty = CatRules.parse(gallery()["example"]), CatRules.default()
    for part in ("start", "criterion", "chooser", "exposure", "estimator", "prior", "report", "scale"):
        assert getattr(example, part) == getattr(empty, part)
    assert (example.stop.shortest, example.stop.longest) == (empty.stop.shortest, empty.stop.longest)


TABLE = "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\nC1,Number,Item,b > 0,2,2,\n"


def test_a_blueprint_may_stand_in_the_rules_themselves(tmp_path):
    (tmp_path / "constraints.csv").write_text(TABLE, encoding="utf-8")
    alone = f'[constraints]\nmethod = "shadow"\nfile = """\n{TABLE}"""\n[stop]\nrule = "length"\nlength = 5\n'
    beside = alone.replace(f'"""\n{TABLE}"""', '"constraints.csv"')
    pool = three_pl(40)
    asked = [
        simulate(pool, rules, np.zeros(20), rng=np.random.default_rng(4)).tests.items
        for rules in (CatRules.parse(alone), CatRules.parse(beside, folder=tmp_path))
    ]
    np.testing.assert_array_equal(*asked)
    assert ((pool.parameters.table["b"].to_numpy()[asked[0]] > 0).sum(axis=1) == 2).all()
    wrong = CatRules.parse(alone.replace("2,2", "2,two"))
    with pytest.raises(BadInput, match="the table in the rules, line 2, column UB"):
        simulate(pool, wrong, np.zeros(2), rng=np.random.default_rng(4))


@pytest.mark.parametrize("name", gallery())
def test_every_ready_file_runs_as_it_promises(name: str) -> None:
    """On 400 items: nothing broken, no item above its limit but by chance, and comments that explain."""
    text = gallery()[name]
    rules, pool = CatRules.parse(text), three_pl(400)
    study = simulate(pool, rules, np.random.default_rng(1).normal(size=80), rng=np.random.default_rng(2))
    summary = study.summary
    assert text.startswith("# ")
    assert set(summary["stop_reasons"]) <= {"precision", "length", "classified"}
    assert summary["constraint_violations"] == 0
    assert summary["rmse"] < 0.6
    limit = study.exposure_limit or 1.0
    assert summary["max_exposure"] <= limit + 3 * np.sqrt(limit * (1 - limit) / 80)


def test_the_gallery_holds_what_a_programme_starts_from() -> None:
    assert {"screening", "certification", "formative", "high_stakes", "example"} == set(gallery())
    high = CatRules.parse(gallery()["high_stakes"])
    assert high.exposure is not None
    assert high.exposure.limit <= 0.25
    assert [each.plans for each in high.constraints] == [True]
    certification = CatRules.parse(gallery()["certification"])
    assert certification.scale.cuts[0] == pytest.approx(0.0, abs=0.011), "half a point of the scale"
