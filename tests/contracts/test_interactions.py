"""What every kind of interaction promises, run over all kinds."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from items.errors import BadInput
from items.feedback import feedback
from items.interactions import KINDS, Interaction
from items.interactions.base import RESERVED
from items.item import Item
from items.scoring import Answer, read_answer, score

OPTIONS = [
    {"text": "A", "correct": True, "explanation": "A is right."},
    {"text": "B", "explanation": "B is wrong."},
    {"text": "C"},
]
SEVERAL = [{"text": letter, "correct": letter in "ABC"} for letter in "ABCDE"]
CRITERIA = [
    {"credit": 1, "text": "noise", "keywords": ["noise"]},
    {"credit": 2, "text": "why", "keywords": ["because"]},
]
EXAMPLES: dict[str, list[dict[str, object]]] = {
    "single_choice": [{"options": OPTIONS}, {"options": OPTIONS[:2], "shuffle": True}],
    "multiple_choice": [{"options": SEVERAL}, {"options": SEVERAL, "scoring": "partial"}],
    "numeric": [
        {"answer": 320, "tolerance": 0.5, "mistakes": [{"answers": [288], "explanation": "No biases."}]},
        {"answer": "1/3", "relative_tolerance": 0.01, "unit": "%"},
    ],
    "short_text": [
        {"accepted": ["drop-out"], "mistakes": [{"answers": ["decay"], "explanation": "Not that."}]},
    ],
    "open_response": [{"criteria": CRITERIA}, {"criteria": CRITERIA, "scored_by": {"rule": "keywords"}}],
}
FORMS = {
    "single_choice": [["a"], ["b"]],
    "multiple_choice": [["a"], ["c", "a", "b"], ["d", "e"], ["a", "b", "d"]],
    "numeric": [["320"], ["288"], ["-1,5"], ["1/3"]],
    "short_text": [["Drop out"], ["decay"], ["something else"], ["omit"]],
    "open_response": [["Because of the noise."], ["I have an idea."]],
}
CASES = [(kind, place) for kind, examples in EXAMPLES.items() for place in range(len(examples))]


def item(kind: str, place: int, **told: object) -> Item:
    interaction = {"type": kind, **EXAMPLES[kind][place]}
    return Item.model_validate(
        {
            "id": "q",
            "skill": "S",
            "stem": "Q?",
            "interaction": interaction,
            "explanation": "So it is.",
            **told,
        }
    )


def test_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(KINDS) == set(FORMS)


@pytest.mark.parametrize(("kind", "place"), CASES)
def test_an_answer_survives_the_log_and_scores_within_the_categories(kind: str, place: int) -> None:
    asked = item(kind, place)
    for given_ in FORMS[kind]:
        answer = read_answer(asked, {"answer": given_})
        assert Answer.from_raw(answer.raw).raw == answer.raw
        assert answer.raw not in RESERVED
        scored = score(asked, answer)
        assert scored.reason
        assert scored.category is None or 0 <= scored.category < asked.n_categories
        assert score(asked, Answer.from_raw(answer.raw)).category == scored.category


@pytest.mark.parametrize(("kind", "place"), CASES)
def test_idk_and_nothing_are_codes_of_their_own_and_score_zero(kind: str, place: int) -> None:
    asked = item(kind, place)
    assert read_answer(asked, {"idk": ["yes"]}) == Answer("idk")
    assert read_answer(asked, {}) == read_answer(asked, {"answer": ["  "]}) == Answer("omit")
    assert score(asked, Answer("idk")).category == score(asked, Answer("omit")).category == 0
    assert (Answer("idk").raw, Answer("omit").raw) == ("idk", "omit")


@pytest.mark.parametrize(("kind", "place"), CASES)
def test_idk_that_is_not_offered_or_comes_with_an_answer_is_refused(kind: str, place: int) -> None:
    with pytest.raises(BadInput, match="does not offer"):
        read_answer(item(kind, place, idk=False), {"idk": ["yes"]})
    with pytest.raises(BadInput, match="were given together"):
        read_answer(item(kind, place), {"answer": FORMS[kind][0], "idk": ["yes"]})


@pytest.mark.parametrize(("kind", "place"), CASES)
def test_feedback_ends_with_the_correct_answer_and_its_explanation(kind: str, place: int) -> None:
    asked = item(kind, place, worked="First …")
    answers = [Answer("idk"), Answer("omit"), *(read_answer(asked, {"answer": one}) for one in FORMS[kind])]
    for answer in answers:
        told = feedback(asked, answer)
        assert [section.kind for section in told.sections[-2:]] == ["correct", "worked"]
        assert "So it is." in told.sections[-2].body
        assert all(section.body.strip() and section.heading for section in told.sections)


@pytest.mark.parametrize(("kind", "place"), CASES)
def test_an_interaction_is_rebuilt_from_its_record_and_its_content_has_no_explanation(
    kind: str, place: int
) -> None:
    interaction = item(kind, place).interaction
    assert KINDS[kind].model_validate(interaction.model_dump(mode="json")) == interaction
    content = str(interaction.content())
    assert not any(text in content for text in ("is wrong", "No biases", "Not that"))
    assert content != str(item(kind, 1 - place).interaction.content()) if len(EXAMPLES[kind]) > 1 else True


@pytest.mark.parametrize(("kind", "place"), CASES)
def test_classes_name_explanations(kind: str, place: int) -> None:
    interaction: Interaction = item(kind, place).interaction
    reached = {
        name
        for one in FORMS[kind]
        for name in interaction.classes(read_answer(item(kind, place), {"answer": one}).value)
    }
    assert reached & set(interaction.explanations) or not interaction.explanations or kind == "open_response"
    assert all(text.strip() for text in interaction.explanations.values())


@settings(deadline=None)
@given(st.sampled_from(CASES), st.lists(st.text(max_size=12), max_size=3))
def test_any_form_is_an_answer_or_bad_input(case: tuple[str, int], values: list[str]) -> None:
    asked = item(*case)
    try:
        answer = read_answer(asked, {"answer": values})
    except BadInput:
        return
    category = score(asked, answer).category
    assert category is None or 0 <= category < asked.n_categories
    assert feedback(asked, answer).category == category


@given(st.randoms())
def test_shuffling_keeps_fixed_options_in_place_and_loses_none(rng: random.Random) -> None:
    options = [{"text": str(place), "correct": place == 0, "fixed": place in (1, 4)} for place in range(5)]
    choice = KINDS["single_choice"].model_validate({"options": options, "shuffle": True})
    order = choice.order(rng)  # type: ignore[attr-defined]
    assert sorted(order) == list("abcde")
    assert (order[1], order[4]) == ("b", "e")
