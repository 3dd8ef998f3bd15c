"""The demonstration bank is complete: every kind of question and of content, explanations, states, spread."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from xml.etree import ElementTree

import pytest

import items.banks.deep_learning.draw_figures as figures
from items.bank import ItemBank
from items.interactions import Choice, MultipleChoice, Numeric, OpenResponse, ShortText, SingleChoice
from items.item import Item, Status
from items.rendering import render, render_inline
from items.scoring import Answer, score

FOLDER = Path(figures.__file__).parent
BANK = ItemBank.read(FOLDER / "bank.yaml")
OPERATIONAL = BANK.filter(status={Status.OPERATIONAL})
FOURS = [
    item.interaction
    for item in BANK.items
    if isinstance(item.interaction, SingleChoice) and len(item.interaction.options) == 4
]
NO_PROSE = r"^\s*!\[|^\s*```|^`[^`]+`$"


def options(item: Item) -> list[str]:
    """Return the texts of an item's options."""
    return [one.text for one in item.interaction.options] if isinstance(item.interaction, Choice) else []


def stem(pattern: str) -> Callable[[Item], bool]:
    """Return whether an item's stem holds a pattern."""
    return lambda item: bool(re.search(pattern, item.stem, re.MULTILINE))


def each_option(pattern: str) -> Callable[[Item], bool]:
    """Return whether each option of an item holds a pattern."""
    return lambda item: bool(options(item)) and all(re.search(pattern, text) for text in options(item))


def any_option(pattern: str) -> Callable[[Item], bool]:
    """Return whether an option of an item holds a pattern."""
    return lambda item: any(re.search(pattern, text) for text in options(item))


def single(count: int) -> Callable[[Item], bool]:
    """Return whether an item is a single choice among so many options."""
    return lambda item: isinstance(item.interaction, SingleChoice) and len(options(item)) == count


KINDS: dict[str, tuple[int, Callable[[Item], bool]]] = {
    "single choice of 2": (3, single(2)),
    "single choice of 3": (3, single(3)),
    "single choice of 4": (30, single(4)),
    "single choice of 5": (4, single(5)),
    "single choice of 6": (1, single(6)),
    "select all, all or nothing": (
        2,
        lambda item: getattr(item.interaction, "scoring", "") == "all_or_nothing",
    ),
    "select all, partial": (2, lambda item: getattr(item.interaction, "scoring", "") == "partial"),
    "numeric, exact": (8, lambda item: isinstance(item.interaction, Numeric) and not item.interaction.margin),
    "numeric, tolerance": (
        8,
        lambda item: isinstance(item.interaction, Numeric) and item.interaction.margin > 0,
    ),
    "short text": (3, lambda item: isinstance(item.interaction, ShortText)),
    "open, by a person": (2, lambda item: getattr(item.interaction, "scored_by", "") == "person"),
    "open, by a rule": (2, lambda item: getattr(item.interaction, "scored_by", "person") != "person"),
    "inline code in the stem": (8, stem(r"`[^`\n]+`")),
    "block of code in the stem": (5, stem(r"^```python")),
    "options that are a line of code": (4, each_option(r"^`[^`]+`$")),
    "options of several lines of code": (2, each_option(r"```python\n.+\n.+")),
    "long scenario": (8, lambda item: len(item.stem) > 380),
    "example in quotation marks": (4, stem(r'"[^"]{30,}"')),
    "formulas in stem and options": (8, lambda item: "$" in item.stem and each_option(r"\$")(item)),
    "partial derivatives in stem and options": (
        1,
        lambda item: r"\partial" in item.stem and each_option(r"\\partial")(item),
    ),
    "matrices in the stem": (2, stem(r"\\begin\{pmatrix\}")),
    "matrices as options": (3, each_option(r"\\begin\{(pmatrix|array)\}")),
    "4 × 4 grid in the stem": (1, stem(r"(?:^\|(?: \d \|){4}\n){4}")),
    "table in the stem": (5, stem(r"^\|.*\|\n\|[-:|]+\|")),
    "figure in the stem": (8, stem(r"^!\[")),
    "figures as options": (3, each_option(r"^!\[")),
    "colours that the question turns on": (6, stem(r"(?i)blue[\s\S]*orange")),
    "inequalities as options": (3, each_option(r"[<>=]")),
    "which is FALSE": (2, stem(r"\*\*FALSE\*\*")),
    "which is TRUE": (2, stem(r"\*\*TRUE\*\*")),
    "none of the above": (2, any_option("^None of the above$")),
    "sentence to complete": (3, stem("Complete the sentence")),
    "note": (2, stem(r"^\*\*Note:\*\*")),
    "integers as options": (4, each_option(r"^[\d,]+$")),
    "worked solution": (3, lambda item: "####" in item.worked),
    "several cases": (1, stem(r"\\begin\{cases\}")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_question_occurs_often_enough(kind: str) -> None:
    least, is_kind = KINDS[kind]
    assert sum(map(is_kind, BANK.items)) >= least


def test_size_skills_and_states() -> None:
    skills = Counter(item.skill for item in BANK.items)
    states = Counter(entry.status for entry in BANK.entries)
    assert len(skills) == 11
    assert min(skills.values()) >= 6
    assert min(Counter(item.skill for item in OPERATIONAL.items).values()) >= 6
    assert states.pop(Status.OPERATIONAL) >= 62
    assert states == {Status.PILOT: 4, Status.DRAFT: 2, Status.REVIEW: 1}
    assert all(entry.notes for entry in BANK.entries if entry.status is not Status.OPERATIONAL)


@pytest.mark.parametrize("item", BANK.items, ids=lambda item: item.id)
def test_every_text_can_be_shown(item: Item) -> None:
    for text in item.texts():
        assert (render_inline if text.inline else render)(text.markdown) or not text.markdown


@pytest.mark.parametrize("item", BANK.items, ids=lambda item: item.id)
def test_every_answer_is_explained(item: Item) -> None:
    assert len(item.explanation) >= 60
    match item.interaction:
        case SingleChoice() as choice if not item.worked:
            unexplained = {one.id for one in choice.options} - set(choice.explanations)
            assert unexplained <= set(choice.key)
        case Numeric(mistakes=mistakes):
            assert len(mistakes) >= 3
        case OpenResponse(criteria=criteria):
            assert len(criteria) >= 2


def test_images_are_described_and_used() -> None:
    shown = "".join(text.markdown for item in BANK.items for text in item.texts())
    told = dict(reversed(found) for found in re.findall(r"!\[([^\]]*)\]\((\S+?)[ )]", shown))
    assert set(told) == set(BANK.media)
    assert min(map(len, told.values())) >= 20
    assert len(set(told.values())) == len(told)


def test_figures_are_what_the_script_draws() -> None:
    drawn = figures.draw_all()
    assert {path.name for path in figures.FOLDER.iterdir()} == set(drawn)
    for name, svg in drawn.items():
        assert (figures.FOLDER / name).read_text(encoding="utf-8") == svg, name
        ground = ElementTree.fromstring(svg)[0]
        assert (ground.tag.rpartition("}")[2], ground.get("fill")) == ("rect", "#ffffff"), name


def test_enemies_are_mutual() -> None:
    for item in BANK.items:
        assert [other for other in item.enemies if item.id not in BANK.item(other).enemies] == [], item.id
    assert sum(bool(item.enemies) for item in BANK.items) >= 15


def test_right_answers_stand_everywhere() -> None:
    places = Counter(choice.key[0] for choice in FOURS)
    assert min(places[id] for id in "abcd") >= 0.8 * len(FOURS) / 4
    assert max(places.values()) <= 1.25 * len(FOURS) / 4


def test_the_longest_option_is_right_no_more_often_than_by_chance() -> None:
    prose = [c for c in FOURS if not any(re.search(NO_PROSE, one.text) for one in c.options)]
    right = [max(choice.options, key=lambda one: len(one.text)).correct for choice in prose]
    assert len(right) >= 25
    assert 0.1 <= mean(right) <= 0.36


@pytest.mark.parametrize(
    ("item", "text", "category"),
    [
        ("dl-data-name-augmentations", "Mirror it left to right, and change the brightness.", 2),
        ("dl-data-name-augmentations", "random crops; rotations", 1),
        ("dl-data-name-augmentations", "collect more photos", 0),
        ("dl-reg-diagnose", "Over-fitting. I would use drop-out.", 2),
        ("dl-reg-diagnose", "It memorises the photos.", 1),
        ("dl-reg-diagnose", "The learning rate is too high.", 0),
    ],
)
def test_keyword_rules_read_plain_answers(item: str, text: str, category: int) -> None:
    assert score(BANK.item(item), Answer("answered", text)).category == category


def test_select_all_items_have_several_right_options() -> None:
    choices = [item.interaction for item in BANK.items if isinstance(item.interaction, MultipleChoice)]
    assert [len(choice.key) for choice in choices if choice.scoring == "all_or_nothing"] == [2, 2]
    assert {choice.n_categories for choice in choices if choice.scoring == "partial"} == {3, 4}
