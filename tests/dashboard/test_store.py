"""What the dashboard keeps: no change is lost, nobody overwrites another, all has a name and a time."""

import numpy as np
import pandas as pd
import pytest

from calibration import ResponseMatrix
from calibration.analysis import analyse
from dashboard.store import analyses, audit, jobs, roles, saved_views, triage
from items.errors import BadInput
from items.storage.parameter_sets import history

AT = "2026-11-24T09:00:00.000Z"


def _record(**fields):
    return triage.Triage("deep-learning", "dl-opt-step", 1, **fields)


def test_triage_keeps_its_whole_story(database):
    first = triage.change(database, _record(state="triaged", owner="Ada"), at=AT, by="Ben")
    second = triage.change(
        database, triage.Triage(**{**_fields(first), "state": "in review"}), at=AT, by="Cleo"
    )
    assert [one.state for one in triage.history(database, "deep-learning", "dl-opt-step", 1)] == [
        "triaged",
        "in review",
    ]
    assert triage.find(database, "deep-learning", "dl-opt-step", 1) == second
    assert triage.find(database, "deep-learning", "dl-opt-step", 2).state == "new"
    assert triage.standing(database, "deep-learning")["state"].tolist() == ["in review"]


def _fields(record):
    return {name: getattr(record, name) for name in record.__slots__}


def test_the_second_of_two_people_learns_what_the_first_changed(database):
    triage.change(database, _record(state="triaged", owner="Ada", note="key"), at=AT, by="Ada")
    with pytest.raises(triage.Overtaken, match=r"Ada changed dl-opt-step.*triaged.*owned by Ada") as refused:
        triage.change(database, _record(state="no change"), at=AT, by="Ben")
    assert refused.value.now.revision == 1
    assert triage.find(database, "deep-learning", "dl-opt-step", 1).state == "triaged"


def test_a_fix_names_the_newer_version_that_is_without_the_fault(database):
    for fixed_in in (None, 1):
        with pytest.raises(BadInput, match="dl-opt-step version 1: there is no newer version"):
            triage.change(database, _record(state="fixed", fixed_in=fixed_in), at=AT, by="Ada")
    fixed = triage.change(database, _record(state="fixed", fixed_in=2), at=AT, by="Ada")
    assert fixed.words == "fixed in version 2"
    again = triage.change(
        database, triage.Triage(**{**_fields(fixed), "state": "in review"}), at=AT, by="Ada"
    )
    assert again.fixed_in is None


def test_an_unknown_state_is_refused(database):
    with pytest.raises(ValueError, match="no state of triage"):
        triage.change(database, _record(state="forgotten"), at=AT, by="Ada")


def test_what_is_closed_comes_last_in_the_queue():
    queue = pd.DataFrame({"item": list("ab"), "version": 1, "harm": [2.0, 1.0]})
    standing = pd.DataFrame(
        {"item": ["a"], "version": 1, "revision": 3, "state": "fixed", "owner": "Ada", "due": "", "note": ""}
        | {"fixed_in": 2}
    )
    joined = triage.queue_with_standing(queue, standing)
    assert joined["item"].tolist() == ["b", "a"]
    assert joined["state"].tolist() == ["new", "fixed"]
    assert joined["revision"].tolist() == [0, 3]


def test_the_audit_log_tells_the_newest_first(database):
    for number in range(3):
        audit.note(database, "promote", f"set {number}", at=AT, by="Ada", detail="better fit")
    assert audit.entries(database)["about"].tolist() == ["set 2", "set 1", "set 0"]
    assert len(audit.entries(database, most=2)) == 2


@pytest.mark.parametrize(
    ("role", "right", "allowed"),
    [
        ("viewer", "look", True),
        ("viewer", "see people", False),
        ("content editor", "triage", True),
        ("content editor", "calibrate", False),
        ("psychometrician", "publish", True),
        ("psychometrician", "administer", False),
        ("administrator", "administer", True),
        ("", "look", False),
    ],
)
def test_a_role_has_its_rights_and_those_below(role, right, allowed):
    assert roles.may(role, right) is allowed


def test_roles_belong_to_addresses_whatever_their_case(database):
    roles.give(database, "Ada@Example.org", "viewer", at=AT, by="Ben")
    roles.give(database, "ada@example.org", "psychometrician", at=AT, by="Ben")
    assert roles.role_of(database, "ADA@example.org") == "psychometrician"
    roles.give(database, "ada@example.org", "", at=AT, by="Ben")
    assert roles.everybody(database).empty
    for email, role in (("ada", "viewer"), ("ada@example.org", "queen")):
        with pytest.raises(BadInput):
            roles.give(database, email, role, at=AT, by="Ben")


def test_the_second_of_two_administrators_learns_what_the_first_changed(database):
    roles.give(database, "ben@example.org", "viewer", at=AT, by="ada@example.org", seen="")
    with pytest.raises(BadInput, match=r"ada@example\.org made them viewer on 2026-11-24 at 09:00"):
        roles.give(database, "ben@example.org", "administrator", at=AT, by="cleo@example.org", seen="")
    assert roles.role_of(database, "ben@example.org") == "viewer"
    roles.give(database, "ben@example.org", "", at=AT, by="ada@example.org", seen="viewer")
    with pytest.raises(BadInput, match="took their role away"):
        roles.give(database, "ben@example.org", "viewer", at=AT, by="cleo@example.org", seen="viewer")


def test_the_last_administrator_stays(database):
    roles.give(database, "ada@example.org", "administrator", at=AT, by="Ada")
    for role in ("", "viewer"):
        with pytest.raises(BadInput, match="nobody would be left to administer"):
            roles.give(database, "ada@example.org", role, at=AT, by="Ada")
    assert roles.role_of(database, "ada@example.org") == "administrator", "a refused change changes nothing"
    roles.give(database, "ben@example.org", "administrator", at=AT, by="Ada")
    roles.give(database, "ada@example.org", "viewer", at=AT, by="Ada")
    roles.give(database, "ben@example.org", "", at=AT, by="Ada", others=["root@example.org"])


def test_the_audit_log_is_searched(database):
    for number, (action, by) in enumerate([("role", "Ada"), ("accept", "Ben"), ("role", "Ben")]):
        at = f"2026-11-2{number + 1}T09:00:00.000Z"
        audit.note(database, action, f"about 100%_{number}", at=at, by=by, detail="because")

    def found(**wanted):
        return audit.entries(database, **wanted)["about"].str[-1].astype(int).tolist()

    assert found(action="role") == [2, 0]
    assert found(by="Ben", since="2026-11-23") == [2]
    assert found(text="ABOUT 100%_1") == [1]
    assert found(text="100__") == [], "what looks like a pattern is text"
    assert found(most=None) == [2, 1, 0]
    assert audit.known(database, "by") == ["Ada", "Ben"]


def test_a_saved_view_is_replaced_and_removed(database):
    saved_views.save(database, "items", "mine", {"text": "conv"}, at=AT, by="Ada")
    saved_views.save(database, "items", "mine", {"text": "opt"}, at=AT, by="Ada")
    assert saved_views.views(database, "items") == {"mine": {"text": "opt"}}
    saved_views.save(database, "items", "mine", None, at=AT, by="Ada")
    assert saved_views.views(database, "items") == {}


def test_a_job_goes_on_until_it_is_over(database):
    number = jobs.ask(database, "calibrate", {"model": "2pl"}, at=AT, by="Ada")
    assert jobs.load(database, number).state == jobs.WAITING
    assert jobs.go_on(database, number, at=AT, progress=[[1, -10.0]])
    jobs.end(database, number, jobs.CANCELLED, message="cancelled by Ada")
    assert not jobs.go_on(database, number, at=AT, progress=[[2, -9.0]]), "a cancelled job should end"
    jobs.end(database, number, jobs.DONE, message="too late")
    job = jobs.newest(database, "calibrate")
    assert (job.state, job.message, job.progress) == (jobs.CANCELLED, "cancelled by Ada", [[1, -10.0]])
    assert jobs.newest(database, "calibrate", by="Ben") is None


def test_a_kept_analysis_comes_back_as_it_was(database):
    rng = np.random.default_rng(2)
    responses = ResponseMatrix.from_dense(rng.integers(0, 2, (120, 8)))
    found = analyse(responses, replicates=5)
    set_id = history(database, "deep-learning")[0].id
    assert analyses.load(database, "deep-learning", set_id) is None
    more = {"ratings": pd.DataFrame({"item": ["x"], "shrunk": [3.5]})}
    for answers in (1, 960):
        analyses.keep(database, "deep-learning", set_id, found, more, source="a log", answers=answers, at=AT)
    kept = analyses.load(database, "deep-learning", set_id)
    assert (kept.answers, kept.source, kept.at, kept.facts["n_persons"]) == (960, "a log", AT, 120)
    assert kept["ratings"]["shrunk"].tolist() == [3.5]
    pd.testing.assert_frame_equal(kept["items"], found.items, check_dtype=False)
    assert kept["no such table"].empty
