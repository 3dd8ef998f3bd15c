"""The CSV format: what is written comes back, and a mistake is named with line, column and item."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from items.bank import Entry, ItemBank, Stimulus
from items.checks import attach
from items.errors import BadInput
from items.exchange import read_bank, write_bank

HEAD = "id,skill,type,stem,explanation,options.1.text,options.1.correct,options.2.text\n"
GOOD = 'q1,S,single_choice,"Two\nlines?",So.,yes,true,no\nq2,S,single_choice,Q?,So.,a,true,b\n'


def read(tmp_path: Path, source: str, name: str = "bank.csv") -> ItemBank:
    (tmp_path / name).write_text(source, encoding="utf-8")
    return read_bank(tmp_path / name)


def test_rows_are_items_and_columns_their_parts(tmp_path: Path) -> None:
    bank = read(tmp_path, HEAD + GOOD)
    assert (bank.id, bank.title) == ("bank", "bank")
    assert [option.text for option in bank.item("q1").interaction.options] == ["yes", "no"]  # type: ignore[union-attr]
    assert bank.item("q1").stem == "Two\nlines?"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("q2,S", "q2,", "line 4, column skill, item q2: `skill` is missing"),
        ("a,true", "a,maybe", "line 4, column options.1.correct, item q2: `correct` is 'maybe'"),
        ("a,true", ",true", "line 4, column options.1.text, item q2: `text` is missing"),
        ("Q?", "$\\foo$", "line 4, column stem, item q2: formula"),
        ("q2", "q1", "line 4, column id, item q1: the id 'q1' is used twice"),
        ("skill", "skil", "item q1: `skil` is not a known key; did you mean `skill`"),
        ("options.1.text", "options", "the columns options and options.1.correct clash"),
        ("a,true,b", "a,true,b,c", "line 4: has not as many cells as the first line"),
        ("a,true,b", "a,true", "line 4: has not as many cells as the first line"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    source = HEAD + GOOD
    assert old in source
    with pytest.raises(BadInput) as caught:
        read(tmp_path, source.replace(old, new, 1))
    assert says in str(caught.value)


def test_a_broken_head_is_named(tmp_path: Path) -> None:
    meta = tmp_path / "bank.meta.json"
    for text, says in [
        ("{", "is not JSON"),
        ("[]", "is not an object"),
        ('{"id": "b"}', "`title` is missing"),
    ]:
        meta.write_text(text)
        with pytest.raises(BadInput, match=says):
            read(tmp_path, HEAD + GOOD)


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
markdown = texts.map(lambda text: "x" + "".join(c for c in text if c not in "$`[]()\\!~<"))
interactions = st.one_of(
    st.tuples(markdown, markdown, st.booleans()).map(
        lambda told: {
            "type": "single_choice",
            "options": [{"text": told[0], "correct": True, "explanation": told[1]}, {"text": told[1]}],
            "shuffle": told[2],
        }
    ),
    st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 10)).map(
        lambda told: {"type": "numeric", "answer": told[0], "tolerance": told[1]}
    ),
    st.lists(texts.map(lambda text: "w" + text), min_size=1, max_size=4).map(
        lambda told: {"type": "short_text", "accepted": told}
    ),
    st.lists(st.tuples(st.integers(1, 3), markdown), min_size=1, max_size=3).map(
        lambda told: {"type": "open_response", "criteria": [{"credit": c, "text": t} for c, t in told]}
    ),
)


@st.composite
def banks(draw: st.DrawFn) -> ItemBank:
    stimuli = (Stimulus(id="s", title=draw(texts), text=draw(markdown)),)
    entries = tuple(
        attach(
            Entry.model_validate(
                {
                    "item": {
                        "id": f"q{place}",
                        "version": draw(st.integers(1, 9)),
                        "skill": draw(texts),
                        "title": draw(texts),
                        "stem": draw(markdown),
                        "explanation": draw(markdown),
                        "idk": draw(st.booleans()),
                        "stimulus": draw(st.sampled_from(["", "s"])),
                        "tags": {"k": draw(texts)},
                        "interaction": draw(interactions),
                    },
                    "status": draw(st.sampled_from(["draft", "operational"])),
                    "notes": draw(texts),
                }
            ),
            {},
            stimuli,
        )
        for place in range(draw(st.integers(1, 3)))
    )
    return ItemBank("b", draw(texts), draw(texts), entries, stimuli)


@pytest.mark.parametrize("name", ["bank.yaml", "bank.csv"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(bank=banks())
def test_any_bank_is_read_back_as_it_was_written(tmp_path: Path, name: str, bank: ItemBank) -> None:
    write_bank(bank, tmp_path / name)
    assert read_bank(tmp_path / name) == bank


def test_the_two_formats_hold_the_same(tmp_path: Path) -> None:
    bank = read(tmp_path, HEAD + GOOD)
    write_bank(bank, tmp_path / "again.yaml")
    assert read_bank(tmp_path / "again.yaml") == bank


def test_media_and_head_go_with_the_table(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "bank.meta.json").write_text(json.dumps({"id": "b", "title": "B", "media": "figures"}))
    bank = read(tmp_path, HEAD + GOOD.replace("Q?", "![a](figures/a.svg)"))
    (tmp_path / "copy").mkdir()
    write_bank(bank, tmp_path / "copy" / "other.csv")
    assert read_bank(tmp_path / "copy" / "other.csv") == bank
    with pytest.raises(BadInput, match="there is no such folder"):
        write_bank(bank, tmp_path / "nowhere" / "other.csv")


def test_a_table_that_is_no_bank_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("Item_1,Item_2\n0,1\n1,1\n")
    with pytest.raises(BadInput) as caught:
        ItemBank.read(path)
    assert str(caught.value) == f"{path}: has no column 'id'; a bank, one row an item"
