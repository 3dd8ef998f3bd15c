"""The demonstration: a workspace with a bank, simulated sessions, and what was learnt from them."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import typer
from sqlalchemy import Engine

import items.bank
from calibration import MarginalML
from dashboard import tether, work
from dashboard.answers import coded, fingerprint
from dashboard.store import jobs, read_model
from dashboard.trial import People, run
from engine.delivery.assessments import offered
from engine.delivery.candidates import Truth
from engine.delivery.edition import Edition, compile_edition, draft, publish
from engine.delivery.events import stamp
from engine.delivery.rehearsal import rehearse
from engine.pool import ItemPool
from items.bank import ItemBank
from items.errors import BadInput
from items.parameters import ParameterSet
from items.storage import banks, parameter_sets
from items.storage.database import open_database

BANK = Path(items.bank.__file__).parent / "banks" / "deep_learning"
ASSESSMENT = "deep-learning"
WHO = "itemwise demo"
SEED = 2026
SIMULATED = 2000
"""Candidates who take the design before it is published."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


def prepare(workspace: Path, *, candidates: int, progress: Progress) -> bool:
    """Make the demonstration's workspace, whole or not at all; return False if it was there already.

    Raises
    ------
    BadInput
        If the folder holds something else.
    """
    if workspace.exists() and any(workspace.iterdir()):
        _refuse_foreign(workspace)
        return False
    draft = workspace.with_name(f".{workspace.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    with open_database(draft, create=True) as database:
        fill(database, candidates=candidates, now=datetime.now(UTC), progress=progress)
    if workspace.exists():
        workspace.rmdir()
    draft.rename(workspace)
    return True


def fill(database: Engine, *, candidates: int, now: datetime, progress: Progress) -> None:
    """Fill an empty database: bank, stated parameters, an assessment, simulated sessions, a proposed set."""
    at = stamp(now)
    progress("Reading the bank", 0, 1)
    bank = banks.save(database, ItemBank.read(BANK / "bank.yaml"), at=at, by=WHO)
    stated = ParameterSet.read(BANK / "parameters.csv")
    first = parameter_sets.append(
        database, bank.id, stated, at=at, by=WHO, note="stated by the authors, provisional"
    )
    parameter_sets.promote(database, first, at=at, by=WHO, note="nothing better is known before any data")
    rules = (BANK / "rules.toml").read_text(encoding="utf-8")
    edition = _publish(database, bank, rules, at=at, progress=progress)
    rehearse(
        database,
        edition,
        _truth(bank),
        candidates=candidates,
        rng=np.random.default_rng(SEED),
        until=now,
        progress=lambda done: progress("Simulated candidates take the test", done, candidates),
    )
    read_model.catch_up(
        database, read_model.behind(database), progress=lambda *told: progress("Reading their answers", *told)
    )
    proposed = propose(database, bank.id, stated, at=at, progress=progress)
    progress("Looking at every item", 0, 1)
    wanted = {"bank": bank.id, "parameter_set": proposed}
    work.perform(database, jobs.ask(database, "analyse", wanted, at=at, by=WHO))
    progress("Looking at every item", 1, 1)


def _publish(database: Engine, bank: ItemBank, rules: str, *, at: str, progress: Progress) -> Edition:
    """Publish the assessment with its simulation."""
    plan = draft(database, ASSESSMENT, title=bank.title, bank=bank.id, rules=rules)
    trial = compile_edition(database, plan)
    people, done = People.of(trial, n=SIMULATED, seed=SEED), [0]

    def tell(more: int) -> None:
        done[0] += more
        progress("Simulating the design", done[0], people.n)

    content = run(bank.title, trial, people, progress=tell).content()
    return publish(
        database,
        ASSESSMENT,
        title=bank.title,
        bank=bank.id,
        rules=rules,
        simulation=content,
        at=at,
        by=WHO,
    )


def propose(database: Engine, bank: str, stated: ParameterSet, *, at: str, progress: Progress) -> int:
    """Calibrate the bank from its log and keep the result as a proposed set; a person promotes it."""
    responses = coded(read_model.log(database, bank), stated)
    models = dict(zip(stated.table["item"], stated.table["model"], strict=True))
    limit = 200
    calibration = MarginalML(model=models, max_iterations=limit)
    result = calibration.fit(
        responses, report=lambda cycle, *_: progress("Calibrating the bank", min(cycle, limit - 1), limit)
    )
    progress("Calibrating the bank", limit, limit)
    note = f"calibrated from {result.n_persons:,} simulated sessions; {result.status}"
    found = result.parameter_set(fingerprint=fingerprint(responses))
    return parameter_sets.append(database, bank, found, at=at, by=WHO, note=note)


def serve(workspace: Path, *, port: int, dashboard_port: int) -> None:
    """Serve the candidate's pages and the dashboard until Ctrl-C, or until one of them ends.

    Raises
    ------
    typer.Exit
        With status 1 if one of them ended by itself.
    """
    pages, staff = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{dashboard_port}"
    place = ("--workspace", str(workspace), "--port")
    ended = tether.run_together(
        {
            "the candidate's pages": ("serve", *place, str(port)),
            "the dashboard": ("dashboard", *place, str(dashboard_port)),
        },
        [f"{pages}/healthz", f"{staff}/_stcore/health"],
        lambda: typer.echo(
            f"\n  Candidates take the test at   {pages}\n  Staff find the dashboard at   {staff}\n\n"
            "The sessions in it are simulated. Stop with Ctrl-C.\n"
        ),
    )
    if ended:
        typer.echo(f"itemwise: {ended} ended, so everything was stopped", err=True)
        raise typer.Exit(1)


def _truth(bank: ItemBank) -> Truth:
    """Return what the simulated candidates answer by."""
    true = ItemPool.from_parameters(ParameterSet.read(BANK / "true_parameters.csv"))
    return Truth.of(bank.items, true, pd.read_csv(BANK / "true_distractors.csv", dtype={"option": str}))


def _refuse_foreign(workspace: Path) -> None:
    """Raise BadInput if the folder is not a workspace of the demonstration."""
    if (workspace / "itemwise.db").is_file():
        with open_database(workspace) as database:
            if any(one.id == ASSESSMENT for one in offered(database)):
                return
    raise BadInput(
        "the folder holds something else than the demonstration",
        where=str(workspace),
        right="name a new folder with --workspace",
    )
