"""Sessions: find one, see how it went, replay it step by step, and check its record."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loading, showing
from dashboard.figures.session_path import draw_posterior, draw_session_path, session_path
from dashboard.session_story import after, audit, beginning, path
from dashboard.store import session_list
from dashboard.store.session_list import Wanted
from dashboard.views import choosing
from dashboard.views.choosing import Place
from engine.delivery.edition import Edition, load_edition
from engine.delivery.events import Event
from engine.delivery.exposure import exposure_of
from engine.delivery.replay import Session, replay
from engine.delivery.store import read
from engine.selection.usage import ExposureState
from items.errors import BadInput

LISTED = 1000
"""Sessions that the table shows; the file holds all."""
WHOSE = {"all": None, "live": False, "simulated": True}
COLUMNS: dict[str, Any] = {
    "session": st.column_config.TextColumn("Session", pinned=True, width="small"),
    "assessment": "Assessment",
    "started": "Began (UTC)",
    "state": "Ended by",
    "asked": st.column_config.NumberColumn("Questions"),
    "theta": st.column_config.NumberColumn("θ", format="%.2f", help="Reported ability (logits)"),
    "se": st.column_config.NumberColumn("± SE", format="%.2f", help="Its standard error (logits)"),
    "score": st.column_config.NumberColumn("Score"),
    "low": st.column_config.NumberColumn("From", help="Lower end of the score's band"),
    "high": st.column_config.NumberColumn("To", help="Upper end of the score's band"),
    "level": "Level",
    "waiting": st.column_config.NumberColumn("To score", help="Answers that wait for a person"),
    "simulated": st.column_config.CheckboxColumn("Simulated"),
}


def show() -> None:
    """Show the page."""
    place = choosing.begin(
        "Sessions", "For psychometricians and support: how did a test go, and does its record hold?"
    )
    if place is None:
        return
    kinds = loading.session_kinds()
    kinds = kinds[kinds["bank"] == place.bank]
    if kinds.empty:
        showing.empty("Nobody has taken a test of this bank yet.", "Publish one under “Test design”.")
        return
    _table(place, _filters(place.bank, kinds), int(kinds["n"].sum()))
    name = st.query_params.get("session", "")
    if not name:
        showing.next_step("select a session in the table.")
        return
    people = place.person.may("see people")
    found = session_list.named(loading.database(), place.bank, name, people=people)
    if found.empty:
        st.warning(f"There is no session “{name}” of this bank.", icon=":material/help:")
    else:
        _one(place, found.iloc[0])


def _table(place: Place, wanted: Wanted, every: int) -> None:
    """List the newest sessions that are looked for; a selected one is remembered in the address."""
    database, people = loading.database(), place.person.may("see people")
    n = session_list.count(database, wanted)
    more = f"; the newest {LISTED:,} are listed" if n > LISTED else ""
    st.caption(f"{n:,} of {every:,} sessions{more}. Select a row to see how it went.")
    shown = session_list.listed(database, wanted, people=people, most=LISTED)
    event = st.dataframe(
        shown[list(COLUMNS)],
        hide_index=True,
        column_config=COLUMNS,
        on_select="rerun",
        selection_mode="single-row",
        key="sessions table",
        alt="Sessions with how they ended and what they found",
    )
    st.download_button(
        "Download the table (CSV)",
        data=lambda: session_list.listed(database, wanted, people=people)[list(COLUMNS)].to_csv(index=False),
        file_name=f"sessions_{place.bank}.csv",
        mime="text/csv",
        on_click="ignore",
    )
    if picked := event.selection.rows:
        st.query_params["session"] = str(shown["session"].iloc[picked[0]])


def _filters(bank: str, kinds: pd.DataFrame) -> Wanted:
    """Ask which sessions are looked for."""
    first, last = kinds["first"].min(), kinds["last"].max()
    top = st.columns(3, vertical_alignment="bottom")
    names = sorted(kinds["assessment"].unique())
    assessments = top[0].multiselect("Assessment", names, key="session assessments", placeholder="any")
    kinds_of_end = sorted(kinds["state"].unique())
    states = top[1].multiselect("Ended by", kinds_of_end, key="session states", placeholder="any")
    whose = top[2].selectbox("Candidates", list(WHOSE), key="session simulated")
    low = int(kinds["fewest"].min())
    high = max(int(kinds["most"].max()), low + 1)
    more = st.popover("Days, length, precision", icon=":material/filter_list:")
    days = more.date_input("Days", (first, last), min_value=first, max_value=last, key="session days")
    lengths = more.slider("Questions", low, high, (low, high), key="session lengths")
    least_se = more.number_input(
        "SE of at least (logits)",
        0.0,
        10.0,
        0.0,
        0.05,
        key="session se",
        help="To find the least precise tests",
    )
    return Wanted(
        bank,
        tuple(assessments),
        tuple(states),
        days=(str(days[0]), str(days[1])) if len(days) == 2 else None,
        lengths=lengths,
        least_se=least_se,
        simulated=WHOSE[whose],
    )


def _one(place: Place, row: "pd.Series[Any]") -> None:
    """Show one session."""
    events = read(loading.database(), str(row["id"]))
    session = replay(events)
    people = place.person.may("see people")
    st.header(f"Session {session.id[:8]} …" if people else str(row["session"]).capitalize())
    try:
        edition = load_edition(loading.database(), session.started.edition)
    except BadInput as error:
        st.error(f"This session cannot be replayed: {error}.", icon=":material/error:")
        return
    if people:
        showing.stands_at(session=session.id)
    _facts(row, edition, session, people=people)
    steps = path(edition, session, people=people)
    exposure = exposure_of(loading.database(), edition, session.started)
    sides: dict[str, Callable[[], None]] = {
        "How it went": lambda: _path(edition, steps),
        "Step by step": lambda: _replay(edition, events, session, steps, exposure),
        "Does the record hold": lambda: _audit(edition, events, exposure),
    }
    sides[showing.side(list(sides), "session side")]()


def _path(edition: Edition, steps: pd.DataFrame) -> None:
    showing.figure(draw_session_path(session_path(steps, band=edition.scale.band)))
    st.markdown("**Question by question**")
    showing.table(steps, "session_questions")


def _facts(row: "pd.Series[Any]", edition: Edition, session: Session, *, people: bool) -> None:
    result = session.result
    told: dict[str, object] = {
        "Questions": len(session.questions),
        "Ended by": str(row["state"]),
        "Time": _minutes(session),
    }
    if result is not None and result.theta is not None:
        told["Ability θ"] = f"{result.theta:.2f} ± {result.se:.2f}" if result.se else f"{result.theta:.2f}"
    if result is not None and result.score is not None:
        told["Score"] = f"{result.score} ({result.low} to {result.high})"
        told["Level"] = result.level or "below the first"
    showing.facts(told)
    st.caption(
        f"{'A simulated candidate' if session.started.simulated else 'A candidate'}, assessment "
        f"{session.started.assessment}, edition {session.started.edition[:12]}, parameter set "
        f"{session.started.parameter_set}. {beginning(edition, session, people=people)}"
    )
    if result is not None and result.waiting:
        waiting = "1 answer waits" if result.waiting == 1 else f"{result.waiting} answers wait"
        st.info(f"{waiting} for a person; the result is provisional.", icon=":material/hourglass_empty:")


def _minutes(session: Session) -> str:
    seconds = sum(one.answer.time_s or 0.0 for one in session.answers if one.answer)
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"


def _replay(
    edition: Edition,
    events: tuple[Event, ...],
    session: Session,
    steps: pd.DataFrame,
    exposure: ExposureState | None,
) -> None:
    """Show the session after a number of answers that people choose."""
    most = len(session.answers)
    if not most:
        showing.empty("No question has been answered yet.", "Come back when the session has gone on.")
        return
    number = st.slider("After how many answers", 0, most, 0, key=f"step {session.id}")
    step = after(edition, events, number, exposure)
    if number:
        last = steps.iloc[number - 1]
        st.write(f"Question {number} was `{last['item']}`: {last['outcome']}.")
    difficulty = steps.set_index("item")["difficulty"].get(step.next, np.nan)
    hard = "" if np.isnan(difficulty) else f", difficulty {difficulty:.2f}"
    st.write(f"The test ends: {step.reason}." if step.reason else f"The engine asks `{step.next}`{hard}.")
    showing.figure(draw_posterior(step, answers=number))


def _audit(edition: Edition, events: tuple[Event, ...], exposure: ExposureState | None) -> None:
    """Say whether the engine, run anew, does what was recorded."""
    table = audit(edition, events, exposure)
    differ = table[~table["same"]]
    if differ.empty:
        st.success(
            f"Given the recorded draws and answers the engine does the same at all {len(table)} steps.",
            icon=":material/verified:",
        )
    else:
        first = differ.iloc[0]
        st.error(
            f"At {len(differ)} of {len(table)} steps the engine does something else than what was recorded, "
            f"first at question {first['position']}: recorded is {first['recorded']}, the engine does "
            f"{first['engine']}.",
            icon=":material/error:",
        )
    showing.table(table, "session_audit")
    showing.code("audit(edition, events, exposure)")
