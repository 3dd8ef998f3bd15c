"""The server as a process of its own: refusals, several workers, and an end without warning."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from engine.delivery.queries import response_log
from engine.delivery.security import session_id
from engine.delivery.store import read
from items.storage.database import connect, migrate, workspace_url
from tests.delivery.published import RIGHT, forms, publish_sampler
from tests.waiting import PATIENCE, free_port, until_it_answers

COMMAND = (sys.executable, "-c", "from dashboard.cli import main; main()", "serve")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    engine = connect(workspace_url(tmp_path))
    migrate(engine)
    publish_sampler(engine)
    engine.dispose()
    return tmp_path


@contextmanager
def serving(workspace: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with free_port() as port:
        command = [*COMMAND, "--workspace", str(workspace), "--port", str(port), *options]
        server = subprocess.Popen(command, cwd=workspace, start_new_session=True)
        try:
            root = f"http://127.0.0.1:{port}"
            until_it_answers(f"{root}/readyz", server)
            yield root, server
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def get(address: str) -> tuple[str, str]:
    with urllib.request.urlopen(address, timeout=PATIENCE) as response:
        return response.url, response.read().decode()


def post(root: str, action: str, fields: dict[str, list[str]]) -> tuple[str, str]:
    body = urlencode(fields, doseq=True).encode()
    with urllib.request.urlopen(urllib.request.Request(root + action, body), timeout=PATIENCE) as response:
        return response.url, response.read().decode()


def start(root: str) -> tuple[str, str]:
    [(action, fields)] = forms(get(f"{root}/assessments/sampler")[1])
    return post(root, action, fields)


def given(page: str) -> list[str]:
    """Return the right answer to the question on a page, told by a word that only its stem holds."""
    words = {"nn.": "code", "determinant": "matrix", "framework": "count", "at random": "word"}
    words |= {"kennel": "figure", "more layers": "truth", "hospital": "essay"}
    item = next(item for word, item in words.items() if word in re.sub(r"<[^>]+>", "", page))
    answer = RIGHT[item]
    return [answer] if isinstance(answer, str) else answer


def test_a_test_is_taken_over_several_processes(workspace: Path):
    with serving(workspace, "--workers", "2") as (root, server):
        address, page = start(root)
        while "/result" not in address:
            action, fields = forms(page)[0]
            address, page = post(root, action, fields | {"answer": given(page)})
        assert "Your result" in page
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0


def test_an_end_without_warning_loses_nothing_that_was_answered(workspace: Path):
    """Kill the server as soon as an answer has been acknowledged, and go on where the test was."""
    address = ""
    for position in range(1, 4):
        with serving(workspace) as (root, server):
            page = get(root + address)[1] if address else start(root)[1]
            assert f"Question {position} of at most 7" in page
            action, fields = forms(page)[0]
            address = action.removesuffix("/answers")
            post(root, action, fields | {"answer": given(page)})
            server.kill()
    engine = connect(workspace_url(workspace))
    assert len(response_log(engine)) == 3
    engine.dispose()


def test_an_end_in_the_middle_of_an_answer_leaves_it_whole_or_absent(workspace: Path):
    """Kill the server while answers are on their way: what is recorded of each is all of it or nothing."""
    address = ""
    for delay in (0.0, 0.003, 0.01):
        with serving(workspace) as (root, server):
            page = get(root + address)[1] if address else start(root)[1]
            if "Question" not in page:
                break
            action, fields = forms(page)[0]
            address = action.removesuffix("/answers")
            body = urlencode(fields | {"answer": given(page)}, doseq=True).encode()
            host, port = root.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port))) as wire:
                head = f"POST {action} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
                wire.sendall(head.encode() + body)
                time.sleep(delay)
                server.kill()
    engine = connect(workspace_url(workspace))
    kinds = [event.kind for event in read(engine, session_id(address.rpartition("/")[2]))]
    engine.dispose()
    assert kinds[:2] == ["started", "asked"]
    rest = kinds[2:]
    assert rest == ["answered", "scored", "asked"] * (len(rest) // 3)


def refused(*arguments: str) -> str:
    """Return what a refused command says: one line on standard error, exit code 2."""
    ended = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def test_what_cannot_be_served_is_refused_in_one_line(workspace: Path):
    assert "nowhere" in refused("--workspace", str(workspace / "nowhere"))
    assert "mysql" in refused("--workspace", str(workspace), "--database", "mysql://x")
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        assert f"port {port} cannot be used" in refused("--workspace", str(workspace), "--port", port)


def test_addresses_with_tokens_are_not_logged(workspace: Path, capfd: pytest.CaptureFixture[str]):
    with serving(workspace) as (root, _):
        address, _ = start(root)
        with pytest.raises(urllib.error.HTTPError):
            get(f"{root}/nowhere")
    written = "".join(capfd.readouterr())
    assert address.rpartition("/")[2] not in written
