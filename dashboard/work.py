"""Jobs in processes of their own: read in sessions, analyse a bank's log, calibrate a log; with progress.

`python -m dashboard.work NUMBER` does one job of the database that the environment names.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import permutations
from threading import Event, Thread
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from calibration import MarginalML, ResponseMatrix
from calibration.abilities import Abilities
from calibration.analysis import analyse
from calibration.fit.multiple_testing import adjust
from calibration.person_fit.copying import copying_table
from calibration.ratings import summarise_ratings
from dashboard import fairness, tether
from dashboard.answers import (
    SESSIONS,
    answers_of,
    coded,
    fingerprint,
    label,
    models_of,
    newest_versions,
    rated,
    source_of,
)
from dashboard.drift import drift_since
from dashboard.item_table import full_scores, offered
from dashboard.launch import DATABASE
from dashboard.patience import GONE, until_back, was_away
from dashboard.store import analyses, audit, comparisons, jobs, read_model
from dashboard.store.jobs import Job
from dashboard.trial import People, run
from engine.delivery import simulations
from engine.delivery.edition import load_edition
from engine.delivery.events import stamp
from engine.pool import ItemPool
from items.bank import ItemBank
from items.errors import BadInput
from items.parameters import ParameterSet
from items.storage import banks, parameter_sets
from items.storage.database import connect

EVERY = 0.5
"""Seconds between signs of life."""
SILENCE = 60.0
"""Seconds without a sign after which a running job is taken for lost."""

SIMULATED = 5000
"""Candidates that take an edition which was published without a simulation."""

Report = Callable[[int, float, float], None]


class Cancelled(Exception):
    """Somebody asked for the end of the job."""


def begin(database: Engine, kind: str, request: dict[str, Any], *, by: str) -> int:
    """Ask for a job, start its process, and return its number."""
    number = jobs.ask(database, kind, request, at=now(), by=by)
    tether.start([str(number)], module="dashboard.work")
    return number


def now() -> str:
    """Return the time, UTC, ISO 8601 with Z."""
    return stamp(datetime.now(UTC))


def running(job: Job | None) -> bool:
    """Return whether there is a job that goes on: not over, and with a sign of life not long ago.

    While the database is away nobody can give a sign: that silence does not count.
    """
    if job is None or job.over:
        return False
    if was_away(SILENCE):
        return True
    return (datetime.now(UTC) - datetime.fromisoformat(job.beat)).total_seconds() <= SILENCE


def perform(database: Engine, number: int) -> None:
    """Do a job, whatever comes of it: its state and message tell."""
    job = until_back(jobs.load, database, number)

    def end(state: str, message: str, result: dict[str, Any] | None = None) -> None:
        until_back(jobs.end, database, number, state, message=message, result=result)

    try:
        with _signs(database, number) as report:
            message, result = KINDS[job.kind](database, job, report)
        end(jobs.DONE, message, result)
    except Cancelled:
        end(jobs.CANCELLED, "stopped on request")
    except BadInput as error:
        end(jobs.FAILED, str(error))
    except Exception as error:
        end(jobs.FAILED, f"it broke off ({type(error).__name__}: {error})")
        raise


def read_in(database: Engine, job: Job, report: Report) -> tuple[str, dict[str, Any]]:
    """Bring the read model up to the newest events."""

    def tell(done: int, total: int) -> None:
        report(done, total, 0.0)

    sessions = until_back(read_model.behind, database)
    until_back(read_model.catch_up, database, sessions, progress=tell)
    return f"{len(sessions):,} sessions read", {}


def analyse_bank(database: Engine, job: Job, report: Report) -> tuple[str, dict[str, Any]]:
    """Analyse the answers of a bank's sessions under a parameter set and keep the result."""
    bank, chosen = str(job.request["bank"]), int(job.request["parameter_set"])
    read_in(database, job, report)
    parameters = newest_versions(until_back(parameter_sets.load, database, chosen).parameters)
    log = until_back(read_model.log, database, bank)
    if log.empty:
        raise BadInput("has no answers", where=f"bank {bank}", right="come back when there are some")
    _keep_analysis(database, bank, chosen, coded(log, parameters), parameters, SESSIONS, answers=len(log))
    return f"{len(log):,} answers analysed", {"parameter_set": chosen}


def calibrate(database: Engine, job: Job, report: Report) -> tuple[str, dict[str, Any]]:
    """Calibrate a log, keep the result as a proposed parameter set, and analyse the log under it."""
    wanted, bank = job.request, str(job.request["bank"])
    anchors = wanted.get("anchors")
    responses, source = until_back(answers_of, database, wanted), source_of(wanted)
    calibration = MarginalML(
        model=models_of(wanted, responses),
        group=wanted.get("group"),
        anchors=None if anchors is None else until_back(parameter_sets.load, database, anchors).parameters,
        priors=wanted.get("priors", "default"),
        max_iterations=wanted.get("max_iterations", 500),
    )
    result = calibration.fit(responses, report=report)
    found = result.parameter_set(fingerprint=fingerprint(responses))
    note = f"{label(found)}, {result.n_persons:,} people, {source}: {result.status}"
    number = until_back(parameter_sets.append, database, bank, found, at=now(), by=job.by, note=note)
    until_back(audit.note, database, "calibrate", f"parameter set {number}", at=now(), by=job.by, detail=note)
    found = newest_versions(found)
    levels = dict(zip(responses.items, responses.levels, strict=True))
    again = until_back(answers_of, database, wanted, found, others=levels)
    counted = again.n_responses if wanted.get("log") else until_back(read_model.count_answers, database, bank)
    _keep_analysis(database, bank, number, again, found, source, answers=counted)
    return result.status, {"parameter_set": number, "summary": result.summary()}


def copying(database: Engine, job: Job, report: Report) -> tuple[str, dict[str, Any]]:
    """Compare the answers of some people, each with each."""
    bank, people = str(job.request["bank"]), sorted(map(str, job.request["people"]))
    chosen = until_back(parameter_sets.load, database, int(job.request["parameter_set"]))
    parameters = newest_versions(chosen.parameters)
    responses = coded(until_back(read_model.log, database, bank), parameters)
    abilities = Abilities.of(responses, ItemPool.from_parameters(parameters))
    table = copying_table(abilities, list(permutations(people, 2)))
    table = table.assign(p_adjusted=adjust(table["p"].to_numpy(float))).sort_values("p")
    return f"{len(people)} people compared", {"pairs": table.to_dict("list")}


def simulate_edition(database: Engine, job: Job, report: Report) -> tuple[str, dict[str, Any]]:
    """Let simulated people take a published edition that was published without, and keep what came of it."""
    edition = until_back(load_edition, database, str(job.request["edition"]))
    people, done = People.of(edition, n=SIMULATED), [0]

    def tell(more: int) -> None:
        done[0] += more
        report(done[0], people.n, 0.0)

    found = run(edition.assessment.title, edition, people, progress=tell)
    until_back(simulations.keep, database, edition.name, found.content(), at=now(), by=job.by)
    name = f"edition {edition.name[:12]}"
    until_back(audit.note, database, "simulate", name, at=now(), by=job.by, detail=people.words)
    return f"{people.n:,} simulated candidates took the test", {"edition": edition.name}


def compare_groups(database: Engine, job: Job, report: Report) -> tuple[str, dict[str, Any]]:
    """Compare groups of people on every item of a log, and keep what was found."""
    wanted, bank = job.request, str(job.request["bank"])
    number = wanted.get("parameter_set")
    parameters = None
    if number is not None and not wanted.get("log"):
        parameters = newest_versions(until_back(parameter_sets.load, database, int(number)).parameters)
    responses = until_back(answers_of, database, wanted, parameters)
    if wanted.get("groups"):
        responses = fairness.with_groups(responses, wanted["groups"])
    tables, facts = fairness.compare(responses, wanted, parameters)
    facts |= {"source": source_of(wanted), "n_persons": responses.n_persons, "set": number}
    method = fairness.METHODS[wanted["method"]].split(",")[0]
    title = f"{facts['group']}, {' against '.join(facts['labels'])}: {method}, {source_of(wanted)}"
    until_back(comparisons.keep, database, job.id, bank, title, tables, facts, at=now(), by=job.by)
    return f"{len(tables['dif'])} items compared", {}


KINDS: Mapping[str, Callable[[Engine, Job, Report], tuple[str, dict[str, Any]]]] = {
    "read": read_in,
    "analyse": analyse_bank,
    "calibrate": calibrate,
    "copying": copying,
    "simulate": simulate_edition,
    "compare": compare_groups,
}


def _keep_analysis(
    database: Engine,
    bank: str,
    number: int,
    responses: ResponseMatrix,
    parameters: ParameterSet,
    source: str,
    *,
    answers: int,
) -> None:
    kept = until_back(banks.load, database, bank)
    skills = {item.id: item.skill for item in kept.items}
    found = analyse(
        responses,
        parameters,
        skills={name: skills.get(name, "") for name in responses.items},
        offered=offered(kept) if source == SESSIONS else None,
    )

    def keep() -> None:
        more = _beside(database, kept, number, parameters, source)
        analyses.keep(database, bank, number, found, more, source=source, answers=answers, at=now())

    until_back(keep)


def _beside(
    database: Engine, bank: ItemBank, number: int, parameters: ParameterSet, source: str
) -> dict[str, pd.DataFrame]:
    """Return the tables that stand beside an analysis: ratings, exposure by ability, drift."""
    said = rated(
        read_model.ratings(database, bank.id), read_model.sessions(database), parameters, full_scores(bank)
    )
    more = {"ratings": summarise_ratings(said)} if len(said) else {}
    if source == SESSIONS:
        more["exposure_by_ability"] = read_model.exposure_by_ability(database, bank.id)
    used = parameter_sets.in_use(database, bank.id)
    if used is None or used.id != number:
        more["drift"] = drift_since(parameter_sets.load(database, number).parameters, used)
    return more


@contextmanager
def _signs(database: Engine, number: int) -> Iterator[Report]:
    """Give signs of life with the progress that is reported, until the block ends.

    What reports learns by `Cancelled` that somebody asked for the end.
    """
    steps: list[list[float]] = []
    over, cancelled = Event(), Event()

    def beat() -> None:
        ended = False
        while not ended:
            ended = over.wait(EVERY)  # and once more at the end, with the last progress
            try:
                if not jobs.go_on(database, number, at=now(), progress=list(steps)):
                    cancelled.set()
            except GONE:
                continue  # the database may be back at the next sign; the work itself does not need it

    def report(cycle: int, value: float, change: float) -> None:
        steps.append([cycle, value, change])
        if cancelled.is_set():
            raise Cancelled

    heart = Thread(target=beat, daemon=True)
    heart.start()
    try:
        yield report
    finally:
        over.set()
        heart.join()


if __name__ == "__main__":
    opened = connect(os.environ[DATABASE])
    perform(opened, int(sys.argv[1]))
    opened.dispose()
