"""Three small questions instead of one big rule, asked of a frozen view of a batch of test takers.

    may it?          eligible(view, pool) -> (N, J) bool     constraints, exposure control
    how good is it?  score(view, pool)    -> (N, J)          criteria; bigger is always better
    which one?       choose(scores, eligible, u) -> (N,)     choosers, the only place that meets randomness

A member is a frozen dataclass of its settings. What it needs to know of the pool it computes once, in
``bind``, which returns the member ready for use. Everything after that is pure.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.conditions import Conditions
from engine.pool import ItemPool
from engine.registry import Registry
from engine.tables import Tables


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a rule may see of N test takers before their next question; nobody may change it.

    Attributes
    ----------
    tables : Tables
        The pool on the grid: `nodes` (Q,), `log_prob` (J, K, Q), `info` (J, Q).
    theta, se : (N,)
        Provisional ability and its standard error (logits); the start value and NaN before the first answer.
    previous : (N,)
        Ability before the last answer.
    log_posterior : (N, Q)
        Log-posterior on the grid, up to a constant for each person.
    log_likelihood : (N, Q)
        Log-likelihood on the grid, without the prior.
    administered : (N, J) bool
        Pool items asked already.
    items : (N, L) int
        Items asked, in order, as rows of the pool; −1 where there is none yet. Inserted items that are not in
        the pool count from J on.
    categories : (N, L) int
        Categories of the answers; −1 where there is none (not answered yet, or never to be scored).
    length : (N,) int
        Number of questions answered, scored or not.
    seconds : (N,)
        Time used so far (seconds).
    draw : (N,)
        A uniform draw of this question, for criteria with a random part.
    max_length : int
        L, the longest that this test can be.
    allowed : (N, J) bool or None
        What exposure control allows at this moment; None without exposure control. It is a wish: where it
        leaves nothing, the session goes on without it.
    plan : (N, L) int or None
        The last planned test of each person (rows of the pool, −1 where empty) of a constraint that plans.
    """

    tables: Tables
    theta: Floats
    se: Floats
    previous: Floats
    log_posterior: Floats
    log_likelihood: Floats
    administered: Bools
    items: Ints
    categories: Ints
    length: Ints
    seconds: Floats
    draw: Floats
    max_length: int
    allowed: Bools | None = None
    plan: Ints | None = None

    def __len__(self) -> int:
        return self.theta.size

    def take(self, rows: Ints | Bools) -> "View":
        """Return the view of some of the people."""
        parts = {name: getattr(self, name) for name in _BY_PERSON}
        fewer: dict[str, Any] = {name: None if part is None else part[rows] for name, part in parts.items()}
        return replace(self, **fewer)


_BY_PERSON = (
    "theta",
    "se",
    "previous",
    "log_posterior",
    "log_likelihood",
    "administered",
    "items",
    "categories",
    "length",
    "seconds",
    "draw",
    "allowed",
    "plan",
)


class Criterion(ABC):
    """How good would each item be? A frozen value of settings; a member overrides `score`, `bind` or both."""

    reference: ClassVar[str]

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> "Criterion":
        """Return the criterion ready for this pool and a test of at most `max_length` questions."""
        return self

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return (N, J), bigger is better; whether an item may be asked is not the criterion's business."""
        return self.bind(pool, view.tables, view.max_length).score(view, pool)

    @property
    def by_kind(self) -> bool:
        """Whether a shortlist holds the best items of each kind; see `among`."""
        return False

    def among(self, pool: ItemPool, kind: Ints) -> "Criterion":
        """Return the criterion, bound already, with shortlists of the best of each kind (J,), if it can."""
        return self

    def shortlist(self, view: View, pool: ItemPool, eligible: Bools, k: int) -> tuple[Ints, Floats] | None:
        """Return the k best eligible items of each person and their scores, each (N, k), or None.

        None means that there is no quicker way than `score`. Otherwise items stand by falling score, ties by
        rising row; an item of −1 with a score of −∞ fills the row where fewer are eligible. Only criteria
        whose scores are 0 or above have one. By kind, it holds k items of each, one kind after the other.
        """
        return None


class Chooser(ABC):
    """Which of the eligible items is asked?"""

    reference: ClassVar[str]

    @property
    def width(self) -> int | None:
        """How many of the best items the chooser looks at; None for all."""
        return None

    @abstractmethod
    def choose(self, scores: Floats, eligible: Bools, u: Floats) -> Ints:
        """Return the column (N,) chosen from scores (N, M); −1 where nothing is eligible.

        Parameters
        ----------
        scores : (N, M)
            Bigger is better; ties go to the lowest column.
        eligible : (N, M) bool
        u : (N,)
            One uniform draw in [0, 1) for each person.
        """


class Constraint(ABC):
    """What may be asked next, so that the whole test comes out as it should.

    The session goes through these steps, each (N, J):
    ``eligible`` of all constraints and "not asked yet" → ``adjust`` of the criterion's scores → ``plan``.
    """

    reference: ClassVar[str]
    adjusts: ClassVar[bool] = False
    """True where `adjust` changes the scores; only then is it called."""
    plans: ClassVar[bool] = False
    """True where `plan` makes a whole test; only then is it called."""

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> "Constraint":
        """Return the constraint ready for this pool.

        Attributes of items stand in `pool.parameters.table` (content, enemies, stimulus, …), if not in a file
        of the constraint's own; a path among its settings reaches it absolute.

        Raises
        ------
        ValueError
            If no test of `max_length` questions can meet it, naming the conditions in conflict.
        """
        return self

    @property
    def conditions(self) -> Conditions | None:
        """What every test should meet, once bound to a pool; None for a constraint of another kind."""
        return None

    @abstractmethod
    def eligible(self, view: View, pool: ItemPool) -> Bools:
        """Return (N, J): which items could come next without breaking a limit."""

    def adjust(self, view: View, pool: ItemPool, scores: Floats, items: Ints) -> Floats:
        """Return the scores (N, M) of `items` with bonus or penalty for what the test still needs.

        `items` are rows of the pool, (M,) or (N, M); −1 for none, whose score is −∞ as that of an item that
        cannot come.
        """
        return scores

    def kinds(self) -> Ints | None:
        """Return the kind (J,) of each item, 0..G-1, if `adjust` keeps the order of the items of a kind."""
        return None

    def violations(self, items: Ints, pool: ItemPool) -> Ints:
        """Return how many of its conditions each finished test (N, L) of items breaks, (N,)."""
        return np.zeros(len(items), np.int64)

    def plan(self, view: View, pool: ItemPool, scores: Floats, eligible: Bools) -> Ints:
        """Return a whole test for each person, (N, L) rows of the pool, −1 where empty.

        It holds the items asked already and the best complete rest under all constraints, its objective being
        the sum of `scores`. The next question is then chosen among its items that have not been asked.
        `eligible` (N, J) is hard, `view.allowed` is a wish; `view.plan` is the previous plan, None at first
        and after a resume.
        """
        raise NotImplementedError(f"{type(self).__name__} does not plan")

    def upcoming(self, view: View, pool: ItemPool, plan: Ints) -> Bools:
        """Return (N, J): which items of a plan may be asked next; all not asked yet, if not overridden."""
        planned = np.zeros((len(view), len(pool) + 1), bool)
        np.put_along_axis(planned, plan, True, axis=1)
        return planned[:, :-1] & ~view.administered

    def rate_conflict(self, max_rate: float) -> str:
        """Return why the conditions cannot hold with every item in at most `max_rate` of the tests, or ""."""
        return ""


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
        eligibility : (N, B, J), (N, 1, J) or None
            What had been drawn, by band or for all; None where all was eligible.
        inserted : (E,) or None
            Answers that the inserted items got.
        """
        band = self.band(theta)
        asked, could = self.administered.copy(), self.eligible.copy()
        for number in range(self.sessions.size):
            own = band == number
            asked[number] += administered[own].sum(axis=0)
            drawn = None if eligibility is None else eligibility[own, min(number, eligibility.shape[1] - 1)]
            could[number] += own.sum() if drawn is None else drawn.sum(axis=0)
        latest = np.bincount(band, minlength=self.sessions.size)
        more = 0 if inserted is None else inserted
        return ExposureState(self.cuts, self.sessions + latest, asked, could, self.inserted + more, latest)


class Exposure(ABC):
    """A limit on how often an item is asked, held over many sessions.

    Eligibility is drawn once, at the start of a session, from the snapshot and the session's own draw, and
    kept in the session's state. Finished sessions fold into the next snapshot every `block` sessions.
    """

    reference: ClassVar[str]
    learns: ClassVar[bool] = True
    """True where a draw depends on the sessions before."""
    block: int
    """Sessions between two snapshots; 1 is live."""

    @property
    def limit(self) -> float:
        """The largest share of sessions in which an item may be asked; 1 without a limit."""
        return 1.0

    @property
    def overlap_limit(self) -> float:
        """The largest share of questions that two tests may have in common on average; 1 without a limit."""
        return 1.0

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> "Exposure":
        """Return the method ready for this pool; raises ValueError if its rate cannot be held."""
        return self

    def cuts(self) -> Floats:
        """Return the abilities that part the bands of θ, none by default."""
        return np.zeros(0)

    @abstractmethod
    def draw(self, snapshot: ExposureState, u: Floats) -> Bools:
        """Return the eligibility of a batch, (N, B, J), or (N, 1, J) where it is the same in all bands.

        Parameters
        ----------
        snapshot : ExposureState
            Use so far.
        u : (N,)
            One uniform draw each; `engine.draws.spread` makes as many of it as needed.
        """


criteria: Registry[Criterion] = Registry("criterion")
choosers: Registry[Chooser] = Registry("chooser")
constraints: Registry[Constraint] = Registry("constraint method")
exposures: Registry[Exposure] = Registry("exposure method")
