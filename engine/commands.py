"""The commands of the engine: `itemwise serve`, `itemwise invite` and `itemwise rules`."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Workspace = Annotated[Path, typer.Option(help="Folder of the workspace.")]
Database = Annotated[str | None, typer.Option(help="URL of a database, instead of the workspace's own.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port of the candidate's pages.")]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Number of processes.")]


@app.command()
def serve(
    workspace: Workspace = Path("itemwise-workspace"),
    database: Database = None,
    port: Port = 8000,
    workers: Workers = 1,
) -> None:
    """Serve the candidate's pages on this machine until stopped with Ctrl-C.

    Example: itemwise serve --workspace itemwise-workspace --port 8000
    """
    from engine.delivery.server import serve as run

    run(workspace, database, port=port, workers=workers)


@app.command()
def invite(
    assessment: Annotated[str, typer.Argument(help="Address of an assessment on offer.")],
    people: Annotated[Path, typer.Argument(help="CSV person, and the covariates that its rules ask for.")],
    out: Annotated[Path, typer.Option(help="File for each person's own address, CSV person,address.")],
    root: Annotated[
        str, typer.Option(help="Where the candidate's pages are served.")
    ] = "http://127.0.0.1:8000",
    workspace: Workspace = Path("itemwise-workspace"),
    database: Database = None,
    by: Annotated[str, typer.Option(help="Who invites.")] = "command line",
) -> None:
    """Give each person an address of their own for a test, whose first questions go by what is known of them.

    What is known ([start.prior] of the rules) is kept with the invitation; who it is stays in your file.

    Example: itemwise invite deep-learning people.csv --out addresses.csv --root https://tests.example.org
    """
    from engine.delivery.inviting import invite_people
    from engine.delivery.security import new_token
    from items.importing import now
    from items.storage.database import open_database

    with open_database(workspace, database) as kept:
        told = invite_people(kept, assessment, people, out, root=root, new_token=new_token, at=now(), by=by)
    typer.echo(told)


@app.command()
def rules(
    name: Annotated[str | None, typer.Argument(help="A rule, or a ready rules file of the gallery.")] = None,
    example: Annotated[bool, typer.Option("--example", help="Write a commented rules file.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """List all rules of adaptive tests with their settings, or show one of them.

    Example: itemwise rules randomesque; itemwise rules --example > rules.toml
    """
    from engine.catalogue import as_json, as_text, gallery

    if example or name in gallery():
        typer.echo(gallery()[name or "example"], nl=False)
    else:
        typer.echo(as_json(name) if json else as_text(name))
