"""Analyses of real tests find what is known about them; docs/item_analysis.md tells the first two."""

from pathlib import Path

import pytest

from calibration.analysis import Analysis, analyse
from calibration.responses import ResponseMatrix

pytestmark = pytest.mark.reference


def analysed(shared: Path, name: str, key: str | None = None, *, use_score: bool = False) -> Analysis:
    data = shared / "data"
    responses = ResponseMatrix.read(
        data / f"{name}.csv", key=None if key is None else data / f"{key}.csv", use_score=use_score
    )
    return analyse(responses, replicates=10)


def flagged(found: Analysis, flag: str) -> dict[str, str]:
    rows = found.flags[found.flags["flag"] == flag]
    return dict(zip(rows["item"], rows["evidence"], strict=True))


def test_sat12_the_key_that_is_believed_wrong(shared: Path) -> None:
    """mirt's help on SAT12: item 32's key 5 is believed wrong, 3 is likelier."""
    found = analysed(shared, "sat12_raw", "sat12_key")
    assert flagged(found, "suspected_wrong_key") == {
        "Item.32": "People who know the topic choose 3 more often than the keyed 5 "
        "(57 % against 18 % of the best third): check the key"
    }
    assert found.flags["item"][0] == "Item.32"


def test_mathexam_two_groups_had_different_exams(shared: Path) -> None:
    """psychotools' vignette: strong differential functioning between the groups of the exam."""
    found = analysed(shared, "mathexam14w_solved")
    assert set(flagged(found, "dif_large")) == {"quad", "payflow", "planning"}
    assert flagged(found, "dif_large")["quad"] == (
        "Among equally able people it is easier for those with group = 1, by 34 percentage points (Δ +4.37)"
    )
    assert set(found.dif) == {"g_gender", "g_group", "g_study"}


def test_psych101_three_items_with_negative_item_rest_correlation(shared: Path) -> None:
    """Three questions go against the rest of the exam."""
    found = analysed(shared, "psych101_mc", "psych101_mc_key")
    assert set(found.items.loc[found.items["rir"] < 0, "item"]) == {"Q080", "Q096", "Q099"}
    told = set(flagged(found, "suspected_wrong_key")) | set(flagged(found, "negative_discrimination"))
    assert {"Q080", "Q096", "Q099"} <= told


def test_msatb_the_item_that_its_authors_name(shared: Path) -> None:
    """difNLR's authors name Item49 as different for women and men (published.md, 8); no other is here."""
    found = analysed(shared, "msatb_mc", "msatb_mc_key")
    unequal = flagged(found, "dif_large") | flagged(found, "dif_moderate")
    assert list(unequal) == ["Item49"]


def test_planned_missingness_is_analysed_along_ability(shared: Path) -> None:
    """PISA 2012: nobody met every item, so nothing rests on sum scores."""
    found = analysed(shared, "pisa2012_us_math")
    assert found.fit["s_x2"].isna().all()
    assert found.fit["p_simulated"].notna().all()
    assert found.model_fit.value is None
    assert found.reliability.alpha is None
    assert found.persons["p"].notna().mean() > 0.95
    assert (found.items["p"] - found.items["expected_p"]).abs().max() < 0.01
