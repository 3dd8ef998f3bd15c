"""What is known of a person before the test: by invitation, or from an earlier result; live and recorded."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine

from engine.delivery.assessments import withdraw
from engine.delivery.edition import publish
from engine.delivery.events import stamp
from engine.delivery.invitations import invite, invited
from engine.delivery.inviting import invite_people
from engine.delivery.security import new_token, session_id
from engine.delivery.service import NoSuchInvitation, NoSuchSession, SessionService
from items.errors import BadInput
from items.scoring import Answer
from tests.delivery.published import RIGHT, RULES, START, Clock, Place, Visitor, forms, unescaped

KNOWN = """
[start.prior]
intercept = -1.0
sd = 0.5
slopes = { years = 0.5, "school:rural" = -0.5, "school:urban" = 0.5 }
"""
AGAIN = "[start.prior]\nintercept = 0.0\nsd = 0.6\nslopes = { earlier = 0.8 }\n"
AT = stamp(START)


def offer(database: Engine, name: str, rules: str) -> None:
    publish(database, name, title=name.capitalize(), bank="sampler", rules=rules, at=AT, by="Ada")


@pytest.fixture
def service(published: Engine) -> SessionService:
    offer(published, "known", KNOWN + RULES)
    return SessionService(published, Clock())


def invite_one(service: SessionService, known: dict[str, float | str]) -> str:
    (token,) = invite(service.database, "known", [known], new_token=new_token, at=AT, by="Ada")
    return token


def test_an_invitation_tells_the_test_what_is_known(service: SessionService) -> None:
    token = invite_one(service, {"years": 4, "school": "urban", "shoe": 43})
    assert service.invited_to(token) == "known"
    service.start("known", token)
    now = service.look(token)
    assert now.session.started.known == {"years": 4, "school": "urban"}, "no more than the rules ask for"
    assert now.sitting().state.begin[0] == pytest.approx(1.5, abs=1e-6)
    design = now.edition.design
    information = np.where(design.selectable, design.pool.information(np.array([1.5]))[:, 0], -1)
    assert now.session.questions[0].item == design.names[information.argmax()]
    assert service.invited_to(token) is None
    service.start("known", token)
    assert service.look(token).session.seq == now.session.seq, "a second start changes nothing"


def test_what_was_known_holds_after_a_restart(service: SessionService) -> None:
    """Another process reads the events: the same state, the same next question, the same report."""
    token = invite_one(service, {"years": "4", "school": "rural"})
    service.start("known", token)
    anew = SessionService(service.database, Clock())
    for position in range(1, 8):
        question = service.look(token).session.current
        assert question is not None
        given = RIGHT[question.item]
        answer = Answer("answered", given if isinstance(given, str) else "+".join(given))
        live = service.look(token).sitting().state
        np.testing.assert_array_equal(anew.look(token).sitting().state.theta, live.theta)
        assert anew.answer(token, position, answer)
    assert service.look(token).session.ended


def test_without_an_invitation_the_test_begins_as_anybodys(service: SessionService) -> None:
    token = new_token()
    service.start("known", token)
    assert service.look(token).session.started.known == {}
    assert service.look(token).sitting().state.begin[0] == 0.0


@pytest.mark.parametrize("known", [{"years": "many", "school": "rural"}, {"years": 3, "school": "city"}])
def test_what_no_longer_fits_the_rules_stops_nobody(
    service: SessionService, known: dict[str, float | str]
) -> None:
    """Rules may be published anew between the invitation and the test."""
    token = invite_one(service, known)
    service.start("known", token)
    assert service.look(token).session.started.known == {}


def test_a_token_that_invites_nobody_is_refused(service: SessionService) -> None:
    with pytest.raises(NoSuchInvitation):
        service.invited_to(new_token())


def test_who_is_invited_is_not_kept(service: SessionService) -> None:
    token = invite_one(service, {"years": 2.5})
    kept = invited(service.database, session_id(token))
    assert kept is not None
    assert (kept.assessment, kept.known) == ("known", {"years": 2.5})
    assert invited(service.database, token) is None, "only a hash of the token is kept"


def test_an_earlier_result_is_what_is_known_of_the_next_test(service: SessionService) -> None:
    offer(service.database, "again", AGAIN + RULES)
    first, second, other = new_token(), new_token(), new_token()
    service.start("sampler", first)
    assert service.onward(service.look(first)) == (), "there is no result yet"
    while question := service.look(first).session.current:
        given = RIGHT[question.item]
        answer = Answer("answered", given if isinstance(given, str) else "+".join(given))
        service.answer(first, question.position, answer)
    result = service.look(first).session.result
    assert result is not None
    assert [one.id for one in service.onward(service.look(first))] == ["again"]
    offer(service.database, "words", AGAIN.replace("earlier =", '"earlier:high" =') + RULES)
    assert [one.id for one in service.onward(service.look(first))] == ["again"], "no word fits a number"
    service.start("again", second, after=first)
    assert service.look(second).session.started.known == {"earlier": result.theta}
    assert service.look(second).sitting().state.begin[0] == pytest.approx(0.8 * result.theta, abs=1e-5)
    service.start("sampler", other, after=first)
    assert service.look(other).session.started.known == {}, "its rules do not ask"
    with pytest.raises(NoSuchSession):
        service.start("again", new_token(), after=new_token())


# The pages


@pytest.fixture
def invitation(place: Place) -> str:
    offer(place.database, "known", KNOWN + RULES)
    people = [{"years": 4, "school": "urban"}]
    (token,) = invite(place.database, "known", people, new_token=new_token, at=AT, by="Ada")
    return f"/invitations/{token}"


def test_an_invitation_leads_to_the_test_and_back_into_it(place: Place, invitation: str) -> None:
    guest = Visitor(place)
    [(action, fields)] = forms(guest.get(invitation))
    guest.address = guest.send(action, fields)
    assert guest.token == invitation.rpartition("/")[2]
    assert place.service.look(guest.token).session.started.known == {"years": 4, "school": "urban"}
    again = place.client.get(invitation)
    assert (again.status_code, again.headers["location"]) == (303, guest.address)


def test_an_invitation_nobody_wrote_is_a_friendly_page(place: Place, invitation: str) -> None:
    page = unescaped(Visitor(place).get(f"{invitation}x", status=404))
    assert "There is no invitation at this address" in page
    withdraw(place.database, "known")
    assert "There is no such assessment" in Visitor(place).get(invitation, status=404)


def test_a_result_leads_on_to_a_test_that_asks_for_it(visitor: Visitor) -> None:
    offer(visitor.place.database, "again", AGAIN + RULES)
    visitor.take()
    page = visitor.get(f"{visitor.address}/result")
    assert f'href="/assessments/again?after={visitor.token}"' in page
    onward = Visitor(visitor.place)
    [(action, fields)] = forms(onward.get(f"/assessments/again?after={visitor.token}"))
    assert "Your first questions fit the result that you come from" in unescaped(onward.pages[-1])
    onward.send(action, {**fields, "after": [""]}, status=403)
    onward.address = onward.send(action, fields)
    assert set(visitor.place.service.look(onward.token).session.started.known) == {"earlier"}


# The command


def test_people_in_a_file_are_invited(service: SessionService, tmp_path: Path) -> None:
    file, out = tmp_path / "people.csv", tmp_path / "addresses.csv"
    file.write_text("person,years,school\nana,4,urban\nbo,,rural\n", encoding="utf-8")
    told = invite_people(
        service.database, "known", file, out, root="https://t.example/", new_token=new_token, at=AT, by="Ada"
    )
    assert told == (
        f"2 people are invited to known; their addresses are in {out}. Their first questions go by what is "
        "known of them (years, school). Of 1 not all of it is known: they start as anybody does."
    )
    table = pd.read_csv(out)
    assert table["person"].tolist() == ["ana", "bo"]
    assert table["address"].str.startswith("https://t.example/invitations/").all()
    token = table["address"].iloc[0].rpartition("/")[2]
    service.start("known", token)
    assert service.look(token).session.started.known == {"years": "4", "school": "urban"}


def test_a_test_that_asks_for_nothing_invites_as_well(service: SessionService, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("person\nana\n", encoding="utf-8")
    out, given = tmp_path / "addresses.csv", {"root": "https://t.example", "at": AT, "by": "Ada"}
    told = invite_people(service.database, "sampler", file, out, new_token=new_token, **given)
    assert told.endswith("Its rules ask for nothing that is known beforehand.")
    with pytest.raises(BadInput, match=r"^sampla: is no assessment on offer; did you mean 'sampler'\?$"):
        invite_people(service.database, "sampla", file, out, new_token=new_token, **given)


def test_nobody_is_invited_where_the_file_or_the_place_is_wrong(
    service: SessionService, tmp_path: Path
) -> None:
    file, out = tmp_path / "people.csv", tmp_path / "addresses.csv"
    file.write_text("person,years,school\nana,4,city\n", encoding="utf-8")
    given = {"root": "https://t.example", "new_token": new_token, "at": AT, "by": "Ada"}
    with pytest.raises(BadInput, match="line 2: school is 'city'; one of rural, urban is needed"):
        invite_people(service.database, "known", file, out, **given)
    assert not out.exists()
    with pytest.raises(BadInput, match="does not exist"):
        invite_people(service.database, "known", file, tmp_path / "no" / "addresses.csv", **given)
