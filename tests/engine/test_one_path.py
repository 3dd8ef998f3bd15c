"""One path: a live test and a simulated one are the same test, question by question, bit by bit."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine import CatRules, ItemPool, ask, simulate, start, tell
from engine._types import Bools, Ints
from engine.delivery.assessments import Assessment
from engine.delivery.edition import Edition
from engine.delivery.events import stamp
from engine.delivery.sitting import Sitting, begin, give, resume
from engine.design import Design
from engine.draws import draw_table
from engine.latent_regression import Known
from engine.selection.usage import ExposureState
from engine.session import report, restore
from engine.simulation.responders import ModelResponder
from engine.simulation.study import Finished
from engine.state import State
from items.bank import ItemBank
from items.scoring import Answer
from tests.delivery.published import START
from tests.engine.pools import mixed, three_pl

N, SEED = 30, 11
THETA = np.random.default_rng(4).normal(size=150)
KNOWN = """[start.prior]
intercept = -0.8
sd = 0.5
slopes = { years = 0.3, "school:rural" = -0.2, "school:urban" = 0.1 }
"""
LENGTH = '[stop]\nrule = "length"\nlength = 12\n'
CONSTRAINTS = "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\nC1,Number,Item,b > 0,4,6,\n"
RULES = {
    "as shipped": "",
    "precision, not before 6": '[stop]\nrule = "precision"\nse = 0.4\nnot_before = 6',
    "any reason": '[stop]\nany_of = [{ rule = "precision", se = 0.35 }, '
    '{ rule = "information", least = 0.3 }, { rule = "length", length = 14 }]',
    "classification": '[stop]\nany_of = [{ rule = "sprt", cuts = [0.0] }, { rule = "length", length = 20 }]',
    "fences until mixed": LENGTH + '[estimate]\nmethod = "wle"\nuntil_mixed = { method = "mlef" }',
    "kl": LENGTH + '[select]\ncriterion = "klp"',
    "expected variance": LENGTH + '[select]\ncriterion = "mepv"',
    "weighted": LENGTH + '[select]\ncriterion = "mpwi"\n[estimate]\nmethod = "map"',
    "randomesque": LENGTH + '[select]\nchooser = "randomesque"\nk = 5\n[start]\nwithin = 0.5',
    "progressive": LENGTH + '[select]\ncriterion = "progressive"',
    "stratified": LENGTH + '[select]\ncriterion = "a_stratified"',
    "eligibility": LENGTH + '[exposure]\nmethod = "eligibility"\nmax_rate = 0.25\nblock = 15',
    "restricted": LENGTH + '[exposure]\nmethod = "restricted"\nmax_rate = 0.25\nblock = 7',
    "live counters": LENGTH + '[exposure]\nmethod = "overlap"\nmax_overlap = 0.3\nblock = 1',
    "penalty": LENGTH + '[constraints]\nmethod = "penalty"\nfile = "constraints.csv"',
    "shadow": LENGTH + '[constraints]\nmethod = "shadow"\nfile = "constraints.csv"',
    "shadow and exposure": LENGTH + '[constraints]\nmethod = "shadow"\nfile = "constraints.csv"\n'
    '[exposure]\nmethod = "eligibility"\nmax_rate = 0.4',
    "pilot items": LENGTH + '[pilot]\nitems = ["new-1", "new-2", "new-3"]\ncount = 2',
    "two sections": "[[section]]\nname = 'Easy'\nwhere = 'b <= 0'\nstop = { rule = 'length', length = 6 }\n"
    "[[section]]\nname = 'Hard'\nwhere = 'b > 0'\nselect = { criterion = 'kl' }\n"
    "[section.stop]\nany_of = [{ rule = 'precision', se = 0.35 }, { rule = 'length', length = 9 }]",
    "sections that share items": '[exposure]\nmethod = "eligibility"\nmax_rate = 0.5\nblock = 7\n'
    '[[section]]\nstop = { any_of = [{ rule = "precision", se = 0.6 }, { rule = "length", length = 5 }] }\n'
    'select = { chooser = "randomesque", k = 3 }\n'
    '[[section]]\n[section.stop]\nrule = "length"\nlength = 6\n[section.constraints]\nmethod = "shadow"\n'
    'file = "constraints.csv"\n[[section]]\n[section.stop]\nrule = "length"\nlength = 4\n'
    '[section.select]\ncriterion = "progressive"',
    "first items of a section": "[[section]]\nwhere = 'b <= 0'\nstop = { rule = 'length', length = 4 }\n"
    "[[section]]\nstart = { items = ['3pl-70', '3pl-3', '3pl-71'] }\n"
    "[section.stop]\nrule = 'length'\nlength = 6",
    "pilot items of a section": "[[section]]\nstop = { rule = 'length', length = 6 }\n"
    "pilot = { items = ['new-1', 'new-2', 'new-3'], count = 2 }\n"
    "[section.constraints]\nmethod = 'shadow'\nfile = 'constraints.csv'\n"
    "[[section]]\nstop = { rule = 'length', length = 5 }\npilot = { items = ['new-4', 'new-5'], count = 1 }",
    "a section that runs dry": "[[section]]\nwhere = 'b > 1.2'\nstop = { rule = 'length', length = 30 }\n"
    "[[section]]\nwhere = 'b < 1.3'\n[section.stop]\nrule = 'length'\nlength = 5",
    "uncertainty": LENGTH + "[estimate]\nparameter_uncertainty = true",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one_path")
    (folder / "constraints.csv").write_text(CONSTRAINTS, encoding="utf-8")
    return folder


def rules_of(name: str, folder: Path) -> CatRules:
    return CatRules.parse(RULES[name], folder=folder)


def grid_pool() -> ItemPool:
    """Return a Rasch pool with ties everywhere: its difficulties lie evenly on both sides of 0."""
    b = np.tile(np.linspace(-2, 2, 21), 3)
    names = [f"i{row}" for row in range(b.size)]
    return ItemPool.from_parameters(pd.DataFrame({"item": names, "model": "rasch", "b": b}))


def one_by_one(
    pool: ItemPool,
    rules: CatRules,
    *,
    n: int = N,
    block: int = 1,
    known: Sequence[Known] | None = None,
) -> list[State]:
    """Return everybody's finished test, each taken alone, with the snapshots that a server would hold."""
    design = Design.of(pool, rules)
    sessions, answers = (int(s) for s in np.random.default_rng(SEED).integers(2**62, size=2))
    snapshot, done, states = design.empty_exposure(), 0, list[State]()
    for person in range(n):
        if person - done == block:
            snapshot, done = folded(snapshot, design, states[done:]), person
        draws, u = (
            draw_table(seed, range(person, person + 1), design.max_length) for seed in (sessions, answers)
        )
        prior = design.prior_of([known[person]]) if known else None
        state = start(pool, rules, draws, exposure=replace(snapshot, started=person - done), prior=prior)
        responder = ModelResponder(pool, THETA[person : person + 1])
        while ask(state)[0] >= 0:
            place = state.length
            state = tell(state, responder.respond(np.zeros(1, int), ask(state), place, u[0, place]))
        states.append(state)
    return states


def folded(snapshot: ExposureState, design: Design, states: list[State]) -> ExposureState:
    """Return the snapshot after these sessions."""
    theta = np.array([report(state)[0].theta[0] for state in states])
    asked = np.concatenate([state.administered for state in states])
    eligibility = [state.eligibility for state in states if state.eligibility is not None]
    names = np.concatenate([state.items.ravel() for state in states])
    inserted = np.bincount(names[names >= 0], minlength=len(design.names))[len(design.pool) :]
    return snapshot.after(theta, asked, np.concatenate(eligibility) if eligibility else None, inserted)


def check(tests: Finished, states: list[State]) -> None:
    """Compare batch and live tests, to the last bit."""
    for person, state in enumerate(states):
        estimate, status = report(state)
        np.testing.assert_array_equal(state.items[0], tests.items[person])
        np.testing.assert_array_equal(state.categories[0], tests.categories[person])
        assert (estimate.theta[0], estimate.se[0]) == (tests.theta[person], tests.se[person])
        assert (state.stop_reason[0], status[0]) == (tests.reason[person], tests.status[person])


@pytest.mark.parametrize("name", RULES)
def test_live_tests_are_simulated_tests(name: str, folder: Path) -> None:
    pool, rules = three_pl(80), rules_of(name, folder)
    study = simulate(pool, rules, THETA[:N], rng=np.random.default_rng(SEED))
    check(study.tests, one_by_one(pool, rules))


def known_of(people: int) -> list[dict[str, float | str]]:
    """Return what is known of each person, of every fifth nothing."""
    return [
        {} if n % 5 == 4 else {"years": n % 7, "school": ("rural", "urban")[n % 2]} for n in range(people)
    ]


@pytest.mark.parametrize("name", ["as shipped", "weighted", "eligibility", "shadow"])
def test_what_is_known_of_people_steers_alike(name: str, folder: Path) -> None:
    """A batch of people with their covariates is each of them alone, with and without something known."""
    pool, rules = three_pl(80), CatRules.parse(KNOWN + RULES[name], folder=folder)
    known = known_of(N)
    prior = Design.of(pool, rules).prior_of(known)
    study = simulate(pool, rules, THETA[:N], rng=np.random.default_rng(SEED), prior=prior)
    check(study.tests, one_by_one(pool, rules, known=known))


@pytest.mark.parametrize("name", ["eligibility", "restricted", "pilot items"])
def test_what_is_counted_in_blocks_is_counted_alike(name: str, folder: Path) -> None:
    """A simulation takes the block of the rules or a hundredth of the people, the smaller one."""
    pool, rules = three_pl(80), rules_of(name, folder)
    study = simulate(pool, rules, THETA, rng=np.random.default_rng(SEED))
    check(study.tests, one_by_one(pool, rules, n=150, block=2 if rules.exposure else 1000))


@pytest.mark.parametrize("name", ["as shipped", "kl", "expected variance", "weighted", "shadow"])
@pytest.mark.parametrize("pool", [grid_pool(), mixed(12)], ids=["ties", "mixed"])
def test_ties_and_mixed_pools_are_no_exception(name: str, pool: ItemPool, folder: Path) -> None:
    rules = rules_of(name, folder)
    if "b1" in pool.parameters.table:
        rules = replace(rules, constraints=())
    study = simulate(pool, rules, THETA[:N], rng=np.random.default_rng(SEED))
    check(study.tests, one_by_one(pool, rules))


@pytest.mark.parametrize("name", ["as shipped", "eligibility", "pilot items", "shadow"])
def test_the_number_of_workers_and_the_company_change_nothing(name: str, folder: Path) -> None:
    pool, rules = three_pl(80), rules_of(name, folder)
    theta = np.random.default_rng(5).normal(size=1100 if name == "as shipped" else 120)
    one, four = (
        simulate(pool, rules, theta, rng=np.random.default_rng(SEED), workers=workers) for workers in (1, 4)
    )
    pd.testing.assert_frame_equal(one.simulees, four.simulees)
    np.testing.assert_array_equal(one.tests.items, four.tests.items)


def test_two_studies_with_one_generator_are_independent() -> None:
    """A second run of one simulator must not repeat or overwrite the first (catsim 0.21 does)."""
    rng, pool, rules = np.random.default_rng(1), three_pl(80), CatRules.default()
    first = simulate(pool, rules, THETA, rng=rng)
    kept = first.simulees.copy()
    second = simulate(pool, rules, THETA, rng=rng)
    pd.testing.assert_frame_equal(first.simulees, kept)
    assert (first.tests.theta != second.tests.theta).mean() > 0.9
    assert abs(np.corrcoef(first.tests.theta - THETA, second.tests.theta - THETA)[0, 1]) < 0.4


# Through delivery


BANK = "id: small\ntitle: Small\ndomain: Tests\nitems:\n" + "".join(
    f"  - id: 3pl-{n}\n    status: operational\n    skill: Sums\n    type: single_choice\n    stem: Sum {n}\n"
    "    options:\n      - {text: right, correct: true}\n      - {text: wrong}\n    explanation: as above\n"
    for n in range(1, 41)
)


def edition_of(rules: CatRules, folder: Path) -> Edition:
    (folder / "bank.yaml").write_text(BANK, encoding="utf-8")
    bank = ItemBank.read(folder / "bank.yaml")
    about = Assessment("small", "Small", bank.id, 1, "", ())
    items = {entry.item.id: entry.item for entry in bank.entries}
    return Edition(about, "small", "Tests", "en", items, {}, Design.of(three_pl(40), rules))


SITTINGS = ["as shipped", "any reason", "fences until mixed", "randomesque", "penalty", "two sections"]


@pytest.mark.parametrize("name", SITTINGS)
@pytest.mark.parametrize("asked", ["", KNOWN], ids=["nothing known", "known"])
def test_a_sitting_of_one_is_a_row_of_the_batch(name: str, asked: str, folder: Path) -> None:
    edition = edition_of(CatRules.parse(asked + RULES[name], folder=folder), folder)
    design, at, seeds = edition.design, stamp(START), range(7, 13)
    draws, known = np.concatenate([edition.draws(seed) for seed in seeds]), known_of(len(seeds))
    state = start(design.pool, design.rules, draws, prior=design.prior_of(known))
    while (ask(state) >= 0).any():
        state = tell(state, knows(ask(state)).astype(int))
    estimate, status = report(state)
    for row, seed in enumerate(seeds):
        sitting, _ = begin(edition, [f"s{seed}"], seeds=[seed], at=[at], known=[known[row]])
        while sitting.session.current:
            if len(sitting.session.questions) == 5:
                sitting = resume(edition, sitting.session)
            sitting, _ = give(sitting, [answer(sitting)], at=[at])
        session, result = sitting.session, sitting.session.result
        assert result is not None
        assert [question.item for question in session.questions] == [
            design.names[item] for item in state.items[row] if item >= 0
        ]
        assert (result.theta, result.se) == (estimate.theta[row], estimate.se[row])
        assert (result.status, session.ended.reason) == (status[row], state.stop_reason[row])  # type: ignore[union-attr]


def knows(items: Ints) -> Bools:
    """Return who gives the right answer: a rule by which right and wrong answers come mixed."""
    return np.asarray((items * 7919) % 5 < 3)


def answer(sitting: Sitting) -> Answer:
    """Return the answer that `knows` gives to the current question."""
    question = sitting.session.current
    assert question is not None
    right = knows(sitting.edition.design.place((question.item,)))[0]
    return Answer("answered", "a" if right else "b")


# After an interruption


@pytest.mark.parametrize("name", RULES)
def test_a_restored_test_goes_on_as_if_nothing_had_happened(name: str, folder: Path) -> None:
    """Items, θ, SE and the end are the same after a restart at any question."""
    pool, rules = three_pl(80), rules_of(name, folder)
    draws = np.random.default_rng(2).random((1, Design.of(pool, rules).max_length))
    carried = start(pool, rules, draws)
    for step in range(carried.design.max_length):
        again = restore(pool, rules, draws, carried.items[:, : step + 1], carried.categories[:, :step])
        for part in (
            "theta",
            "se",
            "previous",
            "likelihood",
            "exponent",
            "administered",
            "items",
            "current",
            "length",
        ):
            np.testing.assert_array_equal(getattr(again, part), getattr(carried, part))
        known = knows(carried.current).astype(int)
        carried, again = tell(carried, known), tell(again, known)
        np.testing.assert_array_equal(again.current, carried.current)
        assert again.stop_reason == carried.stop_reason
        if carried.current[0] < 0:
            break
