"""Which question comes next: criteria, choosers, constraints and exposure control.

The registries stand in `engine.selection.base`; importing this package fills them.
"""

from engine.selection.base import criteria

criteria.load(__name__, __path__)
