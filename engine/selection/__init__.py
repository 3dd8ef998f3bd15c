"""Which question comes next: criteria, choosers, constraints and exposure control."""

from engine.registry import Registry
from engine.selection.base import Chooser, Constraint, Criterion, Exposure

criteria: Registry[Criterion] = Registry("criterion")
choosers: Registry[Chooser] = Registry("chooser")
constraints: Registry[Constraint] = Registry("constraint method")
exposures: Registry[Exposure] = Registry("exposure method")
