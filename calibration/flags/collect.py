"""All flags of an analysis, the most harmful first: severity × the share of people who meet the item."""

from collections.abc import Iterator

import pandas as pd

from calibration.flags import fairness, fit, options, statistics, times
from calibration.flags.policy import Policy, Rule
from calibration.flags.rule import Evidence, Finding, ItemRule
from engine._types import Bools

RULES: dict[str, dict[str, ItemRule]] = {
    "options": {
        "suspected_wrong_key": options.suspected_wrong_key,
        "ambiguous_pair": options.ambiguous_pair,
        "never_chosen": options.never_chosen,
        "attractive_distractor": options.attractive_distractor,
    },
    "items": {
        "negative_discrimination": statistics.negative_discrimination,
        "low_discrimination": statistics.low_discrimination,
        "too_hard": statistics.too_hard,
        "too_easy": statistics.too_easy,
        "not_as_expected": statistics.not_as_expected,
        "often_omitted": statistics.often_omitted,
        "often_unknown": statistics.often_unknown,
        "often_not_reached": statistics.often_not_reached,
    },
    "fit": {
        "noisy": fit.noisy,
        "surprising_answers": fit.surprising_answers,
        "overly_regular": fit.overly_regular,
        "misfit": fit.misfit,
    },
    "dependence": {"dependent_pair": fit.dependent_pair},
    "dif": {"dif_large": fairness.dif_large, "dif_moderate": fairness.dif_moderate},
    "drift": {"drifted": fairness.drifted},
    "times": {
        "rapid_guessing": times.rapid_guessing,
        "slow_for_its_information": times.slow_for_its_information,
        "known_beforehand": times.known_beforehand,
    },
}
"""Rules by the evidence that they need."""
IMPLIES = {
    "suspected_wrong_key": {
        "ambiguous_pair",
        "negative_discrimination",
        "low_discrimination",
        "attractive_distractor",
    },
    "negative_discrimination": {"low_discrimination"},
    "dif_large": {"dif_moderate"},
}
"""What a flag says already: the weaker ones are not repeated for the same item."""
COLUMNS = ["item", "flag", "severity", "evidence", "action", "exposure", "harm", "basis", "source"]


def collect_flags(evidence: Evidence, policy: Policy) -> pd.DataFrame:
    """Return one row a flag: `item, flag, severity, evidence, action, exposure, harm, basis, source`.

    `exposure` is the share of people who met the item; rows are sorted by `harm` = severity × exposure.
    """
    raised = [
        (finding, name, policy.flags[name])
        for table, members in RULES.items()
        if len(getattr(evidence, table))
        for name, rule in members.items()
        if name in policy.flags
        for finding in rule(evidence, policy.flags[name], policy.minimum)
    ]
    exposure = dict(
        zip(evidence.items["item"], evidence.items["n"] / max(evidence.n_persons, 1), strict=True)
    )
    names = {(finding.item, name) for finding, name, _ in raised}
    rows = [
        _row(finding, name, rule, float(exposure[finding.item]))
        for finding, name, rule in raised
        if not any(
            (finding.item, stronger) in names for stronger, weaker in IMPLIES.items() if name in weaker
        )
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.sort_values(["harm", "severity"], ascending=False, kind="stable").reset_index(drop=True)


def _row(finding: Finding, name: str, rule: Rule, exposure: float) -> tuple[object, ...]:
    return (
        finding.item, name, rule.severity, finding.evidence, rule.action,
        exposure, rule.severity * exposure, rule.basis, rule.source,
    )  # fmt: skip


def person_flags(persons: pd.DataFrame, policy: Policy) -> list[str]:
    """Return the names of each person's flags, separated by spaces (N,)."""
    raised = dict(_person_masks(persons, policy))
    return [" ".join(name for name, mask in raised.items() if mask[row]) for row in range(len(persons))]


def _person_masks(persons: pd.DataFrame, policy: Policy) -> Iterator[tuple[str, Bools]]:
    rules = policy.flags
    if "aberrant_person" in rules:
        yield "aberrant_person", (persons["p"] < rules["aberrant_person"]["p"]).to_numpy(bool)
    if "little_effort" in rules and "effort" in persons:
        yield "little_effort", (persons["effort"] < rules["little_effort"]["effort"]).to_numpy(bool)
    if "prepared_person" in rules and "kappa" in persons:
        yield "prepared_person", (persons["kappa"] > rules["prepared_person"]["kappa"]).to_numpy(bool)
