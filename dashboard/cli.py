"""The command `itemwise`: every floor's commands under one name, and one way to say what went wrong."""

import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

import calibration.commands
import calibration.diagnostic_commands
import dashboard.commands
import engine.commands
import items.commands
from items.errors import BadInput

BAD_INPUT = 2
"""Exit code of a command that cannot use what it was given."""

app = typer.Typer(
    name="itemwise",
    help="Adaptive testing: calibrate items, deliver adaptive tests, look after the questions.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(
    items.commands.app,
    name="items",
    help="Check, import, export and list banks of items.",
    no_args_is_help=False,
)
for floor in (engine.commands, calibration.commands, calibration.diagnostic_commands, dashboard.commands):
    app.add_typer(floor.app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; what cannot be used ends it with one message and exit code 2."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        status = app(args=given, prog_name="itemwise", standalone_mode=False)
    except BadInput as error:
        _refuse(str(error))
    except TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "itemwise"
        _refuse(f"{error.format_message().rstrip('.')}; see `{command} --help`")
    else:
        sys.exit(status if isinstance(status, int) else 0)


def _refuse(message: str) -> None:
    print(f"itemwise: {message}", file=sys.stderr)
    sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
