"""HiGHS, kept silent: the one place that knows how its models are filled.

Reference: Huangfu & Hall (2018), Parallelizing the dual revised simplex method, Mathematical Programming
Computation 10, 119-142.
"""

import highspy
import numpy as np
from scipy import sparse

from engine._types import Bools, Floats

Bounds = tuple[Floats, Floats]
"""Lower and upper bounds, ±∞ where there is none."""


class Silent(highspy.Highs):
    """A HiGHS solver that prints nothing, on one thread, exact to the last item."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def enableCallbacks(self) -> None:
        """Set the options instead: nothing calls back, and enabling callbacks would print a banner."""
        self.silent()
        self.setOptionValue("threads", 1)
        self.setOptionValue("mip_rel_gap", 0.0)
        self.setOptionValue("mip_abs_gap", 1e-9)

    def renew(self, costs: Floats, bounds: Bounds, basis: highspy.HighsBasis) -> None:
        """Forget all but the model, give its columns other costs and bounds, and stand at a basis."""
        columns = np.arange(costs.size, dtype=np.int32)
        lower, upper = (np.asarray(bound, np.float64) for bound in bounds)
        self.clearSolver()
        self.changeColsCost(columns.size, columns, np.asarray(costs, np.float64))
        self.changeColsBounds(columns.size, columns, lower, upper)
        self.setBasis(basis)

    def optimal(self) -> bool:
        """Solve, and return whether an optimum was found."""
        self.run()
        return bool(self.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def values(self) -> Floats:
        """Return the columns of the solution."""
        return np.array(self.getSolution().col_value)

    def reduced_costs(self) -> Floats:
        """Return by how much the objective falls, at least, per unit that a column leaves its bound."""
        return np.asarray(np.abs(self.getSolution().col_dual))


def programme(
    matrix: sparse.csc_array, rows: Bounds, columns: Bounds, costs: Floats, *, integral: Bools | None = None
) -> highspy.HighsLp:
    """Return: maximise costs · x within the bounds of the rows and columns.

    Parameters
    ----------
    integral : bool per column or None
        Which columns take whole numbers; None for a linear programme.
    """
    model = highspy.HighsLp()
    model.sense_ = highspy.ObjSense.kMaximize
    model.num_row_, model.num_col_ = matrix.shape
    model.row_lower_, model.row_upper_ = (np.asarray(bound, np.float64) for bound in rows)
    model.col_lower_, model.col_upper_ = (np.asarray(bound, np.float64) for bound in columns)
    model.col_cost_ = np.asarray(costs, np.float64)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    if integral is not None:
        whole, real = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        model.integrality_ = [whole if one else real for one in integral]
    return model
