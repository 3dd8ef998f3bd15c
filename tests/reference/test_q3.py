"""Local dependence against mirt 1.46.1: residuals(type = "Q3") and residuals(type = "LD")."""

import numpy as np
import pytest

from calibration.dependence import pair_tables, residual_correlations

pytestmark = pytest.mark.reference


@pytest.mark.parametrize("data", ["LSAT7", "SAT12"])
def test_q3(fitted, mirt, data: str) -> None:
    found, n = residual_correlations(fitted(data, "2PL"))
    expected = np.array(mirt["residuals"][f"{data}_2PL_Q3"], float)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert (n == n[0, 0]).all()


def test_local_dependence_chi2(fitted, mirt) -> None:
    statistic, df, size = pair_tables(fitted("LSAT7", "2PL"))
    cells = [
        [0.0 if cell == "NA" else float(cell) for cell in row] for row in mirt["residuals"]["LSAT7_2PL_LD"]
    ]
    expected = np.array(cells)
    below, above = np.tril_indices(5, -1), np.triu_indices(5, 1)
    np.testing.assert_allclose(np.abs(statistic[below]), expected[below], rtol=1e-9)
    np.testing.assert_allclose(size[above], expected[above], rtol=1e-9)
    assert (df == 1).all()
