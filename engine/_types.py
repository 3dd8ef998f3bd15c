"""Names for the arrays that the engine passes around.

Letters in the shapes: N persons, J items, K categories, Q nodes, P item parameters, L predictors;
``*S`` stands for any number of leading dimensions.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
Ints: TypeAlias = NDArray[np.integer[Any]]
Bools: TypeAlias = NDArray[np.bool_]
