"""What one measurement found."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PeerTime:
    """A peer in the same run.

    Attributes
    ----------
    name : str
    time : float
        In the unit of the line.
    short : float or None
        How far its estimates stay below the maximum (log-likelihood on our grid).
    """

    name: str
    time: float
    short: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table.

    Attributes
    ----------
    case, what : str
    time : float or None
        Ours, best of several; None where the case was skipped, and then `note` says why.
    unit : str
        "s", "ms" or "ms a candidate".
    cpu : float or None
        Processor time of the same run, all threads, in seconds.
    peers : tuple of PeerTime
    recorded : mapping
        What others were measured at elsewhere, in the same unit; never made into a ratio.
    gap : float or None
        How far ours stays below the maximum (log-likelihood, or log-posterior), proven by a Newton decrement.
    product_share : float or None
        Share of the time that the sparse products alone would take at this machine's rate.
    memory : float or None
        Peak memory of a process of its own (GB).
    note : str
    """

    case: str
    what: str
    time: float | None
    unit: str = "s"
    cpu: float | None = None
    peers: tuple[PeerTime, ...] = ()
    recorded: Mapping[str, float] = field(default_factory=dict)
    gap: float | None = None
    product_share: float | None = None
    memory: float | None = None
    note: str = ""

    def ratio(self, peer: PeerTime) -> float | None:
        """Return how many times faster ours is than a peer."""
        return peer.time / self.time if self.time else None

    def record(self) -> dict[str, Any]:
        """Return the line with its ratios, for JSON."""
        record = asdict(self)
        for peer, written in zip(self.peers, record["peers"], strict=True):
            written["ratio"] = self.ratio(peer)
        return record
