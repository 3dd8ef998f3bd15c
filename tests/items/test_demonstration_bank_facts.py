"""Every number in a key of the demonstration bank agrees with a computation from first principles."""

import re
from pathlib import Path

import numpy as np
import pytest

import items.banks.deep_learning.draw_figures as figures
from items.bank import ItemBank
from items.banks.deep_learning.drawing.shapes import BLUE
from items.interactions import MultipleChoice, Numeric, SingleChoice
from items.item import Item
from tests.items import demonstration_facts_networks, demonstration_facts_training
from tests.items.demonstration_facts import drawn_frames, drawn_lines

FACTS = demonstration_facts_training.FACTS | demonstration_facts_networks.FACTS
BANK = ItemBank.read(Path(figures.__file__).parent / "bank.yaml")
IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
NUMBER = re.compile(r"(?<![A-Za-z_\d.])[-−]?\d+(?:,\d{3})*(?:\.\d+)?")


def numbers(text: str) -> list[float]:
    """Return the numbers of a text in reading order, images left out."""
    found = NUMBER.findall(IMAGE.sub("", text))
    return [float(number.replace(",", "").replace("−", "-")) for number in found]


def key_numbers(item: Item) -> list[float]:
    """Return the numbers that the key of an item holds."""
    match item.interaction:
        case Numeric(answer=answer):
            return [answer]
        case SingleChoice() | MultipleChoice() as choice:
            return [number for id in choice.key for number in numbers(choice.option(id).text)]
    return []


def test_numbers_are_read_as_people_read_them() -> None:
    assert numbers("`(16, 8, 30, 30)`") == [16, 8, 30, 30]
    assert numbers("16,640 and −0.5, L2, x1, 3.") == [16640, -0.5, 3]
    assert numbers("![height 0.25](figures/a1.svg)") == []


@pytest.mark.parametrize("item", sorted(FACTS))
def test_key_agrees_with_the_computation(item: str) -> None:
    computed = [float(value) for value in FACTS[item]()]
    interaction = BANK.item(item).interaction
    margin = interaction.margin if isinstance(interaction, Numeric) else 0.0
    assert key_numbers(BANK.item(item)) == pytest.approx(computed, rel=1e-6, abs=max(margin / 2, 1e-6))


def test_every_key_with_a_number_is_computed() -> None:
    with_numbers = {item.id for item in BANK.items if key_numbers(item)}
    assert with_numbers - set(FACTS) == set()
    assert len(with_numbers) >= 45


def test_options_that_differ_in_numbers_only_differ_in_them() -> None:
    compared = 0
    for item in BANK.items:
        if not isinstance(item.interaction, SingleChoice):
            continue
        options = [IMAGE.sub("", option.text) for option in item.interaction.options]
        if len({NUMBER.sub("#", text) for text in options}) == 1 and numbers(options[0]):
            compared += 1
            assert len({tuple(numbers(text)) for text in options}) == len(options), item.id
    assert compared >= 12


def test_mask_options_are_drawn_as_described() -> None:
    """The key's mask is dark below and on the diagonal, and no other mask is."""
    shapes = {name: _dark(f"mask_{name}") for name in ("later", "all", "earlier", "self")}
    assert shapes["earlier"].tolist() == np.tril(np.ones((4, 4), bool)).tolist()
    assert [name for name, dark in shapes.items() if (dark == shapes["earlier"]).all()] == ["earlier"]


def _dark(figure: str) -> np.ndarray:
    svg = (figures.FOLDER / f"{figure}.svg").read_text(encoding="utf-8")
    fills = re.findall(r'<rect x="[^"]*" y="[^"]*" width="34" height="34" fill="([^"]*)"', svg)
    return np.array([fill == BLUE for fill in fills]).reshape(4, 4)


@pytest.mark.parametrize(("name", "top"), [("bell_low", 0.25), ("bell_high", 1.0), ("s", 1.0), ("step", 1.0)])
def test_derivative_options_reach_the_height_described(name: str, top: float) -> None:
    (curve,) = [points for points in drawn_lines(f"derivative_{name}", BLUE) if len(points) > 2]
    ((_, upper, _),) = drawn_frames(f"derivative_{name}", "#c9d1d9")
    heights = (150 - np.array(curve)[:, 1]) / (150 - upper) * 1.05
    assert heights.max() == pytest.approx(top, abs=0.01)
