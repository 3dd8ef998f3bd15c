"""What columns of tables are called: plain words first, with help where a word is the field's own.

Pages give a column a word of its own (`dashboard.views.columns`) where it means something special there.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Word(NamedTuple):
    """The name of a column for people, and what it means where that is not plain."""

    label: str
    help: str = ""


_LOW = "Lower end of the 95 % interval"
_HIGH = "Upper end of the 95 % interval"
_SE = "Standard error"
_LOGITS = "In logits, on the scale of ability θ"
_BH = "Adjusted for all that were tested at once (Benjamini & Hochberg 1995)"

WORDS: Mapping[str, Word] = {
    # what a row is of
    "item": Word("Item"),
    "item_1": Word("Item"),
    "item_2": Word("Goes with"),
    "version": Word("Version"),
    "revision": Word("Revision", "Grows where candidates see the same question, scored the same way"),
    "fixed_in": Word("Fixed in version"),
    "title": Word("Title"),
    "skill": Word("Skill"),
    "option": Word("Answer"),
    "answer": Word("Answer"),
    "response": Word("Answer"),
    "kind": Word("Kind"),
    "person": Word("Person"),
    "group": Word("Group"),
    "set": Word("Set", "Number of the parameter set"),
    "model": Word("Model"),
    "design": Word("Design"),
    "dimension": Word("Dimension"),
    "position": Word("Question", "Place in the test"),
    "rank": Word("Rank", "1 is asked most often"),
    "word": Word("Word"),
    "measure": Word("Measure"),
    "what": Word("What"),
    "setting": Word("Setting", "Its table and name in the rules file"),
    "condition": Word("Condition"),
    "cycle": Word("Cycle"),
    # people and times
    "at": Word("When (UTC)"),
    "by": Word("By"),
    "owner": Word("Owner"),
    "note": Word("Note"),
    "state": Word("State"),
    "status": Word("State"),
    "due": Word("Due"),
    "action": Word("Action"),
    "about": Word("About"),
    "detail": Word("What changed"),
    "email": Word("E-mail"),
    "role": Word("Role"),
    "right": Word("Right"),
    # how many
    "n": Word("Number", "Of the people, answers or ratings that it rests on"),
    "answers": Word("Answers"),
    "people": Word("People", "How densely they stand here, of the population"),
    "sessions": Word("Sessions"),
    "tests": Word("Tests"),
    "items": Word("Items"),
    "flags": Word("Flags"),
    "questions": Word("Questions", "Median of the tests"),
    "length": Word("Questions", "Length of the test"),
    "categories": Word("Categories", "Different scores that were earned"),
    "category": Word("Points"),
    "parameters": Word("Parameters", "How many were estimated"),
    "n_timed": Word("Times", "Answers with a time"),
    "n_before": Word("Answers before"),
    "n_after": Word("Answers after"),
    "missing": Word("Still missing"),
    "done": Word("Done"),
    # shares
    "share": Word("Share"),
    "share_low": Word("Share from", _LOW),
    "share_high": Word("Share to", _HIGH),
    "share_before": Word("Share before", "Of the full score"),
    "share_low_before": Word("Before, from", _LOW),
    "share_high_before": Word("Before, to", _HIGH),
    "share_after": Word("Share after", "Of the full score"),
    "share_low_after": Word("After, from", _LOW),
    "share_high_after": Word("After, to", _HIGH),
    "share of full score": Word("Share of full score"),
    "from": Word("From", _LOW),
    "to": Word("To", _HIGH),
    "low": Word("From"),
    "high": Word("To"),
    "value": Word("Value"),
    "mean": Word("Mean"),
    "sd": Word("SD", "Standard deviation"),
    "median": Word("Median"),
    "expected": Word("Expected", "By the model"),
    "exposure": Word("Exposure", "Share of the tests that ask it"),
    "effective": Word("Items in effect", "As many, asked evenly, would be asked as this"),
    "highest": Word("Largest exposure", "Of the item that is asked most in this band"),
    "highest_low": Word("Exposure from", _LOW),
    "highest_high": Word("Exposure to", _HIGH),
    # ability, items, scores
    "theta": Word("Ability θ", "In logits"),
    "theta_low": Word("θ from", "In logits"),
    "theta_high": Word("θ to", "In logits"),
    "standing": Word("Standing", "Total score, or ability θ, of those in the bin"),
    "level": Word("Level"),
    "se": Word("± SE", "Standard error (logits)"),
    "se_low": Word("SE, lowest tenth", "A tenth of the tests end with less"),
    "se_high": Word("SE, highest tenth", "A tenth of the tests end with more"),
    "information": Word("Information", "1 / SE²: how much the items tell at this ability"),
    "density": Word("Density", "How plausible this ability is, after the answers so far"),
    "difficulty": Word("Difficulty b", _LOGITS),
    "a": Word("a", "Discrimination: how sharply the item tells the abler from the less able"),
    "b": Word("b", f"Difficulty. {_LOGITS}"),
    "c": Word("c", "Lower asymptote: what those get right who do not know"),
    "d": Word("d", "Upper asymptote: what those get right who know"),
    "old": Word("Difficulty before", _LOGITS),
    "new": Word("Difficulty now", _LOGITS),
    "change": Word("Change", "Difficulty now − before (logits); above 0: harder now"),
    "displacement": Word("Moved", "Difficulty, new − old (logits); above 0: harder now"),
    "from_score": Word("Score from"),
    "to_score": Word("Score to"),
    "half_width": Word("Half of the band", "Mean half width of the score's band, in points"),
    "sure": Word("Surely there", "Share whose whole band lies in this level"),
    "before": Word("Score before"),
    "after": Word("Score after"),
    "level_before": Word("Level before"),
    "level_after": Word("Level after"),
    # fit and dependence
    "infit": Word("Infit", "1 is as expected; 0.7 to 1.3 is usual"),
    "outfit": Word("Outfit", "1 is as expected; slips and luck raise it"),
    "fit": Word("Person fit", "Standardised; far below 0: answers that do not go together"),
    "statistic": Word("Statistic"),
    "chi2": Word("χ²"),
    "df": Word("df", "Degrees of freedom"),
    "p": Word("p", "How often chance alone gives something as far out"),
    "p_adjusted": Word("p, adjusted", _BH),
    "log_likelihood": Word("Log-likelihood", "Higher: the model makes the answers likelier"),
    "aic": Word("AIC", "Akaike: smaller is better, whatever the size of the model"),
    "bic": Word("BIC", "Schwarz: smaller is better; sterner with large models than AIC"),
    "eigenvalue": Word("Eigenvalue", "Variance that the dimension explains, in items"),
    "by_chance": Word("By chance", "95th percentile of shuffled answers (Horn 1965)"),
    "excess": Word("Q3 above the mean", "Residual correlation above the mean of all pairs (Yen 1984)"),
    "beyond": Word("Beyond chance", "Above the simulated cut-off"),
    "prmse_sub": Word("By itself", "Variance of the true sub-score that the sub-score explains"),
    "prmse_total": Word("By the total", "Variance of the true sub-score that the total explains"),
    "prmse_both": Word("By both", "Variance of the true sub-score that both together explain"),
    "adds_value": Word(
        "Worth a score", "The sub-score predicts itself better than the total (Haberman 2008)"
    ),
    # groups
    "focal": Word("Compared group", "The focal group, whose disadvantage is looked for"),
    "ets_class": Word("ETS class", "A negligible, B moderate, C large (Zwick 2012)"),
    "class": Word("Class", "A negligible, B moderate, C large"),
    "effect": Word("Effect", "Size of the difference at like standing; on the figure's axis"),
    "gain": Word("Gain in R²", "What the group adds to standing (logistic regression)"),
    "size": Word("Size", "A negligible, B moderate, C large"),
    "cohens_d": Word("Difference d", "Of the means, against the first group, in pooled SDs (Cohen)"),
    "cohens_d_low": Word("d from", _LOW),
    "cohens_d_high": Word("d to", _HIGH),
    # time
    "seconds": Word("Seconds"),
    "time_s": Word("Seconds"),
    "from_s": Word("Seconds from"),
    "to_s": Word("Seconds to"),
    "median_s": Word("Median (s)"),
    "info_per_minute": Word("Information a minute"),
    "slow": Word("Slow for what it tells"),
    "speed": Word("Speed τ", "0.7 is twice as fast as the average"),
    "effort": Word("Effort", "Share of answers that are no rapid guesses"),
    "pace": Word("Pace"),
    "z": Word("Surprise z", "(points − expected) / SD"),
    "z_time": Word("Time z", "Below 0: faster than expected of this person on this question"),
    # ratings, reports, flags
    "stars": Word("Stars", "1 to 5"),
    "mean_stars": Word("Mean stars"),
    "mean stars": Word("Mean stars"),
    "ratings": Word("Ratings"),
    "comment": Word("Comment"),
    "comments": Word("Comments"),
    "problem": Word("Problem"),
    "text": Word("What they wrote"),
    "shrunk": Word("Drawn to the bank's", "Few ratings count less: drawn towards the bank's mean"),
    "shrunk_low": Word("At least", _LOW),
    "adjusted": Word("Adjusted", "Without how severe its raters are and whether they answered wrongly"),
    "adjusted_low": Word("Adjusted, at least", _LOW),
    "adjusted_se": Word("± adjusted", _SE),
    "trend": Word("Trend", "Mean stars of the later half less those of the earlier half"),
    "reasons": Word("Why"),
    "flag": Word("Flag"),
    "severity": Word("Severity", "1 a nuisance … 5 a wrong score"),
    "means": Word("That is"),
    "evidence": Word("Evidence"),
    "basis": Word("Rests on", "What the threshold was taken from"),
    "source": Word("Source"),
    "threshold": Word("Threshold"),
    # tests, simulated and live
    "reason": Word("Ended by"),
    "outcome": Word("How it went"),
    "recorded": Word("Recorded"),
    "engine": Word("Engine, run anew"),
    "same": Word("Same"),
    "bias": Word("Bias", "Mean of estimated − true ability (logits)"),
    "rmse": Word("Error made", "Root mean square of estimated − true ability (logits)"),
    "mean_se": Word("Error claimed", "Mean standard error that the tests report (logits)"),
    "coverage_95": Word("Bands that hold", "Share of 95 % bands that hold the true ability"),
    "coverage_low": Word("Hold, from", _LOW),
    "coverage_high": Word("Hold, to", _HIGH),
    "difference": Word("Difference", "B − A"),
    "max_exposure": Word("Largest exposure", "Of the item that is asked most in this band"),
    "allowed": Word("Allowed by chance", "What chance adds to the limit among so few people"),
    "lower": Word("Asked for, from"),
    "upper": Word("Asked for, to"),
    "least": Word("Fewest"),
    "most": Word("Most"),
    "broken": Word("Tests that miss it"),
    "met": Word("Met", "Share of the tests"),
    "met_low": Word("Met, from", _LOW),
    "met_high": Word("Met, to", _HIGH),
    "cut": Word("Cut (logits)"),
    "n_near": Word("Tests near it", "That end within 0.25 logits of the cut"),
    "se_near": Word("SE near it", "Mean standard error (logits)"),
    "se_simulated": Word("SE, simulated", "Of simulated tests that end there"),
    "copier": Word("Compared with"),
    "omega": Word("ω", "Wollack (1997): shared answers beyond chance, as a standard normal deviate"),
    "mean_se_near": Word("SE near it", "Mean standard error (logits)"),
    "true": Word("Belong there", "Share by true ability"),
    "placed": Word("Placed there", "Share by estimated ability"),
    "claimed": Word("Claimed", "Share that the tests' own standard errors claim"),
    "live": Word("Live"),
    "simulated": Word("Simulated"),
    "where": Word("Where"),
    "parts": Word("Parts from design"),
}


SMALL = frozenset(
    {
        *("p", "p_adjusted", "p_simulated", "p_simulated_adjusted", "rapid_p"),
        *("share", "share_low", "share_high", "exposure", "max_exposure", "allowed"),
        *("highest", "highest_low", "highest_high"),
        *("low", "high", "live", "expected", "simulated", "density", "value", "A", "B", "difference"),
    }
)
"""Columns in which small numbers differ in size, not in their second decimal."""


def word(name: str) -> Word:
    """Return what a column is called: a standard error is ± its estimate, steps of an item are numbered."""
    if name in WORDS:
        return WORDS[name]
    estimate = name.removeprefix("se_")
    if estimate != name:
        return Word(f"± {estimate}", f"Standard error of {estimate}")
    stem = name.rstrip("0123456789")
    if stem in WORDS:
        return Word(name, f"{WORDS[stem].help} Step {name.removeprefix(stem)}.")
    return Word(name[:1].upper() + name[1:].replace("_", " "))
