"""Other processes that tests wait for: how long, at which port, until when."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 120.0
"""Seconds that anything may take on a machine busy with everything at once."""


@contextmanager
def free_port() -> Iterator[int]:
    """Yield a port of this machine that nobody else is given meanwhile.

    A socket holds it without listening. Linux lets a server listen there all the same, since both say
    SO_REUSEADDR; elsewhere the port is let go.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        if sys.platform != "linux":
            held.close()
        yield port


def until_it_answers(address: str, server: subprocess.Popen) -> None:
    """Wait until a server answers at an address; TimeoutError if it ended or nobody would wait any longer."""
    began = time.monotonic()
    while server.poll() is None and time.monotonic() - began < PATIENCE:
        try:
            with urllib.request.urlopen(address, timeout=PATIENCE):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{address} does not answer; its server ended with {server.poll()}")
