"""One item changed by a person: new content becomes a version, nobody overwrites what they did not see."""

import pytest

from items.bank import Entry, ItemBank
from items.errors import BadInput
from items.item import Item, Status
from items.storage import banks
from items.storage.database import connect, migrate, workspace_url
from items.storage.editing import Overtaken, change, saved

AT, LATER = "2026-11-24T09:00:00.000Z", "2026-11-24T10:30:00.000Z"


@pytest.fixture
def database(tmp_path):
    opened = connect(workspace_url(tmp_path))
    migrate(opened)
    item = Item.model_validate(
        {
            "id": "six",
            "skill": "s",
            "stem": "2 + 4?",
            "explanation": "Count.",
            "interaction": {"type": "numeric", "answer": 6},
        }
    )
    entries = (Entry(item=item, status=Status.OPERATIONAL),)
    banks.save(opened, ItemBank("small", "Small", "sums", entries), at=AT, by="Ada")
    yield opened
    opened.dispose()


def _seen(database):
    return banks.load(database, "small").entry("six")


def _with(entry, *, status=None, **changes):
    item = entry.item.model_copy(update=changes)
    return entry.model_copy(update={"item": item, "status": status or entry.status})


def test_new_content_makes_a_version_on_trial_and_the_old_one_stays(database):
    seen = _seen(database)
    after = change(database, "small", seen, _with(seen, stem="3 + 3?"), at=LATER, by="Ben")
    assert (after.item.version, after.item.revision, after.status) == (2, 1, Status.PILOT)
    assert _seen(database) == after
    assert [(one.item.version, one.item.stem, one.by) for one in saved(database, "small", "six")] == [
        (1, "2 + 4?", "Ada"),
        (2, "3 + 3?", "Ben"),
    ]
    assert banks.status_history(database, "small", "six")[-1]["status"] == "pilot"


def test_an_explanation_makes_a_revision_and_leaves_the_status(database):
    seen = _seen(database)
    after = change(database, "small", seen, _with(seen, explanation="Add."), at=LATER, by="Ben")
    assert (after.item.version, after.item.revision, after.status) == (1, 2, Status.OPERATIONAL)


def test_a_status_alone_makes_no_new_state_of_the_content(database):
    seen = _seen(database)
    after = change(
        database, "small", seen, _with(seen, status=Status.SUSPENDED), at=LATER, by="Ben", note="key"
    )
    assert after.item == seen.item
    assert banks.status_history(database, "small", "six")[-1] == {
        "status": "suspended",
        "at": LATER,
        "by": "Ben",
        "note": "key",
    }
    assert len(saved(database, "small", "six")) == 1


@pytest.mark.parametrize("first", [{"stem": "3 + 3?"}, {"status": Status.SUSPENDED}])
def test_the_second_of_two_people_learns_what_the_first_changed(first, database):
    seen = _seen(database)
    change(database, "small", seen, _with(seen, **first), at=LATER, by="Ben")
    with pytest.raises(
        Overtaken, match=r"item six: Ben changed it in the meantime \(2026-11-24 10:30 UTC\)"
    ) as refused:
        change(database, "small", seen, _with(seen, stem="1 + 5?"), at=LATER, by="Cleo")
    assert refused.value.now == _seen(database)
    assert "1 + 5?" not in [one.item.stem for one in saved(database, "small", "six")]


def test_a_change_of_the_notes_alone_is_laid_to_nobody(database):
    seen = _seen(database)
    change(database, "small", seen, seen.model_copy(update={"notes": "a thought"}), at=LATER, by="Ben")
    with pytest.raises(Overtaken, match="item six: its notes were changed in the meantime"):
        change(database, "small", seen, _with(seen, stem="1 + 5?"), at=LATER, by="Cleo")


def test_an_item_that_is_not_there_is_refused(database):
    seen = _seen(database)
    other = _with(seen, id="seven")
    with pytest.raises(BadInput, match="there is no item 'seven'"):
        change(database, "small", other, other, at=LATER, by="Ben")
