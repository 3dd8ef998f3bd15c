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
LOOPBACK = ("127.0.0.1", "::1", "localhost")


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
    return tuple(str(one).lower() for one in st.secrets.get("itemwise", {}).get("administrators", ()))


def person(database: Engine) -> Person:
    """Return who is looking; the page ends here for somebody who has still to sign in."""
    if not signs_in():
        return Person(LOCAL, "administrator")
    if not st.user.is_logged_in:
        st.title("Itemwise")
        st.write("Sign in to see the dashboard.")
        st.button("Sign in", on_click=st.login, type="primary")
        st.stop()
    return signed_in(database, st.user.to_dict(), administrators=first_administrators())


def signed_in(
    database: Engine, told: Mapping[str, object], *, administrators: Collection[str] = ()
) -> Person:
    """Return the person behind a verified address; an address that was not verified has no role."""
    email = str(told.get("email") or "").lower()
    if not email or told.get("email_verified", True) is False:
        return Person(email or "somebody", "")
    return Person(email, "administrator" if email in administrators else role_of(database, email))
