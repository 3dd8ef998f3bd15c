"""Simulation: the engine that candidates meet, run on simulated candidates."""

from engine.simulation.run import simulate
from engine.simulation.study import Study

__all__ = ["Study", "simulate"]
