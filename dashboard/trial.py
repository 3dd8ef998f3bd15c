"""A trial of a test design: who takes it, what came of it, and samples of it that say how sure we are."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from dashboard.rules_form import as_toml
from engine._types import Bools, Floats, Ints
from engine.delivery.edition import Edition
from engine.design import Design
from engine.rules import CatRules
from engine.simulation import Study, simulate
from engine.simulation.archive import pack
from engine.simulation.crowds import crowd
from engine.simulation.responders import Responder
from engine.simulation.sympson_hetter import is_ready, made_ready
from items.errors import BadInput
from items.interactions import OpenResponse

POPULATION, GRID = "a population", "a grid"
POINTS = 13
"""Abilities of a grid."""
REPLICATES = 200
"""Samples of the same people, from which the intervals of a trial's measures come (bootstrap)."""

MEASURES: Mapping[str, str] = {
    "mean_length": "questions a test",
    "bias": "bias (logits)",
    "rmse": "error made, RMSE (logits)",
    "mean_se": "error claimed, mean SE (logits)",
    "coverage_95": "95 % bands that hold",
    "right_level": "tests with the right level",
    "max_exposure": "largest exposure",
    "mean_overlap": "overlap of two tests",
    "unused_items": "items never used",
    "broken": "tests that break a condition",
}
"""What a trial measures, in the order in which it is told."""


@dataclass(frozen=True, slots=True)
class People:
    """Who takes the simulated test.

    Attributes
    ----------
    n, seed : int
        How many, and the seed that makes them; the same people answer another design.
    source : str
        `POPULATION` for N(mean, sd²), `GRID` for `POINTS` abilities from low to high, equally often.
    mean, sd, low, high : float
        Logits.
    admitting : float
        Share of people who say "I don't know yet" where others guess.
    guessing : float
        Share of people who stop thinking at some question and guess from there on.
    """

    n: int = 2000
    seed: int = 1
    source: str = POPULATION
    mean: float = 0.0
    sd: float = 1.0
    low: float = -3.0
    high: float = 3.0
    admitting: float = 0.0
    guessing: float = 0.0

    def __post_init__(self) -> None:
        if self.n < 1:
            raise BadInput(f"{self.n} people", where="simulated candidates", right="at least 1")
        if not self.sd > 0 or not self.low < self.high:
            right = "a spread above 0, and abilities that rise"
            raise BadInput("nobody has these abilities", where="simulated candidates", right=right)
        if not (0 <= self.admitting <= 1 and 0 <= self.guessing <= 1):
            raise BadInput(
                "a share is not between 0 and 1", where="simulated candidates", right="such as 0.1"
            )

    @classmethod
    def of(cls, edition: Edition, *, n: int, seed: int = 1) -> "People":
        """Return people of the population that the edition's parameters stand for."""
        population = edition.design.pool.parameters.population
        mean, sd = population.get("all") or next(iter(population.values()))
        return cls(n=n, seed=seed, mean=float(mean), sd=float(sd))

    @property
    def words(self) -> str:
        """Who they are, in words."""
        who = (
            f"mean {self.mean:g}, SD {self.sd:g} logits"
            if self.source == POPULATION
            else f"{POINTS} abilities from {self.low:g} to {self.high:g} logits"
        )
        kinds = [
            f"{share:.0%} {what}"
            for share, what in (
                (self.admitting, "admit what they do not know yet"),
                (self.guessing, "end up guessing"),
            )
            if share
        ]
        return "; ".join([f"{self.n:,} simulated candidates, {who}", *kinds])

    def theta(self) -> Floats:
        """Return the true abilities (N,)."""
        if self.source == GRID:
            return np.resize(np.linspace(self.low, self.high, POINTS), self.n)
        return np.random.default_rng(self.seed).normal(self.mean, self.sd, self.n)

    def responder(self, design: Design, waiting: Collection[str] = ()) -> Responder:
        """Return how they answer this design's items; answers to `waiting` ones get no score yet."""
        first = f"admitting={self.admitting}" if self.admitting else "model"
        kinds = f"{first},guessing={self.guessing}" if self.guessing else first
        people = crowd(kinds, design, self.theta(), rng=np.random.default_rng([self.seed, 1]))
        return Unscored(people, np.isin(design.names, list(waiting))) if waiting else people


@dataclass(frozen=True, slots=True, eq=False)
class Unscored(Responder):
    """People whose answers to some items (`waits`, (J + E,) bool) wait for a person, and get no score yet."""

    others: Responder
    waits: Bools

    def respond(self, people: Ints, items: Ints, place: Ints, u: Floats) -> Ints:
        """Return −1 for these items."""
        return np.where(self.waits[items], -1, self.others.respond(people, items, place, u))


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A design that simulated people took.

    Attributes
    ----------
    name : str
        What pages call it.
    edition : Edition
        What would be published.
    people : People
    study : Study
    values : mapping
        Each measure's value, by name; NaN where there is none.
    replicates : mapping
        Its values (R,) in samples of the same people.
    """

    name: str
    edition: Edition
    people: People
    study: Study
    values: Mapping[str, float]
    replicates: Mapping[str, Floats]

    def content(self) -> bytes:
        """Return the study as it is kept with the published edition."""
        return pack(self.study, {"people": self.people.words, "seed": self.people.seed})


def rules_made_ready(
    text: str,
    people: People,
    compiled: Callable[[str], Edition],
    *,
    progress: Callable[[int], None] = lambda done: None,
) -> str:
    """Return the text of rules that can be used: after a calibration run where exposure control needs one.

    Parameters
    ----------
    text : str
        A rules file.
    compiled : callable
        Makes an edition of such a text.
    progress : callable
        Told after each of `sympson_hetter.ROUNDS` rounds how many are done.
    """
    rules = CatRules.parse(text, where="the rules")
    if is_ready(rules):
        return text
    free = {name: table for name, table in rules.document.items() if name != "exposure"}
    pool, rng = compiled(as_toml(free)).design.pool, np.random.default_rng([people.seed, 4])
    return as_toml(made_ready(pool, rules, people.theta(), rng=rng, progress=progress).document)


def run(
    name: str, edition: Edition, people: People, *, progress: Callable[[int], None] = lambda done: None
) -> Trial:
    """Let people take a test; `progress` is told how many more have finished.

    Raises
    ------
    BadInput
        If the rules cannot be met.
    """
    design = edition.design
    study = simulate(
        design.pool,
        design.rules,
        people.theta(),
        rng=np.random.default_rng([people.seed, 2]),
        responder=people.responder(design, waiting_for_a_person(edition)),
        progress=progress,
    )
    return trial_of(name, edition, people, study)


def waiting_for_a_person(edition: Edition) -> set[str]:
    """Return the items whose answers a person scores, after the test."""
    return {
        name
        for name, item in edition.items.items()
        if isinstance(item.interaction, OpenResponse) and item.interaction.scored_by == "person"
    }


def trial_of(name: str, edition: Edition, people: People, study: Study) -> Trial:
    """Return the trial of a study that was made already."""
    n, rng = study.theta.size, np.random.default_rng([people.seed, 3])
    once = np.ones((1, n))
    many = rng.multinomial(n, np.full(n, 1 / n), size=REPLICATES).astype(float)
    values = {name: float(value[0]) for name, value in measured(study, once).items()}
    return Trial(name, edition, people, study, values, measured(study, many))


def measured(study: Study, weights: Floats) -> dict[str, Floats]:
    """Return each measure (R,) where person n counts `weights` (R, N) times."""
    tests, n = study.tests, study.theta.size
    error = np.where(np.isfinite(tests.theta), tests.theta - study.theta, np.nan)
    with_se = np.isfinite(error) & np.isfinite(tests.se)
    inside = np.abs(error) <= 1.959964 * tests.se
    asked = weights @ held(study)
    length = weights @ tests.length / n
    exposure = asked / n
    return {
        "mean_length": length,
        "bias": _mean(error, np.isfinite(error), weights),
        "rmse": np.sqrt(_mean(error**2, np.isfinite(error), weights)),
        "mean_se": _mean(tests.se, np.isfinite(tests.se), weights),
        "coverage_95": _mean(inside.astype(float), with_se, weights),
        "right_level": _right_level(study, weights),
        "max_exposure": exposure.max(axis=1),
        "mean_overlap": (asked * (asked - 1)).sum(axis=1) / (n * max(n - 1, 1) * length),
        "unused_items": (asked == 0).sum(axis=1).astype(float),
        "broken": weights @ (study.violations > 0 if study.design.constraints else np.full(n, np.nan)) / n,
    }


def held(study: Study) -> sparse.csr_array:
    """Return which items (N, J + E) each test held."""
    person, place = np.nonzero(study.tests.items >= 0)
    shape = (study.theta.size, len(study.design.names))
    return sparse.csr_array((np.ones(person.size), (person, study.tests.items[person, place])), shape=shape)


def _right_level(study: Study, weights: Floats) -> Floats:
    edges = study.design.rules.scale.cuts
    if not edges.size:
        return np.full(len(weights), np.nan)
    there = np.isfinite(study.tests.theta)
    true = np.searchsorted(edges, study.theta, side="right")
    told = np.searchsorted(edges, study.tests.theta, side="right")
    return _mean((true == told).astype(float), there, weights)


def _mean(values: Floats, there: Bools, weights: Floats) -> Floats:
    """Return the weighted means (R,) of the values (N,) that are there, NaN where none is."""
    count = weights[:, there].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(weights[:, there] @ values[there] / count)
