"""What a test must hold, as data: constraints on the items and stimuli that are selected."""

from items.blueprint.blueprint import Blueprint, read_attributes
from items.blueprint.constraints import Constraint, ConstraintType, read_constraints

__all__ = ["Blueprint", "Constraint", "ConstraintType", "read_attributes", "read_constraints"]
