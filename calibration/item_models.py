"""Which model each item has, which of its parameters are held, and which items share a slope.

One name for all items, or a CSV file `item,model`; in the file `fixed_a`, `fixed_b`, `fixed_c`, `fixed_d`
hold a parameter at a value, and items with the same text in the column `slope` share their slope.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from engine._types import Floats
from engine.models import model as model_named
from engine.models import models as known_models
from engine.models.base import ItemModel
from items.csv_file import read_csv
from items.errors import BadInput

FIXED = ("a", "b", "c", "d")


@dataclass(frozen=True, slots=True)
class ItemModels:
    """The model of each item by name, with held values and shared slopes.

    Attributes
    ----------
    name : str
        The model of all items, or "mixed".
    by_item : mapping
        Model names by item; empty where all have the same.
    fixed : mapping
        Held natural parameters by item and name.
    slopes : mapping
        Labels of shared slopes by item.
    """

    name: str
    by_item: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    slopes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, model: "str | os.PathLike[str] | Mapping[str, str] | ItemModels") -> "ItemModels":
        """Take a model's name, a mapping from item to name, or the path of a model file.

        Raises
        ------
        BadInput
            If a name is unknown or the file cannot be used.
        """
        if isinstance(model, ItemModels):
            return model
        if isinstance(model, Mapping):
            _ = [_known(name, f"item {item}") for item, name in model.items()]
            return cls("mixed", dict(model))
        if str(model).lower() in known_models:
            return cls(str(model).lower())
        if Path(model).is_file():
            return _read(Path(model))
        _known(str(model), "model")
        raise AssertionError

    def models(self, items: Sequence[str]) -> list[ItemModel]:
        """Return each item's model; raises BadInput for an item that the file leaves out."""
        if not self.by_item:
            return [model_named(self.name)] * len(items)
        missing = [item for item in items if item not in self.by_item]
        if missing:
            raise BadInput(
                f"names no model for item '{missing[0]}'", where="model file", right="a row for each item"
            )
        kinds = {name: model_named(name) for name in set(self.by_item.values())}
        return [kinds[self.by_item[item]] for item in items]

    def held(self, items: Sequence[str], models: Sequence[ItemModel]) -> dict[int, Floats]:
        """Return the held working parameters by place, NaN where free."""
        out = {}
        for place, (item, model) in enumerate(zip(items, models, strict=True)):
            values = self.fixed.get(item)
            if values:
                out[place] = _working(model, values, item)
        return out

    def tied(self, items: Sequence[str]) -> dict[int, str]:
        """Return the labels of shared slopes by place."""
        return {place: self.slopes[item] for place, item in enumerate(items) if item in self.slopes}


def _known(name: str, where: str) -> str:
    if name.lower() not in known_models:
        try:
            model_named(name.lower())
        except ValueError as error:
            raise BadInput(
                str(error), where=where, right="or the path of a model file, CSV item,model"
            ) from None
    return name.lower()


def _working(model: ItemModel, values: Mapping[str, float], item: str) -> Floats:
    """Return the held working parameters of a logistic item, NaN where free."""
    if not model.dichotomous:
        raise BadInput(
            "a parameter is held",
            where=f"model file, item {item}",
            right="only dichotomous items can hold one",
        )
    if "b" in values and "a" not in values and "a" not in model.pinned:
        raise BadInput("b is held but a is free", where=f"model file, item {item}", right="hold a as well")
    natural = np.array(
        [values.get("a", 1.0), values.get("b", 0.0), values.get("c", 0.0), values.get("d", 1.0)]
    )
    working = model.to_working(natural)
    names = model.working_names(2)
    given = {"a": "a", "intercept": "b", "logit_c": "c", "logit_d": "d"}
    return np.array([w if given[name] in values else np.nan for name, w in zip(names, working, strict=True)])


def _read(path: Path) -> ItemModels:
    texts = {"item": str, "model": str, "slope": str}
    table = read_csv(path, right="item,model", dtype=texts, skipinitialspace=True)
    for column in ("item", "model"):
        if column not in table or table[column].isna().any():
            raise BadInput(f"lacks '{column}' in some row", where=str(path), right="item,model in each row")
    if table["item"].duplicated().any():
        twice = table["item"][table["item"].duplicated()].iloc[0]
        raise BadInput("the item has two rows", where=f"{path}, item {twice}", right="one row an item")
    by_item = {
        item: _known(name.strip(), f"{path}, line {line}")
        for line, (item, name) in enumerate(zip(table["item"], table["model"], strict=True), start=2)
    }
    return ItemModels("mixed", by_item, _fixed(table, path), _labels(table))


def _fixed(table: pd.DataFrame, path: Path) -> dict[str, dict[str, float]]:
    fixed: dict[str, dict[str, float]] = {}
    for name in FIXED:
        if f"fixed_{name}" not in table:
            continue
        numbers = pd.to_numeric(table[f"fixed_{name}"], errors="coerce")
        wrong = numbers.isna() & table[f"fixed_{name}"].notna()
        if wrong.any():
            row = int(np.argmax(wrong))
            raise BadInput(
                f"fixed_{name} is '{table[f'fixed_{name}'][row]}'",
                where=f"{path}, line {row + 2}",
                right="a number",
            )
        for item, value in zip(table["item"], numbers, strict=True):
            if np.isfinite(value):
                fixed.setdefault(item, {})[name] = float(value)
    return fixed


def _labels(table: pd.DataFrame) -> dict[str, str]:
    if "slope" not in table:
        return {}
    named = table[table["slope"].notna()]
    return dict(zip(named["item"], named["slope"].str.strip(), strict=True))
