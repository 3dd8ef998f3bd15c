"""The adaptive engine: models, item pool, estimation, selection, stopping, sessions, simulation."""

from engine.pool import ItemPool
from engine.rules import CatRules
from engine.session import ask, restore, start, tell
from engine.simulation import Study, simulate

__all__ = ["CatRules", "ItemPool", "Study", "ask", "restore", "simulate", "start", "tell"]
