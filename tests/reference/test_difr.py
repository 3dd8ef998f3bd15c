"""DIF statistics against difR 5.1: dif.csv (dif_link.json) and three real data sets (difr_*_gender.csv)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from calibration.dif.groups import Groups, find_groups
from calibration.dif.logistic import LogisticDif, logistic_dif
from calibration.dif.mantel_haenszel import MantelHaenszel, mantel_haenszel
from calibration.dif.matching import by_sum_score, cross_tables
from calibration.dif.purification import purify
from calibration.responses import ResponseMatrix
from engine._types import Bools

pytestmark = pytest.mark.reference

REAL = {
    "verbal": ("verbal_aggression_binary", None),
    "hci": ("hci_mc", "hci_mc_key"),
    "msatb": ("msatb_mc", "msatb_mc_key"),
}
UNDERFLOW = 745.0
"""exp(−x) is 0 in double precision beyond this; see test_effects."""


def mh_of(responses: ResponseMatrix, groups: Groups) -> Callable[[Bools], MantelHaenszel]:
    match = by_sum_score(responses)
    return lambda anchor: mantel_haenszel(
        cross_tables(responses, match(anchor), groups.index), responses.n_categories
    )


def logistic_of(responses: ResponseMatrix, groups: Groups) -> Callable[[Bools], LogisticDif]:
    match = by_sum_score(responses)

    def compare(anchor: Bools) -> LogisticDif:
        strata = match(anchor)
        return logistic_dif(
            cross_tables(responses, strata, groups.index), strata.values, responses.n_categories
        )

    return compare


@pytest.fixture(scope="module")
def simulated(shared: Path) -> tuple[ResponseMatrix, Groups]:
    frame = pd.read_csv(shared / "reference/dif.csv").rename(columns={"group": "g_group"})
    responses = ResponseMatrix.from_pandas(frame)
    return responses, find_groups(responses, "g_group", focal="1")


@pytest.fixture(scope="module")
def difr(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "reference/dif_link.json").read_text())["difR"]


def real(shared: Path, name: str) -> tuple[ResponseMatrix, Groups, pd.DataFrame]:
    """Return a real data set with blanks scored as wrong, as difR had it, and difR's table."""
    log, key_name = REAL[name]
    frame = pd.read_csv(shared / f"data/{log}.csv", dtype=str)
    items = [c for c in frame if not c.startswith("g_") and c != "person"]
    frame[items] = frame[items].fillna("omit")
    key = (
        None if key_name is None else dict(pd.read_csv(shared / f"data/{key_name}.csv", dtype=str).to_numpy())
    )
    responses = ResponseMatrix.from_pandas(frame, key=key)
    expected = pd.read_csv(shared / f"reference/difr_{name}_gender.csv")
    return responses, find_groups(responses, "g_gender", focal="1"), expected


def test_mantel_haenszel_plain(simulated, difr) -> None:
    responses, groups = simulated
    found = mh_of(responses, groups)(np.ones(20, bool))
    expected = difr["plain"]["MH"]
    np.testing.assert_allclose(found.chi2, expected["MH"], rtol=1e-9)
    np.testing.assert_allclose(found.alpha, expected["alphaMH"], rtol=1e-9)
    np.testing.assert_allclose((found.se_delta / 2.35) ** 2, expected["varLambda"], rtol=1e-9)
    np.testing.assert_allclose(found.std_p_dif, difr["plain"]["STD"]["PDIF"], atol=1e-12)
    assert list(np.flatnonzero(found.p < 0.05) + 1) == expected["DIFitems"]


def test_mantel_haenszel_purified(simulated, difr) -> None:
    responses, groups = simulated
    purified = purify(mh_of(responses, groups), lambda result: result.p < 0.05, 20)
    expected = difr["purified"]["MH"]
    assert (purified.rounds, purified.converged) == (expected["nrPur"], True)
    assert list(np.flatnonzero(~purified.anchor) + 1) == expected["DIFitems"]
    np.testing.assert_allclose(purified.result.chi2, expected["MH"], rtol=1e-9)
    np.testing.assert_allclose(purified.result.alpha, expected["alphaMH"], rtol=1e-9)


def test_standardisation_purified_by_its_own_rule(simulated, difr) -> None:
    responses, groups = simulated
    purified = purify(mh_of(responses, groups), lambda result: np.abs(result.std_p_dif) > 0.1, 20)
    np.testing.assert_allclose(purified.result.std_p_dif, difr["purified"]["STD"]["PDIF"], atol=1e-12)


@pytest.mark.parametrize("round_", ["plain", "purified"])
def test_logistic(simulated, difr, round_: str) -> None:
    responses, groups = simulated
    compare = logistic_of(responses, groups)
    purified = purify(compare, lambda result: result.p < 0.05, 20)
    found = purified.result if round_ == "purified" else compare(np.ones(20, bool))
    expected = difr[round_]["logistic_LRT_both"]
    np.testing.assert_allclose(found.both, expected["Logistik"], rtol=1e-7)
    np.testing.assert_allclose(found.effect, expected["deltaR2"], atol=1e-9)
    assert list(np.flatnonzero(found.p < 0.05) + 1) == expected["DIFitems"]


def test_logistic_parts(simulated, difr) -> None:
    responses, groups = simulated
    found = logistic_of(responses, groups)(np.ones(20, bool))
    np.testing.assert_allclose(found.uniform, difr["plain"]["logistic_LRT_udif"]["Logistik"], rtol=1e-7)
    np.testing.assert_allclose(found.non_uniform, difr["plain"]["logistic_LRT_nudif"]["Logistik"], atol=1e-8)
    np.testing.assert_allclose(found.wald, difr["plain"]["logistic_Wald_both"]["Logistik"], rtol=1e-3)


@pytest.mark.parametrize("name", REAL)
def test_real_data(shared: Path, name: str) -> None:
    responses, groups, expected = real(shared, name)
    everything = np.ones(responses.n_items, bool)
    mh, logistic = mh_of(responses, groups)(everything), logistic_of(responses, groups)(everything)
    np.testing.assert_allclose(mh.chi2, expected.MH_chi2_corrected, rtol=1e-9)
    np.testing.assert_allclose(mh.delta, expected.delta_MH, rtol=1e-9)
    np.testing.assert_allclose(mh.std_p_dif, expected.std_PDIF, atol=1e-12)
    np.testing.assert_allclose(logistic.both, expected.LR_chi2_both_2df, rtol=1e-6)
    np.testing.assert_allclose(logistic.uniform, expected.LR_chi2_uniform_1df, rtol=1e-6)


@pytest.mark.parametrize("name", REAL)
def test_effects(shared: Path, name: str) -> None:
    """Nagelkerke's gain in R², except where difR divides by 1 instead of R²'s maximum.

    difR takes exp(−deviance / 2) before the power 2/n. Beyond 745 that is 0 in double precision, the maximum
    becomes 1 and the printed value is Cox and Snell's; 16 items of msatb are affected.
    """
    responses, groups, expected = real(shared, name)
    found = logistic_of(responses, groups)(np.ones(responses.n_items, bool)).effect
    share = np.bincount(responses.items_index, responses.category) / responses.n_persons
    null = responses.n_persons * (share * np.log(share) + (1 - share) * np.log(1 - share))
    top = np.where(-null > UNDERFLOW, -np.expm1(2 * null / responses.n_persons), 1.0)
    np.testing.assert_allclose(found * top, expected.dR2_nagelkerke, atol=1e-9)


def test_verbal_aggression_flags(shared: Path) -> None:
    """The flagged sets of published.md, section 4."""
    responses, groups, expected = real(shared, "verbal")
    plain = mh_of(responses, groups)(np.ones(24, bool))
    purified = purify(mh_of(responses, groups), lambda result: result.p < 0.05, 24)
    logistic = logistic_of(responses, groups)(np.ones(24, bool))
    assert list(np.flatnonzero(plain.p < 0.05) + 1) == [6, 12, 16, 17, 19, 20]
    assert list(np.flatnonzero(~purified.anchor) + 1) == [6, 8, 14, 16, 17, 19, 20, 22, 23]
    assert purified.rounds == 6
    assert list(np.flatnonzero(logistic.p < 0.05) + 1) == [6, 16, 17, 19]
    assert list(np.flatnonzero(np.abs(plain.std_p_dif) > 0.10) + 1) == [5, 6, 12, 16, 17, 19, 20]
    np.testing.assert_allclose(purified.result.chi2, expected.MH_chi2_purified, rtol=1e-9)
