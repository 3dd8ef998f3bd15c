"""The commands about banks of items: `itemwise items check|import|export|list`."""

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Paths = Annotated[list[Path], typer.Argument(metavar="PATH…", help="Bank files.")]
Format = Annotated[str | None, typer.Option(help="yaml or csv; without it the file's ending tells.")]
Workspace = Annotated[Path, typer.Option(help="Folder of the workspace.")]
Database = Annotated[str | None, typer.Option(help="URL of a database, instead of a workspace.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]

HERE = Path("itemwise-workspace")


@app.command()
def check(paths: Paths, format: Format = None, as_json: Json = False) -> None:
    """Read banks and say what is wrong with them, by file, line and item.

    Example: itemwise items check bank.yaml
    """
    from items.exchange import read_bank
    from items.listing import summary

    found = [summary(read_bank(path, format)) for path in paths]
    sentences = [f"{one['bank']}: {one['items']} items, nothing wrong" for one in found]
    typer.echo(json.dumps(found, indent=1) if as_json else "\n".join(sentences))


@app.command("import")
def import_(
    paths: Paths,
    format: Annotated[str | None, typer.Option(help="yaml, csv or testdesign.")] = None,
    workspace: Workspace = HERE,
    database: Database = None,
    out: Annotated[Path | None, typer.Option(help="Folder for what testdesign becomes.")] = None,
    by: Annotated[str, typer.Option(help="Who imports.")] = "command line",
    as_json: Json = False,
) -> None:
    """Keep banks in a workspace; an item whose content changed becomes a new version.

    With --format testdesign, NAME_items.csv and the tables beside it become a parameter file with attributes,
    and constraint tables, in the folder --out.

    Example: itemwise items import bank.yaml --workspace itemwise-workspace
    """
    from items.importing import import_banks, import_testdesign, now
    from items.storage.database import open_database

    if format == "testdesign":
        typer.echo(import_testdesign(paths, out))
        return
    with open_database(workspace, database, create=True) as kept:
        told = import_banks(kept, paths, format=format, at=now(), by=by)
    typer.echo(json.dumps(told, indent=1) if as_json else "\n".join(map(_sentence, told)))


@app.command()
def export(
    path: Annotated[Path | None, typer.Argument(metavar="[PATH]", help="A bank file to convert.")] = None,
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("bank.yaml"),
    bank: Annotated[str, typer.Option(help="Id of a bank in the workspace.")] = "",
    format: Format = None,
    workspace: Workspace = HERE,
    database: Database = None,
) -> None:
    """Write a bank of a workspace, or of a file, to a file with its media beside it.

    Example: itemwise items export --bank deep-learning --out deep-learning.csv
    """
    from items.exchange import read_bank, write_bank
    from items.importing import stored_bank

    told = read_bank(path) if path else stored_bank(bank, workspace=workspace, url=database)
    write_bank(told, out, format)
    typer.echo(f"{told.id}: {len(told)} items written to {out}")


@app.command("list")
def list_(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH…]", help="Bank files.")] = None,
    format: Annotated[str | None, typer.Option(help="csv; without it, text in columns.")] = None,
    workspace: Workspace = HERE,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List the items of banks, one a line: those of the files, or of the workspace.

    Example: itemwise items list bank.yaml --format csv
    """
    from items.importing import banks_of
    from items.listing import listing, shown

    rows = listing(banks_of(paths or [], workspace=workspace, url=database))
    typer.echo(shown(rows, "json" if as_json else format), nl=False)


def _sentence(told: dict[str, object]) -> str:
    return (
        f"{told['bank']}: {told['items']} items kept, {told['new']} of them new, "
        f"{told['new_versions']} new versions, {told['new_revisions']} new revisions"
    )
