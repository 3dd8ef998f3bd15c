"""What goes wrong is said in words, and nothing is lost: uploads, calibrations, a database that is gone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

from dashboard import loading, work
from dashboard.access import LOCAL
from dashboard.launch import ENTRY
from dashboard.store import jobs, read_model
from dashboard.views.source import LARGEST, TOO_LARGE
from items.storage import parameter_sets
from tests.dashboard.browsing import rest, run, visit
from tests.dashboard.opening import open_page
from tests.waiting import PATIENCE

AT, BANK = "2026-11-24T09:00:00.000Z", "deep-learning"


def _upload(log, key=None):
    """Open Calibrate with an uploaded log, and a key."""

    page = open_page("calibrate")
    page.radio(key="source").set_value("A log that I upload").run()
    page.file_uploader(key="log").set_value(("log.csv", log.encode(), "text/csv"))
    if key:
        page.file_uploader(key="key").set_value(("key.csv", key.encode(), "text/csv"))
    return page.run()


def _rows(answers):
    people = [",".join(map(str, (f"p{n}", *one))) for n, one in enumerate(answers)]
    return "\n".join(people)


def test_a_log_with_other_items_is_named_as_such_and_can_still_be_calibrated(database):
    page = _upload("person,mine-1,mine-2\n" + _rows([(0, 1), (1, 1), (1, 0)] * 10))
    assert any("2 of 2 items are not in this bank (mine-1, mine-2). " in one.value for one in page.warning)
    assert next(metric.value for metric in page.metric if metric.label == "People") == "30"
    assert any(one.label == "Calibrate" for one in page.button)


def test_a_key_that_nobodys_answers_meet_is_said_in_the_preview(database):
    page = _upload("person,x,y\n" + _rows([("a", "b"), ("c", "b"), ("a", "d")] * 4), "item,key\nx,b\ny,b\n")
    told = "nobody gave what the key calls right for 1 of 2 items (x: b): a wrong or shifted key?"
    assert told in [one.value for one in page.warning]


def test_a_log_is_at_hand_for_another_calibration_as_long_as_it_is_there(database, tmp_path):
    """A job that has ended, in place of a calibration that would take its time."""
    log = tmp_path / "mine.csv"
    log.write_text("person,mine-1,mine-2\n" + _rows([(0, 1), (1, 1), (1, 0)] * 10), encoding="utf-8")
    request = {
        "bank": BANK,
        "log": str(log),
        "key": None,
        "use_score": False,
        "omit": "wrong",
        "model": "2pl",
    }
    jobs.ask(database, "calibrate", request, at=AT, by=LOCAL)
    page = open_page("calibrate")
    assert page.radio(key="source").value == "mine.csv, uploaded before"
    assert next(metric.value for metric in page.metric if metric.label == "People") == "30"
    log.unlink()
    page = open_page("calibrate")
    assert page.radio(key="source").value == page.radio(key="source").options[0] == "Sessions of this bank"


@pytest.mark.parametrize(
    ("log", "key", "told"),
    [
        ("person,x,y\n" + _rows([("a", "b")] * 3), "item,key\nx,a\n", "y"),
        ("person,x\n" + _rows([("a",)] * 3), None, "the answer is 'a'"),
        ("no log at all", None, "log.csv"),
        ("", None, "log.csv"),
    ],
)
def test_a_log_that_cannot_be_used_is_refused_in_words(log, key, told, database):
    page = _upload(log, key)
    assert not page.exception
    message = next(one.value for one in page.error)
    assert message.startswith("This log cannot be used")
    assert told in message
    assert "itemwise-uploads" not in message, "the server's own paths say nothing to anybody"
    assert not any(one.label == "Calibrate" for one in page.button)


def test_an_upload_of_two_gigabytes_is_refused_before_it_is_sent(database):
    page = _upload("person,x\np,1\n")
    limit = page.file_uploader(key="log").proto.max_upload_size_mb
    assert limit == LARGEST < 2048
    assert any(one.value == TOO_LARGE for one in page.caption)


def _calibrated(database, **wanted):
    """Calibrate the bank's sessions in this process and return the job."""
    request = {"bank": BANK, "model": "2pl", "model_of_more": "gpcm", **wanted}
    number = jobs.ask(database, "calibrate", request, at=AT, by="local administrator")
    work.perform(database, number)
    return jobs.load(database, number)


def test_a_calibration_that_does_not_converge_says_so_and_is_not_put_into_use(database, monkeypatch):
    monkeypatch.setattr(work, "_keep_analysis", lambda *told, **more: None)
    used = parameter_sets.in_use(database, BANK).id
    job = _calibrated(database, max_iterations=2)
    assert job.state == jobs.DONE
    assert not job.result["summary"]["converged"]
    page = open_page("calibrate")
    assert any(job.message in one.value and "is ready" in one.value for one in page.warning)
    assert parameter_sets.in_use(database, BANK).id == used


def test_a_calibration_that_fails_keeps_nothing_and_says_why(database):
    before = len(parameter_sets.history(database, BANK))
    job = _calibrated(database, group="g_nosuch")
    assert job.state == jobs.FAILED
    page = open_page("calibrate")
    assert any("The last calibration failed" in one.value and "g_nosuch" in one.value for one in page.error)
    assert len(parameter_sets.history(database, BANK)) == before


def test_an_uploaded_log_with_an_item_that_tells_nothing_is_calibrated_without_it(database, tmp_path):
    answers = np.random.default_rng(1).integers(0, 2, (200, 4))
    log = pd.DataFrame(answers, columns=[f"q{j}" for j in range(4)]).assign(q9=1)
    log.rename_axis("person").reset_index().to_csv(tmp_path / "log.csv", index=False)
    job = _calibrated(database, log=str(tmp_path / "log.csv"))
    assert job.state == jobs.DONE, job.message
    assert list(job.result["summary"]["not_calibrated"]) == ["q9"]
    page = open_page("calibrate")
    assert any("q9 was left out" in one.value for one in page.caption)


def test_the_settings_of_a_calibration_stay_what_they_were_for_the_same_answers(database, monkeypatch):
    monkeypatch.setattr(work, "_keep_analysis", lambda *told, **more: None)
    _calibrated(database, model="rasch", anchors=2, priors="none", max_iterations=3)
    page = open_page("calibrate")
    name = "sessions of this bank"
    asked = {one: page.selectbox(key=f"{one} of {name}").value for one in ("model", "anchors", "priors")}
    assert asked == {"model": "rasch", "anchors": 2, "priors": "none"}
    assert page.number_input(key=f"cycles of {name}").value == 3
    other = _upload("person,mine-1,mine-2\n" + _rows([(0, 1), (1, 1), (1, 0)] * 10))
    assert other.selectbox(key="model of uploaded log.csv").value == "2pl"


def test_a_lost_database_is_said_in_words_and_the_page_comes_back(workspace, monkeypatch):
    loading.forget()
    app = AppTest.from_file(str(ENTRY), default_timeout=PATIENCE)

    def gone(*told, **more):
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    with monkeypatch.context() as lost:
        lost.setattr(read_model, "behind", gone)
        app.run()
        assert not app.exception
        assert any("The database cannot be reached" in one.value for one in app.error)
    app.button(key="try again").click().run()
    assert not app.error
    assert app.title


@pytest.mark.browser
def test_a_log_of_two_gigabytes_is_not_sent_and_the_page_says_what_to_do(workspace, browser, tmp_path):
    log = tmp_path / "answers.csv"
    with log.open("wb") as file:
        file.write(b"person,item,response\n")
        file.truncate(2 << 30)
    command = ["dashboard.cli", "dashboard", "--workspace", str(workspace), "--port"]
    with run(command, tmp_path / "server.log") as (base, process):
        page = visit(browser, f"{base}/calibrate")
        page.get_by_text("A log that I upload").click()
        rest(page)
        before = _memory(process)
        page.locator("input[type=file]").first.set_input_files(log)
        page.get_by_text(f"File must be {LARGEST}.0MB or smaller").wait_for()
        assert page.get_by_text("A larger log is not sent: run itemwise calibrate").is_visible()
        rest(page)
        assert _memory(process) < before + 64
        small = tmp_path / "small.csv"
        small.write_text("person,mine-1,mine-2\n" + _rows([(0, 1), (1, 1), (1, 0)] * 10))
        page.locator("input[type=file]").first.set_input_files(small)
        page.get_by_text("What was understood, item by item").wait_for()
        assert page.errors == []
        page.close()


def _memory(process):
    """Return the megabytes that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def _parameter_file(*files):
    page = open_page("calibrate", state={"side": "A parameter file"})
    page.file_uploader(key="parameter file").set_value([(*one, "text/csv") for one in files])
    return page.run()


def test_what_the_command_line_calibrated_becomes_a_proposed_set(database, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    used = parameter_sets.in_use(database, BANK)
    used.parameters.write(Path("params.csv"))
    files = [(name, Path(name).read_bytes()) for name in ("params.csv", "params.meta.json")]
    page = _parameter_file(*files)
    assert not page.error
    page.text_input(key="parameter file note").set_value("ten million answers").run()
    next(one for one in page.button if one.label == "Keep it as a proposed set").click().run()
    assert not page.exception
    made = parameter_sets.history(database, BANK)[-1]
    assert "from a file: ten million answers" in made.note
    pd.testing.assert_frame_equal(made.parameters.table, used.parameters.table, check_dtype=False)
    assert made.parameters.population == used.parameters.population
    assert made.parameters.covariances == used.parameters.covariances
    assert parameter_sets.in_use(database, BANK).id == used.id


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([("a.csv", b"item,model,a,b\nx,2pl,1,0\n"), ("b.csv", b"item\n")], "These are 2 CSV files"),
        ([("a.csv", b"item,model,a,b\nx,9pl,1,0\n")], "params.csv"),
        ([("a.csv", b"just words")], "params.csv"),
    ],
)
def test_a_parameter_file_that_cannot_be_used_is_refused_in_words(files, told, database):
    before = len(parameter_sets.history(database, BANK))
    page = _parameter_file(*files)
    assert not page.exception
    assert told in page.error[0].value
    assert "itemwise-uploads" not in page.error[0].value
    assert len(parameter_sets.history(database, BANK)) == before
