"""A figure for an item: checked, under a name of its own, and as the Markdown that shows it."""

import os
import re
from collections.abc import Mapping
from pathlib import PurePath

from items.errors import BadInput
from items.exchange.media import check_image

FOLDER = "figures"
"""Where a bank's figures stand that has none yet."""


def place(name: str, content: bytes, media: Mapping[str, bytes]) -> str:
    """Return the path of a new figure among a bank's media; a name that is taken gets a number.

    Raises
    ------
    BadInput
        If the file is no image that can be shown to candidates.
    """
    check_image(name, content, where=name)
    file = PurePath(name)
    stem, ending = re.sub(r"[^a-z0-9]+", "_", file.stem.lower()).strip("_") or "figure", file.suffix.lower()
    folder = os.path.commonpath([os.path.dirname(path) for path in media]) if media else ""
    path, number = f"{folder or FOLDER}/{stem}{ending}", 1
    while media.get(path, content) != content:
        number += 1
        path = f"{folder or FOLDER}/{stem}_{number}{ending}"
    return path


def markdown(path: str, *, shows: str, caption: str = "") -> str:
    """Return the Markdown that shows a figure on lines of its own.

    Raises
    ------
    BadInput
        If nothing says what the figure shows, for those who cannot see it.
    """
    if not shows.strip():
        raise BadInput("has no alternative text", where=path, right="say in words what it shows")
    words = re.sub(r"([\\\[\]])", r"\\\1", " ".join(shows.split()))
    title = " ".join(caption.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f"![{words}]({path}" + (f' "{title}")' if title else ")")
