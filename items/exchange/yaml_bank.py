"""The YAML bank format, read.

A bank is one file, with its figures in a folder beside it::

    id: deep-learning
    title: Deep learning
    domain: Deep learning             # the title, if left out
    language: en
    media: figures                    # the folder, if there are images
    stimuli:                          # what several items share
      - {id: passage, text: "Read this …"}
    items:
      - id: dl-conv-shape
        status: operational           # draft | review | pilot | operational | suspended | retired
        skill: Convolutions and pooling
        type: single_choice           # or multiple_choice, numeric, short_text, open_response
        stem: |
          Markdown with $x^2$, ```python blocks, tables, ![alternative text](figures/box.svg "caption")
        options:
          - {text: "`(50, 12, 24, 24)`", correct: true}
          - {text: "`(50, 12, 28, 28)`", explanation: Why it is wrong.}
        explanation: Why the correct answer is correct.
        idk: true                     # offer "I don't know yet"
        worked: A worked solution, for those whose answer has no explanation of its own.
        stimulus: passage
        enemies: [dl-conv-other]      # never in one test with this item
        tags: {bloom: apply}

The further keys of each type are the fields of its class in ``items.interactions``. Values stay as they are
written (``yes`` and ``0.10`` are text where text is meant); a mistake is named with its line.
"""

from collections.abc import Sequence
from pathlib import Path

from items.bank import ItemBank
from items.errors import BadInput
from items.exchange.assemble import assemble, record_id
from items.exchange.located_yaml import Located, load
from items.problems import Problem, refuse


def read(path: Path) -> ItemBank:
    """Read a bank and everything it shows.

    Raises
    ------
    BadInput
        If the file is not a sound bank; one message names every problem by line and item.
    """
    located = load(path)
    if not isinstance(located.data, dict):
        raise BadInput("is not a bank", where=str(path), right="write `id`, `title` and `items`")

    def all_of(problems: Sequence[Problem]) -> None:
        in_order = sorted(problems, key=located.line)
        refuse(in_order, str(path), lambda problem: _place(problem, located))

    return assemble(located.data, path.parent, refuse=all_of)


def _place(problem: Problem, located: Located) -> str:
    """Say where a problem stands: its line and, within an item, the item."""
    line = f"line {located.line(problem)}"
    if problem.path[:1] != ("items",) or len(problem.path) < 2:
        return line
    position = problem.path[1]
    return f"{line}, item {record_id(located.data['items'][position]) or position}"
