"""Draw what simulated candidates answer by: ``python -m items.banks.deep_learning.draw_truth``.

Authors guess difficulty and discrimination; data tell otherwise. So the truth of a simulation is the guess,
somewhat off (logits, D = 1):

- difficulty: b = 0.1 + 0.9 · stated + normal noise with SD 0.35, the same for all steps of an item;
- discrimination: a = stated · exp(normal noise with SD 0.2), kept within 0.5 and 2.3;
- pilot items, of which nothing is stated: b normal with mean 0 and SD 1, a = 1.2 · exp(noise);
- flaws put in on purpose, for the item analysis to find: see ``POOR``, ``HARDER``, ``DEAD`` and ``TEMPTING``.

Each item has a generator of its own, so a new item does not change the draws of the others. The files were
drawn once and stay as they are; a test holds them against this program.
"""

from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd

from items.bank import ItemBank
from items.interactions import MultipleChoice, Numeric, ShortText, SingleChoice
from items.interactions.base import Interaction
from items.item import Status
from items.parameters import ParameterSet, write_whole

FOLDER = Path(__file__).parent
SEED = 20_240
STEPS = ("b", "b1", "b2", "b3")

POOR = {"dl-conv-false": 0.4}
"""Items that hardly discriminate, with their true a."""
HARDER = {"dl-eval-search": 1.2}
"""Items that are harder than their authors think, by how many logits."""
DEAD = {"dl-data-shuffle": "c"}
"""Options that nobody is tempted by."""
TEMPTING = {"dl-opt-adam-first": "a"}
"""Options that draw nearly all who are wrong."""


def true_parameters(bank: ItemBank, stated: ParameterSet) -> ParameterSet:
    """Return the parameters that simulated candidates answer by, for operational and pilot items."""
    table = stated.table.copy()
    pilot = bank.filter(status={Status.PILOT}).items
    guessed = {"version": 1, "model": "2pl", "a": 1.2}
    table = pd.concat(
        [table, pd.DataFrame([{"item": item.id, **guessed} for item in pilot])], ignore_index=True
    )
    noise = np.array([_generator(item).normal(size=2) for item in table["item"]])
    table["a"] = (table["a"] * np.exp(0.2 * noise[:, 0])).clip(0.5, 2.3)
    for step in STEPS:
        table[step] = 0.1 + 0.9 * table[step] + 0.35 * noise[:, 1]
    unknown = table["item"].isin([item.id for item in pilot])
    table.loc[unknown, "b"] = noise[unknown, 1]
    for item, a in POOR.items():
        table.loc[table["item"] == item, "a"] = a
    for item, logits in HARDER.items():
        table.loc[table["item"] == item, "b"] += logits
    origin = {"origin": f"drawn for simulation by draw_truth.py with seed {SEED}", "simulated": True}
    return ParameterSet(table.round(3), provenance=origin)


def true_distractors(bank: ItemBank) -> pd.DataFrame:
    """Return which wrong answers are given: item, option (in log form), weight among the wrong ones."""
    rows = []
    for item in bank.filter(status={Status.OPERATIONAL, Status.PILOT}).items:
        options = list(_wrong(item.interaction))
        drawn = _generator(item.id, "wrong").gamma(3.0, size=len(options))
        weights = drawn / drawn.sum()
        weights = _planted(item.id, options, weights).round(3)
        rows += [(item.id, option, weight) for option, weight in zip(options, weights, strict=True)]
    return pd.DataFrame(rows, columns=["item", "option", "weight"])


def _generator(*what: str) -> np.random.Generator:
    return np.random.default_rng([SEED, *(crc32(name.encode()) for name in what)])


def _wrong(interaction: Interaction) -> Iterator[str]:
    """Yield wrong answers in log form; none where partial credit or a person decides."""
    match interaction:
        case SingleChoice() as choice:
            yield from (option.id for option in choice.options if not option.correct)
        case MultipleChoice(scoring="all_or_nothing") as choice:
            yield from choice.key
            ids = [option.id for option in choice.options]
            yield from (
                "+".join(id for id in ids if id in choice.key or id == more) for more in _others(choice)
            )
        case Numeric(mistakes=mistakes) | ShortText(mistakes=mistakes):
            yield from (mistake.answers[0] for mistake in mistakes)


def _others(choice: MultipleChoice) -> list[str]:
    return [option.id for option in choice.options if not option.correct]


def _planted(item: str, options: list[str], weights: np.ndarray) -> np.ndarray:
    """Return the weights with the item's planted flaw, if it has one; they still add up to 1."""
    for flawed, share in ((DEAD, 0.005), (TEMPTING, 0.9)):
        if item in flawed:
            here = np.array(options) == flawed[item]
            rest = weights * ~here
            return np.asarray(here * share + rest * (1 - share) / rest.sum())
    return weights


def main() -> None:
    """Write the true parameters and the weights of wrong answers."""
    bank = ItemBank.read(FOLDER / "bank.yaml")
    true_parameters(bank, ParameterSet.read(FOLDER / "parameters.csv")).write(FOLDER / "true_parameters.csv")
    write_whole(FOLDER / "true_distractors.csv", true_distractors(bank).to_csv(index=False))


if __name__ == "__main__":
    main()
