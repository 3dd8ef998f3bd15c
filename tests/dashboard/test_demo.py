"""The demonstration: what it makes, and that its servers start and end together."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from dashboard import demo
from engine.delivery.queries import ratings, response_log, sessions
from items.errors import BadInput
from items.storage import parameter_sets
from items.storage.database import open_database
from tests.waiting import PATIENCE, free_port


def test_the_workspace_holds_simulated_sessions_and_a_proposed_set(rehearsed):
    with open_database(rehearsed) as database:
        log, met = response_log(database), sessions(database)
        assert len(met) == 300
        assert met["simulated"].all()
        assert log["simulated"].all()
        assert {"idk", "omit"} <= set(log["response"])
        assert len(ratings(database))
        stated, proposed = parameter_sets.history(database, "deep-learning")
        assert parameter_sets.in_use(database, "deep-learning").id == stated.id
        assert "simulated" in proposed.note
        assert proposed.parameters.table["a"].notna().all()


def test_a_second_start_reuses_the_workspace(rehearsed):
    before = (rehearsed / "itemwise.db").stat().st_mtime_ns
    assert not demo.prepare(rehearsed, candidates=300, progress=lambda *told: None)
    assert (rehearsed / "itemwise.db").stat().st_mtime_ns == before


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(BadInput, match="something else"):
        demo.prepare(tmp_path, candidates=300, progress=lambda *told: None)
    assert [file.name for file in tmp_path.iterdir()] == ["diary.txt"]


def test_an_interrupted_start_leaves_no_workspace(tmp_path):
    def interrupt(task, done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.prepare(tmp_path / "new", candidates=300, progress=interrupt)
    assert not (tmp_path / "new").exists()
    assert demo.prepare(tmp_path / "new", candidates=20, progress=lambda *told: None)


def _start(workspace, *ports):
    command = ["demo", "--workspace", workspace, "--port", ports[0], "--dashboard-port", ports[1]]
    started = subprocess.Popen(
        [sys.executable, "-m", "dashboard.cli", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    told = ""
    while "Staff find" not in told:
        line = started.stdout.readline()
        assert line, f"ended before it was ready: {told}"
        told += line
    return started


def _children(parent):
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _all_end(pids):
    deadline = time.monotonic() + PATIENCE
    while any(map(_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not any(map(_alive, pids))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("end", ["ctrl-c", "parent killed", "child killed"])
def test_all_servers_end_together_and_leave_no_process(workspace, end):
    with free_port() as pages, free_port() as staff:
        started = _start(workspace, pages, staff)
        children = _children(started.pid)
        assert len(children) == 2
        for port, path in ((pages, "/"), (staff, "/_stcore/health")):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
                assert answer.status == 200
        if end == "child killed":
            os.kill(children[0], signal.SIGKILL)
        else:
            started.send_signal(signal.SIGINT if end == "ctrl-c" else signal.SIGKILL)
        assert _all_end([started.pid, *children]), "a process was left behind"
    told = started.communicate(timeout=PATIENCE)[0]
    assert started.returncode == {"ctrl-c": 0, "parent killed": -9, "child killed": 1}[end]
    assert "Traceback" not in told
    assert ("candidate's pages ended" in told) == (end == "child killed")
