"""How often items have been used, which limits of exposure go by."""

from dataclasses import dataclass

import numpy as np

from engine._types import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class ExposureState:
    """How often items have been used: a frozen snapshot, taken after whole sessions.

    Attributes
    ----------
    cuts : (B - 1,)
        Abilities (logits) that part the B bands of θ; empty for one band.
    sessions : (B,)
        Finished sessions by band.
    administered, eligible : (B, J)
        In how many of them an item was asked, and was eligible.
    inserted : (E,)
        Answers collected by each inserted item outside the pool (pilot items).
    latest : (B,)
        Sessions that the latest block added.
    started : int
        Sessions begun since the snapshot was taken; the next one to start has this number.
    under_way : int
        Sessions that were under way when it was taken, not counted above.
    reserved : (J,) or None
        How many of those may still ask each item; None if there are none.
    """

    cuts: Floats
    sessions: Ints
    administered: Ints
    eligible: Ints
    inserted: Ints
    latest: Ints
    started: int = 0
    under_way: int = 0
    reserved: Ints | None = None

    @classmethod
    def empty(cls, n_items: int, *, cuts: Floats | None = None, n_inserted: int = 0) -> "ExposureState":
        """Return the snapshot before anybody has taken the test."""
        cuts = np.zeros(0) if cuts is None else np.asarray(cuts, float)
        bands = cuts.size + 1
        return cls(
            cuts,
            np.zeros(bands, np.int64),
            np.zeros((bands, n_items), np.int64),
            np.zeros((bands, n_items), np.int64),
            np.zeros(n_inserted, np.int64),
            np.zeros(bands, np.int64),
        )

    def band(self, theta: Floats) -> Ints:
        """Return the band (N,) of each ability."""
        return np.asarray(np.searchsorted(self.cuts, theta, side="right"))

    def after(
        self, theta: Floats, administered: Bools, eligibility: Bools | None, inserted: Ints | None = None
    ) -> "ExposureState":
        """Return the snapshot after N more finished sessions.

        Parameters
        ----------
        theta : (N,)
            Final abilities.
        administered : (N, J)
            What was asked.
        eligibility : (N, J) or None
            What had been drawn; None where all was eligible.
        inserted : (E,) or None
            Answers that the inserted items got.
        """
        band = self.band(theta)
        asked, could = self.administered.copy(), self.eligible.copy()
        for number in range(self.sessions.size):
            own = band == number
            asked[number] += administered[own].sum(axis=0)
            could[number] += own.sum() if eligibility is None else eligibility[own].sum(axis=0)
        latest = np.bincount(band, minlength=self.sessions.size)
        more = 0 if inserted is None else inserted
        return ExposureState(self.cuts, self.sessions + latest, asked, could, self.inserted + more, latest)
