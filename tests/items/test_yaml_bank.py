"""The YAML format: a mistake is named with its line and what would be right; what is written comes back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from items.bank import Entry, ItemBank
from items.errors import BadInput
from items.exchange.yaml_writer import write
from items.item import Item

HEAD = "id: b\ntitle: B\n"
GOOD = """\
id: b
title: B
items:
  - id: one
    skill: Shapes
    type: single_choice
    stem: |
      How many, $x^2$?

      Think.
    options:
      - text: 3
        correct: true
      - {text: yes, explanation: No.}
    explanation: So.
"""

Write = Callable[[str], Path]


@pytest.fixture
def write_bank(tmp_path: Path) -> Write:
    def written(source: str) -> Path:
        file = tmp_path / "bank.yaml"
        file.write_text(source, encoding="utf-8")
        return file

    return written


def refused(file: Path) -> str:
    with pytest.raises(BadInput) as caught:
        ItemBank.read(file)
    return str(caught.value)


def test_scalars_stay_as_the_author_wrote_them(write_bank: Write) -> None:
    bank = ItemBank.read(write_bank(GOOD.replace("text: 3", "text: 0.10")))
    first, second = bank.item("one").interaction.options  # type: ignore[union-attr]
    assert (first.text, second.text, first.correct, second.correct) == ("0.10", "yes", True, False)
    assert (bank.domain, bank.language, bank.entry("one").status) == ("B", "en", "draft")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "skill: Shapes",
            "skil: Shapes",
            "line 5, item one: `skil` is not a known key; did you mean `skill`?",
        ),
        ("    skill: Shapes\n", "", "line 4, item one: `skill` is missing; add it"),
        (
            "single_choice",
            "single_chioce",
            "line 6, item one: 'single_chioce' is no kind of interaction; did you",
        ),
        ("    type: single_choice\n", "", "line 4, item one: `type` is missing; write one of single_choice"),
        ("correct: true", "correct: ture", "line 13, item one: `correct` is 'ture'; write true or false"),
        (
            "correct: true",
            "corect: true",
            "line 13, item one: `corect` is not a known key; did you mean `correct`",
        ),
        ("        correct: true\n", "", "line 11, item one: no options are marked correct; mark exactly one"),
        ("id: one", "id: one two", "line 4, item one two: `id` is 'one two'; use letters and digits"),
        ("id: one", "id: one\n    version: x", "line 5, item one: `version` is 'x'; write a whole number"),
        (
            "id: one",
            "id: one\n    status: live",
            "line 5, item one: `status` is 'live'; write 'draft', 'review'",
        ),
        (
            "id: one",
            "id: one\n    enemies: [two]",
            "line 5, item one: there is no item 'two'; known are `one`",
        ),
        ("id: one", "id: one\n    enemies: one", "line 5, item one: `enemies` is text; write a list"),
        (
            "id: one",
            "id: one\n    stimulus: s",
            "line 5, item one: there is no stimulus 's'; declare it under",
        ),
        ("$x^2$", "$\\foo$", "line 8, item one: formula `\\foo`: \\foo is not a known macro"),
        ("Think.", "Think $\\frac{a}$.", "line 10, item one: formula `\\frac{a}`: an argument is missing"),
        ("Think.", "Think $x.", "line 10, item one: a `$` stands alone"),
        ("Think.", "![](figures/a.svg)", "has no alternative text; say between ![ and ] what it shows"),
        (
            "Think.",
            "![a](figures/a.svg)",
            "line 10, item one: there is no image `figures/a.svg`; put it into",
        ),
        (
            "Think.",
            "![a](http://x.org/a.svg)",
            "the image 'http://x.org/a.svg' is not one of the bank's media",
        ),
        ("Think.", "```pyton\n      x\n      ```", "line 10, item one: code in an unknown language `pyton`"),
        ("text: 3", 'text: "| a |\\n|---|\\n| b |"', "line 12, item one: an option cannot hold a table"),
        ("explanation: So.", "explanation:", "item one: `explanation` is missing"),
        ("explanation: So.", "explanation: So.\n    stem: Again", "line 16, column 5: `stem` is given twice"),
        ("text: 3", "text: [3]", "line 12, item one: `text` is a list; write text"),
        ("title: B", "titel: B", "`titel` is not a known key; did you mean `title`?"),
        ("title: B", "title: B\nstimuli: none", "line 3: `stimuli` is not a list"),
        ("title: B", "title: B\nstimuli: [{id: s}]", "line 3: `text` is missing"),
        ("title: B", "title: B\nmedia: nowhere", "there is no media folder 'nowhere'"),
        ("title: B", "title: B\nmedia: ..", "there is no media folder '..'; name a folder inside"),
    ],
)
def test_a_mistake_is_named_with_its_line(write_bank: Write, old: str, new: str, says: str) -> None:
    assert old in GOOD
    file = write_bank(GOOD.replace(old, new, 1))
    message = refused(file)
    assert message.startswith(str(file.parent))
    assert says in message


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "is not a bank; write `id`, `title` and `items`"),
        ("- 1", "is not a bank"),
        (HEAD, "`items` is missing"),
        (HEAD + "items: 3", "`items` is not a list"),
        (HEAD + "items: [3]", "line 3, item 0: is not an item"),
        (HEAD + "items: {", "line 4, column 1: is not YAML"),
        (HEAD + "items: [a: b: c]", "is not YAML"),
        (HEAD + "x: &a [1]\nitems: *a", "an alias is used; write the text out"),
        (HEAD + "x: &a [*a]", "an alias is used"),
        (HEAD + "[1]: 2", "a key is not plain text"),
        (HEAD + "items: !!python/object/apply:os.system [ls]", "line 3, item 0: is not an item"),
        ("\t", "is not YAML"),
    ],
)
def test_a_file_that_is_no_bank_is_refused(write_bank: Write, source: str, says: str) -> None:
    assert says in refused(write_bank(source))


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refused(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes("title: é".encode("latin-1"))
    assert "is not UTF-8 at byte 7" in refused(tmp_path / "latin.yaml")
    assert "its format is not known" in refused(tmp_path / "bank.docx")


def test_all_problems_come_in_one_message_in_the_order_of_the_file(write_bank: Write) -> None:
    twice = GOOD + GOOD[GOOD.index("  - id: one") :].replace("$x^2$", "$x").replace(
        "skill: Shapes", "skill: ''"
    )
    message = refused(write_bank(twice.replace("$x^2$", "$\\foo$")))
    lines = message.splitlines()
    assert lines[0].endswith("bank.yaml: 3 problems")
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "line 8, item one",
        "line 16, item one",
        "line 17, item one",
    ]


def test_a_very_broken_file_names_the_first_problems_and_counts_the_rest(write_bank: Write) -> None:
    items = "".join(f"  - {{id: q{n}, type: numeric, answer: 1, stem: x, skill: s}}\n" for n in range(50))
    message = refused(write_bank(HEAD + "items:\n" + items))
    assert "50 problems" in message
    assert message.endswith("and 30 more")


@pytest.mark.parametrize(
    "drawing",
    [
        "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        "<svg xmlns='http://www.w3.org/2000/svg'><a href='javascript:x()'/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>"
        "<use xlink:href='http://x.org/a.svg'/></svg>",
        "<svg",
    ],
)
def test_a_drawing_that_could_run_or_load_something_is_refused(
    tmp_path: Path, write_bank: Write, drawing: str
) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "a.svg").write_text(drawing)
    message = refused(write_bank(GOOD.replace("title: B", "title: B\nmedia: figures")))
    assert "a.svg: " in message


def test_what_an_item_shows_is_part_of_it(tmp_path: Path, write_bank: Write) -> None:
    (tmp_path / "figures").mkdir()
    drawing = tmp_path / "figures" / "a.svg"
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    source = GOOD.replace("title: B", "title: B\nmedia: figures").replace("Think.", "![a](figures/a.svg)")
    before = ItemBank.read(write_bank(source)).item("one")
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg' width='3'/>")
    after = ItemBank.read(write_bank(source)).item("one")
    assert set(before.attachments) == {"figures/a.svg"}
    assert before.content_hash != after.content_hash


def test_changing_a_shared_stimulus_changes_every_item_that_shows_it(write_bank: Write) -> None:
    source = GOOD.replace("title: B", "title: B\nstimuli: [{id: s, text: Read.}]")
    source = source.replace("id: one", "id: one\n    stimulus: s")
    before = ItemBank.read(write_bank(source)).item("one")
    after = ItemBank.read(write_bank(source.replace("Read.", "Read well."))).item("one")
    assert before.next_version(after).version == 2


def rich_bank() -> ItemBank:
    """Return a bank with every kind of interaction and awkward text."""
    interactions: list[dict[str, Any]] = [
        {
            "type": "single_choice",
            "options": [{"text": "yes", "correct": True}, {"text": "0.10"}],
            "shuffle": True,
        },
        {"type": "multiple_choice", "options": [{"text": "~", "correct": True}, {"text": "x  \n\n  y \n"}]},
        {"type": "numeric", "answer": 1 / 3, "relative_tolerance": 1e-5, "unit": "%"},
        {
            "type": "numeric",
            "answer": 320,
            "tolerance": 0.5,
            "mistakes": [{"answers": [288], "explanation": "x"}],
        },
        {"type": "short_text", "accepted": ["null", "C#: yes", "é\u2028"]},
        {"type": "open_response", "criteria": [{"credit": 2, "text": "a", "keywords": ["b"]}]},
    ]
    entries = tuple(
        Entry.model_validate(
            {
                "item": {
                    "id": f"q{place}",
                    "version": 2,
                    "skill": "true",
                    "stem": f"Stem: # {place}\n\n```python\nx  =  1 \n```\n",
                    "interaction": one,
                    "explanation": "'quoted' \"text\"",
                    "idk": place % 2 == 0,
                    "enemies": ["q0"] if place else [],
                    "tags": {"bloom": "on"},
                },
                "status": "pilot",
                "notes": "a note",
            }
        )
        for place, one in enumerate(interactions)
    )
    return ItemBank("b", "B: a title", "D", entries, language="de-CH")


def test_a_bank_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    bank = rich_bank()
    write(bank, tmp_path / "bank.yaml")
    assert ItemBank.read(tmp_path / "bank.yaml") == bank


def test_a_bank_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such folder"):
        write(rich_bank(), tmp_path / "nowhere" / "bank.yaml")
    assert list(tmp_path.iterdir()) == []


def test_items_are_frozen() -> None:
    item: Item = rich_bank().item("q0")
    with pytest.raises(ValueError, match="frozen"):
        item.stem = "x"  # type: ignore[misc]
