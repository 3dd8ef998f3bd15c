"""A large workspace: a bank of 1,000 items and a million answers, written straight into the database.

`python -m tests.dashboard.large FOLDER` makes one. Sessions meet items at random and answer by the 2PL; their
events hold no bodies, because pages read the rows made of them.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Engine, text

from dashboard import work
from dashboard.store import jobs
from dashboard.store.read_tables import (
    answer_table,
    rating_table,
    read_until_table,
    report_table,
    session_table,
)
from dashboard.trial import People, run
from engine.delivery.edition import compile_edition, draft, publish
from items.bank import Entry, ItemBank
from items.item import Item, Status
from items.parameters import ParameterSet
from items.storage import banks, parameter_sets
from items.storage.database import open_database, transaction

BANK, ITEMS, LENGTH = "large", 1000, 20
START = pd.Timestamp("2026-10-01T08:00:00Z")
WHO, AT = "tests", "2026-11-24T09:00:00.000Z"
RULES = f"""
[select]
criterion = "random"

[stop]
any_of = [{{ rule = "precision", se = 0.33 }}, {{ rule = "length", length = {LENGTH} }}]
not_before = {LENGTH}

[scale]
levels = {{ Beginning = 1, Developing = 101, Able = 201 }}
"""
PUBLISHED, SIMULATED = 5000, 2000
"""Newest sessions that took the published edition, and simulated ones that it is compared with."""
BLOCK = 100_000
OPTIONS = np.array(list("abcd"))


def fill(database: Engine, *, answers: int = 1_000_020, items: int = ITEMS, seed: int = 2026) -> None:
    """Fill an empty database with a bank, parameter sets, an edition, sessions, answers, ratings, reports."""
    rng = np.random.default_rng(seed)
    true = pd.DataFrame({"a": rng.lognormal(0.1, 0.3, items), "b": rng.normal(0, 1, items)})
    names = np.array([f"item-{number:04d}" for number in range(items)])
    banks.save(database, _bank(names), at=AT, by=WHO)
    for noise in (0.15, 0.05):
        number = parameter_sets.append(database, BANK, _set(names, true, noise, rng), at=AT, by=WHO)
        if noise == 0.15:
            parameter_sets.promote(database, number, at=AT, by=WHO, note="first")
    edition = _publish(database)
    sessions = answers // LENGTH
    theta = rng.normal(0, 1, sessions)
    began = START + pd.to_timedelta(np.sort(rng.integers(0, 55 * 86_400, sessions)), unit="s")
    at = began.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_numpy()
    ids = np.array([f"{number:032x}" for number in range(sessions)])
    _write(database, session_table, _sessions(ids, at, theta, edition, rng))
    asked = np.argsort(rng.random((sessions, items), dtype=np.float32), axis=1)[:, :LENGTH]
    chances = 1 / (1 + np.exp(-true["a"].to_numpy()[asked] * (theta[:, None] - true["b"].to_numpy()[asked])))
    right = (rng.random(asked.shape) < chances).astype(int)
    wrong = rng.integers(1, 4, asked.shape)
    told = pd.DataFrame(
        {
            "person": np.repeat(ids, LENGTH),
            "position": np.tile(np.arange(1, LENGTH + 1), sessions),
            "bank": BANK,
            "item": names[asked].ravel(),
            "version": 1,
            "response": OPTIONS[np.where(right == 1, 0, wrong)].ravel(),
            "category": right.ravel(),
            "time_s": rng.lognormal(3.3, 0.5, asked.size).round(1),
            "at": np.repeat(at, LENGTH),
        }
    )
    _write(database, answer_table, told)
    _write(database, rating_table, _ratings(told, rng))
    _write(database, report_table, _reports(told, rng))
    _events(database)


def _bank(names: np.ndarray) -> ItemBank:
    options = [{"text": "right", "correct": True}, *({"text": f"wrong {n}"} for n in range(3))]
    entries = [
        Entry(
            item=Item.model_validate(
                {
                    "id": name,
                    "title": f"Question {number}",
                    "skill": f"Skill {number % 12}",
                    "stem": f"What is right, in question {number}?",
                    "explanation": "It is the first.",
                    "interaction": {"type": "single_choice", "options": options},
                }
            ),
            status=Status.PILOT if number % 20 == 0 else Status.OPERATIONAL,
        )
        for number, name in enumerate(map(str, names))
    ]
    return ItemBank(BANK, "A large bank", "tests", tuple(entries))


def _set(names: np.ndarray, true: pd.DataFrame, noise: float, rng: np.random.Generator) -> ParameterSet:
    table = pd.DataFrame({"item": names, "model": "2pl"})
    table["a"] = true["a"] * np.exp(rng.normal(0, noise, len(table)))
    table["b"] = true["b"] + rng.normal(0, noise, len(table))
    return ParameterSet.from_table(table.assign(se_a=noise, se_b=noise))


def _publish(database: Engine) -> str:
    """Publish the bank with simulated tests of it; return the edition's name."""
    told = {"title": "A large bank", "bank": BANK, "rules": RULES}
    trial = compile_edition(database, draft(database, BANK, **told))
    study = run(BANK, trial, People.of(trial, n=SIMULATED, seed=1))
    return publish(database, BANK, **told, simulation=study.content(), at=AT, by=WHO).name


def _sessions(
    ids: np.ndarray, at: np.ndarray, theta: np.ndarray, edition: str, rng: np.random.Generator
) -> pd.DataFrame:
    se = rng.uniform(0.28, 0.42, ids.size)
    estimate = theta + rng.normal(0, 1, ids.size) * se
    score = np.clip(150.5 + estimate * 50, 1, 300).astype(int)
    return pd.DataFrame(
        {
            "session": ids,
            "assessment": BANK,
            "bank": BANK,
            "edition": np.where(np.arange(ids.size) < ids.size - PUBLISHED, "e" * 64, edition),
            "parameter_set": 1,
            "simulated": True,
            "started_at": at,
            "last_at": at,
            "asked": LENGTH,
            "ended_at": at,
            "reason": np.where(se < 0.33, "precision", "length"),
            "theta": estimate,
            "se": se,
            "score": score,
            "low": np.maximum(score - 30, 1),
            "high": np.minimum(score + 30, 300),
            "level": "Developing",
            "answered": LENGTH,
            "waiting": 0,
        }
    )


def _ratings(told: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    rated = told.sample(frac=0.1, random_state=1).rename(columns={"person": "session"})
    comments = np.where(rng.random(len(rated)) < 0.2, "The wording is unclear to me.", "")
    rated = rated.assign(stars=rng.integers(1, 6, len(rated)), comment=comments)
    return rated[[column.name for column in rating_table.columns]]


def _reports(told: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    told = told.sample(frac=0.002, random_state=2).rename(columns={"person": "session"})
    problems = rng.choice(["unclear", "typo", "technical", "wrong_key"], len(told), p=[0.5, 0.3, 0.17, 0.03])
    told = told.assign(problem=problems, text="Something is odd here.", number=1)
    return told.drop_duplicates("session")[[column.name for column in report_table.columns]]


def _write(database: Engine, table, rows: pd.DataFrame) -> None:
    """Write rows in blocks, without the checks of an object for each."""
    names = [column.name for column in table.columns]
    query = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(':' + n for n in names)})"
    for first in range(0, len(rows), BLOCK):
        block = rows.iloc[first : first + BLOCK].reindex(columns=names).astype(object)
        with transaction(database) as connection:
            connection.execute(text(query), block.to_dict("records"))


def _events(database: Engine) -> None:
    """Write as many events as the sessions would have left, without bodies, and that they were all read."""
    events = "INSERT INTO event (session, seq, at, kind, schema, body) "
    with transaction(database) as connection:
        connection.execute(
            text(events + "SELECT session, 1, started_at, 'started', 1, '{}' FROM read_session")
        )
        for place, kind in enumerate(("asked", "answered", "scored")):
            seq = f"1 + (position - 1) * 3 + {place + 1}"
            told = f"SELECT person, {seq}, at, '{kind}', 1, '{{}}' FROM read_answer"
            connection.execute(text(events + told))
        last = LENGTH * 3 + 2
        connection.execute(
            text(events + f"SELECT session, {last}, ended_at, 'stopped', 1, '{{}}' FROM read_session")
        )
        connection.execute(
            text(f"INSERT INTO {read_until_table.name} SELECT session, {last} FROM read_session")
        )


def analyse(database: Engine) -> None:
    """Analyse the answers under the newer set, as the dashboard's job does."""
    wanted = {"bank": BANK, "parameter_set": parameter_sets.history(database, BANK)[-1].id}
    work.perform(database, jobs.ask(database, "analyse", wanted, at=AT, by=WHO))


if __name__ == "__main__":
    began = time.perf_counter()
    with open_database(Path(sys.argv[1]), create=True) as opened:
        fill(opened)
        print(f"filled in {time.perf_counter() - began:.0f} s")
        analyse(opened)
        print(f"analysed after {time.perf_counter() - began:.0f} s")
