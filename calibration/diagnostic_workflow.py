"""What the commands `dif` and `link` do: read, compute, write whole files, say what was done."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from calibration.dif import DifAnalysis, compare_groups, find_groups
from calibration.linking import Link
from calibration.linking import link as link_scales
from calibration.responses import ResponseMatrix
from calibration.scoring import known_levels
from items.parameters import ParameterSet, write_whole


@dataclass(frozen=True, slots=True)
class DifOrder:
    """What the user asked `dif` for; the fields carry the names of the options."""

    log: Path
    group: str
    focal: str | None
    method: str
    purify: bool
    key: Path | None
    params: Path | None
    use_score: bool


def run_dif(order: DifOrder, out: Path) -> str:
    """Compare the groups, write the table, and return what to tell the user."""
    parameters = None if order.params is None else ParameterSet.read(order.params)
    levels = None if parameters is None or order.key is not None else known_levels(parameters)
    responses = ResponseMatrix.read(order.log, key=order.key, use_score=order.use_score, levels=levels)
    groups = find_groups(responses, order.group, focal=order.focal)
    found = compare_groups(
        responses, groups, method=order.method, purified=order.purify, parameters=parameters
    )
    write_whole(out, found.table.to_csv(index=False, float_format="%.10g"))
    return "\n".join((*responses.messages, *_describe(found), f"written: {out}"))


def _describe(found: DifAnalysis) -> tuple[str, ...]:
    """Return who was compared, how, and what was found, a sentence each."""
    sizes = found.groups.sizes
    members = [f"{label} ({n})" for label, n in zip(found.groups.labels, sizes, strict=True)]
    compared = f"{found.groups.name}: reference {members[0]}, focal {', '.join(members[1:])}"
    matched = f"; matched on {found.matched_on}" if found.matched_on else ""
    flagged = found.table.loc[found.table["p"] < 0.05, "item"] if "p" in found.table else pd.Series(dtype=str)
    named = ", ".join(flagged.astype(str)) or "none"
    settled = "" if found.converged else "; purification did not settle"
    whole = found.table["lr"].first_valid_index() if "lr" in found.table else None
    if whole is not None:
        row = found.table.loc[whole]
        compared += (
            f"\nAndersen's test of all items: {row['lr']:.3f}, df {row['lr_df']:.0f}, p {row['lr_p']:.3g}"
        )
    rounds = f" after {found.rounds} rounds of purification" if found.rounds else ""
    return (
        f"{compared}{matched}",
        f"{len(flagged)} of {len(found.table)} items differ at 5 %{rounds}{settled}: {named}",
    )


def run_link(
    new: Path, old: Path, out: Path, *, method: str, purify: bool, summary: Path | None, as_json: bool = False
) -> str:
    """Link the scales, write the linked parameters and the summary, and return what to tell the user."""
    found = link_scales(ParameterSet.read(new), ParameterSet.read(old), method=method, purify=purify)
    report = found.summary() | {"anchor_table": _anchor_records(found)}
    text = json.dumps(report, indent=1) + "\n"
    found.parameters.write(out)
    if summary is not None:
        write_whole(summary, text)
    return text.rstrip() if as_json else f"{_sentences(found)}\nwritten: {out}"


def _anchor_records(found: Link) -> list[dict[str, object]]:
    """Return the anchors with plain numbers, None where there is none."""
    table = found.anchors.astype(object).where(found.anchors.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _sentences(found: Link) -> str:
    line = found.transformation
    errors = "" if found.se_A is None else f" (standard errors {found.se_A:.4f} and {found.se_B:.4f})"
    drifted = found.anchors.loc[found.anchors["class"] == "C", "item"]
    named = f"\ndrifted anchors (class C): {', '.join(map(str, drifted))}" if len(drifted) else ""
    return (
        f"A = {line.A:.6f}\nB = {line.B:.6f}\nθ_old = A θ_new + B{errors}, by {found.method} "
        f"through {int(found.anchors['used'].sum())} of {len(found.anchors)} common items{named}"
    )
