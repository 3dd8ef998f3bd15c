"""Three small questions instead of one big rule, asked of a frozen view of a batch of test takers.

    may it?          eligible(view, pool) -> (N, J) bool     constraints, exposure control
    how good is it?  score(view, pool)    -> (N, J)          criteria; bigger is always better
    which one?       choose(scores, eligible, u) -> (N,)     choosers, the only place that meets randomness

A member is a frozen dataclass of its settings. What it needs to know of the pool it computes once, in
``bind``, which returns the member ready for use. Everything after that is pure.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.conditions import Conditions
from engine.pool import ItemPool
from engine.registry import Registry
from engine.selection.kinds import ByKind
from engine.selection.usage import ExposureState
from engine.selection.view import View
from engine.tables import Tables


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
    def reads_errors(self) -> bool:
        """Whether it goes by what the calibration does not know of the parameters."""
        return False

    @property
    def by_kind(self) -> bool:
        """Whether a shortlist holds the best items of each kind; see `among`."""
        return False

    def among(self, pool: ItemPool, kind: Ints) -> "Criterion":
        """Return the criterion, bound already, with shortlists of the best of each kind (J,), if it can."""
        return self

    def shortlist(
        self, view: View, pool: ItemPool, eligible: Bools, k: int, kinds: Bools | None = None
    ) -> tuple[Ints, Floats] | None:
        """Return the k best eligible items of each person and their scores, each (N, k), or None.

        None means that there is no quicker way than `score`. Otherwise items stand by falling score, ties by
        rising row; an item of −1 with a score of −∞ fills the row where fewer are eligible. Only criteria
        whose scores are 0 or above have one. By kind, it holds k items of each of the `kinds` (N, G) that may
        come, one kind after the other.
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

    def adjust(self, view: View, pool: ItemPool, scores: Floats) -> Floats:
        """Return the scores (N, J) with bonus or penalty for what the test still needs.

        The score of an item that cannot come is −∞.
        """
        return scores

    def kinds(self) -> Ints | None:
        """Return the kind (J,) of each item, 0..G-1, if `by_kind` says what `eligible` and `adjust` do."""
        return None

    def by_kind(self, view: View) -> ByKind:
        """Return what it says of the kinds of items; only called where there are `kinds`."""
        raise NotImplementedError(f"{type(self).__name__} knows no kinds of items")

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

    def rate_conflict(self, pool: ItemPool, max_rate: float) -> str:
        """Return why the conditions cannot hold with every item in at most `max_rate` of the tests, or ""."""
        return ""


class Exposure(ABC):
    """A limit on how often an item is asked, held over many sessions.

    Eligibility is drawn once, at the start of a session, from the snapshot and the session's own draw, and
    kept in the session's state. Finished sessions fold into the next snapshot every `block` sessions.
    """

    reference: ClassVar[str]
    learns: ClassVar[bool] = True
    """True where a draw depends on the sessions before."""
    block: int
    """Sessions between two snapshots, a setting of every method that learns; 1 is live."""

    @property
    def limit(self) -> float:
        """The largest share of sessions in which an item may be asked; 1 without a limit."""
        return 1.0

    @property
    def overlap_limit(self) -> float:
        """The largest share of questions that two tests may have in common on average; 1 without a limit."""
        return 1.0

    def bind(self, pool: ItemPool, cell: Ints, max_length: int) -> "Exposure":
        """Return the method ready for this pool; raises ValueError if its rate cannot be held.

        Parameters
        ----------
        cell : (J,) int
            Items that the same sections may choose are of one cell; −1 for those that none may.
        max_length : int
            The most questions of a test that are chosen.
        """
        return self

    def cuts(self) -> Floats:
        """Return the abilities that part the bands of θ, none by default."""
        return np.zeros(0)

    @abstractmethod
    def draw(self, snapshot: ExposureState, u: Floats) -> Bools:
        """Return which items (N, J) the sessions of a batch may use.

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
