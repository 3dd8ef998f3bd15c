"""Reading and scoring, kind by kind: what is right, what is wrong, and why."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from items.errors import BadInput
from items.interactions import MultipleChoice, Numeric, OpenResponse, ShortText, SingleChoice
from items.interactions.number_text import number, readings, written
from items.interactions.short_text import normalise


def choice(key: str, **told: object) -> dict[str, object]:
    return {"options": [{"text": letter.upper(), "correct": letter in key} for letter in "abcde"], **told}


def test_single_choice_scores_the_key() -> None:
    asked = SingleChoice.model_validate(choice("b"))
    assert (asked.key, asked.n_categories) == (("b",), 2)
    assert [asked.score(id).category for id in "abcde"] == [0, 1, 0, 0, 0]
    assert asked.score("a").reason == "option a was chosen, b is correct"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (choice("ab"), "2 options are marked correct; mark exactly one"),
        (choice(""), "no options are marked correct; mark exactly one"),
        ({"options": [{"text": "A", "correct": True}]}, "at least 2"),
        ({"options": [{"text": "A", "correct": n == 0} for n in range(9)]}, "at most 8"),
        ({"options": [{"id": "x", "text": "A", "correct": True}, {"id": "x", "text": "B"}]}, "used twice"),
        ({"options": [{"id": "idk", "text": "A", "correct": True}, {"text": "B"}]}, "is a reserved code"),
        ({"options": [{"id": "a+b", "text": "A", "correct": True}, {"text": "B"}]}, "pattern"),
        ({"options": [{"text": "", "correct": True}, {"text": "B"}]}, "at least 1 character"),
    ],
)
def test_a_single_choice_that_cannot_be_scored_is_refused(told: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        SingleChoice.model_validate(told)


@pytest.mark.parametrize(
    ("given_", "says"), [(["z"], "fits no option"), (["a", "b"], "2 options were chosen")]
)
def test_an_answer_that_fits_no_option_is_refused(given_: list[str], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        SingleChoice.model_validate(choice("b")).read(given_)


def test_all_or_nothing_wants_exactly_the_key() -> None:
    asked = MultipleChoice.model_validate(choice("ac"))
    assert asked.n_categories == 2
    assert [asked.score(value).category for value in ("a+c", "a", "a+c+d", "b")] == [1, 0, 0, 0]


def test_partial_credit_is_right_minus_wrong_not_below_zero() -> None:
    asked = MultipleChoice.model_validate(choice("ac", scoring="partial"))
    assert asked.n_categories == 3
    values = ("a+c", "a", "a+b", "a+c+d", "a+b+c+d+e", "b+d", "c")
    assert [asked.score(value).category for value in values] == [2, 1, 0, 1, 0, 0, 1]


def test_selecting_everything_or_guessing_gains_nothing_on_average() -> None:
    """Under formula scoring the expected right minus wrong of a coin flip an option is (2 - 2) / 2 = 0."""
    asked = MultipleChoice.model_validate(
        {"options": [{"text": t, "correct": t in "AB"} for t in "ABCD"], "scoring": "partial"}
    )
    subsets = ["+".join(id for place, id in enumerate("abcd") if mask >> place & 1) for mask in range(1, 16)]
    signed = [len({"a", "b"} & set(s.split("+"))) - len({"c", "d"} & set(s.split("+"))) for s in subsets]
    assert sum(signed) == 0
    assert [asked.score(s).category for s in subsets] == [max(one, 0) for one in signed]


def test_selected_options_are_logged_in_bank_order_once() -> None:
    asked = MultipleChoice.model_validate(choice("ac"))
    assert asked.read(["c", "a", "c"]) == "a+c"
    with pytest.raises(BadInput, match="names an option twice"):
        asked.score("a+a")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1234", (1234,)),
        ("-3.5", (-3.5,)),
        ("−3.5", (-3.5,)),
        ("+ 2", (2,)),
        (".5", (0.5,)),
        ("5.", (5,)),
        ("3.5e-2", (0.035,)),
        ("3.5 × 10^-2", (0.035,)),
        ("3.5 * 10**-2", (0.035,)),
        ("3.5·10⁻²", (0.035,)),
        ("1/2", (0.5,)),
        ("-1 / 4", (-0.25,)),
        ("1 234 567", (1234567,)),
        ("1\u202f234", (1234,)),
        ("1'234", (1234,)),
        ("1_234.5", (1234.5,)),
        ("1,234,567", (1234567,)),
        ("1,234.5", (1234.5,)),
        ("1.234,5", (1234.5,)),
        ("1.234.567", (1234567,)),
        ("3,5", (3.5,)),
        ("0,125", (0.125,)),
        ("1,234", (1234, 1.234)),
        ("1.234", (1.234,)),
        ("12,50", (12.5,)),
        ("１２", (12,)),
    ],
)
def test_numbers_are_read_as_people_type_them(text: str, values: tuple[float, ...]) -> None:
    assert readings(text) == pytest.approx(values)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "1 2", "12,34,56", "1,23.4", "--1", "1/0", "1//2", "1/2/3", "nan", "inf", "1e999", "e5"],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="write a number such as"):
        readings(text)


def test_an_author_must_write_an_unambiguous_number() -> None:
    with pytest.raises(BadInput, match=r"can be read as 1234 or 1\.234; write it without a comma"):
        number("1,234")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back_from_what_is_written(value: float) -> None:
    assert number(written(value)) == value


@given(st.text(max_size=80))
def test_any_text_is_a_finite_number_or_bad_input(text: str) -> None:
    try:
        values = readings(text)
    except BadInput:
        return
    assert values
    assert all(map(math.isfinite, values))


def test_a_number_is_right_within_its_tolerance() -> None:
    asked = Numeric(answer=320, tolerance=0.5)
    assert [asked.score(text).category for text in ("320", "320.5", "319.5", "320.51", "-320")] == [
        1,
        1,
        1,
        0,
        0,
    ]
    relative = Numeric(answer=-200, relative_tolerance=0.01)
    assert [relative.score(text).category for text in ("-202", "-198", "-197.9", "200")] == [1, 1, 0, 0]
    exact = Numeric(answer=0.1)
    assert [exact.score(text).category for text in ("0.1", "1/10", "0.1000001", "0,1")] == [1, 1, 0, 1]


def test_no_one_is_marked_wrong_for_a_comma() -> None:
    assert Numeric(answer=1234).score("1,234").category == 1
    assert Numeric(answer=1.234).score("1,234").category == 1
    assert Numeric(answer=1.234).score("1234").category == 0


def test_the_unit_may_be_typed() -> None:
    asked = Numeric(answer=320, unit="parameters")
    assert asked.read(["320 Parameters"]) == "320 Parameters"
    assert asked.score("320 Parameters").category == 1
    with pytest.raises(BadInput, match="is not a number"):
        asked.read(["320 bytes"])


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"answer": 1, "tolerance": 1, "relative_tolerance": 1}, "both given; keep one"),
        ({"answer": 1, "tolerance": -1}, "greater than or equal to 0"),
        ({"answer": "x"}, "is not a number"),
        ({"answer": math.inf}, "finite"),
        ({"answer": 5, "mistakes": [{"answers": [5], "explanation": "x"}]}, "would be scored as correct"),
    ],
)
def test_a_numeric_item_that_cannot_be_scored_is_refused(told: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Numeric.model_validate(told)


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("Drop-out", "dropout"),
        ("  drop  out. ", "dropout"),
        ("naïve", "NAIVE"),
        ("ﬁlter", "filter"),
        ("STRASSE", "straße"),
    ],
)
def test_case_accents_white_space_and_punctuation_do_not_matter(typed: str, same: str) -> None:
    assert normalise(typed) == normalise(same)


@pytest.mark.parametrize(
    ("one", "other"), [("C", "C++"), ("C", "C#"), ("a<b", "a>b"), ("L1", "L2"), ("n", "o")]
)
def test_letters_digits_and_symbols_matter(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_accepted_answers_score_and_mistakes_are_told_apart() -> None:
    asked = ShortText.model_validate(
        {
            "accepted": ["ReLU"],
            "mistakes": [{"answers": ["sigmoid", "logistic"], "explanation": "It saturates."}],
        }
    )
    assert [asked.score(text).category for text in ("relu", "Re-LU", "sigmoid")] == [1, 1, 0]
    assert asked.classes("Logistic") == ("sigmoid",)
    assert asked.sections("logistic")[0].body.endswith("It saturates.")


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"accepted": []}, "at least 1"),
        ({"accepted": ["…"]}, "has no letter, digit or symbol"),
        ({"accepted": ["x" * 201]}, "has 201 characters; write at most 200"),
        ({"accepted": ["a"], "mistakes": [{"answers": ["A!"], "explanation": "x"}]}, "is an accepted answer"),
    ],
)
def test_a_short_text_that_cannot_be_scored_is_refused(told: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ShortText.model_validate(told)


@pytest.mark.parametrize(("asked", "most"), [(ShortText(accepted=("a",)), 200)])
def test_too_long_a_text_is_refused(asked: ShortText, most: int) -> None:
    assert asked.read(["x" * most])
    with pytest.raises(BadInput, match=f"write at most {most} characters"):
        asked.read(["x" * (most + 1)])


def test_an_open_response_waits_for_a_person() -> None:
    asked = OpenResponse.model_validate(
        {"criteria": [{"credit": 1, "text": "a"}, {"credit": 2, "text": "b"}]}
    )
    assert asked.n_categories == 4
    assert asked.score("an answer").category is None
    assert asked.solution == "A full answer says:\n\n- a (1 point)\n- b (2 points)"


def test_keywords_meet_criteria_by_the_declared_rule() -> None:
    asked = OpenResponse.model_validate(
        {
            "scored_by": {"rule": "keywords"},
            "criteria": [
                {"credit": 1, "text": "overfitting", "keywords": ["overfit", "memoris"]},
                {"credit": 2, "text": "more data", "keywords": ["more data"]},
            ],
        }
    )
    reached = {"It over-fits: get MORE\n data.": 3, "It memorises.": 1, "No.": 0, "anymore data": 0}
    assert {text: asked.score(text).category for text in reached} == reached
    assert [section.kind for section in asked.sections("It memorises.")] == ["right", "missed"]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"criteria": []}, "at least 1"),
        (
            {"categories": 3, "criteria": [{"credit": 1, "text": "a"}]},
            "add up to 1, so there are 2 categories",
        ),
        ({"criteria": [{"credit": 1, "text": "a"}], "scored_by": "me"}, "write person or {rule: keywords}"),
        ({"criteria": [{"credit": 1, "text": "a"}], "scored_by": {"rule": "keywords"}}, "has no `keywords`"),
    ],
)
def test_an_open_response_that_cannot_be_scored_is_refused(told: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        OpenResponse.model_validate(told)
