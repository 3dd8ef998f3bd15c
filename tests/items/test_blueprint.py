"""Constraint tables: the condition language, the reader, and the three published banks."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from items.blueprint import Blueprint, ConstraintType, read_attributes, read_constraints
from items.blueprint.condition_parser import parse
from items.errors import BadInput

TABLE = pd.DataFrame(
    {
        "ID": ["A1", "A2", "A3", "A4"],
        "LEVEL": [3, 4, 5, 3],
        "Type": ["MC", "CR", "MC", None],
        "DOK": [1.0, None, 3.0, 2.0],
        "Code": ["1A", "2", "1B", "2"],
    }
)
HEAD = "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\n"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("LEVEL == 3", [1, 0, 0, 1]),
        ("level >= 4", [0, 1, 1, 0]),
        ("LEVEL != 3", [0, 1, 1, 0]),
        ("LEVEL %in% c(3, 5)", [1, 0, 1, 1]),
        ("LEVEL %in% 4", [0, 1, 0, 0]),
        ('TYPE == "MC"', [1, 0, 1, 0]),
        ("TYPE == 'MC'", [1, 0, 1, 0]),
        ('TYPE != "MC"', [0, 1, 0, 0]),  # missing: unknown, so it does not hold
        ('!(TYPE == "MC")', [0, 1, 0, 0]),  # and neither does its opposite
        ('!(TYPE %in% c("MC"))', [0, 1, 0, 1]),  # in R a missing value is in no list
        ("!is.na(DOK)", [1, 0, 1, 1]),
        ("is.na(DOK) | DOK > 2", [0, 1, 1, 0]),
        ("LEVEL == 3 & DOK >= 2", [0, 0, 0, 1]),
        ("LEVEL == 5 | LEVEL == 3 & DOK == 2", [0, 0, 1, 1]),  # & binds closer than |
        ("(LEVEL == 5 | LEVEL == 3) & DOK == 2", [0, 0, 0, 1]),
        ("! LEVEL == 3 & DOK == 3", [0, 0, 1, 0]),  # ! binds less than ==, closer than &
        ('CODE == "2"', [0, 1, 0, 1]),
        ('LEVEL == "3"', [1, 0, 0, 1]),  # numbers as text, as R does
        ('DOK %in% c("1", "3")', [1, 0, 1, 0]),
        ("LEVEL > -1.5e0 && LEVEL < 5", [1, 1, 0, 1]),
    ],
)
def test_conditions_hold_as_in_r(condition: str, holds: list[int]) -> None:
    assert parse(condition).holds(TABLE).tolist() == [bool(one) for one in holds]


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("LEVEL = 3", "character 7: '=' is not expected; write == to compare"),
        ("LEVEL ==", "character 9: the end is not expected; write a number, or text in quotation marks"),
        ("LEVEL == 3 &", "character 13: the end is not expected; write an attribute's name"),
        ("(LEVEL == 3", "character 12: the end is not expected; write ')' here"),
        ("LEVEL == 3 LEVEL", "character 12: 'LEVEL' is not expected; join conditions with & or |"),
        ("LEVEL %in% (1, 2)", "character 12: '(' is not expected; list the values as c(1, 2)"),
        ("LEVEL", "character 6: the end is not expected; compare the attribute"),
        ("system('rm')", "character 7: '(' is not expected; compare the attribute"),
        ('TYPE == "MC', "character 9: '\"' is not expected"),
        ("3 == LEVEL", "character 1: '3' is not expected; write an attribute's name"),
    ],
)
def test_a_bad_condition_names_the_character_and_what_would_be_right(condition: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(condition)
    assert says in str(caught.value)


def test_an_unknown_attribute_suggests_the_nearest() -> None:
    with pytest.raises(BadInput, match="there is no attribute `LEVLE`; did you mean `LEVEL`"):
        parse("LEVLE == 3").holds(TABLE)


def test_text_compared_with_a_number_says_so() -> None:
    with pytest.raises(BadInput, match="the attribute `CODE` holds '1A', no number; write the value in quot"):
        parse("CODE == 2").holds(TABLE)


conditions = st.recursive(
    st.sampled_from(["LEVEL == 3", 'TYPE == "MC"', "DOK >= 2", "is.na(DOK)", "LEVEL %in% c(3, 4)"]),
    lambda inner: st.one_of(
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) & ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) | ({two[1]})"),
    ),
    max_leaves=8,
)


@given(conditions)
def test_no_row_both_holds_and_fails_and_de_morgan_is_kept(condition: str) -> None:
    holds, fails = parse(condition).truth(TABLE)
    assert not (holds & fails).any()
    assert (parse(f"!(!({condition}))").holds(TABLE) == holds).all()
    one_way = parse(f"!(({condition}) & LEVEL == 3)").truth(TABLE)
    other_way = parse(f"!({condition}) | !(LEVEL == 3)").truth(TABLE)
    assert np.array_equal(one_way, other_way)


@given(st.text(max_size=30))
def test_any_text_is_a_condition_or_bad_input_with_its_place(text: str) -> None:
    place = "character"
    try:
        parse(text)
    except BadInput as error:
        place = error.where
    assert place.startswith("character")


def table(tmp_path: Path, rows: str) -> Path:
    file = tmp_path / "constraints.csv"
    file.write_text(HEAD + rows)
    return file


def test_every_type_is_read(tmp_path: Path) -> None:
    file = table(
        tmp_path,
        "C1,Number,Item,,30,30,\nC2,Number,Stimulus,,6,,ON\nC3,Number,Item,Per Stimulus,4,6,\n"
        "C4,Number,Item,LEVEL,1,3,\nC5,Sum,Item,WORDS,500,600,\nC6,Order,Passage,CONTENT,,,OFF\n"
        'C7,Enemy,Item,"ID %in% c(""A1"", ""A2"")",,,\nC8,AllOrNone,Item,LEVEL == 3,,,\n',
    )
    found = read_constraints(file)
    assert [(one.type.value, one.what, one.on) for one in found] == [
        ("number", "item", True),
        ("number", "stimulus", True),
        ("number", "item", True),
        ("number", "item", True),
        ("sum", "item", True),
        ("order", "stimulus", False),
        ("enemy", "item", True),
        ("allornone", "item", True),
    ]
    assert (found[1].lower, found[1].upper) == (6, np.inf)
    assert found[2].per_stimulus
    assert [found[place].attribute for place in (3, 4, 5)] == ["LEVEL", "WORDS", "CONTENT"]
    assert found[6].mask(TABLE).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("C1,Numbr,Item,,1,1,\n", "line 2, column TYPE: TYPE is 'Numbr'; did you mean `number`?"),
        ("C1,Number,Thing,,1,1,\n", "line 2, column WHAT: WHAT is 'Thing'; known are `item`"),
        ("C1,Number,Item,,x,1,\n", "line 2, column LB: 'x' is no number; write a number or nothing"),
        ("C1,Number,Item,,nan,1,\n", "line 2, column LB: 'nan' is no number"),
        ("C1,Number,Item,,3,1,\n", "line 2, columns LB and UB: LB 3 is above UB 1; let LB be at most UB"),
        ("C1,Number,Item,,,,\n", "line 2, columns LB and UB: has no bounds; give one or both"),
        ("C1,Enemy,Item,LEVEL == 3,1,,\n", "has bounds that nothing uses; leave LB and UB empty for enemy"),
        ("C1,Enemy,Item,,,,\n", "line 2, column CONDITION: has no condition"),
        ("C1,Order,Item,LEVEL == 3,,,\n", "'LEVEL == 3' is no attribute; name the attribute to order"),
        ("C1,Number,Item,LEVEL = 3,1,1,\n", "line 2, column CONDITION, character 7: '=' is not expected"),
        ("C1,Number,Item,,1,1,maybe\n", "line 2, column ONOFF: ONOFF is 'maybe'"),
        ("C1,Number,Item,,1,1,\nC1,Number,Item,,1,1,\n", "line 3, column CONSTRAINT_ID: the id 'C1' is used"),
        (",Number,Item,,1,1,\n", "line 2, column CONSTRAINT_ID: has no id"),
    ],
)
def test_a_bad_row_names_file_line_column_and_what_would_be_right(
    tmp_path: Path, rows: str, says: str
) -> None:
    file = table(tmp_path, rows)
    with pytest.raises(BadInput) as caught:
        read_constraints(file)
    assert str(caught.value).startswith(str(file))
    assert says in str(caught.value)


def test_a_missing_column_or_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("CONSTRAINT_ID,TYPE\n")
    with pytest.raises(BadInput, match="line 1: the column WHAT is missing"):
        read_constraints(file)
    with pytest.raises(BadInput, match="there is no such file"):
        read_constraints(tmp_path / "none.csv")


def test_a_condition_on_an_attribute_that_is_not_there_names_its_line(tmp_path: Path) -> None:
    constraints = table(tmp_path, "C1,Number,Item,LEVEL == 3,1,1,\nC2,Number,Item,LVL == 3,1,1,\n")
    attributes = tmp_path / "attributes.csv"
    TABLE.to_csv(attributes, index=False)
    with pytest.raises(
        BadInput, match=r"line 3, column CONDITION: there is no attribute `LVL`; did you mean"
    ):
        Blueprint.read(constraints, attributes)


def test_attributes_need_one_row_an_item(tmp_path: Path) -> None:
    file = tmp_path / "attributes.csv"
    file.write_text("ID,LEVEL\nA1,3\nA1,4\n")
    with pytest.raises(BadInput, match="line 3: repeats the id 'A1'"):
        read_attributes(file)


def test_attributes_are_put_in_the_order_of_the_pool() -> None:
    blueprint = Blueprint((), TABLE).align(["A3", "A1"])
    assert blueprint.attributes["LEVEL"].tolist() == [5, 3]
    with pytest.raises(BadInput, match="item 'A9' has no row"):
        blueprint.align(["A9"])


@pytest.mark.reference
@pytest.mark.parametrize(
    ("bank", "counts"),
    # rows that fit, counted by hand with awk in shared/data/bank_*_attributes.csv
    [
        ("science", {"C1": 1000, "C2": 342, "C6": 141, "C8": 83, "C21": 381, "C33": 2, "C35": 18}),
        ("reading", {"C1": 303, "C2": 35, "C7": 31, "C14": 19, "C16": 270, "C18": 35}),
        ("fatigue", {"C1": 95, "C2": 55, "C4": 15, "C11": 13, "C13": 2, "C111": 2}),
    ],
)
def test_the_published_tables_are_read(shared: Path, bank: str, counts: dict[str, int]) -> None:
    data = shared / "data"
    stimuli = data / "bank_reading_stimuli.csv" if bank == "reading" else None
    blueprint = Blueprint.read(
        data / f"bank_{bank}_constraints.csv", data / f"bank_{bank}_attributes.csv", stimuli=stimuli
    )
    masks = {one.id: blueprint.mask(one).sum() for one in blueprint.constraints}
    assert {id: masks[id] for id in counts} == counts
    assert {one.type for one in blueprint.constraints} <= set(ConstraintType)
