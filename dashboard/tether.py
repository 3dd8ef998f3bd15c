"""Child processes that never outlive their parent, and of which one's end is the end of all.

A tethered child holds the reading end of a pipe: when its parent is gone, however it went, the pipe closes
and the child ends itself. `python -m dashboard.tether MODULE ARGUMENTS…` runs a module as such a child.
"""

import contextlib
import http.client
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence

from items.errors import BadInput

PATIENCE = 10.0
"""Seconds that a child may take to end before it is ended."""

Child = subprocess.Popen[bytes]


def start(command: Sequence[str], *, module: str = "dashboard.cli") -> Child:
    """Start an itemwise command as a tethered child; Ctrl-C in the terminal reaches only the parent."""
    call = [sys.executable, "-m", "dashboard.tether", module, *command]
    return subprocess.Popen(call, stdin=subprocess.PIPE, start_new_session=True)


def run_together(
    commands: Mapping[str, Sequence[str]], addresses: Sequence[str], when_ready: Callable[[], None]
) -> str:
    """Run commands side by side until one ends or somebody stops us; return the one that ended, or "".

    Parameters
    ----------
    commands : mapping
        Arguments of each itemwise command, by a name for messages.
    addresses : sequence of str
        What answers once the commands serve.
    when_ready : callable
        Called once all of them answer.
    """
    children: dict[str, Child] = {}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        children |= {name: start(command) for name, command in commands.items()}
        ended = _wait(children, until=lambda: all(map(_answers, addresses)))
        if not ended:
            when_ready()
            ended = _wait(children, until=lambda: False)
        return ended
    except KeyboardInterrupt:
        return ""
    finally:
        end(children.values())


def end(children: Iterable[Child]) -> None:
    """Ask the children to end and wait for it; whoever takes too long is ended."""
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def refuse_busy(port: int, option: str, *, host: str = "127.0.0.1") -> None:
    """Raise BadInput if something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError):
            raise BadInput(
                f"port {port} cannot be used: another program holds it, or it is not ours to take",
                where=option,
                right=f"choose another, for example {option} {port + 10 if port < 60000 else 8010}",
            ) from None


def _wait(children: Mapping[str, Child], *, until: Callable[[], bool]) -> str:
    """Return the name of the first child that ends, or "" as soon as `until` holds."""
    while not until():
        for name, child in children.items():
            if child.poll() is not None:
                return name
        time.sleep(0.2)
    return ""


def _answers(address: str) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException), urllib.request.urlopen(address, timeout=2):
        return True
    return False


def _follow_parent() -> None:
    """End this process when the pipe from its parent closes."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_follow_parent, daemon=True).start()
    sys.argv.pop(0)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
