"""Who is looking, and what they may do.

Without configuration there is one local administrator, and the server listens on this machine only. With
`[auth]` in Streamlit's secrets people sign in (OpenID Connect) and have the role that an administrator gave
their address; `administrators` in `[itemwise]` names the first ones.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import streamlit as st
from sqlalchemy import Engine

from dashboard.store.roles import may, role_of

LOCAL = "local administrator"
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")
"""Headers by which a proxy tells for whom it asks."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the dashboard: the name that records carry, and their role ("" for none)."""

    name: str
    role: str

    def may(self, right: str) -> bool:
        """Return whether the person has a right."""
        return may(self.role, right)


def signs_in() -> bool:
    """Return whether people have to sign in: whether Streamlit's secrets have a table [auth]."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def first_administrators() -> tuple[str, ...]:
    """Return the addresses that the configuration makes administrators."""
    if not signs_in():
        return ()
    return tuple(str(one).lower() for one in st.secrets.get("itemwise", {}).get("administrators", ()))


def providers(auth: Mapping[str, object]) -> dict[str, str | None]:
    """Return the ways to sign in, the words of each button with the name that `st.login` takes."""
    named = [name for name, value in auth.items() if isinstance(value, Mapping) and "client_id" in value]
    return {f"Sign in with {name}": name for name in named} or {"Sign in": None}


def person(database: Engine) -> Person:
    """Return who is looking; the page ends here for somebody who has still to sign in."""
    if not signs_in():
        _refuse_forwarded(st.context.headers)
        return Person(LOCAL, "administrator")
    if not st.user.is_logged_in:
        st.title("Itemwise")
        st.write("Sign in to see the dashboard.")
        for words, provider in providers(st.secrets["auth"]).items():
            st.button(words, on_click=st.login, args=(provider,), type="primary")
        st.stop()
    return signed_in(database, st.user.to_dict(), administrators=first_administrators())


def offer_sign_out(person: Person) -> None:
    """Say in the sidebar who is signed in, and let them sign out."""
    if signs_in():
        with st.sidebar:
            st.caption(f"{person.name} · {person.role or 'no role yet'}")
            st.button("Sign out", on_click=st.logout, key="sign out", icon=":material/logout:")


def _refuse_forwarded(headers: Mapping[str, str]) -> None:
    """End the page where a proxy passes it on to others although nobody signs in."""
    if any(name in headers for name in FORWARDED):
        st.title("Itemwise")
        st.error(
            "This dashboard is passed on by another server, and nobody has to sign in. Set up `[auth]` in "
            "`.streamlit/secrets.toml`: docs/dashboard.md tells how.",
            icon=":material/lock:",
        )
        st.stop()


def signed_in(
    database: Engine, told: Mapping[str, object], *, administrators: Collection[str] = ()
) -> Person:
    """Return the person behind a verified address; an address that was not verified has no role."""
    email = str(told.get("email") or "").lower()
    if not email or told.get("email_verified", True) is False:
        return Person(email or "somebody", "")
    return Person(email, "administrator" if email in administrators else role_of(database, email))
