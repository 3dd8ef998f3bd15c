"""Flags: from numbers to sentences, by one editable policy."""

from calibration.flags.collect import collect_flags, person_flags
from calibration.flags.policy import Policy
from calibration.flags.rule import Evidence
from calibration.flags.times import takes_long

__all__ = ["Evidence", "Policy", "collect_flags", "person_flags", "takes_long"]
