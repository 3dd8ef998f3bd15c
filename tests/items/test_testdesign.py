"""Banks of TestDesign: the models, the parameters by our letters, the tables beside them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from items.blueprint import Blueprint
from items.errors import BadInput
from items.exchange import testdesign
from items.parameters import ParameterSet

HEAD = "ID,MODEL,PAR1,PAR2,PAR3\n"
ITEMS = HEAD + "A,1PL,0.5,,\nB,2PL,1.5,0.5,\nC,3PL,1,0,0.2\nD,PC,-1,1,\nE,GPC,2,-1,1\nF,GR,2,0,\n"


def bank(tmp_path: Path, items: str = ITEMS, **tables: str) -> Path:
    for name, text in tables.items():
        (tmp_path / f"small_{name}.csv").write_text(text)
    file = tmp_path / "small_items.csv"
    file.write_text(items)
    return file


def test_each_model_gets_our_name_and_letters(tmp_path: Path) -> None:
    table = testdesign.read(bank(tmp_path)).parameters.table.set_index("item")
    assert table["model"].to_dict() == {
        "A": "rasch",
        "B": "2pl",
        "C": "3pl",
        "D": "pcm",
        "E": "gpcm",
        "F": "grm",
    }
    known = {id: row.dropna().to_dict() for id, row in table[["a", "b", "c", "b1", "b2"]].iterrows()}
    assert known == {
        "A": {"b": 0.5},
        "B": {"a": 1.5, "b": 0.5},
        "C": {"a": 1, "b": 0, "c": 0.2},
        "D": {"b1": -1, "b2": 1},
        "E": {"a": 2, "b1": -1, "b2": 1},
        "F": {"a": 2, "b1": 0},
    }


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("A,1PL", "A,1PLL", "line 2, item A, column MODEL: the model is '1PLL'; did you mean `1PL`"),
        ("C,3PL,1,0,0.2", "C,3PL,1,0,", "line 4, item C: 2 parameters are given; give a, b, c"),
        ("F,GR,2,0,", "F,GR,2,,", "line 7, item F: 1 parameters are given; give a, b1"),
        ("ID,MODEL", "ID,MODLE", "the column MODEL is missing"),
        ("B,2PL", "A,2PL", "item A"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        testdesign.read(bank(tmp_path, ITEMS.replace(old, new)))
    assert says in str(caught.value)
    assert "small_items.csv" in str(caught.value)


def test_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"name its NAME_items\.csv"):
        testdesign.read(tmp_path / "bank.csv")
    with pytest.raises(BadInput, match="cannot be read as CSV"):
        testdesign.read(tmp_path / "no_items.csv")


def test_constraints_are_checked_against_the_attributes(tmp_path: Path) -> None:
    head = "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\n"
    attributes = "ID,LEVEL\n" + "".join(f"{id},3\n" for id in "ABCDEF")
    good = bank(tmp_path, attributes=attributes, constraints=head + "C1,Number,Item,LEVEL == 3,1,2,\n")
    assert testdesign.read(good).parameters.table["LEVEL"].tolist() == [3] * 6
    bad = bank(tmp_path, attributes=attributes, constraints=head + "C1,Number,Item,LVL == 3,1,2,\n")
    with pytest.raises(BadInput, match="there is no attribute `LVL`"):
        testdesign.read(bad)
    fewer = bank(tmp_path, attributes="ID,LEVEL\nA,3\n", constraints=head + "C1,Number,Item,,1,2,\n")
    with pytest.raises(BadInput, match="item 'B' has no row in the attribute table"):
        testdesign.read(fewer)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "items", "model"), [("science", 1000, "3pl"), ("reading", 303, "3pl"), ("fatigue", 95, "grm")]
)
def test_the_published_banks_are_turned_without_loss(
    shared: Path, tmp_path: Path, name: str, items: int, model: str
) -> None:
    source = shared / "data" / f"bank_{name}_items.csv"
    testdesign.write(testdesign.read(source), tmp_path / name)
    table = ParameterSet.read(tmp_path / name / "parameters.csv").table
    assert (len(table), table["model"].mode()[0]) == (items, model)
    original = pd.read_csv(source)
    given = np.sort(original.filter(like="PAR").to_numpy().ravel())
    ours = np.sort(
        table[[c for c in table if c in {"a", "b", "c", "b1", "b2", "b3", "b4"}]].to_numpy().ravel()
    )
    np.testing.assert_allclose(ours[~np.isnan(ours)], given[~np.isnan(given)], rtol=1e-9)
    stimuli = tmp_path / name / "stimuli.csv"
    blueprint = Blueprint.read(
        tmp_path / name / "constraints.csv",
        tmp_path / name / "attributes.csv",
        stimuli=stimuli if stimuli.exists() else None,
    )
    assert len(blueprint.align(list(table["item"])).attributes) == items
    constraints = (shared / "data" / f"bank_{name}_constraints.csv").read_text()
    assert (tmp_path / name / "constraints.csv").read_text() == constraints
