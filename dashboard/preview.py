"""A question as candidates see it: the templates and styles of their own pages, in one document."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from mimetypes import guess_type

from engine.delivery.question_view import shown
from engine.delivery.site import FOLDER, templates
from items.bank import ItemBank

MEDIA = "/media/"
"""Where the figures of a preview stand before they are put into the document."""

_LOADED = re.compile(r"<link [^>]*>|<script[^>]*></script>")
_IMAGE = re.compile(rf'src="{MEDIA}([^"]+)"')


@dataclass(frozen=True, slots=True)
class _Bank:
    """A bank as the surroundings of a question."""

    language: str
    passages: Mapping[str, str]


def preview(bank: ItemBank, item: str) -> str:
    """Return the page of a question as one HTML document that loads nothing and sends nothing."""
    around = _Bank(bank.language, {one.id: one.text for one in bank.stimuli})
    question = shown(bank.item(item), around, position=1, seed=0, media=MEDIA)
    page = (
        templates()
        .get_template("question.html")
        .render(
            here="",
            about=None,
            title=bank.title,
            longest=1,
            question=question,
            blank=False,
            problem="",
            seal="",
        )
    )
    style = f"<style>{_styles()}</style>"
    page = _LOADED.sub("", page).replace("</head>", f"{style}</head>").replace("<form ", "<form inert ")
    return _IMAGE.sub(lambda match: f'src="{data_url(match[1], bank.media[match[1]])}"', page)


@cache
def _styles() -> str:
    return (FOLDER / "static" / "pages.css").read_text(encoding="utf-8")


def data_url(path: str, content: bytes) -> str:
    """Return an image as an address that holds it."""
    kind, _ = guess_type(path)
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
