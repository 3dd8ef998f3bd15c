"""A rules file as a form: every registered rule is asked for by its settings, and comes back as written."""

from dataclasses import dataclass

import pandas as pd
import pytest

from dashboard import blueprint_form
from dashboard.rules_form import (
    LIST,
    NUMBER,
    TABLE,
    TEXT,
    TRUTH,
    WHOLE,
    Field,
    as_toml,
    fields_of,
    filled,
    understood,
    written,
)
from engine import CatRules
from engine.catalogue import ROLES, gallery
from engine.selection.constraints.sympson_hetter import SympsonHetter
from engine.stopping.classification import SequentialRatio
from engine.stopping.precision import Precision

MEMBERS = [registry[name] for registry, _ in ROLES.values() for name in registry]


@dataclass(frozen=True)
class Invented:
    """A rule that nobody has written yet.

    Attributes
    ----------
    share : float
        Of the tests; it goes
        over two lines.
    names, order : tuple
        Both in one line.
    """

    share: float
    names: tuple[str, ...] = ()
    order: tuple[int, ...] = (1, 2)
    weights: dict[str, float] | None = None


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.__name__)
def test_every_registered_rule_has_fields_whose_default_is_of_their_kind(member):
    kinds = {WHOLE: int, NUMBER: (int, float), TEXT: str, TRUTH: bool, LIST: list, TABLE: dict}
    for field in fields_of(member):
        assert field.default is None or isinstance(field.default, kinds[field.kind]), field


def test_a_field_says_what_it_is_in_the_rules_own_words():
    share, names, order, _ = fields_of(Invented)
    assert (share.kind, share.default, share.help) == (NUMBER, None, "Of the tests; it goes over two lines.")
    assert (names.kind, names.part, names.default) == (LIST, str, [])
    assert order.help == names.help == "Both in one line."
    assert order.part is int


def test_only_what_differs_or_stood_there_is_written():
    fields = fields_of(SympsonHetter)
    values = {"max_rate": 0.25, "parameters": {}, "bands": [0.5]}
    assert filled({}, fields, values) == {"bands": [0.5]}
    assert filled({"max_rate": 0.25}, fields, values) == {"max_rate": 0.25, "bands": [0.5]}
    assert filled({}, fields_of(Precision), {"se": None}) == {}


@pytest.mark.parametrize(
    ("value", "text", "rule", "name"),
    [
        ([-1.0, 0.5], "-1, 0.5", SequentialRatio, "cuts"),
        ({"x": 0.5, "y": 1.0}, "x = 0.5\ny = 1", SympsonHetter, "parameters"),
    ],
)
def test_lists_and_tables_come_back_as_written(value, text, rule, name):
    [field] = [one for one in fields_of(rule) if one.name == name]
    assert written(value) == text
    assert understood(text, field) == value
    assert not understood("", field)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [("1, two", LIST, "“two” is not a number"), ("x: 1", TABLE, "no line such as"), ("x = y", TABLE, "“y”")],
)
def test_what_cannot_be_understood_is_said(text, kind, message):
    with pytest.raises(ValueError, match=message):
        understood(text, Field("cuts", kind, float, None))


@pytest.mark.parametrize("name", gallery())
def test_the_files_of_the_gallery_come_back_as_they_were(name):
    document = CatRules.parse(gallery()[name], folder=None).document
    again = CatRules.parse(as_toml(document)).document
    assert {key: table for key, table in again.items() if table} == {
        key: table for key, table in document.items() if table
    }


SKILLS = pd.Series([12, 8, 5], index=["conv", "opt", "seq"])


def test_a_blueprint_by_skill_comes_back_as_written():
    shares = blueprint_form.understood("", SKILLS)
    assert shares["available"].tolist() == [12, 8, 5]
    shares.loc[0, "least"], shares.loc[0, "most"], shares.loc[2, "most"] = 2, 4, 1
    text = blueprint_form.written(shares)
    assert text.splitlines()[1:] == [
        'S1,Number,Item,"skill == ""conv""",2,4,',
        'S3,Number,Item,"skill == ""seq""",,1,',
    ]
    pd.testing.assert_frame_equal(blueprint_form.understood(text, SKILLS), shares)


@pytest.mark.parametrize(
    "row",
    [
        "C1,Sum,Item,words,250,270,",
        'C1,Number,Item,"skill == ""other""",1,2,',
        'C1,Number,Item,"skill == ""conv""",1,2,OFF',
        'C1,Number,Item,"skill == ""conv""",0.5,2,',
    ],
)
def test_another_blueprint_is_left_to_its_table(row):
    head = "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\n"
    assert blueprint_form.understood(f"{head}{row}\n", SKILLS) is None
