"""What `itemwise invite` does: read people, keep an invitation for each, write their addresses."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine

from engine.delivery.assessments import offered
from engine.delivery.edition import load_edition
from engine.delivery.invitations import invite
from engine.registry import nearest
from engine.roster import read_roster
from items.errors import BadInput
from items.parameters import refuse_unwritable, write_whole


def invite_people(
    database: Engine,
    assessment: str,
    file: Path,
    out: Path,
    *,
    root: str,
    new_token: Callable[[], str],
    at: str,
    by: str,
) -> str:
    """Invite the people in a file, write CSV `person,address`, and return what was done in words.

    Raises
    ------
    BadInput
        If there is no such assessment on offer, or a file cannot be used.
    """
    editions = {one.id: one.edition for one in offered(database)}
    if assessment not in editions:
        right = nearest(assessment, editions)
        raise BadInput("is no assessment on offer", where=assessment, right=right)
    start = load_edition(database, editions[assessment]).design.rules.start.prior
    refuse_unwritable(out)
    people = read_roster(file, start)
    tokens = invite(database, assessment, people.known, new_token=new_token, at=at, by=by)
    addresses = [f"{root.rstrip('/')}/invitations/{token}" for token in tokens]
    write_whole(out, pd.DataFrame({"person": people.names, "address": addresses}).to_csv(index=False))
    told = f"{len(tokens):,} people are invited to {assessment}; their addresses are in {out}"
    if start is None:
        return f"{told}. Its rules ask for nothing that is known beforehand."
    unknown = sum(len(known) < len(start.covariates) for known in people.known)
    names = ", ".join(start.covariates)
    less = f" Of {unknown:,} not all of it is known: they start as anybody does." if unknown else ""
    return f"{told}. Their first questions go by what is known of them ({names}).{less}"
