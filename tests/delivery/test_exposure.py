"""Exposure counters of live sessions: those of the simulation, kept through restarts, exact among many."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, select

from engine import ask, start, tell
from engine.delivery import exposure
from engine.delivery.edition import Edition, load_edition, publish
from engine.delivery.events import stamp
from engine.delivery.replay import Session
from engine.delivery.security import new_token, session_id
from engine.delivery.service import SessionService
from engine.delivery.succession import goes_on_from
from engine.session import report
from engine.state import State
from items.bank import ItemBank
from items.parameters import ParameterSet
from items.scoring import Answer
from items.storage import banks, parameter_sets
from tests.delivery.published import START, Clock

N_ITEMS, LENGTH, RATE = 30, 5, 0.3
BANK = "id: small\ntitle: Small\ndomain: Tests\nitems:\n" + "".join(
    f"  - id: i{n}\n    status: operational\n    skill: Sums\n    type: single_choice\n    stem: Sum {n}\n"
    "    options:\n      - {text: right, correct: true}\n      - {text: wrong}\n    explanation: as above\n"
    for n in range(N_ITEMS)
)
RULES = '[stop]\nrule = "length"\nlength = 5\n[exposure]\nmethod = "{}"\nmax_rate = 0.3\nblock = {}\n'


def open_service(database: Engine, folder: Path, method: str, block: int) -> SessionService:
    """Publish a bank of alike items, and return the service over it; its seeds are 1, 2, 3, …"""
    at = stamp(START)
    (folder / "bank.yaml").write_text(BANK, encoding="utf-8")
    bank = banks.save(database, ItemBank.read(folder / "bank.yaml"), at=at, by="Ada")
    table = pd.DataFrame({"a": 1.2, "b": np.linspace(-1.5, 1.5, N_ITEMS), "model": "2pl"})
    parameters = ParameterSet.from_table(table.assign(item=[f"i{n}" for n in range(N_ITEMS)]))
    kept = parameter_sets.append(database, bank.id, parameters, at=at, by="Ada")
    parameter_sets.promote(database, kept, at=at, by="Ada", note="for the tests")
    rules = RULES.format(method, block)
    publish(database, "small", title="Small", bank=bank.id, rules=rules, at=at, by="Ada")
    seeds = count(1)
    return SessionService(database, Clock(), new_seed=lambda: next(seeds))


def restarted(service: SessionService) -> SessionService:
    """Return the service as a new process would have it."""
    load_edition.cache_clear()
    exposure._snapshot.cache_clear()
    return SessionService(service.database, service.clock, new_seed=service.new_seed)


def take_step(service: SessionService, token: str) -> bool:
    """Answer the question that waits, by a rule that mixes right and wrong; return whether one waited."""
    session = service.look(token).session
    if (question := session.current) is None:
        return False
    service.answer(
        token, question.position, Answer("answered", "a" if knows(question.item, session.id) else "b")
    )
    return True


def knows(item: str, session: str) -> bool:
    return (int(item[1:]) * 7919 + int(session[:6], 16)) % 5 < 3


def take(service: SessionService, token: str) -> Session:
    service.start("small", token)
    while take_step(service, token):
        pass
    return service.look(token).session


def items_of(session: Session) -> list[str]:
    return [question.item for question in session.questions]


@pytest.mark.parametrize("method", ["eligibility", "restricted", "overlap"])
@pytest.mark.parametrize("block", [1, 3])
def test_live_counters_are_those_of_the_engine(
    database: Engine, tmp_path: Path, method: str, block: int
) -> None:
    """By hand, with the snapshots held in memory; the service is restarted in the middle of session 4."""
    service = open_service(database, tmp_path, method, block)
    design = service.edition("small").design
    snapshot, waiting = design.empty_exposure(), list[tuple[State, float]]()
    for number in range(8):
        token = new_token()
        service.start("small", token)
        if number == 4:
            take_step(service, token)
            service = restarted(service)
        session = take(service, token)
        draws = service.edition("small").draws(number + 1)
        state = start(design.pool, design.rules, draws, exposure=replace(snapshot, started=len(waiting)))
        while ask(state)[0] >= 0:
            state = tell(state, np.array([int(knows(design.names[ask(state)[0]], session.id))]))
        assert items_of(session) == [design.names[item] for item in state.items[0]]
        waiting.append((state, report(state)[0].theta[0]))
        if len(waiting) == block:
            theta = np.array([each for _, each in waiting])
            asked = np.concatenate([each.administered for each, _ in waiting])
            drawn = np.concatenate([each.eligibility for each, _ in waiting if each.eligibility is not None])
            snapshot, waiting = snapshot.after(theta, asked, drawn, np.zeros(0, int)), []


def test_a_session_resumes_under_the_snapshot_that_it_began_under(database: Engine, tmp_path: Path) -> None:
    service = open_service(database, tmp_path, "eligibility", 1)
    early = new_token()
    service.start("small", early)
    before = service.look(early).sitting().state
    for _ in range(4):
        take(service, new_token())
    after = restarted(service).look(early).sitting().state
    np.testing.assert_array_equal(before.eligibility, after.eligibility)
    late = new_token()
    service.start("small", late)
    assert service.look(late).session.started.exposure == 4


def test_a_start_that_is_sent_twice_takes_one_turn(database: Engine, tmp_path: Path) -> None:
    service, token = open_service(database, tmp_path, "restricted", 1), new_token()
    service.start("small", token)
    edition, name = service.edition("small"), session_id(token)
    turn, seed = exposure.take_turn(database, edition, name, 99)
    assert turn is not None
    assert (turn.exposure.started, seed) == (0, service.look(token).session.started.seed)
    service.start("small", new_token())
    assert exposure.take_turn(database, edition, "other", 5)[0].exposure.started == 2  # type: ignore[union-attr]


@pytest.mark.parametrize("block", [1, 4])
def test_restricted_items_hold_their_share_among_sessions_side_by_side(
    database: Engine, tmp_path: Path, block: int
) -> None:
    """At every moment no item has been asked in more than ⌈r n⌉ of the n sessions begun."""
    service, rng = open_service(database, tmp_path, "restricted", block), np.random.default_rng(3)
    open_to, begun, asked = list[str](), 0, Counter[str]()
    while begun < 24 or open_to:
        if begun < 24 and (len(open_to) < 6 or rng.random() < 0.2):
            open_to.append(new_token())
            service.start("small", open_to[-1])
            begun += 1
        token = open_to[int(rng.integers(len(open_to)))]
        take_step(service, token)
        session = service.look(token).session
        if session.ended:
            open_to.remove(token)
            asked.update(items_of(session))
            assert max(asked.values()) <= np.ceil(RATE * begun)
    assert sum(asked.values()) == 24 * LENGTH


def test_many_at_once_take_their_turns_in_a_row_and_are_counted_once(
    database: Engine, tmp_path: Path
) -> None:
    service = open_service(database, tmp_path, "eligibility", 3)
    with ThreadPoolExecutor(4) as threads:
        sessions = list(threads.map(lambda _: take(service, new_token()), range(14)))
    with database.connect() as connection:
        numbers = connection.execute(select(exposure.turn_table.c.number)).scalars().all()
        edition = service.edition("small")
        state = exposure._read(connection, edition, exposure._latest(connection, edition))[1]
        waiting = connection.execute(
            select(exposure.turn_table.c.session).where(exposure.turn_table.c.counted.is_(None))
        ).scalars()
        counted = {session.id for session in sessions} - set(waiting)
    assert sorted(numbers) == list(range(14))
    assert state.sessions.sum() == len(counted) >= 12
    asked = Counter(item for session in sessions if session.id in counted for item in items_of(session))
    names = edition.design.names
    assert state.administered.sum(axis=0).tolist() == [asked[name] for name in names]


def test_pilot_items_that_need_answers_come_first_in_live_sessions_too(
    database: Engine, tmp_path: Path
) -> None:
    """Two pilots, one answer wanted of each: who had one in the session before gets the other."""
    service = open_service(database, tmp_path, "eligibility", 1)
    with_pilots = (
        '[stop]\nrule = "length"\nlength = 4\n[exposure]\nmethod = "eligibility"\nmax_rate = 0.9\nblock = 1\n'
        '[pilot]\nitems = ["i0", "i29"]\ncount = 1\nwanted = 1\n'
    )
    publish(
        database,
        "small",
        title="Small",
        bank="small",
        rules=with_pilots,
        at=stamp(START),
        by="Ada",
        instead_of=service.edition("small").name,
    )
    first, second = (set(items_of(take(service, new_token()))) & {"i0", "i29"} for _ in range(2))
    assert len(first) == len(second) == 1
    assert first != second


def published_again(service: SessionService, rules: str) -> Edition:
    """Publish the assessment once more, an hour later."""
    now = service.edition("small").name
    told = {"title": "Small, too", "bank": "small", "at": "2030-01-01T00:00:00Z", "by": "Ada"}
    return publish(service.database, "small", rules=rules, instead_of=now, **told)


@pytest.mark.parametrize("block", [1, 4])
def test_in_a_new_edition_the_counts_of_use_go_on(database: Engine, tmp_path: Path, block: int) -> None:
    """⌈r n⌉ holds over the sessions of both, those included that fill no block of the first."""
    service = open_service(database, tmp_path, "restricted", block)
    before = service.edition("small").name
    asked = Counter(item for _ in range(6) for item in items_of(take(service, new_token())))
    edition = published_again(service, RULES.format("restricted", block) + "[scale]\nhighest = 500\n")
    found = goes_on_from(database, edition)
    assert found is not None
    assert found.name == before != edition.name
    for number in range(6, 12):
        asked.update(items_of(take(restarted(service), new_token())))
        assert max(asked.values()) <= np.ceil(RATE * (number + 1))
    with database.connect() as connection:
        first = exposure._read(connection, edition, 1)[1]
    assert (first.sessions.sum(), first.administered.sum()) == (6, 6 * LENGTH)


def test_with_another_limit_the_counts_begin_anew(database: Engine, tmp_path: Path) -> None:
    service = open_service(database, tmp_path, "eligibility", 1)
    take(service, new_token())
    edition = published_again(service, RULES.format("eligibility", 1).replace("0.3", "0.5"))
    take(service, new_token())
    with database.connect() as connection:
        state = exposure._read(connection, edition, exposure._latest(connection, edition))[1]
    assert state.sessions.sum() == 1


def test_with_other_questions_the_counts_begin_anew(database: Engine, tmp_path: Path) -> None:
    """A new version of a question waits for its calibration, and is not asked."""
    service = open_service(database, tmp_path, "eligibility", 1)
    take(service, new_token())
    text = BANK.replace("stem: Sum 7\n", "stem: The sum 7\n")
    (tmp_path / "bank.yaml").write_text(text, encoding="utf-8")
    banks.save(database, ItemBank.read(tmp_path / "bank.yaml"), at=stamp(START), by="Ada")
    edition = published_again(service, RULES.format("eligibility", 1))
    assert "i7" not in edition.design.names
    assert goes_on_from(database, edition) is None
    assert len(items_of(take(service, new_token()))) == LENGTH
