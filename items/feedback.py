"""What a candidate reads about an answer afterwards."""

from dataclasses import dataclass

from items.interactions import Section
from items.item import Item
from items.scoring import Answer, score

_NOT_PERSONAL = "A personal explanation is not available for this answer."
_DONT_KNOW = 'You chose "I don\'t know yet".'
_BLANK = "You left this question blank."
_WAITS = "Your answer has not been scored yet: a person reads it first."


@dataclass(frozen=True, slots=True)
class Feedback:
    """The sections on one answer, in reading order, and the category that they speak of."""

    category: int | None
    sections: tuple[Section, ...]


def feedback(item: Item, answer: Answer, *, category: int | None = None) -> Feedback:
    """Explain an answer: what was selected, right or missed, the correct answer, and the worked solution.

    Parameters
    ----------
    item : Item
        The version of the item that was answered.
    answer : Answer
        The answer.
    category : int, optional
        The category a person gave, where a person scores the item.

    Raises
    ------
    BadInput
        If the answer's value does not fit the item.
    """
    scored = score(item, answer).category
    reached = scored if scored is not None else category
    return Feedback(reached, (*_on(item, answer, reached), *_solution(item)))


def _on(item: Item, answer: Answer, category: int | None) -> list[Section]:
    if answer.code != "answered":
        return [_nothing(item, _DONT_KNOW if answer.code == "idk" else _BLANK)]
    if score(item, answer).category is None:
        return [_by_a_person(item, category)]
    told = item.interaction.sections(answer.value)
    if category == item.n_categories - 1 or _is_personal(item, answer, told):
        return told
    return [*told, Section("none", "Explanation", _NOT_PERSONAL)]


def _nothing(item: Item, said: str) -> Section:
    if item.interaction.is_typed:
        return Section("missed", "What you missed", said)
    return Section("selected", "What you selected", said)


def _by_a_person(item: Item, category: int | None) -> Section:
    if category is None:
        return Section("selected", "Your answer", _WAITS)
    full = item.n_categories - 1
    said = f"Your answer was given {category} of {full} points."
    if category == full:
        return Section("right", "What you got right", said)
    return Section("missed", "What you missed", said)


def _is_personal(item: Item, answer: Answer, told: list[Section]) -> bool:
    """Whether the sections say more than what was selected."""
    explained = item.interaction.explanations
    return any(section.kind != "selected" for section in told) or any(
        name in explained for name in item.interaction.classes(answer.value)
    )


def _solution(item: Item) -> list[Section]:
    correct = "\n\n".join(part.strip() for part in (item.interaction.solution, item.explanation))
    told = [Section("correct", "Correct answer", correct)]
    return [*told, Section("worked", "Worked solution", item.worked)] if item.worked else told
