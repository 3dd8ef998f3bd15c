"""`itemwise bench`: times of ours and of the peers that are installed, in one run. No time is tested."""

import json
import re

import pytest

from dashboard.benchmarks.catalogue import CASES, chosen
from dashboard.benchmarks.line import Line, PeerTime
from dashboard.benchmarks.table import heading, row
from dashboard.cli import main


def _run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(["bench", *arguments])
    told = capsys.readouterr()
    return ended.value.code, told.out, told.err


def test_a_case_is_measured_beside_its_peers(capsys):
    """girth is always installed; mirt's maximum of this case is −22548.87285 (sim_loglik.csv)."""
    code, out, _ = _run(capsys, "small2pl", "--json")
    told = json.loads(out)
    plain, with_errors = told["lines"]
    girth = next(peer for peer in plain["peers"] if peer["name"] == "girth")
    assert code == 0
    assert girth["ratio"] == girth["time"] / plain["time"] > 0
    assert 0 < girth["short"] < 20, "girth stops short of the maximum, and is not far off"
    assert abs(plain["gap"]) <= 1e-3, "within 0.001 of the proven maximum"
    assert (plain["case"], with_errors["case"]) == ("small2pl", "small2pl with SEs")
    assert plain["product_share"] > 0
    assert told["machine"]["peers"]["girth"]


def test_an_unknown_case_is_refused_with_the_nearest(capsys):
    told = "itemwise: there is no case 'shadw'; did you mean 'shadow'?\n"
    assert _run(capsys, "shadw") == (2, "", told)


def test_help_names_every_case(capsys):
    _, out, _ = _run(capsys, "--help")
    assert set(CASES) <= set(re.findall(r"[\w-]+", out))


def test_without_names_the_quick_cases_are_chosen():
    assert {case.name for case in chosen([])} == set(CASES) - {"small2pl", "sparse-10m", "sparse-100m"}
    assert [case.name for case in chosen(["e", "Cat"])] == ["E", "cat"]


def test_a_row_holds_ratios_for_this_run_only():
    line = Line(
        "A",
        "2PL",
        0.5,
        peers=(PeerTime("girth", 5.5, 0.0123), PeerTime("PyPI mirt", 1.0)),
        recorded={"R mirt": 1.36},
        gap=2e-6,
        product_share=0.5,
    )
    assert row(line, fit=True) == (
        "| A | 2PL | 0.5 s | **11×** girth (5.5, 0.0123 below the maximum); **2×** PyPI mirt (1) "
        "| R mirt 1.36 | 2e-06 | 50% |"
    )
    assert heading(fit=True).count("|") == 2 * row(line, fit=True).count("|")


def test_a_skipped_case_says_why():
    assert "| skipped: no data |" in row(Line("SAT12", "3PL", None, note="skipped: no data"), fit=False)
