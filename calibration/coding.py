"""From a raw answer to a category: the key, the reserved codes, and whole numbers counted from 0."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from calibration.log_columns import Encoded, LogColumns, without_zeros
from calibration.versions import name_among
from engine._types import Ints
from items.csv_file import read_csv
from items.errors import BadInput
from items.naming import first_few

ANSWERED, OMITTED, IDK, NOT_REACHED = 0, 1, 2, 3
RESERVED = {"omit": OMITTED, "idk": IDK, "nr": NOT_REACHED}
"""Raw answers with a meaning of their own."""
TRUTH = {"true": 1, "false": 0}
"""Truth values as pandas and R write them into a column that has gaps."""
UNUSED = -1
"""No category: not administered, or a code that the rules leave out."""

Key: TypeAlias = Mapping[str, frozenset[str]]
Levels: TypeAlias = tuple[tuple[int, ...], ...]
MOST_CATEGORIES = 60
"""More distinct numbers than this in one item are no categories: the column is something else."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the reserved codes count as: "wrong" is category 0, "missing" is not administered."""

    omit: str = "wrong"
    not_reached: str = "missing"
    idk: str = "wrong"

    def __post_init__(self) -> None:
        for name in ("omit", "not_reached", "idk"):
            if getattr(self, name) not in ("wrong", "missing"):
                raise BadInput(f"{name} = '{getattr(self, name)}' is no rule", right="wrong or missing")

    def left_out(self) -> list[int]:
        """Return the codes that count as not administered."""
        rules = {OMITTED: self.omit, NOT_REACHED: self.not_reached, IDK: self.idk}
        return [code for code, rule in rules.items() if rule == "missing"]


@dataclass(frozen=True, slots=True)
class Coded:
    """Answers as categories: `category` and `code` (R,), the meaning of each item's categories, messages."""

    category: Ints
    code: Ints
    levels: Levels
    messages: tuple[str, ...]


def read_key(path: str | os.PathLike[str]) -> Key:
    """Read a key, CSV `item,key`; `;` separates complete alternative answers.

    Raises
    ------
    BadInput
        If the file or a column is missing, a key is empty, or an item has two rows.
    """
    right = "a key, CSV item,key"
    table = read_csv(path, right=right, dtype=str, keep_default_na=False, skipinitialspace=True)
    for column in ("item", "key"):
        if column not in table:
            raise BadInput(f"has no column '{column}'", where=str(path), right="the columns item,key")
    empty = table["key"].str.strip().eq("")
    if empty.any():
        row = int(np.argmax(empty))
        raise BadInput(
            "the key is empty",
            where=f"{path}, line {row + 2}, item {table['item'][row]}",
            right="the right answer",
        )
    twice = table["item"].duplicated()
    if twice.any():
        row = int(np.argmax(twice))
        raise BadInput(
            "the item has two rows",
            where=f"{path}, line {row + 2}, item {table['item'][row]}",
            right="one row an item, alternatives separated by ;",
        )
    return {
        item: alternatives(key) for item, key in zip(table["item"].str.strip(), table["key"], strict=True)
    }


def alternatives(key: str) -> frozenset[str]:
    """Return the complete answers that a key accepts."""
    return frozenset(without_zeros(part.strip()) for part in key.split(";"))


def code_answers(
    log: LogColumns,
    *,
    key: Key | None = None,
    use_score: bool = False,
    rules: Rules | None = None,
    levels: Mapping[str, Sequence[int]] | None = None,
) -> Coded:
    """Turn raw answers into categories.

    Parameters
    ----------
    log : LogColumns
        The log.
    key : mapping, optional
        Accepted answers by item; each answer becomes 1 if accepted, else 0.
    use_score : bool
        Take the column `score` (or `correct`) for the categories.
    rules : Rules, optional
        What `omit`, `nr` and `idk` count as.
    levels : mapping, optional
        The whole numbers that stand for categories 0, 1, … of each item. Without it an item's observed
        numbers are its categories.

    Raises
    ------
    BadInput
        If an answer is no whole number, is negative, or is none of its item's levels; if the key lacks an
        item; if there is no `score` to use.
    """
    rules = rules or Rules()
    source = _source(log, key, use_score)
    pairs, which = _distinct_pairs(log.item, source)
    code = _reserved(log, source)
    if key is not None:
        values = _apply_key(log, source.labels, pairs, key)
    else:
        values = _whole_numbers(log, source, pairs, which)
    values[np.isin(_reserved_labels(source.labels)[pairs[:, 1]], list(RESERVED.values()))] = UNUSED
    messages: tuple[str, ...] = ()
    if key is not None:
        found: Levels = tuple((0, 1) for _ in log.items)
        messages = (*_idle_keys(log, key), *_unchosen_keys(log, source, pairs, values, key))
    elif levels is not None:
        found = _given_levels(log, pairs, values, levels, which)
    else:
        found, messages = _observed_levels(log.items, pairs[:, 0], values)
    category = _place(pairs[:, 0], values, found)[which]
    category[(code != ANSWERED) & (source.codes >= 0)] = 0
    category[np.isin(code, rules.left_out()) | ((source.codes < 0) & (code == ANSWERED))] = UNUSED
    return Coded(category.astype(np.int8), code.astype(np.int8), found, messages)


def _source(log: LogColumns, key: Key | None, use_score: bool) -> Encoded:
    """Return the column that holds what is to be coded."""
    if use_score and log.score is None:
        raise BadInput(
            "has no column 'score'", where=log.line(0), right="a score in each row, or no --use-score"
        )
    if log.score is not None and (use_score or (key is None and not log.response.labels)):
        return log.score
    return log.response


def _distinct_pairs(item: Ints, source: Encoded) -> tuple[Ints, Ints]:
    """Return the distinct pairs of item and answer (M, 2), and which of them each row holds (R,)."""
    width = len(source.labels) + 1
    which, pairs = pd.factorize(item.astype(np.int64) * width + source.codes % width)
    return np.stack(np.divmod(pairs, width), axis=1), which


def _reserved_labels(labels: Sequence[str]) -> Ints:
    """Return the code of each label, and of the empty cell at the end."""
    return np.array([*(RESERVED.get(label.lower(), ANSWERED) for label in labels), ANSWERED])


def _reserved(log: LogColumns, source: Encoded) -> Ints:
    """Return the code of each row (R,): a raw `idk` or `omit` counts also where the score is used."""
    code = _reserved_labels(source.labels)[source.codes]
    if source is log.score and log.response.labels:
        raw = _reserved_labels(log.response.labels)[log.response.codes]
        code = np.where(raw != ANSWERED, raw, code)
    return code


def _apply_key(log: LogColumns, labels: Sequence[str], pairs: Ints, key: Key) -> Ints:
    missing = [item for item in log.items if item not in key]
    if missing:
        shown = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
        raise BadInput(
            f"lacks {len(missing)} of the {len(log.items)} items in the log: {shown}",
            where="key",
            right="one row item,key for each item of the log",
        )
    texts = [*labels, ""]
    return np.array([int(texts[text] in key[log.items[item]]) for item, text in pairs], np.int64)


def _idle_keys(log: LogColumns, key: Key) -> tuple[str, ...]:
    """Return a message that names items of the key which the log does not hold."""
    held = set(log.items)
    idle = [item for item in key if item not in held]
    shown = ", ".join(idle[:5]) + (" …" if len(idle) > 5 else "")
    return (f"the key names {len(idle)} items that are not in the log: {shown}",) if idle else ()


def _unchosen_keys(log: LogColumns, source: Encoded, pairs: Ints, values: Ints, key: Key) -> tuple[str, ...]:
    """Return a message that names items of which nobody gave an answer that the key accepts."""
    given = (values != UNUSED) & (pairs[:, 1] < len(source.labels))
    answered = np.bincount(pairs[:, 0], given, len(log.items)) > 0
    right = np.bincount(pairs[:, 0], values == 1, len(log.items)) > 0
    unchosen = [log.items[item] for item in np.flatnonzero(answered & ~right)]
    if not unchosen:
        return ()
    told = [f"{item}: {' or '.join(sorted(key[item]))}" for item in unchosen]
    many = f"{len(told)} of {len(log.items)} items" if len(log.items) > 1 else "the item"
    return (f"nobody gave what the key calls right for {many} ({first_few(told)}): a wrong or shifted key?",)


def _whole_numbers(log: LogColumns, source: Encoded, pairs: Ints, which: Ints) -> Ints:
    """Return the number of each pair, −1 for reserved codes and empty cells."""
    numbers = np.full(len(source.labels) + 1, UNUSED, np.int64)
    for place, text in enumerate(source.labels):
        if text.lower() in RESERVED:
            continue
        try:
            value = TRUTH[text.lower()] if text.lower() in TRUTH else int(text)
        except ValueError:
            value = -1
        if not 0 <= value < 1 << 31:
            row = int(np.argmax(source.codes == place))
            hint = (
                "a whole number from 0"
                if text.lstrip("+-.").replace(".", "").isdigit()
                else ("whole numbers from 0; raw options need a key (--key), scored logs --use-score")
            )
            raise BadInput(
                f"the answer is '{text}'",
                where=f"{log.line(row)}, item {log.items[log.item[row]]}",
                right=hint,
            )
        numbers[place] = value
    return numbers[pairs[:, 1]]


def _given_levels(
    log: LogColumns, pairs: Ints, values: Ints, levels: Mapping[str, Sequence[int]], which: Ints
) -> Levels:
    """Return the stated levels, after checking that each item and answer has one."""
    identities = zip(log.items, log.versions.tolist(), strict=True)
    names = [name_among(identity, levels) for identity in identities]
    unknown = [name for name in names if name not in levels]
    if unknown:
        raise BadInput(
            f"item '{unknown[0]}' has no parameters",
            where=log.line(0).split(",")[0],
            right="one of the bank's items",
        )
    for pair, ((item, _), value) in enumerate(zip(pairs, values, strict=True)):
        allowed = tuple(levels[names[item]])
        if value != UNUSED and value not in allowed:
            raise BadInput(
                f"the answer {value} is no category of item '{names[item]}'",
                where=log.line(int(np.argmax(which == pair))),
                right=f"one of {', '.join(map(str, allowed))}",
            )
    return tuple(tuple(levels[name]) for name in names)


def _observed_levels(items: Sequence[str], item: Ints, values: Ints) -> tuple[Levels, tuple[str, ...]]:
    """Return the observed numbers of each item, and what was recoded, in words.

    Items whose numbers are 0 and 1 keep both even if one was never observed, and likewise 1 and 2 in a log
    without a 0.
    """
    order = np.argsort(item, kind="stable")
    groups = np.split(values[order], np.cumsum(np.bincount(item, minlength=len(items)))[:-1])
    seen = [np.unique(group[group != UNUSED]) for group in groups]
    _refuse_non_categories(items, seen)
    lowest = min((int(numbers[0]) for numbers in seen if numbers.size), default=0)
    highest = max((int(numbers[-1]) for numbers in seen if numbers.size), default=1)
    shift = lowest if highest > 1 else 0
    start = f"categories start at {shift} in this log; they are counted from 0"
    messages = [f"{start}: were they options that people chose, a key would be missing"] if shift else []
    levels = []
    for name, numbers in zip(items, seen, strict=True):
        full = range(shift, max([shift + 1, *numbers.tolist()]) + 1)
        levels.append(tuple(full) if len(full) == 2 else tuple(numbers.tolist()))
        gaps = [str(n) for n in full if n not in levels[-1]]
        if gaps:
            shown = ", ".join(gaps[:5]) + (" …" if len(gaps) > 5 else "")
            word = f"category {shown} was" if len(gaps) == 1 else f"categories {shown} were"
            messages.append(f"item {name}: {word} never observed; the others become 0..{numbers.size - 1}")
    return tuple(levels), tuple(messages)


def _refuse_non_categories(items: Sequence[str], seen: Sequence[Ints]) -> None:
    for name, numbers in zip(items, seen, strict=True):
        if numbers.size > MOST_CATEGORIES:
            raise BadInput(
                f"holds {numbers.size} different numbers up to {numbers[-1]}",
                where=f"item {name}",
                right=f"at most {MOST_CATEGORIES} categories; a column about the person is called g_{name}",
            )


def _place(item: Ints, values: Ints, levels: Sequence[Sequence[int]]) -> Ints:
    """Return the category of each pair: the place of its number among its item's levels."""
    places = [{number: place for place, number in enumerate(level)} for level in levels]
    return np.array(
        [places[j].get(int(value), UNUSED) for j, value in zip(item, values, strict=True)], np.int64
    )
