"""Running a test for many simulated people, through the very session that candidates meet."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from engine._types import Floats, Ints
from engine.design import Design
from engine.draws import BLOCK, draw_table
from engine.pool import ItemPool
from engine.priors import Individual, Prior, check_people
from engine.rules import CatRules
from engine.sections import questions_of
from engine.selection.usage import ExposureState
from engine.session import report, start, tell
from engine.simulation.responders import ModelResponder, Responder
from engine.simulation.study import Finished, Study, join
from engine.state import State
from items.errors import BadInput

SHARE = 1000
"""The fewest people whose tests are worth a thread of their own, if nobody's test is planned: with fewer the
threads wait for the interpreter longer than they compute."""

BATCH = 10 * BLOCK
"""The most people whose tests go on together where none waits for another's."""

KEPT = 31 << 20
"""The largest array (bytes) that the C library keeps for the next step once it is given back; see `_keep`."""

SPARSE = 0.9
"""When fewer than this share of a block still runs, those who have finished are set aside."""


def simulate(
    pool: ItemPool,
    rules: CatRules,
    theta: Floats,
    *,
    rng: np.random.Generator,
    responder: Responder | None = None,
    prior: Prior | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Study:
    """Give a test to N simulated people.

    Parameters
    ----------
    theta : (N,)
        True abilities (logits); NaN where there is none.
    rng : Generator
        The same generator gives the same study, whatever the number of workers.
    responder : Responder, optional
        Who answers; people of ability `theta` under the pool's own parameters if not given.
    prior : Prior, optional
        What is known of each person beforehand, to steer the choice of questions; drawn as the rules'
        `[start.prior]` expects it of people of these abilities if not given.
    workers : int, optional
        Threads; as many as there are cores if not given.
    progress : callable, optional
        Told how many people have finished.

    Raises
    ------
    BadInput
        If nobody takes the test, or the rules cannot be met with this pool.
    ValueError
        If the prior is that of another number of people.
    """
    begin = time.perf_counter()
    theta = np.asarray(theta, float)
    if not theta.size:
        raise BadInput("nobody takes the test", where="theta", right="at least one ability, NaN if unknown")
    check_people(prior, theta.size)
    design = Design.of(pool, rules)
    seeds = [int(seed) for seed in rng.integers(2**62, size=2)]
    prior = prior or _expected(design, theta, rng)
    crowd = _Crowd(design, responder or ModelResponder(pool, theta), prior, *seeds)
    parts, number = [], workers or os.cpu_count() or 1
    with ThreadPoolExecutor(number) as threads:
        for part in _tests(crowd, theta.size, threads, number):
            parts.append(part)
            progress(len(part.length))
    tests = join(parts)
    violations = np.zeros(theta.size, np.int64)
    for number, section in enumerate(design.parts):
        items = questions_of(tests.items, tests.opened, number, section.max_length)
        for constraint in section.constraints:
            violations += constraint.violations(items, pool)
    return Study(design, theta, tests, violations, time.perf_counter() - begin)


@dataclass(frozen=True, slots=True, eq=False)
class _Crowd:
    """Everybody who takes the test, and where their randomness comes from."""

    design: Design
    responder: Responder
    prior: Prior | None
    session_seed: int
    answer_seed: int

    def begin(self, people: range, snapshot: ExposureState | None) -> State:
        """Start some people's tests."""
        design = self.design
        draws = draw_table(self.session_seed, people, design.max_length)
        prior = self.prior.take(_numbers(people)) if self.prior else None
        return start(design.pool, design.rules, draws, exposure=snapshot, prior=prior)

    def finish(self, state: State, people: Ints) -> Finished:
        """Answer until all of these people's tests have ended."""
        numbers = range(int(people[0]), int(people[-1]) + 1)
        u = draw_table(self.answer_seed, numbers, self.design.max_length)[people - people[0]]
        begun, rows, ended = state, np.arange(people.size), list[tuple[Ints, State]]()
        while rows.size:
            running = state.current >= 0
            if np.count_nonzero(running) < SPARSE * running.size:
                ended.append((rows[~running], state.take(~running)))
                state, rows, people, u = state.take(running), rows[running], people[running], u[running]
            else:
                state = tell(state, self._answers(state, people, u))
        order = np.concatenate([where for where, _ in ended])
        return _finished(begun.ended([part for _, part in ended], order))

    def _answers(self, state: State, people: Ints, u: Floats) -> Ints:
        """Return everybody's answer to the current question."""
        rows = (state.current >= 0).nonzero()[0]
        answers = np.full(len(state), -1)
        place = state.length[rows]
        draws = u[rows, place]
        answers[rows] = self.responder.respond(people[rows], state.current[rows], place, draws)
        return answers


def _expected(design: Design, theta: Floats, rng: np.random.Generator) -> Prior | None:
    """Return priors such as the rules would have of people of these abilities, None if they ask for none."""
    start = design.rules.start.prior
    if start is None:
        return None
    try:
        mean = start.simulated(theta, design.population.mean, design.population.sd, rng=rng)
    except ValueError as error:
        raise BadInput(str(error), where="[start.prior]", right="a smaller sd") from None
    return Individual(mean, start.sd, design.prior)


def _tests(crowd: _Crowd, n: int, threads: ThreadPoolExecutor, workers: int) -> Iterator[Finished]:
    """Yield the finished tests of all people, block by block.

    Where the choice of questions depends on earlier tests (exposure control, pilot items) a block waits for
    the one before it and is shared out among the threads; else the blocks are.
    """
    design = crowd.design
    if not design.learns:
        _keep()
        size = min(max(-(-n // workers), BLOCK), BATCH, KEPT // len(design.pool))
        blocks = _ranges(n, size)
        yield from threads.map(
            lambda b: crowd.finish(crowd.begin(b, None), np.arange(b.start, b.stop)), blocks
        )
        return
    snapshot = design.empty_exposure()
    least = 1 if any(constraint.plans for constraint in design.constraints) else SHARE
    for people in _ranges(n, design.block_of(n)):
        state, numbers = crowd.begin(people, snapshot), _numbers(people)
        shares = np.array_split(np.arange(numbers.size), min(workers, max(1, numbers.size // least)))
        done = threads.map(lambda rows, s=state, p=numbers: crowd.finish(s.take(rows), p[rows]), shares)
        tests = join(list(done))
        snapshot = _after(snapshot, state, tests)
        yield tests


def _keep() -> None:
    """Let the C library keep what is given back: glibc goes by the largest so far; no page is touched.

    Else each step would return its arrays to the system and fetch them again page by page.
    """
    np.empty(KEPT, np.uint8)


def _ranges(n: int, size: int) -> list[range]:
    return [range(first, min(first + size, n)) for first in range(0, n, size)]


def _numbers(people: range) -> Ints:
    return np.arange(people.start, people.stop)


def _after(snapshot: ExposureState, state: State, tests: Finished) -> ExposureState:
    """Return the snapshot after these tests."""
    n_items, n_names = len(state.design.pool), len(state.design.names)
    held = np.zeros((len(tests.length), n_names + 1), bool)
    np.put_along_axis(held, np.where(tests.items < 0, n_names, tests.items), True, axis=1)
    inserted = held[:, n_items:n_names].sum(axis=0)
    theta = np.where(np.isfinite(tests.theta), tests.theta, 0.0)
    return snapshot.after(theta, held[:, :n_items], state.eligibility, inserted)


def _finished(state: State) -> Finished:
    estimate, statuses = report(state)
    return Finished(
        items=state.items,
        categories=state.categories,
        length=state.length,
        theta=estimate.theta,
        se=estimate.se,
        status=statuses,
        reason=state.stop_reason,
        opened=state.opened,
    )
