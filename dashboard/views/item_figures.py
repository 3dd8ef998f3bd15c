"""Figures in the editor of an item: choose a file, say what it shows, put it into the question."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from dashboard import illustrating
from dashboard.preview import data_url
from items.bank import ItemBank
from items.errors import BadInput
from items.exchange.media import LARGEST, TYPES

ADDED = "figures added"
"""Where figures wait until the item is saved: by item, each by its path."""
WIDEST = 360


def added(item: str) -> dict[str, bytes]:
    """Return the figures that were added to an item on this page and wait to be saved, by path."""
    waiting: dict[str, dict[str, bytes]] = st.session_state.setdefault(ADDED, {})
    return waiting.setdefault(item, {})


def forget(item: str) -> None:
    """Forget the figures that wait."""
    st.session_state.get(ADDED, {}).pop(item, None)


def with_added(bank: ItemBank, item: str) -> ItemBank:
    """Return the bank with the figures that wait."""
    return replace(bank, media={**bank.media, **added(item)})


def offer(media: Mapping[str, bytes], item: str, field: str) -> None:
    """Offer to put a figure at the end of the question, whose text stands in the state under `field`."""
    with st.expander("Add a figure", icon=":material/add_photo_alternate:"):
        key = f"{field} {len(added(item))}"
        file = st.file_uploader(
            "Image: SVG, PNG, JPEG, GIF or WebP",
            max_upload_size=LARGEST // 1_000_000,
            type=[ending.removeprefix(".") for ending in TYPES],
            key=f"figure {key}",
        )
        if file is None:
            return
        content = file.getvalue()
        try:
            path = illustrating.place(file.name, content, media)
        except BadInput as error:
            st.error(f"This file cannot be shown to candidates: {error}", icon=":material/error:")
            return
        st.image(data_url(path, content), width=WIDEST, alt=f"The chosen figure, {file.name}")
        shows = st.text_input(
            "What it shows, for those who cannot see it",
            key=f"shows {key}",
            placeholder="A box plot of three groups; the medians are 2, 4 and 9.",
        )
        caption = st.text_input("Caption below it (may be left out)", key=f"caption {key}")
        if not shows.strip():
            st.caption("Say what it shows first: everything that the question needs, and not the answer.")
        st.button(
            "Put it at the end of the question",
            disabled=not shows.strip(),
            on_click=_put,
            args=(item, field, path, content, shows, caption),
        )


def _put(item: str, field: str, path: str, content: bytes, shows: str, caption: str) -> None:
    added(item)[path] = content
    text = illustrating.markdown(path, shows=shows, caption=caption)
    st.session_state[field] = f"{str(st.session_state[field]).rstrip()}\n\n{text}\n"
