"""The commands of the engine: `itemwise serve`."""

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
