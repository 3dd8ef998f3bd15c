"""What may be done with an item, by whom, and that nobody overwrites what they did not see."""

from dataclasses import replace

import pandas as pd
import pytest

from dashboard import loading, work
from dashboard.access import Person
from dashboard.store import audit, triage
from dashboard.store.triage import Triage
from dashboard.taking_over import take_over
from dashboard.views.choosing import Place
from dashboard.views.item_actions import what_changed
from dashboard.views.item_editor import settle
from dashboard.views.ratings_view import before_and_after_answers, changed, save
from items.errors import BadInput
from items.item import Status
from items.parameters import Covariance, ParameterSet
from items.storage import banks, parameter_sets
from items.storage.editing import change
from tests.dashboard.opening import open_page

AT = "2026-11-24T09:00:00.000Z"
ITEM, BANK = "dl-opt-step", "deep-learning"


def _page(side):
    return open_page("item", item=ITEM, side=side)


def _entry(database):
    return banks.load(database, BANK).entry(ITEM)


def test_an_edited_stem_becomes_a_version_on_trial_that_settles_the_old_ones_triage(database):
    page = _page("Edit")
    page.text_area(key=f"stem {ITEM} 0").set_value("What is the **second** step?").run()
    assert any("becomes version 2" in info.value for info in page.info)
    page.text_input(key=f"note {ITEM}").set_value("asked for the wrong step").run()
    next(one for one in page.button if one.label == "Save as a new version").click().run()
    assert not page.exception
    assert any("fixed in version 2" in told.value for told in page.success)
    shown = [one.type for one in page.main if one.type in ("success", "text_area")]
    assert (shown[0], shown[-1]) == ("text_area", "success"), "it stands where the button stood"
    entry = _entry(database)
    assert (entry.item.version, entry.item.stem) == (2, "What is the **second** step?")
    assert entry.status is Status.PILOT
    assert triage.find(database, BANK, ITEM, 1).words == "fixed in version 2"
    told = audit.entries(database)
    assert told["action"].tolist()[:2] == ["triage", "edit"]
    row = loading.items(BANK, 2)
    row = row[row["item"] == ITEM].iloc[0]
    assert (row["n"], row["flags"]) == (0, ""), "the new version starts without the old one's statistics"
    assert pd.isna(row["b"])


def test_an_explanation_stays_in_the_version(database):
    page = _page("Edit")
    page.text_area(key=f"explanation {ITEM} 0").set_value("Because.").run()
    assert any("stays version 1" in info.value for info in page.info)
    page.text_input(key=f"note {ITEM}").set_value("clearer").run()
    next(one for one in page.button if one.label == "Save").click().run()
    item = _entry(database).item
    assert (item.version, item.revision) == (1, 2)
    assert triage.find(database, BANK, ITEM, 1).state == "new"


def test_what_cannot_be_saved_is_said_and_nothing_is_lost(database):
    page = _page("Edit")
    page.text_area(key=f"rest {ITEM} 0").set_value("type: numeric\nanswer: six").run()
    assert any("It cannot be saved yet" in error.value for error in page.error)
    assert not any(one.label.startswith("Save") for one in page.button)
    assert page.text_area(key=f"rest {ITEM} 0").value.endswith("six")


def _save_too_late(page, label, database, **theirs):
    """Press a button that saves after Ada has saved her own change of the item; she is named."""
    seen = _entry(database)
    item = seen.item.model_copy(update=theirs)
    change(database, BANK, seen, seen.model_copy(update={"item": item}), at=work.now(), by="Ada")
    next(one for one in page.button if one.label == label).click().run()
    assert not page.exception
    assert any("Nothing was overwritten" in told.value and "Ada" in told.value for told in page.error)


def test_the_second_editor_sees_what_the_first_changed(database):
    page = _page("Edit")
    page.text_area(key=f"stem {ITEM} 0").set_value("Mine?").run()
    page.text_input(key=f"note {ITEM}").set_value("mine").run()
    _save_too_late(page, "Save as a new version", database, stem="Theirs?")
    assert any("Theirs?" in code.value for code in page.code)
    assert page.text_area(key=f"stem {ITEM} 0").value == "Mine?"
    assert _entry(database).item.stem == "Theirs?"


def test_the_second_editor_goes_on_from_what_the_first_saved(database):
    page = _page("Edit")
    page.text_area(key=f"notes {ITEM} 0").set_value("Ben's thought").run()
    page.text_input(key=f"note {ITEM}").set_value("a thought").run()
    _save_too_late(page, "Save", database, explanation="Ada's reason.")
    page.button(key="go on with mine").click().run()
    assert page.text_area(key=f"explanation {ITEM} 1").value == "Ada's reason."
    assert page.text_area(key=f"notes {ITEM} 1").value == "Ben's thought"
    note = page.text_input(key=f"note {ITEM}")
    assert (note.value, note.proto.set_value) == ("a thought", True), "the browser shows it, too"
    next(one for one in page.button if one.label == "Save").click().run()
    assert not page.exception
    after = _entry(database)
    assert (after.item.explanation, after.notes) == ("Ada's reason.", "Ben's thought")


def test_an_item_is_suspended_with_a_reason(database):
    page = _page("Actions")
    suspend = next(one for one in page.button if one.label == "Suspend")
    assert suspend.disabled
    page.text_input(key=f"why {ITEM}").set_value("two right answers").run()
    next(one for one in page.button if one.label == "Suspend").click().run()
    assert _entry(database).status is Status.SUSPENDED
    told = banks.status_history(database, BANK, ITEM)[-1]
    assert (told["status"], told["note"]) == ("suspended", "two right answers")
    last = audit.entries(database).iloc[0]
    assert (last["action"], last["detail"]) == ("state", "state: operational → suspended: two right answers")


def test_the_audit_log_tells_a_change_of_notes_from_a_change_of_state(database):
    seen = _entry(database)
    page = _page("Edit")
    page.text_area(key=f"notes {ITEM} 0").set_value("Compare with dl-opt-adam.").run()
    page.text_input(key=f"note {ITEM}").set_value("for the next author").run()
    next(one for one in page.button if one.label == "Save").click().run()
    last = audit.entries(database).iloc[0]
    assert last["action"] == "notes"
    assert last["detail"] == "notes: none → Compare with dl-opt-adam.: for the next author"
    edited = seen.next_version(seen.model_copy(update={"item": seen.item.model_copy(update={"stem": "?"})}))
    action, told = what_changed(seen, edited)
    assert (action, told.split(";")[0]) == ("edit", "version: 1 → 2")


def test_the_audit_log_says_what_changed_in_triage_from_what_to_what(database):
    record = triage.find(database, BANK, ITEM, 1)
    save(_place(), [replace(record, owner="Ada", due="2026-12-01")])
    save(_place(), [replace(triage.find(database, BANK, ITEM, 1), note="look at b")])
    details = audit.entries(database, action="triage")["detail"].tolist()
    assert details == ["note: none → look at b", "owner: none → Ada; due date: none → 2026-12-01"]


def test_one_items_parameters_are_accepted_and_the_others_stay(database):
    before = parameter_sets.in_use(database, BANK)
    page = _page("Actions")
    page.text_input(key=f"take {ITEM}").set_value("enough answers now").run()
    next(one for one in page.button if one.label == "Accept these parameters").click().run()
    assert not page.exception
    after = parameter_sets.in_use(database, BANK)
    assert after.id > before.id
    assert "enough answers now" in after.note
    joined = before.parameters.table.merge(after.parameters.table, on=["item", "version"])
    changed = joined[(joined["a_x"] != joined["a_y"]) | (joined["b_x"] != joined["b_y"])]
    assert set(changed.dropna(subset="b_x")["item"]) == {ITEM}


@pytest.mark.parametrize(("role", "shown"), [("viewer", False), ("content editor", True)])
def test_only_those_who_may_can_edit(role, shown, database, monkeypatch):
    monkeypatch.setattr("dashboard.access.person", lambda _: Person("ada@example.org", role))
    page = _page("Edit")
    assert (len(page.text_area) > 0) is shown
    page = _page("Actions")
    assert any(one.label == "Suspend" for one in page.button) is shown
    assert not any(one.label == "Accept these parameters" for one in page.button)


def test_taking_over_changes_one_row_and_its_covariance():
    def made(b, items="xy"):
        table = pd.DataFrame({"item": list(items), "model": "rasch", "b": b})
        covariances = {(name, 1): Covariance(("b",), ((0.01 * len(items),),)) for name in items}
        return ParameterSet(ParameterSet.from_table(table).table, {"all": (0.1, 1.2)}, covariances)

    used, linked = made([0.0, 1.0]), made([0.5, 1.5, 2.5], "xyz")
    taken = take_over(used, linked, "y", 1)
    assert taken.table.set_index("item")["b"].to_dict() == {"x": 0.0, "y": 1.5}
    assert taken.population == used.population
    assert taken.covariances["y", 1] == linked.covariances["y", 1]
    assert taken.covariances["x", 1] == used.covariances["x", 1]
    assert set(take_over(used, linked, "z", 1).table["item"]) == {"x", "y", "z"}
    with pytest.raises(BadInput, match="item y: the set has no parameters of version 2"):
        take_over(used, linked, "y", 2)


def _place():
    return Place(BANK, 2, Person("Ada", "content editor"))


def test_settling_what_is_settled_changes_nothing(database):
    triage.change(database, triage.Triage(BANK, ITEM, 1, state="no change"), at=AT, by="Ben")
    seen = _entry(database)
    after = seen.model_copy(update={"item": seen.item.model_copy(update={"version": 2})})
    assert settle(_place(), seen, after, note="") == ""
    assert triage.find(database, BANK, ITEM, 1).state == "no change"


def test_saving_triage_says_what_could_not_be_saved_and_keeps_the_rest(database):
    other = triage.Triage(BANK, "dl-bp-graph", 1, state="triaged")
    wanted = [triage.Triage(BANK, ITEM, 1, state="fixed", fixed_in=1), other]
    problems = save(_place(), wanted)
    assert len(problems) == 1
    assert "there is no newer version" in problems[0]
    assert triage.find(database, BANK, "dl-bp-graph", 1).state == "triaged"


def test_of_several_records_only_what_was_written_changes():
    seen = [Triage(BANK, "x", 1, owner="Ada", note="look at b"), Triage(BANK, "y", 1, due="2026-12-01")]
    wanted = {"state": "in review", "owner": "", "due": "", "note": ""}
    after = changed(seen, wanted, {"x": 2, "y": 1})
    assert [one.state for one in after] == ["in review"] * 2
    kept = [(one.owner, one.due, one.note) for one in after]
    assert kept == [("Ada", "", "look at b"), ("", "2026-12-01", "")]
    [alone] = changed(seen[:1], wanted, {})
    assert (alone.owner, alone.note) == ("", ""), "of one record a field can be emptied"


def test_answers_before_and_after_a_fix_stand_side_by_side():
    fixed = pd.DataFrame({"item": ["x"], "version": [1], "fixed_in": [2.0]})
    shares = pd.DataFrame(
        {"item": ["x", "x"], "version": [1, 2], "n": [90, 10], "share": [0.2, 0.6]}
        | {"share_low": [0.1, 0.3], "share_high": [0.3, 0.9]}
    )
    row = before_and_after_answers(fixed, shares).iloc[0]
    assert (row["n_before"], row["n_after"]) == (90, 10)
    assert (row["share_before"], row["share_after"]) == (0.2, 0.6)
    alone = before_and_after_answers(fixed, shares.iloc[:1]).iloc[0]
    assert alone["n_after"] == 0
    assert pd.isna(alone["share_after"])
