"""The commands `dif` and `link`."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: itemwise dif log.csv --key key.csv --group g_gender --purify --out dif.csv")
def dif(
    log: Annotated[Path, typer.Argument(help="Response log with a column g_NAME.")],
    group: Annotated[str, typer.Option(help="Column g_NAME that says who belongs to which group.")],
    out: Annotated[Path, typer.Option(help="Table to write (CSV).")],
    focal: Annotated[str | None, typer.Option(help="Focal group; the smallest if left out.")] = None,
    method: Annotated[str, typer.Option(help="mh, logistic, lord, raju, lr or andersen.")] = "mh",
    purify: Annotated[bool, typer.Option("--purify", help="Leave items found out of the yardstick.")] = False,
    key: Annotated[Path | None, typer.Option(help="Key, CSV item,key.")] = None,
    params: Annotated[Path | None, typer.Option(help="Parameter file for matching on ability.")] = None,
    use_score: Annotated[bool, typer.Option("--use-score", help="Take the column score.")] = False,
) -> None:
    """Find items that are harder for one group than for equally able people of another."""
    from calibration.diagnostic_workflow import DifOrder, run_dif

    order = DifOrder(log, group, focal, method, purify, key, params, use_score)
    typer.echo(run_dif(order, out))


@app.command(epilog="Example: itemwise link new.csv old.csv --method stocking-lord --out linked.csv")
def link(
    new: Annotated[Path, typer.Argument(help="Parameter file of the new calibration.")],
    old: Annotated[Path, typer.Argument(help="Parameter file on the scale to keep.")],
    out: Annotated[Path, typer.Option(help="New parameters on the old scale (CSV).")],
    method: Annotated[
        str, typer.Option(help="mean-mean, mean-sigma, haebara or stocking-lord.")
    ] = "stocking-lord",
    purify: Annotated[bool, typer.Option("--purify", help="Leave out anchors that have drifted.")] = False,
    summary: Annotated[Path | None, typer.Option(help="Write A, B and the anchors as JSON.")] = None,
    drift: Annotated[
        Path | None, typer.Option(help="Write how far each common item has moved (CSV).")
    ] = None,
    equate: Annotated[
        Path | None, typer.Option(help="Write what each sum on the new form means on the old (CSV).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Put a new calibration on the scale of an old one through the items that both hold."""
    from calibration.diagnostic_workflow import LinkOrder, run_link

    typer.echo(run_link(LinkOrder(new, old, method, purify, summary, drift, equate), out, as_json=as_json))
