"""docs/dashboard.md: names every page and right, and its pictures are there and small."""

import re
from pathlib import Path

from dashboard.navigation import GROUPS
from dashboard.store.roles import ROLES

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "dashboard.md").read_text(encoding="utf-8")
LARGEST = 150 * 1024


def test_every_page_is_named():
    titles = [title for listed in GROUPS.values() for _, title, *_ in listed]
    assert [title for title in titles if title.lower() not in TEXT.lower()] == []


def test_every_picture_is_there_and_small():
    named = set(re.findall(r"\(images/([a-z-]+\.png)\)", TEXT))
    assert len(named) >= 18
    for name in named:
        assert (DOCS / "images" / name).stat().st_size <= LARGEST, name


def test_every_view_of_the_table_says_where_it_is():
    rows = [line.split("|")[1:-1] for line in TEXT.splitlines() if line.startswith("|") and "picture" in line]
    assert len(rows) == 20
    assert all(has.strip() == "yes" and where.strip() for _, has, where, _ in rows)


def test_every_role_is_explained():
    assert all(role in TEXT for role in ROLES)
