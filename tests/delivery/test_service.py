from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from engine.delivery.assessments import offered, withdraw
from engine.delivery.edition import load_edition
from engine.delivery.events import Rated, Reported
from engine.delivery.security import new_token, session_id
from engine.delivery.service import (
    HasEnded,
    HasNotEnded,
    NoSuchAssessment,
    NoSuchFigure,
    NoSuchQuestion,
    NoSuchSession,
    SessionService,
)
from engine.delivery.store import read
from items.scoring import Answer
from items.storage import banks
from tests.delivery.published import RIGHT, RULES, WRONG, Clock, publish_sampler


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(published: Engine, clock: Clock) -> SessionService:
    return SessionService(published, clock)


@pytest.fixture
def token(service: SessionService) -> str:
    token = new_token()
    service.start("sampler", token)
    return token


def right(item: str) -> Answer:
    given = RIGHT[item]
    return Answer("answered", given if isinstance(given, str) else "+".join(given))


def wrong(item: str) -> Answer:
    given = WRONG[item]
    return Answer("answered", given if isinstance(given, str) else "+".join(given))


def current(service: SessionService, token: str) -> tuple[int, str]:
    question = service.look(token).session.current
    assert question is not None
    return question.position, question.item


def finish(service: SessionService, token: str) -> None:
    while question := service.look(token).session.current:
        service.answer(token, question.position, right(question.item))


def kinds(service: SessionService, token: str) -> list[str]:
    return [event.kind for event in read(service.database, session_id(token))]


def test_starting_twice_is_starting_once(service: SessionService, token: str):
    service.start("sampler", token)
    assert kinds(service, token) == ["started", "asked"]


def test_what_is_not_there_is_said(service: SessionService, token: str):
    with pytest.raises(NoSuchAssessment):
        service.start("nothing", new_token())
    with pytest.raises(NoSuchSession):
        service.look(new_token())
    with pytest.raises(NoSuchSession):
        service.look(session_id(token))
    with pytest.raises(NoSuchQuestion):
        service.answer(token, 2, Answer("idk"))


def test_an_answer_is_kept_before_anything_is_returned(service: SessionService, token: str):
    position, item = current(service, token)
    assert service.answer(token, position, right(item))
    assert kinds(service, token) == ["started", "asked", "answered", "scored", "asked"]


def test_the_same_answer_again_changes_nothing(service: SessionService, token: str):
    position, item = current(service, token)
    assert all(service.answer(token, position, right(item)) for _ in range(3))
    assert kinds(service, token).count("answered") == 1


def test_another_answer_to_the_same_question_is_refused(service: SessionService, token: str):
    position, item = current(service, token)
    service.answer(token, position, right(item))
    assert not service.answer(token, position, wrong(item))
    assert service.look(token).session.questions[0].answer.value == right(item).value


def test_of_answers_given_at_once_exactly_one_holds(service: SessionService, token: str):
    position, item = current(service, token)
    given = [right(item), wrong(item), Answer("idk"), Answer("omit")] * 3
    with ThreadPoolExecutor(6) as tabs:
        holds = list(tabs.map(lambda answer: service.answer(token, position, answer), given))
    assert holds.count(True) == 3
    assert kinds(service, token) == ["started", "asked", "answered", "scored", "asked"]


def test_starts_at_once_make_one_session(service: SessionService):
    token = new_token()
    with ThreadPoolExecutor(6) as clicks:
        list(clicks.map(lambda _: service.start("sampler", token), range(12)))
    assert kinds(service, token) == ["started", "asked"]


def test_two_services_over_one_database_are_one(service: SessionService, token: str, clock: Clock):
    other = SessionService(service.database, clock)
    position, item = current(service, token)
    other.answer(token, position, right(item))
    assert current(service, token)[0] == position + 1


def test_a_test_that_ended_takes_no_more_answers(service: SessionService, token: str):
    finish(service, token)
    assert service.look(token).session.ended
    with pytest.raises(NoSuchQuestion):
        service.answer(token, 8, Answer("idk"))


def test_a_test_left_open_expires_once_and_refuses_answers(service: SessionService, token: str, clock: Clock):
    position, item = current(service, token)
    service.answer(token, position, right(item))
    clock.now += service.open_for
    with pytest.raises(HasEnded):
        service.answer(token, position + 1, Answer("idk"))
    assert service.look(token).session.result.answered == 1
    assert kinds(service, token)[-1] == "expired"
    assert kinds(service, token).count("expired") == 1


def test_a_test_stays_open_from_answer_to_answer(service: SessionService, token: str, clock: Clock):
    while question := service.look(token).session.current:
        clock.now += service.open_for - timedelta(minutes=1)
        service.answer(token, question.position, right(question.item))
    assert kinds(service, token)[-1] == "stopped"


def test_ratings_come_after_the_test_and_may_change(service: SessionService, token: str):
    with pytest.raises(HasNotEnded):
        service.rate(token, 1, 4)
    finish(service, token)
    for stars in (2, 2, 5):
        service.rate(token, 1, stars, "clear")
    ratings = [event.body for event in read(service.database, session_id(token)) if event.kind == "rated"]
    assert [rating.stars for rating in ratings if isinstance(rating, Rated)] == [2, 5]
    assert service.look(token).session.questions[0].rating == ratings[-1]
    with pytest.raises(NoSuchQuestion):
        service.rate(token, 8, 3)
    with pytest.raises(ValidationError):
        service.rate(token, 1, 6)


def test_a_problem_is_reported_once_with_its_question(service: SessionService, token: str):
    for _ in range(2):
        service.report(token, "unclear", "what is y?", position=1)
    service.report(token, "technical", "slow")
    reports = service.look(token).session.reports
    item = current(service, token)[1]
    assert reports == (
        Reported(problem="unclear", text="what is y?", position=1, item=item, version=1),
        Reported(problem="technical", text="slow"),
    )
    with pytest.raises(NoSuchQuestion):
        service.report(token, "typo", "", position=2)


def test_a_visitors_message_is_kept_once_and_opens_no_session(service: SessionService):
    token = new_token()
    for _ in range(2):
        service.receive(token, "feedback", "nice")
    assert kinds(service, token) == ["reported"]
    with pytest.raises(NoSuchSession):
        service.look(token)


def test_a_later_scoring_reaches_the_candidate(service: SessionService, token: str):
    finish(service, token)
    before = service.look(token).session.result
    service.rescore(session_id(token), 3, 0, by="Ada", reason="neither criterion")
    after = service.look(token).session
    assert before.waiting == 1
    assert after.result.waiting == 0
    assert after.result.theta < before.theta
    assert after.results[0] == before


def test_a_session_keeps_its_edition_when_another_is_published(service: SessionService, token: str):
    old = service.edition("sampler").name
    publish_sampler(service.database, rules=RULES.replace("length = 7", "length = 3"))
    assert service.edition("sampler").name != old
    finish(service, token)
    assert len(service.look(token).session.questions) == 7
    later = new_token()
    service.start("sampler", later)
    finish(service, later)
    assert len(service.look(later).session.questions) == 3


def test_a_session_keeps_its_version_of_an_item_that_is_edited(service: SessionService, token: str):
    bank = banks.load(service.database, "sampler")
    entries = tuple(
        entry.model_copy(update={"item": entry.item.model_copy(update={"stem": "Another stem"})})
        for entry in bank.entries
    )
    banks.save(service.database, replace(bank, entries=entries), at="2026-11-23T10:00:00.000Z", by="Ada")
    load_edition.cache_clear()
    stems = [item.stem for item in service.look(token).edition.items.values()]
    assert "Another stem" not in stems


def test_an_assessment_that_is_withdrawn_is_offered_no_longer_and_goes_on(
    service: SessionService, token: str
):
    withdraw(service.database, "sampler")
    assert offered(service.database) == ()
    with pytest.raises(NoSuchAssessment):
        service.start("sampler", new_token())
    finish(service, token)
    assert service.look(token).session.ended


def test_figures_of_questions_come_before_those_of_explanations(service: SessionService, token: str):
    while current(service, token)[1] != "figure":
        position, item = current(service, token)
        service.answer(token, position, right(item))
    position = current(service, token)[0]
    assert service.figure(token, position, "figures/boxes.svg").startswith(b"<svg")
    for hidden in ("figures/solution.svg", "figures/none.svg", "stimulus:story"):
        with pytest.raises(NoSuchFigure):
            service.figure(token, position, hidden)
    finish(service, token)
    assert service.figure(token, position, "figures/solution.svg").startswith(b"<svg")


def test_what_was_asked_depends_on_the_seed_alone(service: SessionService, clock: Clock):
    seeded = SessionService(service.database, clock, new_seed=lambda: 77)
    tokens = [new_token(), new_token()]
    for token in tokens:
        seeded.start("sampler", token)
        finish(seeded, token)
    one, two = (tuple(q.item for q in seeded.look(token).session.questions) for token in tokens)
    assert one == two
