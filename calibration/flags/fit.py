"""Flags from the fit of the model."""

from collections.abc import Iterator

from calibration.flags.policy import Minimum, Rule
from calibration.flags.rule import Evidence, Finding, percent, rows

USUAL = 0.2
"""Excess of Q3 over its mean that counts where none was simulated (Chen & Thissen 1997)."""
NAMED = 3


def noisy(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Answers follow less from ability than the model expects."""
    fit = evidence.fit
    for row in rows(fit, (fit["infit"] > rule["mean_square"]) & (fit["infit_t"] > rule["t"])):
        yield Finding(
            row["item"],
            f"Answers follow less from what people know than elsewhere (infit {row['infit']:.2f}): "
            "some people who should know fail, others succeed",
        )


def surprising_answers(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """A few answers that hardly anybody of that ability gives."""
    fit = evidence.fit
    for row in rows(fit, (fit["outfit"] > rule["mean_square"]) & (fit["outfit_t"] > rule["t"])):
        yield Finding(
            row["item"],
            f"A few answers are very surprising for the people who gave them (outfit {row['outfit']:.1f})",
        )


def overly_regular(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Answers are more predictable than the model expects."""
    fit = evidence.fit
    for row in rows(fit, (fit["infit"] < rule["mean_square"]) & (fit["infit_t"] < -rule["t"])):
        yield Finding(
            row["item"], f"Answers are more regular than for other items (infit {row['infit']:.2f})"
        )


def misfit(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """The item's curve does not have the model's shape."""
    fit = evidence.fit
    by_sum = (fit["p_adjusted"] < rule["p_adjusted"]) & (fit["rmsea"] > rule["rmsea"])
    far = fit["rmsd"] > rule["rmsd"]
    by_ability = fit["s_x2"].isna() & far & (fit["p_simulated_adjusted"] < rule["p_adjusted"])
    points = dict(zip(evidence.items["item"], evidence.items["points"], strict=True))
    for row in rows(fit, by_sum):
        yield Finding(
            row["item"],
            f"{_what(points[row['item']])} does not rise with the total as the model says "
            f"(S-X² {row['s_x2']:.1f} with {row['df']:.0f} degrees of freedom)",
        )
    for row in rows(fit, by_ability):
        yield Finding(
            row["item"],
            f"{_what(points[row['item']])} does not rise with ability as the model says "
            f"(off by {percent(row['rmsd'])} of the points on average)",
        )


def _what(points: float) -> str:
    return "The share of right answers" if points == 1 else "The score"


def dependent_pair(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Items that go together more than ability explains: one finding for each, the closest partners named."""
    pairs = evidence.dependence
    above = (pairs["q3_excess"] > rule["excess"]) & (pairs["q3_excess"] > pairs["cutoff"].fillna(USUAL))
    partners: dict[str, list[str]] = {}
    for row in rows(pairs, above & (pairs["n"] >= minimum.item)):
        for one, other in ((row["item_1"], row["item_2"]), (row["item_2"], row["item_1"])):
            partners.setdefault(one, []).append(f"{other} (Q3* {row['q3_excess']:.2f})")
    for item, others in partners.items():
        yield Finding(
            item,
            f"Goes together with {_enumerated(others)} more than ability explains: "
            "same passage, same trick, or one gives the other away",
        )


def _enumerated(names: list[str]) -> str:
    """Return the first names, and how many there are besides."""
    more = len(names) - NAMED
    besides = "" if more <= 0 else " and one other" if more == 1 else f" and {more} others"
    return ", ".join(names[:NAMED]) + besides
