"""The response matrix: N persons × J items, stored as the answers that exist.

Sparse by nature: not administered takes no room. Answers are categories 0..K-1; beside each stands a code
that tells a given answer from an omission or an "I don't know yet".
"""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse

from calibration.coding import (
    ANSWERED,
    IDK,
    NOT_REACHED,
    OMITTED,
    Key,
    Rules,
    alternatives,
    code_answers,
    read_key,
)
from calibration.log_columns import LogColumns, log_columns
from calibration.log_file import read_beginning, read_log
from calibration.person_order import answers_by_person
from calibration.versions import label
from engine._types import Bools, Floats, Ints
from items.errors import BadInput
from items.parameters import Identity

__all__ = ["ANSWERED", "IDK", "NOT_REACHED", "OMITTED", "ResponseMatrix"]


@dataclass(frozen=True, slots=True, eq=False)
class ResponseMatrix:
    """R answers of N persons to J items, sorted by person.

    Attributes
    ----------
    persons : (N,)
        Names of the persons, texts or whole numbers, in order of first appearance.
    items : tuple of J texts
        Names of the items; an item in two versions stands twice.
    versions : (J,) int
        Their content versions.
    n_categories : (J,) int
        K of each item.
    indptr : (N + 1,) int
        The answers of person i are the rows indptr[i] to indptr[i + 1] of the arrays below.
    items_index : (R,) int32
        The item of each answer.
    category : (R,) int8
        The category, 0..K-1.
    code : (R,) int8
        ANSWERED, OMITTED, IDK or NOT_REACHED.
    groups : DataFrame
        N rows, one column for each `g_*` of the log.
    levels : tuple of J tuples
        The numbers in the log that stand for categories 0, 1, … of each item.
    time_s : (R,) or None
        Seconds taken, NaN where unknown.
    position : (R,) int or None
        Place within the person's test, −1 where unknown.
    raw : (R,) int or None
        The raw answer as a row of `options`, −1 where empty; kept where a key or a score column gave the
        categories.
    options : tuple of texts
        The distinct raw answers.
    messages : tuple of texts
        What the reader changed or resolved, in words.
    """

    persons: np.ndarray[Any, Any]
    items: tuple[str, ...]
    versions: Ints
    n_categories: Ints
    indptr: Ints
    items_index: Ints
    category: Ints
    code: Ints
    groups: pd.DataFrame
    levels: tuple[tuple[int, ...], ...]
    time_s: Floats | None = None
    position: Ints | None = None
    raw: Ints | None = None
    options: tuple[str, ...] = ()
    messages: tuple[str, ...] = field(default=())

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        *,
        key: str | os.PathLike[str] | Mapping[str, str] | None = None,
        use_score: bool = False,
        rules: Rules | None = None,
        levels: Mapping[str, Sequence[int]] | None = None,
    ) -> "ResponseMatrix":
        """Read a log, long or wide, CSV or Parquet.

        Parameters
        ----------
        path : path
            The log.
        key : path or mapping, optional
            Right answers by item; `;` separates complete alternatives.
        use_score : bool
            Take the column `score` (or `correct`) for the categories.
        rules : Rules, optional
            What omitted, not reached and "I don't know yet" count as.
        levels : mapping, optional
            Which numbers stand for the categories of each item; by default the observed ones.

        Raises
        ------
        BadInput
            If the file is no response log or an answer cannot be understood.
        """
        known = _key(key)
        beginning = read_beginning(path)
        if beginning is not None:
            code_answers(beginning, key=known, use_score=use_score, rules=rules, levels=levels)
        return _build(read_log(path), known, use_score, rules, levels)

    @classmethod
    def from_pandas(
        cls,
        frame: pd.DataFrame,
        *,
        key: Mapping[str, str] | None = None,
        use_score: bool = False,
        rules: Rules | None = None,
        levels: Mapping[str, Sequence[int]] | None = None,
    ) -> "ResponseMatrix":
        """Take a DataFrame laid out as a long or wide log; raises BadInput as `read` does."""
        frame = frame.rename(columns=str)
        table = pa.Table.from_pandas(frame.assign(**_as_text(frame)), preserve_index=False)
        return _build(log_columns(table, where="frame"), _key(key), use_score, rules, levels)

    @classmethod
    def from_dense(
        cls, array: Any, *, items: Sequence[str] | None = None, missing: int | None = None
    ) -> "ResponseMatrix":
        """Take an array (N, J) of whole numbers or booleans; NaN, or `missing`, is not administered.

        Raises
        ------
        BadInput
            If the array is not two-dimensional or holds anything but whole numbers from 0.
        """
        values = np.asarray(array)
        if values.ndim != 2 or values.dtype.kind not in "biuf":
            raise BadInput(
                f"is an array of {values.ndim} dimensions and kind {values.dtype}",
                where="responses",
                right="numbers, persons × items",
            )
        names = [f"I{j + 1}" for j in range(values.shape[1])] if items is None else list(items)
        columns = {}
        for name, column in zip(names, values.T, strict=True):
            absent = np.isnan(column) if values.dtype.kind == "f" else np.zeros(column.size, bool)
            if missing is not None:
                absent |= column == missing
            columns[name] = pa.array(np.ascontiguousarray(column), mask=absent)
        return _build(log_columns(pa.table(columns), where="array"), None, False, None, None)

    @property
    def identities(self) -> list[Identity]:
        """(item, version) of each item."""
        return list(zip(self.items, self.versions.tolist(), strict=True))

    @property
    def labels(self) -> list[str]:
        """The items' names, with the version where there are several."""
        several = {item for item, count in Counter(self.items).items() if count > 1}
        return [label(item, v) if item in several else item for item, v in self.identities]

    @property
    def n_persons(self) -> int:
        """Number of persons, those without an answer included."""
        return len(self.persons)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.items)

    @property
    def n_responses(self) -> int:
        """Number of answers R."""
        return len(self.category)

    @property
    def complete(self) -> bool:
        """Whether every person has an answer to every item."""
        return self.n_responses == self.n_persons * self.n_items

    @property
    def answers_per_person(self) -> Ints:
        """Number of answers of each person (N,)."""
        return np.diff(self.indptr)

    @property
    def persons_index(self) -> Ints:
        """The person of each answer (R,)."""
        return np.repeat(np.arange(self.n_persons, dtype=np.int32), self.answers_per_person)

    @property
    def offsets(self) -> Ints:
        """First column of each item in the one-hot matrix, and the total ΣK at the end (J + 1,)."""
        return np.concatenate([[0], np.cumsum(self.n_categories)])

    def category_counts(self) -> Ints:
        """Return how often each category of each item was observed, (J, max K)."""
        width = int(self.n_categories.max(initial=2))
        place = self.items_index.astype(np.int64) * width + self.category
        return np.bincount(place, minlength=self.n_items * width).reshape(self.n_items, width)

    def onehot(self, dtype: Any = np.float32) -> sparse.csr_array:
        """Return the answers as a CSR matrix of ones (N, ΣK): column offsets[item] + category."""
        columns = self.offsets[:-1].astype(np.int32)[self.items_index] + self.category
        indptr = self.indptr.astype(np.int32 if self.n_responses < 1 << 31 else np.int64)
        shape = (self.n_persons, int(self.offsets[-1]))
        return sparse.csr_array((np.ones(self.n_responses, dtype), columns, indptr), shape=shape)

    def dense(self, *, missing: int = -1) -> Ints:
        """Return the categories as an array (N, J) with `missing` where nothing was administered."""
        out = np.full((self.n_persons, self.n_items), missing, np.int8)
        out[self.persons_index, self.items_index] = self.category
        return out

    def take_persons(self, chosen: Bools | Ints) -> "ResponseMatrix":
        """Return the answers of the chosen persons (a mask or rows), all items kept."""
        rows = np.flatnonzero(chosen) if np.asarray(chosen).dtype == bool else np.asarray(chosen)
        counts = self.answers_per_person[rows]
        indptr = np.concatenate([[0], np.cumsum(counts)])
        answers = np.repeat(self.indptr[rows] - indptr[:-1], counts) + np.arange(indptr[-1])
        taken = self._take_answers(answers, indptr)
        groups = self.groups.take(rows.tolist()).reset_index(drop=True)
        return replace(taken, persons=self.persons[rows], groups=groups)

    def take_items(self, chosen: Bools | Ints) -> "ResponseMatrix":
        """Return the answers to the chosen items (a mask or rows), all persons kept."""
        columns = np.flatnonzero(chosen) if np.asarray(chosen).dtype == bool else np.asarray(chosen)
        place = np.full(self.n_items, -1, np.int32)
        place[columns] = np.arange(columns.size)
        answers = np.flatnonzero(place[self.items_index] >= 0)
        kept = np.bincount(self.persons_index[answers], minlength=self.n_persons)
        taken = self._take_answers(answers, np.concatenate([[0], np.cumsum(kept)]))
        return replace(
            taken,
            items=tuple(self.items[j] for j in columns),
            versions=self.versions[columns],
            n_categories=self.n_categories[columns],
            levels=tuple(self.levels[j] for j in columns),
            items_index=place[taken.items_index],
        )

    def _take_answers(self, answers: Ints, indptr: Ints) -> "ResponseMatrix":
        """Return the record with its answer-length arrays cut to the given rows."""
        return replace(
            self,
            indptr=indptr,
            items_index=self.items_index[answers],
            category=self.category[answers],
            code=self.code[answers],
            time_s=None if self.time_s is None else self.time_s[answers],
            position=None if self.position is None else self.position[answers],
            raw=None if self.raw is None else self.raw[answers],
        )


def _key(key: str | os.PathLike[str] | Mapping[str, str] | None) -> Key | None:
    if key is None or not isinstance(key, Mapping):
        return None if key is None else read_key(key)
    return {item: alternatives(answer) for item, answer in key.items()}


def _as_text(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the columns of mixed kinds as texts, their empty cells kept."""
    mixed = [name for name in frame if frame[name].dtype == object]
    return {
        str(name): frame[name].map(
            lambda cell: str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell),
            na_action="ignore",
        )
        for name in mixed
    }


def _build(
    log: LogColumns,
    key: Key | None,
    use_score: bool,
    rules: Rules | None,
    levels: Mapping[str, Sequence[int]] | None,
) -> ResponseMatrix:
    """Code the answers, drop what was not administered, sort by person, resolve duplicates."""
    coded = code_answers(log, key=key, use_score=use_score, rules=rules, levels=levels)
    rows, repeated = answers_by_person(log, coded.category)
    kept = log.person[rows]
    messages = coded.messages
    if repeated:
        again = f"answers given again by the same person to the same item: {repeated}"
        messages += (f"{again}; the last one counts",)
    keeps_raw = (key is not None or use_score) and bool(log.response.labels)
    return ResponseMatrix(
        persons=log.persons,
        items=log.items,
        versions=log.versions,
        n_categories=np.array([len(level) for level in coded.levels], np.int64),
        indptr=np.concatenate([[0], np.cumsum(np.bincount(kept, minlength=len(log.persons)))]),
        items_index=log.item[rows].astype(np.int32, copy=False),
        category=coded.category[rows],
        code=coded.code[rows],
        groups=log.groups,
        levels=coded.levels,
        time_s=None if log.time_s is None else log.time_s[rows],
        position=None if log.position is None else log.position[rows],
        raw=log.response.codes[rows] if keeps_raw else None,
        options=log.response.labels if keeps_raw else (),
        messages=messages,
    )
