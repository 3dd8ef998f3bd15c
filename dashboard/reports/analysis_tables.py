"""The tables of an analysis's report: the columns that a page can hold, the rest stay in the CSV."""

from collections.abc import Iterator, Sequence

import pandas as pd

from calibration.analysis import Analysis
from dashboard.reports.page import Table
from items.interactions.base import RESERVED

PAIRS = 20
"""Pairs of items in the report's table of local dependence."""
PEOPLE = 30
"""People in the report's table of surprising answers."""
CLASSICAL = (
    "item", "n", "p", "p_low", "p_high", "expected_p", "rir", "expected_rir", "biserial", "alpha_if_dropped",
    "omit", "idk", "not_reached", "note",
)  # fmt: skip
TIMES = (
    "item", "n_timed", "median_s", "intensity", "time_discrimination", "threshold_s", "threshold_mixture_s",
    "rapid", "rapid_p", "info_per_minute", "kappa",
)  # fmt: skip
FIT = (
    "item", "n", "infit", "outfit", "rmsd", "s_x2", "df", "p", "p_adjusted", "rmsea", "chi2_simulated",
    "p_simulated_adjusted",
)  # fmt: skip
OPTIONS = ("item", "option", "key", "n", "share", "mean_theta", "rpb", "share_top", "share_bottom", "lead")
DEPENDENCE = ("item_1", "item_2", "n", "q3", "q3_excess", "cutoff", "ld_chi2", "p_adjusted", "cramers_v")
PERSONS = (
    "person", "n", "score", "theta", "se", "lz", "p", "outfit", "guttman", "speed", "effort", "kappa",
    "flags",
)  # fmt: skip
FAIRNESS = (
    "item", "n", "n_focal", "chi2", "p_adjusted", "alpha_mh", "delta_mh", "se_delta", "std_p_dif",
    "ets_class", "focal", "note",
)  # fmt: skip


def flag_tables(found: Analysis) -> Iterator[Table]:
    """Yield the flags, the most harmful first, and where their thresholds come from."""
    flags = found.flags.assign(
        flag=found.flags["flag"].str.replace("_", " "),
        people=[f"{100 * share:.0f} %" for share in found.flags["exposure"]],
    )
    shown = flags[["item", "flag", "severity", "evidence", "action", "people"]]
    yield Table(
        "Flags by harm: severity (1 to 5) × share of the people who meet the item", shown, "flags.csv"
    )
    thresholds = flags[["flag", "severity", "basis", "source"]].drop_duplicates()
    yield Table("Where the thresholds come from", thresholds, "flags_policy.toml")


def tables(found: Analysis) -> Iterator[Table]:
    """Yield all other tables, those without rows left out."""
    parameters = ["item", "model", *found.parameters.parameter_columns(), "note"]
    named = (
        ("The whole test", found.test, ("statistic", "value", "note"), "test.csv"),
        ("Value of sub-scores", found.subscores, tuple(map(str, found.subscores)), "subscores.csv"),
        ("Items", found.items, CLASSICAL, "items.csv"),
        ("Parameters", found.items, tuple(parameters), "items.csv"),
        ("Times", found.items, TIMES, "items.csv"),
        ("Fit", found.fit, FIT, "fit.csv"),
        ("Options of the flagged items", _flagged_options(found), OPTIONS, "options.csv"),
        (
            "Pairs of items that go together beyond ability",
            found.dependence.head(PAIRS),
            DEPENDENCE,
            "dependence.csv",
        ),
        *(
            (f"Fairness by {name.removeprefix('g_')}", table, FAIRNESS, f"dif_{name.removeprefix('g_')}.csv")
            for name, table in found.dif.items()
        ),
        ("People whose answers surprise", _odd_people(found), PERSONS, "persons.csv"),
        (
            "Pairs of people suspected of copying",
            found.copying,
            tuple(map(str, found.copying)),
            "copying.csv",
        ),
    )
    for caption, table, columns, file in named:
        shown = _shown(table, columns)
        if len(shown) and len(shown.columns) > 1:
            yield Table(caption, shown, file)


def _shown(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the columns that say something: not those that are empty or 0 throughout."""
    told = [
        name
        for name in columns
        if name in table and not table[name].isin([0, ""]).where(table[name].notna(), True).all()
    ]
    shown = table[told]
    words = [name for name in ("flags",) if name in shown]
    return shown.assign(**{name: shown[name].str.replace(" ", ", ").str.replace("_", " ") for name in words})


def _flagged_options(found: Analysis) -> pd.DataFrame:
    if not len(found.options):
        return found.options
    about = ("suspected_wrong_key", "ambiguous_pair", "attractive_distractor", "never_chosen")
    items = dict.fromkeys(found.flags.loc[found.flags["flag"].isin(about), "item"])
    table = found.options[found.options["item"].isin(items)]
    order = table["item"].map({item: place for place, item in enumerate(items)})
    told = {"key": table["key"].map({True: "key", False: ""}), "option": table["option"].replace(RESERVED)}
    return table.assign(**told).iloc[order.argsort(kind="stable")]


def _odd_people(found: Analysis) -> pd.DataFrame:
    odd = found.persons[found.persons["flags"] != ""]
    return odd.sort_values("p", kind="stable").head(PEOPLE)
