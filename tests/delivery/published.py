"""A small assessment, a clock that a test moves, and a visitor who uses the pages by their forms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import pandas as pd
from sqlalchemy import Engine
from starlette.testclient import TestClient

from engine.delivery.app import create_app
from engine.delivery.edition import Edition, publish
from engine.delivery.events import stamp
from engine.delivery.security import new_token, session_id
from engine.delivery.service import SessionService
from engine.delivery.site import Site
from items.bank import ItemBank
from items.parameters import ParameterSet
from items.storage import banks, parameter_sets

SAMPLER = Path(__file__).parent / "sampler" / "bank.yaml"
START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

RULES = """
[open]
items = ["essay"]
positions = [3]
[stop]
rule = "length"
length = 7
[scale]
levels = { Beginning = 1, Developing = 101, Accomplished = 201 }
"""

PARAMETERS = pd.DataFrame(
    {
        "item": ["code", "matrix", "count", "word", "figure", "truth", "essay"],
        "model": ["2pl", "gpcm", "2pl", "2pl", "2pl", "2pl", "gpcm"],
        "a": [1.4, 0.9, 1.2, 1.0, 0.8, 1.1, 1.0],
        "b": [0.2, None, 0.8, -0.5, -1.5, 0.0, None],
        "b1": [None, -0.6, None, None, None, None, -0.4],
        "b2": [None, 0.9, None, None, None, None, 0.7],
    }
)

RIGHT = {
    "code": "b",
    "matrix": ["a", "c"],
    "count": "320",
    "word": "Drop-out",
    "figure": "b",
    "truth": "b",
    "essay": "Edges are edges everywhere; train the last layers anew.",
}
WRONG = {
    "code": "a",
    "matrix": ["b"],
    "count": "288",
    "word": "pooling",
    "figure": "a",
    "truth": "a",
    "essay": "I would buy more scans.",
}


def publish_sampler(database: Engine, *, rules: str = RULES) -> Edition:
    """Keep the sampler with its parameters and offer it as an assessment."""
    at = stamp(START)
    bank = banks.save(database, ItemBank.read(SAMPLER), at=at, by="Ada")
    kept = parameter_sets.append(database, bank.id, ParameterSet.from_table(PARAMETERS), at=at, by="Ada")
    parameter_sets.promote(database, kept, at=at, by="Ada", note="for the tests")
    return publish(database, "sampler", title="Sampler", bank=bank.id, rules=rules, at=at, by="Ada")


@dataclass
class Clock:
    """A clock that a test moves; each look takes a second."""

    now: datetime = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass(frozen=True)
class Place:
    """Everything that a test of the pages needs."""

    database: Engine
    clock: Clock
    service: SessionService
    site: Site
    client: TestClient


def open_place(database: Engine) -> Place:
    """Open the pages of a database that holds the sampler."""
    clock = Clock()
    service = SessionService(database, clock)
    site = Site(service, b"s" * 32, new_token)
    client = TestClient(create_app(site), base_url="http://test.example", follow_redirects=False)
    return Place(database, clock, service, site, client)


class _Forms(HTMLParser):
    """The forms of a page: action and fields, with the values that a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, list[str]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self.forms.append((told["action"] or "", {}))
        hidden = tag == "input" and (told.get("type") == "hidden" or "checked" in told)
        if hidden and self.forms:
            self.forms[-1][1].setdefault(str(told["name"]), []).append(told.get("value") or "")


def forms(page: str) -> list[tuple[str, dict[str, list[str]]]]:
    """Return action and filled-in fields of each form on a page."""
    parser = _Forms()
    parser.feed(page)
    return parser.forms


@dataclass
class Visitor:
    """Somebody who takes the test by sending the forms of its pages."""

    place: Place
    address: str = ""
    pages: list[str] = field(default_factory=list)

    def get(self, path: str = "", *, status: int = 200) -> str:
        """Open a page, by default the session's own."""
        path = path or self.address
        response = self.place.client.get(path)
        assert response.status_code == status, (path, response.status_code, response.text[:300])
        self.pages.append(response.text)
        return response.text

    def start(self) -> None:
        """Press Start."""
        [(action, fields)] = forms(self.get("/assessments/sampler"))
        self.address = self.send(action, fields)

    def send(self, action: str, fields: Mapping[str, str | list[str]], *, status: int = 303) -> str:
        """Send a form and return where it leads, or the page that it brings."""
        response = self.place.client.post(
            action,
            content=urlencode(fields, doseq=True),
            headers={"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"},
        )
        assert response.status_code == status, (action, response.status_code, response.text[:300])
        self.pages.append(response.text)
        return response.headers.get("location", response.text)

    @property
    def session(self) -> str:
        """The session as it is stored."""
        return session_id(self.token)

    @property
    def token(self) -> str:
        """The token in the session's address."""
        return self.address.rpartition("/")[2]

    @property
    def item(self) -> str:
        """The item that waits for an answer."""
        current = self.place.service.look(self.token).session.current
        assert current is not None
        return current.item

    def form(self) -> tuple[str, dict[str, list[str]]]:
        """The form of the question that waits."""
        return forms(self.get())[0]

    def answer(self, given: str | list[str], *, status: int = 303) -> str:
        """Answer the question that waits; "idk" and "" say so."""
        action, fields = self.form()
        typed = 'type="radio"' not in self.pages[-1] and 'name="answer" value="a"' not in self.pages[-1]
        answer = {"idk": ["yes"]} if given == "idk" and typed else {"answer": given or []}
        return self.send(action, {**fields, **answer}, status=status)

    def go_to(self, item: str) -> None:
        """Answer rightly until the item is asked."""
        while self.item != item:
            self.answer(RIGHT[self.item])

    def take(self, answers: Mapping[str, str | list[str]] = RIGHT) -> None:
        """Answer every question that is left."""
        while not self.ended:
            self.answer(answers[self.item])

    @property
    def ended(self) -> bool:
        """Whether the test is over."""
        return self.place.client.get(self.address).status_code == 303


def unescaped(page: str) -> str:
    """Return the page's text with white space collapsed."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
