"""What a page shows of a question: before the answer without its key, afterwards with everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from markupsafe import Markup

from engine.delivery.replay import Question
from items.feedback import feedback
from items.interactions import (
    Choice,
    Interaction,
    MultipleChoice,
    Numeric,
    OpenResponse,
    ShortText,
    SingleChoice,
)
from items.item import Item
from items.rendering import render, render_inline
from items.scoring import Answer

HINTS = {
    SingleChoice: "Choose one answer.",
    MultipleChoice: "Select all that apply.",
    Numeric: "A number, such as 320, 0.5, 1/2 or 3.5e-2.",
    ShortText: "A word or a short phrase. Capitals, spaces and punctuation do not matter.",
    OpenResponse: "A few sentences in your own words.",
}


class Surroundings(Protocol):
    """What a question stands in: an edition of an assessment, or a bank that is being written."""

    @property
    def language(self) -> str:
        """BCP 47 tag of the questions' language."""

    @property
    def passages(self) -> Mapping[str, str]:
        """Texts that several items share, in Markdown, by id."""


@dataclass(frozen=True, slots=True)
class ShownOption:
    """One option as shown; `correct` stays None until the review."""

    id: str
    text: Markup
    correct: bool | None = None


@dataclass(frozen=True, slots=True)
class ShownSection:
    """One part of the explanation: its kind, its heading, and its body as HTML."""

    kind: str
    heading: str
    body: Markup


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question as a template needs it.

    `given` holds the chosen option ids, or the one text that was typed; `unsure` says that the candidate
    chose "I don't know yet". `verdict` and `sections` are empty until the review.
    """

    position: int
    kind: str
    language: str
    stem: Markup
    hint: str
    options: tuple[ShownOption, ...]
    unit: str
    idk: bool
    given: tuple[str, ...] = ()
    unsure: bool = False
    verdict: str = ""
    sections: tuple[ShownSection, ...] = ()

    @property
    def typed(self) -> bool:
        """Whether the answer is written rather than chosen."""
        return not self.options

    @property
    def several(self) -> bool:
        """Whether more than one option may be chosen."""
        return self.kind == "multiple_choice"

    @property
    def blank(self) -> bool:
        """Whether nothing was answered."""
        return not self.given and not self.unsure


def shown(item: Item, around: Surroundings, *, position: int, seed: int, media: str) -> ShownQuestion:
    """Return the question as it stands before the answer: nothing in it tells the key.

    The order of shuffled options follows from the session's seed and the item, so a reload shows the same.
    """
    doing = item.interaction
    passage = (around.passages[item.stimulus],) if item.stimulus else ()
    return ShownQuestion(
        position=position,
        kind=doing.type,
        language=around.language,
        stem=Markup("".join(render(text, media=media) for text in (*passage, item.stem))),
        hint=HINTS[type(doing)],
        options=_options(item, Random(f"{seed} {item.id} {item.version}"), media),
        unit=doing.unit if isinstance(doing, Numeric) else "",
        idk=item.idk,
    )


def with_given(question: ShownQuestion, given: Sequence[str], *, unsure: bool = False) -> ShownQuestion:
    """Return the question with an answer filled in, as submitted."""
    chosen = tuple(text for text in given if question.typed or text != "idk")
    return replace(question, given=chosen, unsure=unsure or (not question.typed and "idk" in given))


def reviewed(question: ShownQuestion, item: Item, recorded: Question, *, media: str) -> ShownQuestion:
    """Return the question with the answer given, the key, and the explanation of this answer."""
    answer = answer_of(recorded)
    category = recorded.scored.category if recorded.scored else None
    doing = item.interaction
    options = tuple(replace(option, correct=_is_key(doing, option.id)) for option in question.options)
    sections = feedback(item, answer, category=category).sections
    return replace(
        with_given(question, _chosen(doing, answer), unsure=answer.code == "idk"),
        options=options,
        verdict=verdict(answer, category, item.n_categories),
        sections=tuple(
            ShownSection(one.kind, one.heading, Markup(render(one.body, media=media))) for one in sections
        ),
    )


def answer_of(recorded: Question) -> Answer:
    """Return the recorded answer; a question that was never answered counts as left blank."""
    if recorded.answer is None:
        return Answer("omit")
    return Answer(recorded.answer.code, recorded.answer.value)


def verdict(answer: Answer, category: int | None, n_categories: int) -> str:
    """Return in a sentence how the answer counts."""
    if category is None:
        return "A person has still to read your answer."
    if category == n_categories - 1:
        return "Your answer is correct."
    if category > 0:
        return f"Your answer is partly correct: {category} of {n_categories - 1} points."
    if answer.code == "answered":
        return "Your answer is not correct."
    return "It counts as not correct."


def _options(item: Item, rng: Random, media: str) -> tuple[ShownOption, ...]:
    doing = item.interaction
    if not isinstance(doing, Choice):
        return ()
    texts = {option.id: Markup(render_inline(option.text, media=media)) for option in doing.options}
    return tuple(ShownOption(id, texts[id]) for id in doing.order(rng))


def _chosen(doing: Interaction, answer: Answer) -> tuple[str, ...]:
    if answer.code != "answered":
        return ()
    return tuple(answer.value.split("+")) if isinstance(doing, Choice) else (answer.value,)


def _is_key(doing: Interaction, option: str) -> bool:
    return isinstance(doing, Choice) and option in doing.key
