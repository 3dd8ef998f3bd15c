"""Stopping rules, one a file, each registered under its short name; `combine` joins them."""

from engine.stopping.base import stopping_rules

stopping_rules.load(__name__, __path__)
