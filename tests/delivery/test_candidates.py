from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine._types import Bools
from engine.delivery.candidates import (
    ABLE,
    HASTY,
    LUCK,
    READINESS,
    SPEED,
    WAVERING,
    Candidate,
    Crowd,
    Repertoire,
    Truth,
    crowd,
    repertoire,
)
from engine.pool import ItemPool
from items.bank import ItemBank
from items.interactions import OpenResponse
from items.parameters import ParameterSet
from items.scoring import Answer, score

FOLDER = Path(str(files("items") / "banks" / "deep_learning"))


@pytest.fixture(scope="module")
def bank() -> ItemBank:
    return ItemBank.read(FOLDER / "bank.yaml")


@pytest.fixture(scope="module")
def truth(bank: ItemBank) -> Truth:
    pool = ItemPool.from_parameters(ParameterSet.read(FOLDER / "true_parameters.csv"))
    return Truth.of(bank.items, pool, pd.read_csv(FOLDER / "true_distractors.csv"))


def test_every_answer_earns_the_category_that_it_stands_under(bank: ItemBank, truth: Truth):
    for item in bank.items:
        for category, group in truth.repertoires[item.id].items():
            assert {score(item, answer).category for answer in group.answers} == {category}


def test_every_item_can_be_answered_worst_and_best(bank: ItemBank, truth: Truth):
    for item in bank.items:
        if isinstance(item.interaction, OpenResponse) and item.interaction.scored_by == "person":
            assert set(truth.repertoires[item.id]) == {None}
        else:
            assert {0, item.n_categories - 1} <= set(truth.repertoires[item.id])


def test_a_draw_follows_the_weights():
    answers = tuple(Answer("answered", name) for name in "abc")
    group = Repertoire(answers, (0.5, 0.5, 2.0))
    drawn = [group.draw(u).value for u in np.linspace(0, 0.999, 1_000)]
    assert drawn.count("a") == pytest.approx(250, abs=2)
    assert drawn.count("b") == 0
    assert drawn.count("c") == pytest.approx(750, abs=2)


def test_wrong_answers_come_as_often_as_listed(bank: ItemBank):
    item = bank.item("dl-opt-adam-first")
    group = repertoire(item, {"a": 0.9, "b": 0.1})[0]
    assert group.weights[-1] == pytest.approx(1, abs=0.01)
    assert group.draw(0.5).value == "a"


def test_a_crowd_reaches_categories_as_the_true_model_says(truth: Truth):
    people = crowd(truth, 4_000, np.zeros(len(truth.pool)), rng=np.random.default_rng(1))
    probabilities = np.exp(truth.pool.log_prob(people.theta))
    expected = (probabilities * np.arange(truth.pool.max_categories)[:, None]).sum(axis=1).T
    # the mean of 4,000 categories; 5 standard errors of the widest, whose variance is below 1
    assert np.abs(people.categories.mean(axis=0) - expected.mean(axis=0)).max() < 5 / np.sqrt(4_000)
    assert (people.categories < truth.pool.n_categories).all()


def _hasty(truth: Truth, people: Crowd) -> tuple[Bools, Bools]:
    """Return who guesses (N,), and where: in a tenth of the usual time."""
    fast = people.seconds < 0.1 * np.exp(truth.intensity)
    return fast.mean(axis=1) > 0.1, fast


def test_times_follow_the_questions_and_the_speed_of_people(truth: Truth):
    people = crowd(truth, 4_000, np.zeros(len(truth.pool)), rng=np.random.default_rng(6))
    careful = ~_hasty(truth, people)[0]
    times = np.log(people.seconds[careful])
    # each mean has an error of √(speed² + wavering²) / √3,800; 5 of them
    error = np.hypot(SPEED, WAVERING) / np.sqrt(careful.sum())
    assert np.abs(times.mean(axis=0) - truth.intensity).max() < 5 * error
    assert truth.intensity.std() > 0.25, "some questions take longer than others"
    speed = (truth.intensity - times).mean(axis=1)
    assert speed.std() == pytest.approx(np.hypot(SPEED, WAVERING / np.sqrt(len(truth.pool))), rel=0.05)
    assert np.corrcoef(speed, people.theta[careful])[0, 1] == pytest.approx(ABLE, abs=0.06)


def test_few_people_guess_and_they_are_fast_and_right_by_chance(truth: Truth):
    people = crowd(truth, 4_000, np.zeros(len(truth.pool)), rng=np.random.default_rng(6))
    hasty, fast = _hasty(truth, people)
    assert hasty.mean() == pytest.approx(HASTY, abs=0.01)
    full = people.categories == truth.pool.n_categories - 1
    assert full[hasty][fast[hasty]].mean() == pytest.approx(LUCK, abs=0.03)


def test_not_knowing_is_admitted_by_some_more_than_by_others(truth: Truth):
    people = crowd(truth, 500, np.zeros(len(truth.pool)), rng=np.random.default_rng(2))
    shares = people.admits.mean(axis=1)
    assert shares.mean() == pytest.approx(READINESS[0] / sum(READINESS), abs=0.05)
    assert shares.std() > 0.15


def test_the_same_generator_draws_the_same_crowd(truth: Truth):
    one, two = (crowd(truth, 5, np.zeros(len(truth.pool)), rng=np.random.default_rng(3)) for _ in range(2))
    assert all(np.array_equal(getattr(one, name), getattr(two, name)) for name in one.__slots__)


def test_a_candidate_answers_every_item_in_a_way_that_can_be_scored(bank: ItemBank, truth: Truth):
    people = crowd(truth, 20, np.zeros(len(truth.pool)), rng=np.random.default_rng(4))
    codes = set()
    for row in range(20):
        candidate = Candidate(truth, people, row)
        for item in bank.items:
            answer = candidate.answer(item.id)
            codes.add(answer.code)
            reached = score(item, answer).category
            column = truth.columns.get(item.id)
            if answer.code == "answered" and column is not None and reached is not None:
                assert reached == people.categories[row, column]
    assert codes == {"answered", "idk", "omit"}


def test_who_earned_nothing_never_gives_more_stars(bank: ItemBank, truth: Truth):
    people = crowd(truth, 50, np.zeros(len(truth.pool)), rng=np.random.default_rng(5))
    pairs = [
        (
            Candidate(truth, people, row).stars(item, earned=True),
            Candidate(truth, people, row).stars(item, earned=False),
        )
        for row in range(50)
        for item in truth.pool.items
    ]
    assert all(glad >= sad >= (glad > 0) for glad, sad in pairs)
    assert any(glad > sad for glad, sad in pairs)
