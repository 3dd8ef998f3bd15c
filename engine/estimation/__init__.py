"""Estimators of ability, one a file, each registered under its short name."""

from engine.estimation.base import estimators

estimators.load(__name__, __path__)
