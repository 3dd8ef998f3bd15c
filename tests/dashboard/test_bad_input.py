"""What goes wrong is said in words, and nothing is lost: uploads, calibrations, a database that is gone."""

import pytest
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

from dashboard import loading, work
from dashboard.launch import ENTRY
from dashboard.store import jobs, read_model
from dashboard.views.source import LARGEST
from items.storage import parameter_sets
from items.storage.database import connect

AT, BANK = "2026-11-24T09:00:00.000Z", "deep-learning"


@pytest.fixture
def database(workspace):
    loading.forget()
    opened = connect(f"sqlite:///{workspace / 'itemwise.db'}")
    yield opened
    opened.dispose()


def _upload(log, key=None):
    """Open Calibrate with an uploaded log, and a key."""

    def script():
        from dashboard.views import calibrate_view

        calibrate_view.show()

    page = AppTest.from_function(script, default_timeout=60).run()
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
    assert any("2 of 2 items are not in this bank: mine-1, mine-2" in one.value for one in page.warning)
    assert next(metric.value for metric in page.metric if metric.label == "People") == "30"
    assert any(one.label == "Calibrate" for one in page.button)


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
    assert "itemwise calibrate" in page.file_uploader(key="log").help


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
    page = AppTest.from_function(_calibrate, default_timeout=60).run()
    assert any(job.message in one.value and "is ready" in one.value for one in page.warning)
    assert parameter_sets.in_use(database, BANK).id == used


def _calibrate():
    from dashboard.views import calibrate_view

    calibrate_view.show()


def test_a_calibration_that_fails_keeps_nothing_and_says_why(database):
    before = len(parameter_sets.history(database, BANK))
    job = _calibrated(database, group="g_nosuch")
    assert job.state == jobs.FAILED
    page = AppTest.from_function(_calibrate, default_timeout=60).run()
    assert any("The last calibration failed" in one.value and "g_nosuch" in one.value for one in page.error)
    assert len(parameter_sets.history(database, BANK)) == before


def test_a_lost_database_is_said_in_words_and_the_page_comes_back(workspace, monkeypatch):
    loading.forget()
    app = AppTest.from_file(str(ENTRY), default_timeout=60)

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
