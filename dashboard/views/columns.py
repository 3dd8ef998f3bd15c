"""Columns of tables that several pages show: plain words first, symbols and sources on demand."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

FIT: dict[str, Any] = {
    "item": st.column_config.TextColumn("Item", pinned=True),
    "n": st.column_config.NumberColumn("Answers", format="localized"),
    "infit": st.column_config.NumberColumn(
        "Infit", format="%.2f", help="Mean square weighted by information: 1 is as expected, 0.7 to 1.3 usual"
    ),
    "infit_t": st.column_config.NumberColumn(
        "Infit, t", format="%.1f", help="How far infit lies from 1, as a standard normal deviate"
    ),
    "outfit": st.column_config.NumberColumn(
        "Outfit", format="%.2f", help="Mean square not weighted: 1 is as expected; slips and luck raise it"
    ),
    "outfit_t": st.column_config.NumberColumn(
        "Outfit, t", format="%.1f", help="How far outfit lies from 1, as a standard normal deviate"
    ),
    "rmsd": st.column_config.NumberColumn(
        "Off the curve", format="%.3f", help="RMSD: how far the observed curve lies from the model's"
    ),
    "s_x2": st.column_config.NumberColumn(
        "Misfit by score",
        format="%.1f",
        help="S-X² (Orlando & Thissen 2000): people of like score against the model",
    ),
    "df": st.column_config.NumberColumn("df", format="%.0f", help="Degrees of freedom of S-X²"),
    "p": st.column_config.NumberColumn("p", format="%.3g", help="Probability of S-X² where the model holds"),
    "p_adjusted": st.column_config.NumberColumn(
        "p, adjusted", format="%.3g", help="The same among all items (Benjamini & Hochberg 1995)"
    ),
    "rmsea": st.column_config.NumberColumn("RMSEA", format="%.3f", help="Size of the misfit by score"),
    "chi2_simulated": st.column_config.NumberColumn(
        "Misfit by ability",
        format="%.1f",
        help="χ²*: people of like ability against the model, judged by simulated answers; for any log",
    ),
    "df_simulated": st.column_config.NumberColumn(
        "df by ability", format="%.1f", help="Degrees of freedom of χ²*, found by simulation"
    ),
    "p_simulated": st.column_config.NumberColumn(
        "p by ability", format="%.3g", help="Probability of χ²* where the model holds"
    ),
    "p_simulated_adjusted": st.column_config.NumberColumn(
        "p by ability, adjusted", format="%.3g", help="The same among all items (Benjamini & Hochberg 1995)"
    ),
    "note": "Note",
}

DRIFT: dict[str, Any] = {
    "item": st.column_config.TextColumn("Item", pinned=True),
    "version": "Version",
    "displacement": st.column_config.NumberColumn(
        "Moved", format="%.2f", help="Difficulty, new − old (logits); above 0: harder now"
    ),
    "se": st.column_config.NumberColumn(
        "± moved", format="%.2f", help="Standard error, as far as it is known"
    ),
    "robust_z": st.column_config.NumberColumn(
        "Among the others", format="%.1f", help="Robust z: against the median and quartiles of all items"
    ),
    "ratio_a": st.column_config.NumberColumn(
        "Discrimination, new / old", format="%.2f", help="Ratio of the slopes a; below 0: it turned round"
    ),
    "area": st.column_config.NumberColumn(
        "Between the curves",
        format="%.2f",
        help="Mean distance of the two curves, in shares of the full score",
    ),
    "class": st.column_config.TextColumn("Class", help="A stayed, B between, C moved too far to link with"),
    "used": st.column_config.CheckboxColumn("Links", help="Used to put one scale on the other"),
}

OPTIONS: dict[str, Any] = {
    "option": st.column_config.TextColumn("Answer", pinned=True, width=140),
    "key": "Key",
    "answered": st.column_config.CheckboxColumn("Is an answer", help="Not a blank or “I don't know yet”"),
    "offered": st.column_config.CheckboxColumn("Offered", help="Candidates could choose it; not typed"),
    "n": st.column_config.NumberColumn("Given by", format="localized", help="People"),
    "share": st.column_config.NumberColumn("Share", format="percent", help="Of those who met the item"),
    "mean_theta": st.column_config.NumberColumn(
        "Mean ability θ", format="%.2f", help="Of those who gave it, by the other items (logits)"
    ),
    "rpb": st.column_config.NumberColumn(
        "With the rest", format="%.2f", help="Point-biserial: giving it with standing on the rest of the test"
    ),
    "share_top": st.column_config.NumberColumn(
        "Best third", format="percent", help="Share among the third that stands highest on the rest"
    ),
    "share_bottom": st.column_config.NumberColumn(
        "Lowest third", format="percent", help="Share among the third that stands lowest on the rest"
    ),
    "slope": st.column_config.NumberColumn(
        "Slope", format="%.2f", help="Of the nominal model (Bock 1972): higher is chosen by abler people"
    ),
    "lead": st.column_config.NumberColumn(
        "Lead", format="%.1f", help="How much abler its choosers are than the key's, in standard errors"
    ),
}

DIF: dict[str, Any] = {
    "item": st.column_config.TextColumn("Item", pinned=True),
    "ets_class": st.column_config.TextColumn("ETS", help="A negligible, B moderate, C large (Zwick 2012)"),
    "class": st.column_config.TextColumn(
        "Class", help="Jodoin & Gierl (2001): B from ΔR² 0.035, C from 0.070"
    ),
    "focal": "Group",
    "delta_mh": st.column_config.NumberColumn(
        "Δ", format="%.2f", help="Delta points; below 0 = harder for the focal group"
    ),
    "se_delta": st.column_config.NumberColumn("± Δ", format="%.2f"),
    "effect": st.column_config.NumberColumn(
        "Effect",
        format="%.3f",
        help="Gain in R² (logistic), else logits; above 0 = harder for the focal group",
    ),
    "effect_low": st.column_config.NumberColumn("ΔR² from", format="%.3f", help="95 % interval of the gain"),
    "effect_high": st.column_config.NumberColumn("To", format="%.3f"),
    "se_effect": st.column_config.NumberColumn("± effect", format="%.3f"),
    "shift": st.column_config.NumberColumn(
        "γ", format="%.2f", help="Uniform difference (logits); below 0 = harder for the focal group"
    ),
    "se_shift": st.column_config.NumberColumn("± γ", format="%.2f"),
    "kind": st.column_config.TextColumn("Kind", help="Non-uniform: who has it harder changes with ability"),
    "p_adjusted": st.column_config.NumberColumn("p", format="%.2g", help="False discoveries held"),
    "std_p_dif": st.column_config.NumberColumn(
        "Std. difference", format="%.3f", help="Of mean scores, focal − reference, in points"
    ),
    "alpha_mh": st.column_config.NumberColumn(
        "Odds ratio", format="%.2f", help="Above 1 = harder for the focal group"
    ),
    "chi2": st.column_config.NumberColumn("χ²", format="%.1f"),
    "statistic": st.column_config.NumberColumn("Statistic", format="%.1f"),
    "df": st.column_config.NumberColumn("df", format="%d"),
    "n": st.column_config.NumberColumn("Answers", format="localized"),
    "n_focal": st.column_config.NumberColumn("Of the focal group", format="localized"),
    "note": "Note",
}


def filled(rows: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return the columns that a page shows, in its order, without those in which nothing stands."""
    told = rows.reindex(columns=list(columns)).dropna(axis=1, how="all")
    return told.loc[:, [name for name in told if not (told[name] == "").all()]]
