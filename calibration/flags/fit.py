"""Flags from the fit of the model."""

from collections.abc import Iterator

from calibration.flags.policy import Minimum, Rule
from calibration.flags.rule import Evidence, Finding, rows


def noisy(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Answers are less predictable than the model allows."""
    fit = evidence.fit
    if fit.empty:
        return
    limit = rule["mean_square"]
    infit = (fit["infit"] > limit) & (fit["infit_t"] > rule["t"])
    outfit = (fit["outfit"] > 2 * limit - 1) & (fit["outfit_t"] > rule["t"])
    for row in rows(fit, infit | outfit):
        yield Finding(
            row["item"],
            f"Answers follow less from what people know than elsewhere (infit {row['infit']:.2f}, "
            f"outfit {row['outfit']:.2f}): some people who should know fail, others succeed",
        )


def overly_regular(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Answers are more predictable than the model expects."""
    fit = evidence.fit
    if fit.empty:
        return
    for row in rows(fit, (fit["infit"] < rule["mean_square"]) & (fit["infit_t"] < -rule["t"])):
        yield Finding(
            row["item"], f"Answers are more regular than for other items (infit {row['infit']:.2f})"
        )


def misfit(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """The item's curve does not have the model's shape."""
    fit = evidence.fit
    if fit.empty:
        return
    by_sum = (fit["p_adjusted"] < rule["p_adjusted"]) & (fit["rmsea"] > rule["rmsea"])
    by_ability = fit["s_x2"].isna() & (fit["p_simulated_adjusted"] < rule["p_adjusted"])
    for row in rows(fit, by_sum):
        yield Finding(
            row["item"],
            "The share of right answers does not rise with the total as the model says "
            f"(S-X² {row['s_x2']:.1f} with {row['df']:.0f} degrees of freedom)",
        )
    for row in rows(fit, by_ability):
        yield Finding(
            row["item"],
            "The share of right answers does not rise with ability as the model says "
            f"(χ²* {row['chi2_simulated']:.1f} with {row['df_simulated']:.1f} degrees of freedom)",
        )


def dependent_pair(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Two items go together more than ability explains."""
    pairs = evidence.dependence
    if pairs.empty:
        return
    above = (pairs["q3_excess"] > rule["excess"]) & (pairs["q3_excess"] > pairs["cutoff"].fillna(0.2))
    for row in rows(pairs, above & (pairs["n"] >= minimum.item)):
        for one, other in ((row["item_1"], row["item_2"]), (row["item_2"], row["item_1"])):
            yield Finding(
                one,
                f"Goes together with {other} more than ability explains (Q3 {row['q3']:.2f}): "
                "same passage, same trick, or one gives the other away",
            )
