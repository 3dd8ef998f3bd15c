"""Administration: only for administrators; what they change is kept, written down, and never lost."""

from types import SimpleNamespace

import pandas as pd
import pytest

from dashboard import access
from dashboard.access import Person, first_administrators, providers, signed_in
from dashboard.health import health
from dashboard.navigation import FIRST, GROUPS, open_to
from dashboard.store import audit, roles
from dashboard.store.roles import ROLES
from dashboard.views import administration_view
from engine.delivery import assessments
from items.errors import BadInput
from tests.dashboard.opening import open_page

AT = "2026-11-24T09:00:00.000Z"
ADA = Person("ada@example.org", "administrator")


@pytest.mark.parametrize("role", ["", *ROLES])
def test_only_administrators_see_the_page(role, workspace, monkeypatch):
    monkeypatch.setattr(access, "person", lambda _: Person("ben@example.org", role))
    page = open_page("administration")
    assert not page.exception
    assert bool(page.tabs) == (role == "administrator")
    assert bool(page.dataframe) == (role == "administrator")
    assert any("not for the role" in one.value for one in page.warning) == (role != "administrator")


@pytest.mark.parametrize("role", ["", *ROLES])
def test_nobody_is_sent_to_a_page_that_is_not_theirs(role):
    shown = {name for listed in open_to(Person("ben", role).may).values() for name, *_ in listed}
    every = {name for listed in GROUPS.values() for name, *_ in listed} - {FIRST}
    expected = {
        "": set(),
        "viewer": every - {"calibrate", "administration"},
        "content editor": every - {"calibrate", "administration"},
        "psychometrician": every - {"administration"},
        "administrator": every,
    }
    assert shown == expected[role] | {FIRST}, "the first page tells those without a role that they have none"


@pytest.mark.parametrize("role", ["", "viewer", "content editor"])
def test_a_page_of_others_says_whose_it_is(role, workspace, monkeypatch):
    monkeypatch.setattr(access, "person", lambda _: Person("ben@example.org", role))
    [told] = open_page("calibrate").warning
    assert "for psychometricians and administrators" in told.value


def test_the_morning_sends_nobody_where_they_may_not_go(workspace, monkeypatch):
    monkeypatch.setattr(access, "person", lambda _: Person("ben@example.org", "content editor"))
    page = open_page("overview")
    assert not page.exception
    assert any("for psychometricians and administrators" in one.value for one in page.caption)


def test_an_assessment_is_closed_and_opened_again(database):
    page = open_page("administration")
    page.button(key="open or close").click().run()
    assert not page.exception
    assert assessments.offered(database) == ()
    assert page.button(key="open or close").label == "Open its newest edition"
    page.button(key="open or close").click().run()
    assert [one.id for one in assessments.offered(database)] == ["deep-learning"]
    assert audit.entries(database)["action"].tolist()[:2] == ["open", "close"]


def test_closing_what_somebody_published_anew_is_refused(database):
    newest = assessments.editions(database)[0]
    assessments.withdraw(database, "deep-learning")
    with pytest.raises(BadInput, match="withdrawn in the meantime"):
        administration_view.open_or_close(newest, ADA, seen=newest)
    administration_view.open_or_close(newest, ADA, seen=None)
    with pytest.raises(BadInput, match="look at what is on offer now"):
        administration_view.open_or_close(newest, ADA, seen=None)


def test_a_role_is_given_and_written_down(database, monkeypatch):
    roles.give(database, "ben@example.org", "viewer", at=AT, by="Ada")
    page = open_page("administration", state={"administration side": "Roles"})
    page.selectbox(key="role email").set_value("ben@example.org").run()
    assert page.selectbox(key="role of ben@example.org").value == "viewer"
    page.selectbox(key="role of ben@example.org").set_value("psychometrician").run()
    page.button(key="save role").click().run()
    assert roles.role_of(database, "ben@example.org") == "psychometrician"
    assert audit.entries(database, action="role")["detail"].iloc[0] == "viewer → psychometrician"


def test_what_somebody_else_changed_is_not_overwritten(database):
    roles.give(database, "ben@example.org", "viewer", at=AT, by="Ada")
    roles.give(database, "ben@example.org", "content editor", at=AT, by="cleo@example.org")
    with pytest.raises(BadInput, match=r"cleo@example\.org made them content editor"):
        administration_view.change_role("ben@example.org", "administrator", ADA, seen="viewer")
    assert roles.role_of(database, "ben@example.org") == "content editor"
    assert audit.entries(database, action="role").empty


def test_the_last_administrator_cannot_go_where_people_sign_in(database, monkeypatch):
    roles.give(database, ADA.name, "administrator", at=AT, by="Ada")
    monkeypatch.setattr(access, "signs_in", lambda: True)
    monkeypatch.setattr(access, "first_administrators", lambda: ())
    with pytest.raises(BadInput, match="nobody would be left"):
        administration_view.change_role(ADA.name, "", ADA, seen="administrator")
    monkeypatch.setattr(access, "first_administrators", lambda: ("root@example.org",))
    administration_view.change_role(ADA.name, "", ADA, seen="administrator")


def test_the_audit_log_is_filtered(database):
    audit.note(database, "accept", "parameter set 2", at=AT, by="Ada", detail="fits")
    audit.note(database, "reject", "parameter set 3", at=AT, by="Ben", detail="does not")
    page = open_page("administration", state={"administration side": "Audit log"})
    page.text_input(key="audit text").set_value("set 3").run()
    shown = next(frame.value for frame in page.dataframe if "detail" in frame.value)
    assert shown["by"].tolist() == ["Ben"]
    page.selectbox(key="audit by").set_value("Ada").run()
    assert any("Nothing was done that fits" in info.value for info in page.info)


def test_the_system_tells_versions_and_sizes(database, workspace):
    told = health(database)
    assert told["Database"].startswith("SQLite 3.")
    assert told["Sessions"] == 300
    assert told["Sessions to be read in"] == 0
    size = (workspace / "itemwise.db").stat().st_size / (1 << 20)
    assert told["Size of the database"] == f"{size:,.1f} MB"
    assert str(told["Tables at revision"]).isdigit()


def test_people_have_the_role_of_their_verified_address(database):
    roles.give(database, "ben@example.org", "viewer", at=AT, by="Ada")
    told = {"email": "Ben@Example.org", "email_verified": True}
    assert signed_in(database, told) == Person("ben@example.org", "viewer")
    assert signed_in(database, told | {"email_verified": False}).role == ""
    assert signed_in(database, {}).role == ""
    assert signed_in(database, {"email": "ben@example.org"}).role == "viewer", "not every provider tells"
    assert signed_in(database, told, administrators=["ben@example.org"]).role == "administrator"


def test_each_provider_has_its_button():
    table = {"client_id": "c"}
    assert providers({"cookie_secret": "s", **table}) == {"Sign in": None}
    named = providers({"cookie_secret": "s", "google": table, "keycloak": table})
    assert named == {"Sign in with google": "google", "Sign in with keycloak": "keycloak"}


def test_without_configuration_nobody_is_named_administrator():
    assert first_administrators() == ()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-Ip"])
def test_a_proxy_without_sign_in_is_refused(header, workspace, monkeypatch):
    monkeypatch.setattr(access.st, "context", SimpleNamespace(headers={header: "203.0.113.9"}))
    page = open_page("administration")
    assert "passed on by another server" in page.error[0].value
    assert not page.dataframe
    assert not page.tabs


def test_the_rights_table_names_every_right():
    table = administration_view.rights_table()
    assert isinstance(table, pd.DataFrame)
    assert table.set_index("right").loc["administer"].tolist() == ["", "", "", "yes"]
    assert (table["administrator"] == "yes").all()
