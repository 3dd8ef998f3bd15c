"""The adaptive engine: models, item pool, estimation, selection, stopping, sessions, simulation."""
