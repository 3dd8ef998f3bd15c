"""Marginal maximum likelihood: item parameters with ability integrated out.

    log L(ψ) = Σᵢ log Σ_q w_q Πⱼ P(x_ij | θ_q, ψ)

Bock & Aitkin (1981), Psychometrika 46, 443–459. New items on an old scale: hold the anchors and let the
population move in every cycle (Kim 2006, Journal of Educational Measurement 43, 355–381).
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from calibration import identification
from calibration.estimation import Estimated, Report, estimate, silent
from calibration.hierarchical import estimate_hierarchical
from calibration.item_models import ItemModels
from calibration.memory import refuse_beyond_memory
from calibration.problem import Choices, pose
from calibration.responses import ResponseMatrix
from calibration.result import CalibrationResult
from calibration.tabulation import tabulate, verdicts
from calibration.unused_categories import close_gaps
from items.errors import BadInput
from items.parameters import ParameterSet

ROUNDS = 5
"""Most times that items without a maximum are left out and the rest estimated again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalML:
    """Settings of a calibration by marginal maximum likelihood.

    Attributes
    ----------
    model : str, path, mapping or ItemModels
        A model for all items, a model file, or item → model.
    nodes, bound : int, float
        The grid: equally spaced nodes on [−bound, bound] (logits).
    tolerance : float
        Largest change of a parameter, and gain in log-likelihood, that the next cycle may still promise.
    max_iterations : int
        Most E-steps.
    priors : str
        "default": those of the models (asymptotes of 3PL and 4PL); "none"; "hierarchical": besides, the
        spread of log a and b over the bank, estimated from the bank itself.
    group : str, optional
        Column `g_*`: each group has its own mean and SD; the first in order sets the scale.
    anchors : ParameterSet, optional
        Items held at these values; the population is estimated.
    distribution : str
        "normal", or "histogram": a form of its own, estimated.
    free_population : bool, optional
        Whether means and SDs are estimated; by default where the model or anchors leave room for it.
    standard_errors : str
        From the "observed" information; "sandwich", which holds under misfit; or "none".
    full_covariance : bool
        Keep the full covariance of the free parameters in the result.
    strict : bool
        Stop where a category was never observed, instead of closing it up.
    random_groups : bool
        Accept blocks of items that no person links: persons were assigned to them at random.
    start : ParameterSet, optional
        Start values, for items that have them.
    threads : int, optional
        Threads of the E-step; all processors by default.
    """

    model: str | os.PathLike[str] | Mapping[str, str] | ItemModels = "2pl"
    nodes: int = 61
    bound: float = 6.0
    tolerance: float = 1e-4
    max_iterations: int = 500
    priors: str = "default"
    group: str | None = None
    anchors: ParameterSet | None = None
    distribution: str = "normal"
    free_population: bool | None = None
    standard_errors: str = "observed"
    full_covariance: bool = False
    strict: bool = False
    random_groups: bool = False
    start: ParameterSet | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        known = {
            "priors": ("default", "none", "hierarchical"),
            "distribution": ("normal", "histogram"),
            "standard_errors": ("observed", "sandwich", "none"),
        }
        for name, words in known.items():
            if getattr(self, name) not in words:
                raise BadInput(f"{name} = '{getattr(self, name)}' is unknown", right=" or ".join(words))
        for name, least in (("nodes", 5), ("max_iterations", 1)):
            if getattr(self, name) < least:
                raise BadInput(f"{name} = {getattr(self, name)}", right=f"at least {least}")
        if not (self.tolerance > 0 and self.bound > 0):
            raise BadInput(f"tolerance = {self.tolerance:g}, bound = {self.bound:g}", right="both above 0")

    def fit(self, responses: ResponseMatrix, *, report: Report = silent) -> CalibrationResult:
        """Calibrate the items of a log.

        Parameters
        ----------
        responses : ResponseMatrix
        report : callable
            Told cycle, log-posterior and largest change after each cycle.

        Raises
        ------
        BadInput
            If the log cannot carry this calibration: no item left, items on no common scale, groups too
            small, a model that does not fit the number of categories.
        """
        with threadpool_limits(limits=1, user_api="blas"):
            return self._fit(responses, report)

    def _fit(self, responses: ResponseMatrix, report: Report) -> CalibrationResult:
        """Calibrate, each thread of ours doing its own linear algebra: small problems only wait for help."""
        began = time.perf_counter()
        models = ItemModels.of(self.model)
        responses = close_gaps(responses, strict=self.strict)
        status = self._first_look(responses)
        for _ in range(ROUNDS):
            kept = np.array([word == identification.OK for word in status])
            if not kept.any():
                raise BadInput(
                    f"no item can be calibrated ({status[0]})", where="responses", right="answers that differ"
                )
            estimated = self._estimate(responses.take_items(kept), models, report)
            found = verdicts(estimated)
            for place, verdict in zip(np.flatnonzero(kept), found, strict=True):
                status[place] = verdict
            if all(verdict == identification.OK for verdict in found):
                break
        return tabulate(
            self._settings(models.name), responses, status, estimated, time.perf_counter() - began
        )

    def _first_look(self, responses: ResponseMatrix) -> list[str]:
        """Return the verdict on each item before estimating; an anchor needs no answers of its own."""
        fewest = 1 if self.priors == "hierarchical" else identification.FEWEST_ANSWERS
        status = identification.first_look(responses, fewest=fewest)
        if self.anchors is not None:
            held = set(self.anchors.identities())
            for j, identity in enumerate(responses.identities):
                status[j] = identification.OK if identity in held else status[j]
        return status

    def _estimate(self, responses: ResponseMatrix, models: ItemModels, report: Report) -> Estimated:
        choices = Choices(
            models=models,
            nodes=self.nodes,
            bound=self.bound,
            group=self.group,
            anchors=self.anchors,
            histogram=self.distribution == "histogram",
            free_population=self.free_population,
            default_priors=self.priors != "none",
            start=self.start,
            random_groups=self.random_groups,
            threads=self.threads,
        )
        problem = pose(choices, responses)
        hierarchical = self.priors == "hierarchical"
        refuse_beyond_memory(problem, errors=self.standard_errors, hierarchical=hierarchical)
        run = estimate_hierarchical if hierarchical else estimate
        return run(
            problem,
            tolerance=self.tolerance,
            max_cycles=self.max_iterations,
            errors=self.standard_errors,
            report=report,
        )

    def _settings(self, model: str) -> dict[str, object]:
        """Return what was chosen, for the record."""
        names = ("priors", "group", "distribution", "tolerance", "max_iterations", "standard_errors")
        chosen: dict[str, object] = {name: getattr(self, name) for name in names}
        anchors = 0 if self.anchors is None else len(self.anchors.table)
        return {
            "model": model,
            **chosen,
            "anchors": anchors,
            "full": self.full_covariance,
        }
