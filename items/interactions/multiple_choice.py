"""Multiple choice: select all options that apply."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import field_validator

from items.errors import BadInput
from items.interactions.base import Scored, Section
from items.interactions.choice import Choice, Option


class MultipleChoice(Choice):
    """Select all that apply among 2 to 8 options, of which at least one is correct.

    ``all_or_nothing``: 1 for exactly the correct options, 0 otherwise.

    ``partial``: right minus wrong, not below 0: each correct option selected adds one, each wrong option
    selected takes one away, so blind guessing gains nothing (formula scoring with two alternatives a
    statement; Frary, 1988, Educational Measurement: Issues and Practice 7(2), 33-38).
    """

    type: Literal["multiple_choice"] = "multiple_choice"
    scoring: Literal["all_or_nothing", "partial"] = "all_or_nothing"

    @field_validator("options")
    @classmethod
    def _some_are_correct(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        if not any(option.correct for option in options):
            raise ValueError("no option is marked correct; mark at least one with `correct: true`")
        return options

    @property
    def n_categories(self) -> int:
        """Two, or with partial credit one more than there are correct options."""
        return 2 if self.scoring == "all_or_nothing" else len(self.key) + 1

    def read(self, given: Sequence[str]) -> str:
        """Read the chosen option ids, joined by ``+`` in bank order."""
        chosen = {self.option(id).id for id in given}
        return "+".join(option.id for option in self.options if option.id in chosen)

    def score(self, value: str) -> Scored:
        """Score the selection by the declared rule."""
        chosen, key = set(self.classes(value)), set(self.key)
        right, wrong = len(chosen & key), len(chosen - key)
        reason = f"{right} of {len(key)} correct options selected, {wrong} wrong"
        if self.scoring == "all_or_nothing":
            return Scored(int(chosen == key), reason)
        return Scored(max(right - wrong, 0), reason + "; right minus wrong, not below 0")

    def classes(self, value: str) -> tuple[str, ...]:
        """The classes of an answer are the selected options."""
        chosen = tuple(self.option(id).id for id in value.split("+"))
        if len(set(chosen)) != len(chosen):
            raise BadInput(f"the answer {value!r} names an option twice", right="name each option once")
        return chosen

    def sections(self, value: str) -> list[Section]:
        """Say which correct options were selected, which wrong ones, and which were missed."""
        chosen = self.classes(value)
        if set(chosen) == set(self.key):
            return []
        right = [id for id in self.key if id in chosen]
        wrong = [id for id in chosen if id not in self.key]
        missed = [id for id in self.key if id not in chosen]
        told = [
            Section("right", "What you got right", self._list(right)),
            Section("selected", "What you selected that does not apply", self._list(wrong)),
            Section("missed", "What you missed", self._list(missed)),
        ]
        return [section for section in told if section.body]

    def _list(self, ids: Iterable[str]) -> str:
        return "\n\n".join(self._quoted(id) for id in ids)
