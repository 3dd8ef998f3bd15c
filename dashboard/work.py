"""Jobs in processes of their own: analyse a bank's log, calibrate a log; with progress, and an early end.

`python -m dashboard.work NUMBER` does one job of the database that the environment names.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from calibration import MarginalML, ResponseMatrix
from calibration.analysis import analyse
from calibration.coding import Rules
from calibration.scoring import known_levels
from dashboard import tether
from dashboard.launch import DATABASE
from dashboard.store import analyses, audit, jobs
from dashboard.store.jobs import Job
from engine.delivery.events import stamp
from engine.delivery.queries import response_log
from items.errors import BadInput
from items.parameters import ParameterSet
from items.storage import banks, parameter_sets
from items.storage.database import connect

EVERY = 0.3
"""Seconds between signs of life."""
SILENCE = 60.0
"""Seconds without a sign after which a running job is taken for lost."""

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


def lost(job: Job, *, at: datetime) -> bool:
    """Return whether a job that should be running has given no sign of life for long."""
    return not job.over and (at - datetime.fromisoformat(job.beat)).total_seconds() > SILENCE


def perform(database: Engine, number: int) -> None:
    """Do a job, whatever comes of it: its state and message tell."""
    job = jobs.load(database, number)
    try:
        message, result = KINDS[job.kind](database, job, _reporter(database, number))
        jobs.end(database, number, jobs.DONE, message=message, result=result)
    except Cancelled:
        jobs.end(database, number, jobs.CANCELLED, message="stopped on request")
    except BadInput as error:
        jobs.end(database, number, jobs.FAILED, message=str(error))
    except Exception as error:
        jobs.end(database, number, jobs.FAILED, message=f"it broke off ({type(error).__name__}: {error})")
        raise


def analyse_bank(database: Engine, job: Job, report: Report) -> tuple[str, dict[str, Any]]:
    """Analyse a bank's log under a parameter set and keep the result."""
    bank, chosen = str(job.request["bank"]), int(job.request["parameter_set"])
    report(0, 0.0, 0.0)
    parameters = parameter_sets.load(database, chosen).parameters
    log = bank_log(database, bank)
    responses = coded(log, parameters)
    skills = {item.id: item.skill for item in banks.load(database, bank).items}
    found = analyse(responses, parameters, skills={name: skills[name] for name in responses.items})
    analyses.keep(database, bank, chosen, found, answers=len(log), at=now())
    return f"{found.n_responses:,} answers analysed", {"parameter_set": chosen}


def calibrate(database: Engine, job: Job, report: Report) -> tuple[str, dict[str, Any]]:
    """Calibrate a log and keep the result as a proposed parameter set."""
    wanted, bank = job.request, str(job.request["bank"])
    anchors = wanted.get("anchors")
    calibration = MarginalML(
        model=wanted["model"],
        group=wanted.get("group"),
        anchors=None if anchors is None else parameter_sets.load(database, anchors).parameters,
        tolerance=wanted.get("tolerance", 1e-4),
        max_iterations=wanted.get("max_iterations", 500),
    )
    result = calibration.fit(_responses(database, wanted), report=report)
    note = f"{wanted['model']}, {result.n_persons:,} persons: {result.status}"
    number = parameter_sets.append(database, bank, result.parameter_set(), at=now(), by=job.by, note=note)
    audit.note(database, "calibrate", f"parameter set {number}", at=now(), by=job.by, detail=note)
    return result.status, {"parameter_set": number, "summary": result.summary()}


KINDS: Mapping[str, Callable[[Engine, Job, Report], tuple[str, dict[str, Any]]]] = {
    "analyse": analyse_bank,
    "calibrate": calibrate,
}


def bank_log(database: Engine, bank: str) -> pd.DataFrame:
    """Return every answer to the items of a bank, in the long format of a response log."""
    log = response_log(database)
    return log[log["item"].isin([item.id for item in banks.load(database, bank).items])]


def coded(log: pd.DataFrame, parameters: ParameterSet) -> ResponseMatrix:
    """Return the scored answers to the items of a parameter set, coded as it expects."""
    known = log.dropna(subset="score").merge(parameters.table[["item", "version"]], on=["item", "version"])
    return ResponseMatrix.from_pandas(known, use_score=True, levels=known_levels(parameters))


def _responses(database: Engine, wanted: Mapping[str, Any]) -> ResponseMatrix:
    """Return what is calibrated: an uploaded file, or the bank's own sessions."""
    if wanted.get("log"):
        return ResponseMatrix.read(
            wanted["log"],
            key=wanted.get("key"),
            use_score=bool(wanted.get("use_score")),
            rules=Rules(omit=wanted.get("omit", "wrong")),
        )
    log = bank_log(database, str(wanted["bank"])).dropna(subset="score")
    return ResponseMatrix.from_pandas(log, use_score=True)


def _reporter(database: Engine, number: int) -> Report:
    """Return what writes progress, now and then, and ends the work where it was cancelled."""
    steps: list[list[float]] = []
    last = [0.0]

    def report(cycle: int, value: float, change: float) -> None:
        steps.append([cycle, value, change])
        if time.monotonic() - last[0] > EVERY:
            last[0] = time.monotonic()
            if not jobs.go_on(database, number, at=now(), progress=steps):
                raise Cancelled

    return report


if __name__ == "__main__":
    opened = connect(os.environ[DATABASE])
    perform(opened, int(sys.argv[1]))
    opened.dispose()
