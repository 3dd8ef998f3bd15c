"""The session: a pure ask / tell over a batch of test takers; a live test is a batch of one.

test = compile_test(pool, rules)                        once per process; start and restore do it for you
state = start(pool, rules, draws, exposure=snapshot)    draws: (N, steps) uniforms
items = ask(state)                                      (N,) rows of the pool, −1 where the test has stopped
state = tell(state, categories, time_s=None)            (N,) int; −1 = asked, but not scored
state = restore(pool, rules, draws, items, categories)  the state after recorded questions and answers
state.theta, .se, .items, .stop_reason, .item_names(row), .take(rows)
"""

from dataclasses import dataclass

from engine._types import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """N test takers in the middle of a test; `tell` returns a new one.

    Attributes
    ----------
    draws : (N, S)
        Uniform draws: column 0 belongs to the start, column t to question t.
    theta, se : (N,)
        Provisional ability and standard error (logits) by the rules' `[estimate]`.
    log_likelihood : (N, Q)
        On the grid of the test's tables.
    administered : (N, J) bool
        Pool items asked, the current question included.
    items : (N, L) int
        Items asked, the current question included; −1 beyond. Inserted items outside the pool count from J.
    categories : (N, L) int
        Answers; −1 where unanswered, or without a score.
    length : (N,) int
        Questions answered.
    seconds : (N,)
        Time used (seconds).
    current : (N,) int
        The question that waits for its answer, −1 where the test has stopped.
    reason : (N,) int
        Index into the test's stop reasons, −1 while the test runs; `stop_reason` gives the words.
    eligibility : (N, B, J) bool or None
        What exposure control drew at the start, for each band of θ.
    plan : (N, L) int or None
        The last planned test of a constraint that plans.
    """

    draws: Floats
    theta: Floats
    se: Floats
    log_likelihood: Floats
    administered: Bools
    items: Ints
    categories: Ints
    length: Ints
    seconds: Floats
    current: Ints
    reason: Ints
    eligibility: Bools | None
    plan: Ints | None
