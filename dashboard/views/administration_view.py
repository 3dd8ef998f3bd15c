"""Administration: assessments on offer, roles, the audit log, and the state of the installation."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import access, loading, showing, work
from dashboard.access import Person
from dashboard.health import health
from dashboard.store import audit, roles
from dashboard.store.roles import RIGHTS, ROLES
from dashboard.views import choosing
from engine.delivery import assessments
from engine.delivery.assessments import Published
from items.errors import BadInput

NOBODY = "no role"

EDITIONS: dict[str, Any] = {
    "title": "Title",
    "assessment": "Address",
    "open": st.column_config.CheckboxColumn("Open"),
    "sessions": st.column_config.NumberColumn("Sessions", format="localized", help="Of this edition"),
    "parameter_set": st.column_config.NumberColumn("Parameter set"),
    "items": st.column_config.NumberColumn("Items"),
    "at": "Published (UTC)",
    "by": "By",
    "edition": st.column_config.TextColumn("Edition", help="The hash of all that its sessions depend on"),
}


def show() -> None:
    """Show the page."""
    person = choosing.enter(
        "Administration",
        "For administrators: which tests are open, who may do what, who did what, and how the system is.",
        right="administer",
    )
    if person is None:
        return
    sides = {
        "Assessments": lambda: _assessments(person),
        "Roles": lambda: _roles(person),
        "Audit log": _audit,
        "System": _system,
    }
    showing.tabs(sides, "administration side")


def _assessments(person: Person) -> None:
    if not loading.bank_ids():
        choosing.no_bank()
        return
    published = assessments.editions(loading.database())
    if not published:
        showing.empty("No assessment has been published yet.", "Publish one on the page “Test design”.")
        return
    table = edition_table(published, loading.session_kinds())
    st.caption("Each publication is an edition of its own; sessions under way keep theirs, open or not.")
    showing.table(table, "assessments", EDITIONS)
    newest = {one.assessment.id: one for one in reversed(published)}
    opened = {one.assessment.id: one for one in published if one.offered}
    name = st.selectbox("Assessment", list(newest), key="assessment")
    now = opened.get(name)
    words = "is open: candidates can begin it" if now else "is closed: nobody can begin it"
    st.markdown(f"**{newest[name].assessment.title}** {words}.")
    if st.button("Close it" if now else "Open its newest edition", key="open or close"):
        try:
            open_or_close(newest[name], person, seen=now)
        except BadInput as error:
            st.error(f"Nothing was changed: {error}.", icon=":material/sync_problem:")
            return
        st.rerun()


def edition_table(published: tuple[Published, ...], kinds: pd.DataFrame) -> pd.DataFrame:
    """Return one row an edition with its sessions, those on offer first, the newest before the others."""
    begun = kinds.groupby("edition")["n"].sum()
    rows = [
        {
            "title": one.assessment.title,
            "assessment": one.assessment.id,
            "open": one.offered,
            "sessions": int(begun.get(one.assessment.edition, 0)),
            "parameter_set": one.assessment.parameter_set,
            "items": len(one.assessment.items),
            "at": one.at,
            "by": one.by,
            "edition": one.assessment.edition[:12],
        }
        for one in sorted(published, key=lambda one: not one.offered)
    ]
    return pd.DataFrame(rows)


def open_or_close(newest: Published, person: Person, *, seen: Published | None) -> None:
    """Close an assessment that is on offer as `seen`, or open its newest edition if nothing is.

    Raises
    ------
    BadInput
        If somebody published, opened or closed it in the meantime.
    """
    database, one = loading.database(), newest.assessment
    if seen is not None:
        assessments.withdraw(database, one.id, seen=seen.assessment.edition)
    else:
        assessments.put(database, one, at=newest.at, by=newest.by, instead_of="")
    action = "close" if seen else "open"
    audit.note(
        database,
        action,
        f"assessment {one.id}",
        at=work.now(),
        by=person.name,
        detail=f"edition {(seen or newest).assessment.edition[:12]}",
    )
    loading.forget()


def _roles(person: Person) -> None:
    showing.told()
    known = roles.everybody(loading.database())
    if not access.signs_in():
        st.info(
            "Nobody signs in here: whoever is at this machine is the local administrator, and no other "
            "machine can reach the dashboard. Roles count as soon as `[auth]` is set up (docs/dashboard.md).",
            icon=":material/info:",
        )
    fixed = access.first_administrators()
    if fixed:
        st.caption(f"Administrators by configuration, whatever stands here: {', '.join(fixed)}.")
    if known.empty:
        showing.empty("Nobody has a role yet.", "Give somebody one below.")
    else:
        showing.table(known, "roles", {"at": "Since (UTC)", "by": "Given by"})
    with st.expander("What each role may do"):
        showing.table(rights_table(), "rights", {role: role.capitalize() for role in ROLES})
    _role_form(person, dict(zip(known["email"], known["role"], strict=True)))


def rights_table() -> pd.DataFrame:
    """Return one row a right, one column a role."""
    return pd.DataFrame(
        [
            {"right": right, **{role: "yes" if roles.may(role, right) else "" for role in ROLES}}
            for right in RIGHTS
        ]
    )


def _role_form(person: Person, known: dict[str, str]) -> None:
    email = st.selectbox(
        "E-mail address",
        list(known),
        index=None,
        accept_new_options=True,
        key="role email",
        placeholder="choose one, or write a new one",
    )
    seen = known.get((email or "").strip().lower(), "")
    words = [NOBODY, *ROLES]
    role = st.selectbox("Role", words, index=words.index(seen or NOBODY), key=f"role of {email}")
    if st.button("Save the role", type="primary", disabled=not email, key="save role"):
        try:
            change_role(str(email), "" if role == NOBODY else role, person, seen=seen)
        except BadInput as error:
            st.error(f"Nothing was changed: {error}.", icon=":material/sync_problem:")
            return
        st.session_state["told"] = f"{email} has {role if role == NOBODY else 'the role ' + role} now."
        st.rerun()


def change_role(email: str, role: str, person: Person, *, seen: str) -> None:
    """Give somebody a role in an administrator's name; `seen` is the role that this was decided on.

    Raises
    ------
    BadInput
        If the address is none, somebody else was first, or nobody would be left to administer.
    """
    others = access.first_administrators() if access.signs_in() else (access.LOCAL,)
    database = loading.database()
    roles.give(database, email, role, at=work.now(), by=person.name, seen=seen, others=others)
    detail = f"{seen or NOBODY} → {role or NOBODY}"
    audit.note(database, "role", email.strip().lower(), at=work.now(), by=person.name, detail=detail)


def _audit() -> None:
    database = loading.database()
    first, second, third, fourth = st.columns(4)
    text = first.text_input("Contains", key="audit text")
    action = second.selectbox("Action", ["", *audit.known(database, "action")], key="audit action")
    by = third.selectbox("By", ["", *audit.known(database, "by")], key="audit by")
    today = datetime.now(UTC).date()
    since = fourth.date_input("Since (UTC)", None, max_value=today, key="audit since")
    wanted: dict[str, Any] = {
        "text": text,
        "action": action,
        "by": by,
        "since": since.isoformat() if since else "",
    }
    found = audit.entries(database, **wanted)
    if found.empty:
        showing.empty("Nothing was done that fits.", "Widen the filter; entries come with every change.")
        return
    st.caption(f"{len(found):,} entries, the newest first; at most 1,000 are shown, the download holds all.")
    showing.table(found, "audit", every=lambda: audit.entries(database, **wanted, most=None))


def _system() -> None:
    told = health(loading.database())
    showing.facts(told)
    st.markdown(
        "People sign in with OpenID Connect." if access.signs_in() else "Nobody signs in: this machine only."
    )
    table = pd.DataFrame({"fact": list(told), "value": [str(value) for value in told.values()]})
    showing.download(table, "system")
