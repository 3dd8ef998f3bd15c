"""What a candidate reads afterwards, case by case, as the table in the candidate's experience says."""

import pytest

from items.feedback import feedback
from items.item import Item
from items.scoring import Answer

CHOICE = {
    "type": "single_choice",
    "options": [
        {"text": "A", "explanation": "A divides."},
        {"text": "B"},
        {"text": "C", "correct": True, "explanation": "C multiplies."},
    ],
}
SEVERAL = {
    "type": "multiple_choice",
    "options": [
        {"text": letter, "correct": letter in "AC", "explanation": f"on {letter}"} for letter in "ABCD"
    ],
}
NUMBER = {
    "type": "numeric",
    "answer": 320,
    "unit": "parameters",
    "mistakes": [{"answers": [288], "explanation": "Add the biases."}],
}
PHRASE = {"type": "short_text", "accepted": ["C*", "see-star"]}
OPEN = {
    "type": "open_response",
    "criteria": [{"credit": 1, "text": "noise"}, {"credit": 1, "text": "bias"}],
}


def told(interaction: dict[str, object], answer: Answer, **more: object) -> list[tuple[str, str]]:
    category = more.pop("category", None)
    item = Item.model_validate(
        {"id": "q", "skill": "S", "stem": "Q", "explanation": "Because.", "interaction": interaction, **more}
    )
    given = feedback(item, answer, category=category)  # type: ignore[arg-type]
    return [(section.kind, section.body) for section in given.sections]


def answered(value: str) -> Answer:
    return Answer("answered", value)


CORRECT = ("correct", "C\n\nC multiplies.\n\nBecause.")


@pytest.mark.parametrize(
    ("answer", "sections"),
    [
        (answered("c"), [CORRECT]),
        (answered("a"), [("selected", "A\n\nA divides."), CORRECT]),
        (
            answered("b"),
            [
                ("selected", "B"),
                ("none", "A personal explanation is not available for this answer."),
                CORRECT,
            ],
        ),
        (Answer("idk"), [("selected", 'You chose "I don\'t know yet".'), CORRECT]),
        (Answer("omit"), [("selected", "You left this question blank."), CORRECT]),
    ],
)
def test_single_choice(answer: Answer, sections: list[tuple[str, str]]) -> None:
    assert told(CHOICE, answer) == sections


def test_a_worked_solution_comes_last() -> None:
    assert told(CHOICE, answered("b"), worked="## Steps")[-1] == ("worked", "## Steps")


def test_select_all_partly_right_tells_right_wrong_and_missed() -> None:
    assert told(SEVERAL, answered("a+b")) == [
        ("right", "A\n\non A"),
        ("selected", "B\n\non B"),
        ("missed", "C\n\non C"),
        ("correct", "A\n\non A\n\nC\n\non C\n\nBecause."),
    ]
    assert [kind for kind, _ in told(SEVERAL, answered("a+c"))] == ["correct"]


def test_a_wrong_number_is_told_what_it_missed_and_the_expected_value() -> None:
    assert told(NUMBER, answered("288")) == [
        ("missed", "You answered 288.\n\nAdd the biases."),
        ("correct", "The expected value is **320 parameters**.\n\nBecause."),
    ]
    assert told(NUMBER, Answer("omit"))[0] == ("missed", "You left this question blank.")
    assert [kind for kind, _ in told(NUMBER, answered("320"))] == ["correct"]


def test_accepted_answers_are_shown_as_they_are_written() -> None:
    (_, body) = told(PHRASE, answered("x"))[-1]
    assert body.startswith(r"The expected answer is **C\*** (also accepted: see-star).")


def test_an_open_response_shows_the_criteria_and_later_the_points() -> None:
    waiting = told(OPEN, answered("I think …"))
    assert [kind for kind, _ in waiting] == ["selected", "correct"]
    assert "has not been scored yet" in waiting[0][1]
    assert "- noise (1 point)\n- bias (1 point)" in waiting[1][1]
    assert told(OPEN, answered("x"), category=1)[0] == ("missed", "Your answer was given 1 of 2 points.")
    assert told(OPEN, answered("x"), category=2)[0] == ("right", "Your answer was given 2 of 2 points.")
    assert told(OPEN, Answer("omit"))[0] == ("missed", "You left this question blank.")
