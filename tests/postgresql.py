"""A throw-away PostgreSQL server, which can be stopped and started again."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.waiting import PATIENCE, free_port


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its `programs`, its `folder` and its `port` on this machine."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """URL of the database that is there from the beginning."""
        return f"postgresql://itemwise@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = f"-p {self.port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off"
        self.run("pg_ctl", "-o", settings, "-l", str(self.folder / "log"), "-t", str(int(PATIENCE)), "start")

    def stop(self) -> None:
        """Stop it at once: connections break."""
        self.run("pg_ctl", "-m", "immediate", "stop")

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of it on its data."""
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(_as_postgres(command), check=True, cwd=self.folder, **quiet)


@contextmanager
def server() -> Iterator[Server]:
    """Run a server with an empty database; say plainly that a test is skipped where there is none."""
    programs = _programs()
    if programs is None:
        message = "no PostgreSQL server is installed here"
        if os.environ.get("ITEMWISE_REFERENCE") == "required":
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="itemwise-postgresql-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    with free_port() as port:
        made = Server(programs, folder, port)
        made.run(
            "initdb", "--auth=trust", "--username=itemwise", "--encoding=UTF8", "--locale=C", "--no-sync"
        )
        made.start()
        try:
            yield made
        finally:
            made.stop()
            shutil.rmtree(folder)


def _as_postgres(command: list[str]) -> list[str]:
    """The server refuses to run as root: then it runs as its own user."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _programs() -> Path | None:
    """Return the folder of the newest PostgreSQL server on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    beside = shutil.which("initdb")
    return found[-1].parent if found else Path(beside).parent if beside else None
