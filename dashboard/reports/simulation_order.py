"""What the user asks `itemwise simulate` for: items, designs, and the people who take the test."""

import tomllib
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from calibration.responses import ResponseMatrix
from calibration.scoring import known_levels, score
from calibration.workflow import pair
from engine._types import Floats
from engine.catalogue import gallery
from engine.design import Design
from engine.latent_regression import Known, LatentRegression
from engine.pool import ItemPool
from engine.priors import Prior
from engine.registry import nearest
from engine.roster import Roster, read_roster
from engine.rules import CatRules
from engine.simulation.comparison import vary
from engine.simulation.crowds import crowd
from engine.simulation.responders import Replay, Responder
from items.errors import BadInput
from items.parameters import ParameterSet

DEFAULT = "the default rules"
"""What stands for the rules where none are named."""

DRAWN = " What is known of them beforehand was drawn as the rules expect it of people of their ability."
"""What is said where the rules ask for covariates and no file tells them."""


@dataclass(frozen=True, slots=True)
class SimulationOrder:
    """The options of `simulate`, under their own names."""

    params: Path
    simulees: int | None
    seed: int
    rules: tuple[str, ...] = ()
    vary: tuple[str, ...] = ()
    population: str | None = None
    grid: str | None = None
    people: str = "model"
    replay: Path | None = None
    key: Path | None = None
    covariates: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Those who take the test: `theta` (N,), who answers in a design, and a sentence about them.

    `known` is what is known of each beforehand, None where it is drawn as the rules expect it.
    """

    theta: Floats
    responder: Callable[[Design], Responder]
    sentence: str
    known: Sequence[Known] | None = None

    def prior(self, design: Design) -> Prior | None:
        """Return what a design makes of what is known of them."""
        return None if self.known is None else design.prior_of(self.known)


def read_pool(order: SimulationOrder) -> ItemPool:
    """Return the items; raises BadInput if the parameter file cannot be used."""
    return ItemPool.from_parameters(ParameterSet.read(order.params), where=str(order.params))


def read_designs(order: SimulationOrder) -> dict[str, CatRules]:
    """Return rules by name: of each file or ready file, and of each combination of settings.

    Raises
    ------
    BadInput
        If a file cannot be used or a combination is no valid set of rules.
    """
    files = dict(_texts(order)) or {DEFAULT: ("", Path())}
    if not order.vary:
        return {name: CatRules.parse(text, where=name, folder=at) for name, (text, at) in files.items()}
    settings = _settings(order.vary)
    designs: dict[str, CatRules] = {}
    for name, (text, folder) in files.items():
        before = f"{name}: " if len(files) > 1 else ""
        for which, rules in vary(text, settings, where=name, folder=folder):
            designs[before + which] = rules
    return designs


def read_people(
    order: SimulationOrder, pool: ItemPool, designs: Mapping[str, CatRules], rng: np.random.Generator
) -> People:
    """Return who takes the tests of these designs.

    Raises
    ------
    BadInput
        If a file cannot be used, or the options contradict each other or say too little.
    """
    asked = [rules.start.prior for rules in designs.values() if rules.start.prior]
    listed = None if order.covariates is None else _listed(order.covariates, asked)
    if order.replay is not None:
        return _recorded(order, order.replay, pool, listed, asked)
    if order.key is not None:
        raise BadInput("--key goes with --replay", right="leave it out, or name a log to replay")
    if listed is not None:
        return _of_file(order, listed, asked[0], pool, rng)
    if order.simulees is None:
        raise BadInput("--simulees is missing", right="say how many simulated candidates, as 5000")
    theta, sentence = _abilities(order, order.simulees, pool, rng)
    return _simulated(order, theta, f"{sentence}.{DRAWN if asked else ''}", rng)


def _simulated(
    order: SimulationOrder,
    theta: Floats,
    sentence: str,
    rng: np.random.Generator,
    known: Sequence[Known] | None = None,
) -> People:
    """Return people of these abilities (N,) who answer as the order says."""
    seed = int(rng.integers(2**62))

    def responder(design: Design) -> Responder:
        return crowd(order.people, design, theta, rng=np.random.default_rng(seed))

    more = "" if order.people == "model" else f" of the kind {order.people}"
    return People(theta, responder, f"{theta.size:,} simulated candidates{more}, {sentence}", known)


def _listed(file: Path, asked: Sequence[LatentRegression]) -> Roster:
    """Return the people of a file, with all that some design asks of them."""
    if not asked:
        right = "add a table [start.prior] to the rules, or leave out --covariates"
        raise BadInput(
            "the rules ask for nothing that is known beforehand", where="--covariates", right=right
        )
    each = [read_roster(file, one) for one in asked]
    known = tuple(dict(ChainMap(*told)) for told in zip(*(people.known for people in each), strict=True))
    return replace(each[0], known=known)


def _of_file(
    order: SimulationOrder,
    listed: Roster,
    asked: LatentRegression,
    pool: ItemPool,
    rng: np.random.Generator,
) -> People:
    """Return each person of a file, or as many as are ordered, drawn from it.

    Abilities that the file does not tell are drawn as the rules expect them, those of people of whom not all
    is known from the population.
    """
    if order.grid is not None:
        right = "leave out --grid, or put abilities into a column theta_true"
        raise BadInput("--covariates brings its own people", where="--grid", right=right)
    size = len(listed.names)
    rows = np.arange(size) if order.simulees is None else rng.integers(size, size=order.simulees)
    known = [listed.known[row] for row in rows]
    expected, told = asked.expected(known), listed.theta[rows]
    anybody, _ = _abilities(order, rows.size, pool, rng)
    drawn = np.where(np.isnan(expected), anybody, rng.normal(expected, asked.sd))
    source = "read" if np.isfinite(told).all() else "drawn as the rules expect them"
    sentence = f"of the {size:,} people in {order.covariates}; their abilities are {source}."
    theta = np.where(np.isnan(told), drawn, told)
    return _simulated(order, theta, f"{sentence}{_unknown(asked, known)}", rng, known)


def _unknown(asked: LatentRegression, known: Sequence[Known]) -> str:
    """Return a sentence about those of whom not all is known, empty if there are none."""
    n = int(np.isnan(asked.expected(known)).sum())
    return f" Of {n:,} not all that the rules ask for is known: they start as anybody does." if n else ""


def _texts(order: SimulationOrder) -> Iterator[tuple[str, tuple[str, Path]]]:
    """Yield name, text and folder of each rules file; a name of the gallery stands for that file."""
    for name in order.rules:
        path, ready = Path(name), gallery()
        if path.exists():
            yield name, (CatRules.read_text(path), path.parent)
        elif name in ready:
            yield name, (ready[name], Path())
        else:
            right = f"name a rules file, or a ready one: {nearest(name, ready)}"
            raise BadInput("there is no such file", where=name, right=right)


def _settings(vary: Sequence[str]) -> dict[str, list[Any]]:
    """Return the values of each setting of "select.criterion=mfi,klp" by its path."""
    settings: dict[str, list[Any]] = {}
    for words in vary:
        path, equals, told = words.partition("=")
        if not equals or not told:
            right = "a setting and its values, as select.criterion=mfi,klp"
            raise BadInput(f"--vary is '{words}'", right=right)
        if path in settings:
            raise BadInput(f"--vary names {path} twice", right=f"all its values in one, as {path}=1,2")
        settings[path] = _values(told)
    return settings


def _values(told: str) -> list[Any]:
    """Return the values of "0.3,0.4", of "[1],[1,2]" and, where they are no TOML, of "mfi,klp"."""
    try:
        values: list[Any] = tomllib.loads(f"values = [{told}]")["values"]
    except tomllib.TOMLDecodeError:
        values = [_value(text) for text in told.split(",")]
    return values


def _value(text: str) -> Any:
    """Return a number or truth as TOML writes it, else the text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _abilities(
    order: SimulationOrder, n: int, pool: ItemPool, rng: np.random.Generator
) -> tuple[Floats, str]:
    """Return true abilities (n,) and where they come from."""
    if order.grid is not None:
        points = _points(order.grid)
        told = f"evenly at θ = {points[0]:g} to {points[-1]:g} in steps of {points[1] - points[0]:g}"
        return np.resize(points, n), told
    given = None if order.population is None else pair(order.population, "population")
    mean, sd = given or next(iter(pool.parameters.population.values()))
    if not sd >= 0:
        raise BadInput(f"--population is '{order.population}'", right="an SD of 0 or above")
    return rng.normal(mean, sd, n), f"θ normal with mean {mean:.3g} and SD {sd:.3g}"


def _points(text: str) -> Floats:
    """Return the abilities of "low,high,step"."""
    right = "lowest and highest θ and the step, as -3,3,0.5"
    try:
        low, high, step = (float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(f"--grid is '{text}'", right=right) from None
    if not (low < high and 0 < step <= high - low):
        raise BadInput(f"--grid is '{text}'", right=right)
    return np.asarray(low + step * np.arange(int((high - low) / step + 1e-9) + 1))


def _recorded(
    order: SimulationOrder,
    log: Path,
    pool: ItemPool,
    listed: Roster | None,
    asked: Sequence[LatentRegression],
) -> People:
    """Return real people whose recorded answers are given again; their whole record stands for the truth.

    Of those who answered nothing nothing is known: their true θ is NaN.
    """
    if order.people != "model" or order.grid or order.population:
        right = "leave out --people, --grid and --population"
        raise BadInput("a replayed log brings its own people", where="--replay", right=right)
    levels = None if order.key else known_levels(pool.parameters)
    answers = ResponseMatrix.read(log, key=order.key, levels=levels)
    answers = answers.take_persons(np.arange(answers.n_persons)[: order.simulees])
    scores = score(answers, pool.parameters, method="eap")
    theta = scores["theta"].where(scores["n_items"] > 0).to_numpy(float)
    if not np.isfinite(theta).any():
        raise BadInput("nobody answered anything", where=str(log), right="a log with answers to replay")
    recorded = np.full((answers.n_persons, len(pool)), -1, np.int8)
    recorded[:, pool.positions(answers.items)] = answers.dense()
    missing, silent = float((recorded < 0).mean()), int(np.isnan(theta).sum())
    told = f" {missing:.1%} of the answers are not there; a question without one is asked to no effect."
    if silent:
        told += f" {silent:,} answered nothing, so that there is no true θ to compare theirs with."
    known = None
    if listed:
        own = dict(zip(listed.names, listed.known, strict=True))
        known = [own.get(str(person), {}) for person in answers.persons]
    beforehand = _unknown(asked[0], known) if known else DRAWN if asked else ""
    return People(
        theta,
        lambda design: Replay(recorded),
        f"{answers.n_persons:,} people whose recorded answers ({log.name}) were given again; the true θ is "
        f"what all their answers say (EAP).{told if missing else ''}{beforehand}",
        known,
    )
