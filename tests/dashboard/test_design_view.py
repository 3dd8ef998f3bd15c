"""Test design as people use it: change, simulate, compare, save, publish; what goes wrong is said."""

import os
from dataclasses import dataclass
from typing import ClassVar

import pytest
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

from dashboard.rules_form import as_toml
from dashboard.store import audit, designs
from dashboard.views import design_view
from dashboard.views.design_results import counted_from
from dashboard.views.rules_editor import TAB
from engine import CatRules
from engine.catalogue import ROLES, gallery
from engine.delivery import simulations
from engine.delivery.assessments import editions, offered
from engine.delivery.edition import load_edition, publish
from engine.selection.base import Criterion, criteria
from engine.selection.mfi import MaximumFisherInformation
from engine.simulation.archive import unpack
from tests.dashboard.opening import open_page
from tests.waiting import PATIENCE

AT = "2026-11-24T09:00:00.000Z"


def _page():
    return open_page("design")


def _turn_to(page, words):
    """Open a tab of the rules."""
    page.session_state[TAB] = words
    return page.run()


def _open(page, words):
    page.selectbox(key="begin with").set_value(words).run()
    return page.button(key="open rules").click().run()


def _simulate(page, n=400):
    page.number_input(key="people n").set_value(n)
    page = page.run().button(key="simulate").click().run()
    assert not page.exception
    return page


def _look(page, words):
    return next(one for one in page.button_group if one.key == "design side").set_value(words).run()


def _keyed(elements, end):
    return next(one for one in elements if str(one.key).endswith(end))


def _captions(page):
    return " ".join(one.value for one in page.caption)


def test_what_is_published_can_be_simulated_changed_and_compared(workspace):
    page = _simulate(_page())
    assert "400 simulated candidates, mean 0, SD 1" in _captions(page)
    page = next(one for one in page.button if "Keep this design as A" in one.label).click().run()
    _keyed(_turn_to(page, "End of the test").number_input, "stop length length").set_value(14).run()
    assert "The results below are of the settings before" in _captions(page)
    page = _look(_simulate(page), "A and B")
    table = next(one.value for one in page.dataframe if "difference" in one.value.columns)
    row = table.set_index("measure").loc["questions a test"]
    assert row["B"] < row["A"] <= 20
    assert row["high"] < 0
    changed = next(one.value for one in page.dataframe if "setting" in one.value.columns)
    assert changed["setting"].tolist() == ["[stop] any_of"]


def test_every_registered_rule_can_be_chosen(workspace):
    """Each criterion, chooser, exposure and estimator runs, or says in words what it needs."""
    page = _page()
    for role, tab in {
        "criterion": "Choice of questions",
        "chooser": "Choice of questions",
        "exposure method": "Exposure",
        "estimator": "Ability under way",
    }.items():
        page = _turn_to(page, tab)
        registry = next(one for one, _ in ROLES.values() if one.role == role)
        box = next(one for one in page.selectbox if str(one.key).endswith(role))
        assert [name for name in box.options if name != "none"] == list(registry)
        for name in registry:
            box = next(one for one in page.selectbox if str(one.key).endswith(role))
            page = box.set_value(name).run()
            assert not page.exception
            assert not page.error, [one.value for one in page.error]


def test_what_was_changed_on_one_tab_holds_on_the_others(workspace):
    page = _open(_page(), "Ready: screening")
    page = _keyed(page.selectbox, "criterion").set_value("kl").run()
    page = _keyed(_turn_to(page, "End of the test").number_input, "stop length length").set_value(9).run()
    page = _keyed(_turn_to(page, "Exposure").selectbox, "exposure method").set_value("sympson_hetter").run()
    assert _keyed(_turn_to(page, "Choice of questions").selectbox, "criterion").value == "kl"
    assert _keyed(_turn_to(page, "End of the test").number_input, "stop length length").value == 9
    rules = next(one.value for one in page.text_area if one.label.startswith("Rules file"))
    changed = CatRules.parse(rules).document
    assert changed["select"]["criterion"] == "kl"
    assert changed["exposure"]["method"] == "sympson_hetter"
    page = _open(page, "Ready: screening")
    assert _keyed(page.number_input, "stop length length").value != 9, "opened anew"


def test_a_newly_registered_rule_appears_by_itself(workspace, monkeypatch):
    @dataclass(frozen=True, slots=True)
    class Contrary(MaximumFisherInformation):
        """A rule that was written a minute ago."""

        reference: ClassVar[str] = "nobody"
        stubbornness: float = 0.5

    monkeypatch.setitem(criteria._members, "contrary", Contrary)
    page = _page()
    page = (
        next(one for one in page.selectbox if str(one.key).endswith("criterion")).set_value("contrary").run()
    )
    assert "written a minute ago" in _captions(page)
    assert _keyed(page.number_input, "select stubbornness").value == 0.5
    assert 'criterion = "contrary"' in _keyed(page.text_area, "").value or any(
        'criterion = "contrary"' in one.value for one in page.text_area
    )
    assert issubclass(Contrary, Criterion)


def test_a_calibration_run_is_made_where_exposure_control_needs_one(workspace):
    page = _turn_to(_page(), "Exposure")
    page = _keyed(page.selectbox, "exposure method").set_value("sympson_hetter").run()
    _keyed(page.number_input, "exposure max_rate").set_value(0.4)
    page = _simulate(page.run())
    rules = page.session_state["design B"].edition.assessment.rules
    chances = CatRules.parse(rules).exposure.parameters.values()
    assert 0 < min(chances) < 1
    assert page.session_state["design rules"]["exposure"] == CatRules.parse(rules).document["exposure"]
    assert "The results below are of the settings before" not in _captions(page)


def test_rules_that_cannot_be_met_are_said_and_nothing_is_lost(workspace):
    page = _turn_to(_open(_page(), "Ready: screening"), "Exposure")
    page = (
        next(one for one in page.selectbox if str(one.key).endswith("exposure method"))
        .set_value("restricted")
        .run()
    )
    page = _keyed(page.number_input, "exposure max_rate").set_value(0.05).run()
    page = page.button(key="simulate").click().run()
    [said] = [one.value for one in page.error]
    assert "max_rate = 0.05 cannot be held" in said
    assert "nothing was lost" in said
    assert _keyed(page.number_input, "exposure max_rate").value == 0.05
    page = _keyed(page.number_input, "exposure max_rate").set_value(2.0).run()
    assert "must be above 0 and at most 1" in page.error[0].value


def test_conditions_in_conflict_are_named(workspace):
    table = (
        "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\nC1,Number,Item,b > 0,8,,\n"
        "C2,Number,Item,b > 0,,3,\nC3,Number,Item,a > 0,,30,\n"
    )
    page = _turn_to(_open(_page(), "Ready: screening"), "Blueprint")
    page = (
        next(one for one in page.selectbox if str(one.key).endswith("constraint method"))
        .set_value("shadow")
        .run()
    )
    page = _keyed(page.button_group, "way").set_value("A table of constraints").run()
    page = next(one for one in page.text_area if one.label == "Table of constraints").set_value(table).run()
    page = page.button(key="simulate").click().run()
    [said] = [one.value for one in page.error]
    assert "C1" in said
    assert "C2" in said
    assert "C3" not in said


def test_a_broken_file_changes_nothing(workspace):
    page = _page()
    area = next(one for one in page.text_area if one.label.startswith("Rules file"))
    area.set_value("[stop\n").run()
    page = page.button(key="take over").click().run()
    assert "is not TOML" in page.error[0].value
    area = next(one for one in page.text_area if one.label.startswith("Rules file"))
    page = area.set_value('[stop]\nrule = "length"\nlength = 7\n').run()
    page = page.button(key="take over").click().run()
    assert not page.error
    assert _keyed(_turn_to(page, "End of the test").number_input, "stop length length").value == 7


def test_a_design_is_saved_under_a_name_and_the_second_of_two_learns_of_the_first(workspace, database):
    page = _open(_page(), "Ready: formative")
    name = next(one for one in page.text_input if one.label == "Name of the design")
    page = name.set_value("Autumn").run().button(key="save design").click().run()
    assert not page.error
    kept = designs.find(database, "Autumn")
    assert (kept.revision, kept.by) == (1, "local administrator")
    designs.save(database, "Autumn", bank=kept.bank, rules="[start]\n", after=1, at=AT, by="Ben")
    page = page.button(key="save design").click().run()
    assert "Ben saved revision 2" in page.error[0].value
    assert designs.find(database, "Autumn").by == "Ben"
    assert "Saved: Autumn" in _page().selectbox(key="begin with").options


def _publish(page, *, title="Short", address="short", note="for autumn"):
    page = _look(page, "Publish")
    page.text_input(key="publish address").set_value(address)
    page.text_input(key="publish title").set_value(title)
    page.text_input(key="publish note").set_value(note)
    return next(one for one in page.button if one.label == "Publish").click().run()


def test_who_publishes_learns_whether_uses_are_counted_on(workspace, database):
    limited = '[exposure]\nmethod = "restricted"\nmax_rate = 0.5\n[stop]\nrule = "length"\nlength = {}\n'
    told = {"title": "Limited", "bank": offered(database)[0].bank, "by": "Ada"}
    names, said = list[str](), list[str]()
    for hour, length in enumerate((5, 6)):
        at = AT.replace("T09", f"T1{hour}")
        edition = publish(database, "limited", rules=limited.format(length), at=at, **told)
        names.append(edition.name)
        said.append(counted_from(database, edition))
    assert "counted from now on" in said[0]
    assert f"counted on from edition {names[0][:12]}" in said[1]


def test_a_simulated_design_is_published_with_its_simulation(workspace, database):
    page = _simulate(_open(_page(), "Ready: screening"))
    page = _publish(page)
    assert not page.error, [one.value for one in page.error]
    assert "“Short” is on offer now" in page.success[0].value
    [made] = [one for one in offered(database) if one.id == "short"]
    edition = load_edition(database, made.edition)
    assert edition.longest == 12
    content = simulations.load(database, made.edition)
    assert made.simulation == simulations.digest(content)
    study, about = unpack(content, edition.design)
    assert study.theta.size == 400
    assert "400 simulated candidates" in about["people"]
    last = audit.entries(database).iloc[0]
    assert (last["action"], last["about"]) == ("publish", "assessment short")
    assert "for autumn" in last["detail"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"address": "Kurz!"}, "cannot stand in an address"),
        ({"title": " "}, "title is empty"),
        ({"note": ""}, "note is empty"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_published(workspace, database, change, said):
    page = _publish(_simulate(_open(_page(), "Ready: screening"), 200), **change)
    assert said in page.error[0].value
    assert {one.id for one in offered(database)} == {"deep-learning"}


def test_who_published_meanwhile_is_said(workspace, database):
    page = _simulate(_page(), 200)
    page = _look(page, "Publish")
    page = page.selectbox(key="publish as").set_value("deep-learning").run()
    [seen] = offered(database)
    from engine.delivery.edition import publish

    publish(database, seen.id, title="By Ben", bank=seen.bank, rules=seen.rules, at=AT, by="Ben")
    page.text_input(key="publish note").set_value("mine")
    page = next(one for one in page.button if one.label == "Publish").click().run()
    assert "Ben published another edition on 2026-11-24" in page.error[0].value
    assert [one.title for one in offered(database)] == ["By Ben"]
    assert len(editions(database)) == 2


STRICT = """
[stop]
rule = "length"
length = 6
[exposure]
method = "eligibility"
max_rate = 0.5
[scale]
levels = { Beginning = 1, Developing = 101, Accomplished = 201 }
[constraints]
method = "shadow"
file = \"\"\"
CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF
C1,Number,Item,b > 0,2,3,
\"\"\"
"""


def test_each_side_of_the_results_opens(workspace):
    page = _page()
    area = next(one for one in page.text_area if one.label.startswith("Rules file"))
    page = area.set_value(STRICT).run().button(key="take over").click().run()
    page = _simulate(page, 120)
    tables = {}
    for words in ("In numbers", "Precision", "Length", "Use of the bank", "Blueprint", "Decisions"):
        page = _look(page, words)
        assert not page.exception, words
        assert not page.error, words
        tables[words] = [one.value for one in page.dataframe]
    facts = {one.label: one.value for one in _look(page, "In numbers").metric}
    assert "at most 50% asked for" in facts["Largest exposure"]
    [blueprint] = [one for one in tables["Blueprint"] if "met" in one.columns]
    row = blueprint[blueprint["condition"].str.startswith("C1")].iloc[0]
    assert (row["lower"], row["upper"], row["met"]) == (2, 3, 1)
    assert any("max_exposure" in one.columns for one in tables["Use of the bank"])
    assert sum("level" in one.columns for one in tables["Decisions"]) == 2


def test_a_ready_file_that_asks_too_much_of_the_bank_is_refused_in_words(workspace):
    page = _open(_page(), "Ready: high_stakes")
    page = page.button(key="simulate").click().run()
    assert "cannot be held: 30 questions from" in page.error[0].value


def test_a_lost_database_is_said_and_what_was_entered_stays(workspace, monkeypatch):
    from dashboard.launch import DATABASE, ENTRY

    page = AppTest.from_file(str(ENTRY), default_timeout=PATIENCE)
    kept = os.environ[DATABASE]
    monkeypatch.setenv(DATABASE, "sqlite:////nowhere/at/all.db")
    page = page.run()
    assert not page.exception
    assert "cannot be reached right now" in page.error[0].value
    monkeypatch.setenv(DATABASE, kept)
    page = page.button(key="try again").click().run()
    assert not page.error
    assert page.title


def test_a_database_that_is_lost_under_way_takes_no_rules_with_it(workspace, monkeypatch):
    page = _turn_to(_open(_page(), "Ready: screening"), "End of the test")
    page = _keyed(page.number_input, "stop length length").set_value(11).run()

    def lost(*args, **kwargs):
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    with monkeypatch.context() as broken:
        broken.setattr(design_view, "draft", lost)
        page = page.button(key="simulate").click().run()
    assert not page.exception
    assert "cannot be reached right now" in page.error[0].value
    assert _keyed(page.number_input, "stop length length").value == 11
    page = _simulate(page, 100)
    assert not page.error


@pytest.mark.parametrize("name", gallery())
def test_a_ready_file_comes_out_of_the_form_as_it_went_in(workspace, name):
    page = _open(_page(), f"Ready: {name}")
    assert not page.exception
    assert not page.error
    text = next(one.value for one in page.text_area if one.label.startswith("Rules file"))
    ours, theirs = CatRules.parse(text), CatRules.parse(gallery()[name])
    for part in (
        "start",
        "criterion",
        "chooser",
        "exposure",
        "estimator",
        "prior",
        "stop",
        "scale",
        "report",
    ):
        assert getattr(ours, part) == getattr(theirs, part), part
    assert len(ours.constraints) == len(theirs.constraints)


def test_what_the_form_does_not_show_stays_as_the_file_has_it(workspace):
    document = CatRules.parse(STRICT).document
    kept = {"grid": {"nodes": 91}, "until_mixed": {"method": "map"}}
    text = as_toml({**document, "estimate": {"method": "mle", **kept}})
    page = _page()
    area = next(one for one in page.text_area if one.label.startswith("Rules file"))
    page = area.set_value(text).run().button(key="take over").click().run()
    text = next(one.value for one in page.text_area if one.label.startswith("Rules file"))
    assert CatRules.parse(text).document["estimate"] == {"method": "mle", **kept}


def test_a_test_that_begins_at_what_is_expected_of_people_is_designed_in_the_form(workspace):
    page = _turn_to(_page(), "Start")
    page = _keyed(page.toggle, "start known").set_value(True).run()
    assert "needs the setting 'intercept'" in page.error[0].value
    _keyed(page.number_input, "start prior intercept").set_value(-0.4)
    _keyed(page.number_input, "start prior sd").set_value(0.6)
    _keyed(page.text_area, "start prior slopes").set_value("years = 0.2\nschool:rural = -0.3")
    page = page.run()
    assert not page.error
    text = next(one.value for one in page.text_area if one.label.startswith("Rules file"))
    told = {"intercept": -0.4, "sd": 0.6, "slopes": {"years": 0.2, "school:rural": -0.3}}
    assert CatRules.parse(text).document["start"]["prior"] == told
    assert not _simulate(page, 200).error
