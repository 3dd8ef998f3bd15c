"""What the commands `dif` and `link` do: read, compute, write whole files, say what was done."""

import json
from dataclasses import dataclass
from pathlib import Path

from calibration.abilities import overall
from calibration.dif import DifAnalysis, compare_groups, find_groups
from calibration.linking import Link
from calibration.linking import link as link_scales
from calibration.linking.equating import equate
from calibration.responses import ResponseMatrix
from calibration.scoring import known_levels
from engine.pool import ItemPool
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
    flagged = found.table.loc[found.table["p"] < 0.05, "item"]
    named = ", ".join(flagged.astype(str)) or "none"
    settled = "" if found.converged else "; purification did not settle"
    whole = found.table["lr"].first_valid_index() if "lr" in found.table else None
    if whole is not None:
        row = found.table.loc[whole]
        compared += (
            f"\nAndersen's test of all items: {row['lr']:.3f}, df {row['lr_df']:.0f}, p {row['lr_p']:.3g}"
        )
    rounds = f" after {found.rounds} rounds of purification" if found.rounds else ""
    if not found.table["p"].notna().any():
        return f"{compared}{matched}", f"no item can be compared: {found.table['note'].iloc[0]}"
    return (
        f"{compared}{matched}",
        f"{len(flagged)} of {len(found.table)} items differ at 5 %{rounds}{settled}: {named}",
    )


@dataclass(frozen=True, slots=True)
class LinkOrder:
    """What the user asked `link` for; the fields carry the names of the options."""

    new: Path
    old: Path
    method: str
    purify: bool
    summary: Path | None = None
    drift: Path | None = None
    equate: Path | None = None


def run_link(order: LinkOrder, out: Path, *, as_json: bool = False) -> str:
    """Link the scales, write the linked parameters and what else was asked for, and return what to tell."""
    old = ParameterSet.read(order.old)
    found = link_scales(ParameterSet.read(order.new), old, method=order.method, purify=order.purify)
    report = found.summary() | {"anchor_table": _anchor_records(found)}
    text = json.dumps(report, indent=1) + "\n"
    tables = (
        (order.summary, text),
        (order.drift, found.anchors.to_csv(index=False, float_format="%.6g")),
        (order.equate, "" if order.equate is None else _equivalents(found, old)),
    )
    found.parameters.write(out)
    for path, content in tables:
        if path is not None:
            write_whole(path, content)
    return text.rstrip() if as_json else f"{_sentences(found)}\nwritten: {out}"


def _equivalents(found: Link, old: ParameterSet) -> str:
    """Return the table of what each sum on the new form means on the old one, for the old population."""
    forms = (ItemPool.from_parameters(parameters) for parameters in (found.parameters, old))
    mean, sd = overall(old.population)
    return str(equate(*forms, mean=mean, sd=sd).to_csv(index=False, float_format="%.6g"))


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
