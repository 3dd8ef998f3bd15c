"""Tables shown as text: what stands in them stays text, numbers have the digits that matter."""

import numpy as np
import pandas as pd

from dashboard.showing import as_markdown, readable


def test_a_table_in_markdown_puts_numbers_right_and_leaves_out_what_is_unknown():
    rows = pd.DataFrame({"item": ["a"], "n_rated": [1234], "se": [0.456]})
    lines = as_markdown(pd.concat([rows, pd.DataFrame({"item": ["b"], "n_rated": [5], "se": [np.nan]})]))
    assert lines.splitlines() == [
        "| item | n rated | se |",
        "| --- | ---: | ---: |",
        "| a | 1,234 | 0.46 |",
        "| b | 5 |  |",
    ]


def test_what_candidates_write_is_neither_read_as_markdown_nor_made_a_link():
    said = ["**a** | <b>\n$x$", "see https://evil.example, www.evil.example or me@evil.example"]
    first, second = as_markdown(pd.DataFrame({"comment": said})).splitlines()[2:]
    assert first == r"| \*\*a\*\* \| \<b\> \$x\$ |"
    for address in ("://", "www.", "me@"):
        assert address not in second.replace("\\", "")
    assert "evil" in second


def test_answers_that_are_none_are_said_in_words():
    options = pd.DataFrame({"option": ["a", "idk", "omit"], "n": [7, 2, 1]})
    assert readable(options)["option"].tolist() == ["a", "I don't know yet", "left blank"]
