"""Settings of the property tests: no deadline, since the first example pays for what is made once."""

from hypothesis import settings

settings.register_profile("items", deadline=None)
settings.load_profile("items")
