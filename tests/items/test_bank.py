"""Items and banks: identity by content, versions, revisions, statuses, look-up."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from items.bank import Entry, ItemBank
from items.errors import BadInput
from items.item import Item, Status
from items.parameters import ParameterSet

RECORD = {
    "id": "q",
    "skill": "Shapes",
    "stem": "How many? ![a box](figures/box.svg)",
    "interaction": {
        "type": "multiple_choice",
        "options": [{"text": letter, "correct": letter in "AB"} for letter in "ABC"],
    },
    "explanation": "So. ![why](figures/why.svg)",
    "attachments": {"figures/box.svg": "1" * 64, "figures/why.svg": "2" * 64},
}


def item(**changed: object) -> Item:
    return Item.model_validate({**RECORD, **changed})


def options(**changed: object) -> dict[str, object]:
    return {"interaction": {**RECORD["interaction"], **changed}}  # type: ignore[dict-item]


CONTENT: list[dict[str, object]] = [
    {"stem": "How many now?"},
    {"idk": False},
    {"attachments": {"figures/box.svg": "3" * 64, "figures/why.svg": "2" * 64}},
    options(scoring="partial"),
    options(shuffle=True),
    options(options=[{"text": letter, "correct": letter in "AC"} for letter in "ABC"]),
    options(options=[{"text": letter, "correct": letter in "AB"} for letter in "ABD"]),
    {"interaction": {"type": "numeric", "answer": 3}},
]
REST: list[dict[str, object]] = [
    {"explanation": "So it is."},
    {"worked": "Steps"},
    {"title": "Boxes"},
    {"skill": "Counting"},
    {"tags": {"bloom": "apply"}},
    {"enemies": ["r"]},
    {"attachments": {"figures/box.svg": "1" * 64, "figures/why.svg": "3" * 64}},
    options(options=[{"text": letter, "correct": letter in "AB", "explanation": "x"} for letter in "ABC"]),
]


@pytest.mark.parametrize("changed", CONTENT)
def test_what_candidates_see_or_how_it_is_scored_makes_a_new_version(changed: dict[str, object]) -> None:
    edited = item().next_version(item(**changed))
    assert edited.content_hash != item().content_hash
    assert (edited.version, edited.revision) == (2, 1)


@pytest.mark.parametrize("changed", REST)
def test_explanations_and_tags_make_a_new_revision(changed: dict[str, object]) -> None:
    edited = item(version=3, revision=2).next_version(item(**changed))
    assert edited.content_hash == item().content_hash
    assert (edited.version, edited.revision) == (3, 3)


def test_no_change_makes_nothing_new() -> None:
    before = item(version=3, revision=2)
    assert before.next_version(item()) == before


@given(st.lists(st.sampled_from(CONTENT + REST), max_size=6))
def test_versions_only_grow_and_equal_hashes_mean_equal_versions(edits: list[dict[str, object]]) -> None:
    current = item()
    for edit in edits:
        after = current.next_version(item(**edit))
        assert (after.version, after.revision) >= (current.version, current.revision)
        assert (after.version == current.version) == (after.content_hash == current.content_hash)
        current = after


def test_another_item_is_no_next_version() -> None:
    with pytest.raises(ValueError, match="'r' is not an edit of item 'q'"):
        item().next_version(item(id="r"))


def test_statistics_do_not_follow_a_new_version() -> None:
    known = ParameterSet.from_table(
        pd.DataFrame({"item": ["q"], "version": [1], "model": ["2pl"], "a": 1, "b": 0})
    )
    edited = item().next_version(item(stem="Anew"))
    of_version = known.table[(known.table["item"] == "q") & (known.table["version"] == edited.version)]
    assert of_version.empty


def bank(*entries: Entry) -> ItemBank:
    return ItemBank("b", "Bank", "Domain", entries)


def entry(id: str, status: Status = Status.OPERATIONAL, **changed: object) -> Entry:
    return Entry(item=item(id=id, **changed), status=status)


def test_items_are_looked_up_and_filtered() -> None:
    small = bank(entry("q1"), entry("q2", Status.DRAFT, skill="Counting", tags={"bloom": "apply"}))
    assert (len(small), small.item("q2").skill) == (2, "Counting")
    assert [one.id for one in small.filter(status={Status.DRAFT}).items] == ["q2"]
    assert [one.id for one in small.filter(skill="Shapes").items] == ["q1"]
    assert [one.id for one in small.filter(tags={"bloom": "apply"}).items] == ["q2"]
    assert [one.id for one in small.filter(skill="Shapes", tags={"bloom": "apply"}).items] == []
    with pytest.raises(BadInput, match="bank b: there is no item 'q3'; the bank has 2 items"):
        small.item("q3")
    with pytest.raises(BadInput, match="there is no stimulus 's'"):
        small.stimulus("s")


def test_two_items_with_one_id_are_refused() -> None:
    with pytest.raises(BadInput, match="two items have the same id"):
        bank(entry("q"), entry("q"))


def test_an_item_is_not_its_own_enemy() -> None:
    with pytest.raises(ValueError, match="named among its own enemies"):
        item(enemies=["q"])


def test_a_new_version_of_an_operational_item_starts_as_pilot() -> None:
    after = bank(entry("q1"), entry("q2"), entry("q3")).next_version(
        bank(entry("q2", stem="Anew"), entry("q1", title="New title"), entry("q4"))
    )
    assert [
        (one.item.id, one.item.version, one.item.revision, one.status.value) for one in after.entries
    ] == [
        ("q2", 2, 1, "pilot"),
        ("q1", 1, 2, "operational"),
        ("q4", 1, 1, "operational"),
        ("q3", 1, 1, "retired"),
    ]


PINNED = ["1719e09460785223", "5a7569b33b533edf", "265b7d056538778f", "35e5d4efde449a19", "67d8e2d890d0590e"]
"""The first 16 digits, as the first release computed them."""


def test_content_hashes_stay_what_they_are() -> None:
    """Stored items keep their versions: a change here would make a new version of every item ever kept."""
    kinds: list[dict[str, object]] = [
        {
            "type": "single_choice",
            "options": [{"text": "A", "correct": True}, {"text": "B", "explanation": "x"}],
        },
        {
            "type": "multiple_choice",
            "options": [{"text": "A", "correct": True}, {"text": "B"}],
            "scoring": "partial",
        },
        {
            "type": "numeric",
            "answer": 0.1,
            "tolerance": 2,
            "mistakes": [{"answers": [3], "explanation": "x"}],
        },
        {"type": "short_text", "accepted": ["a"]},
        {"type": "open_response", "criteria": [{"credit": 2, "text": "a"}]},
    ]
    assert [item(interaction=one).content_hash[:16] for one in kinds] == PINNED
