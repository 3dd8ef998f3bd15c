"""Banks and parameter sets in the database: what was kept comes back, and nothing is overwritten."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError

from items.bank import ItemBank
from items.errors import BadInput
from items.item import Status
from items.parameters import Covariance, ParameterSet
from items.storage import banks, parameter_sets
from items.storage.bank_tables import bank_table
from items.storage.database import connect, migrate, transaction, workspace_url

AT, LATER = "2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"

BANK = """\
id: small
title: Small
media: figures
stimuli:
  - {id: passage, title: A passage, text: "Read this."}
items:
  - id: one
    status: operational
    skill: Shapes
    type: numeric
    stem: "How many corners has ![a square](figures/square.svg)?"
    stimulus: passage
    answer: 4
    explanation: Four.
  - id: two
    status: pilot
    skill: Shapes
    type: short_text
    stem: Name the shape.
    accepted: [square]
    explanation: A square.
"""


POSTGRESQL = os.environ.get("ITEMWISE_POSTGRESQL", "")
"""URL of an empty PostgreSQL database to run the same tests on."""


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRESQL else ["sqlite"])
def database(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    engine = connect(POSTGRESQL if request.param == "postgresql" else workspace_url(tmp_path))
    migrate(engine)
    yield engine
    if request.param == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def read(tmp_path: Path, source: str) -> ItemBank:
    (tmp_path / "figures").mkdir(exist_ok=True)
    (tmp_path / "figures" / "square.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    file = tmp_path / "bank.yaml"
    file.write_text(source)
    return ItemBank.read(file)


def test_a_bank_comes_back_as_it_was_kept(tmp_path: Path, database: Engine) -> None:
    bank = read(tmp_path, BANK)
    banks.save(database, bank, at=AT, by="Ada")
    assert banks.load(database, "small") == bank
    assert banks.bank_ids(database) == ("small",)


def test_saving_the_same_bank_again_changes_nothing(tmp_path: Path, database: Engine) -> None:
    bank = read(tmp_path, BANK)
    banks.save(database, bank, at=AT, by="Ada")
    assert banks.save(database, bank, at=LATER, by="Bob") == bank
    assert [row["at"] for row in banks.status_history(database, "small", "one")] == [AT]


def test_new_content_is_a_new_version_and_the_old_one_stays_readable(
    tmp_path: Path, database: Engine
) -> None:
    old = read(tmp_path, BANK)
    banks.save(database, old, at=AT, by="Ada")
    new = banks.save(database, read(tmp_path, BANK.replace("answer: 4", "answer: 5")), at=LATER, by="Bob")
    assert (new.item("one").version, new.entry("one").status) == (2, Status.PILOT)
    assert banks.load_item(database, "small", "one", version=1) == old.item("one")
    assert banks.load(database, "small") == new
    assert [(row["status"], row["by"]) for row in banks.status_history(database, "small", "one")] == [
        ("operational", "Ada"),
        ("pilot", "Bob"),
    ]


def test_another_explanation_is_a_revision_that_later_readers_see(tmp_path: Path, database: Engine) -> None:
    banks.save(database, read(tmp_path, BANK), at=AT, by="Ada")
    banks.save(database, read(tmp_path, BANK.replace("Four.", "It has four.")), at=LATER, by="Bob")
    item = banks.load_item(database, "small", "one", version=1)
    assert (item.version, item.revision, item.explanation) == (1, 2, "It has four.")


def test_an_item_left_out_is_retired_not_lost(tmp_path: Path, database: Engine) -> None:
    banks.save(database, read(tmp_path, BANK), at=AT, by="Ada")
    shorter = BANK[: BANK.index("  - id: two")]
    assert banks.save(database, read(tmp_path, shorter), at=LATER, by="Bob").entry("two").status == "retired"
    assert banks.load(database, "small").entry("two").status is Status.RETIRED


def test_media_are_kept_by_their_digest(tmp_path: Path, database: Engine) -> None:
    bank = banks.save(database, read(tmp_path, BANK), at=AT, by="Ada")
    sha = bank.item("one").attachments["figures/square.svg"]
    assert banks.load_media(database, sha) == bank.media["figures/square.svg"]
    with pytest.raises(BadInput, match="there is no attachment"):
        banks.load_media(database, "0" * 64)


def test_what_is_not_there_is_bad_input(database: Engine) -> None:
    with pytest.raises(BadInput, match="there is no bank 'small'"):
        banks.load(database, "small")
    with pytest.raises(BadInput, match="item 'one' has no version 3"):
        banks.load_item(database, "small", "one", version=3)
    with pytest.raises(BadInput, match="there is no parameter set 7"):
        parameter_sets.load(database, 7)


def parameters(slope: float) -> ParameterSet:
    table = pd.DataFrame(
        {
            "item": ["one", "two"],
            "version": [2, 1],
            "model": ["2pl", "gpcm"],
            "a": [slope, 1 / 3],
            "b": [0.1 + 0.2, np.nan],
            "b1": [np.nan, -1e-17],
            "content": ["x", None],
        }
    )
    return ParameterSet(
        table,
        population={"all": (0.25, 1.5)},
        covariances={("one", 1): Covariance(("a", "b"), ((0.1, 0.0), (0.0, 0.2)))},
        provenance={"model": "2pl", "simulated": True},
    )


def test_a_parameter_set_comes_back_to_the_last_digit(tmp_path: Path, database: Engine) -> None:
    banks.save(database, read(tmp_path, BANK), at=AT, by="Ada")
    kept = parameters(1.0 / 7)
    id = parameter_sets.append(database, "small", kept, at=AT, by="Ada", note="first")
    back = parameter_sets.load(database, id)
    pd.testing.assert_frame_equal(back.parameters.table, kept.table, rtol=0, atol=0, check_dtype=False)
    assert (back.bank, back.at, back.by, back.note) == ("small", AT, "Ada", "first")
    assert back.parameters.population == kept.population
    assert back.parameters.covariances == kept.covariances
    assert back.parameters.provenance == kept.provenance


def test_a_parameter_set_that_is_told_twice_is_kept_once(tmp_path: Path, database: Engine) -> None:
    banks.save(database, read(tmp_path, BANK), at=AT, by="Ada")
    told = {"at": AT, "by": "Ada", "note": "first"}
    first = parameter_sets.append(database, "small", parameters(1.0 / 7), **told)
    assert parameter_sets.append(database, "small", parameters(1.0 / 7), **told) == first
    others = [parameter_sets.append(database, "small", parameters(1.0 / 7), **{**told, "at": LATER})]
    others.append(parameter_sets.append(database, "small", parameters(2.0 / 7), **told))
    assert [one.id for one in parameter_sets.history(database, "small")] == [first, *others]


def test_a_set_is_used_only_after_a_person_promoted_it(tmp_path: Path, database: Engine) -> None:
    banks.save(database, read(tmp_path, BANK), at=AT, by="Ada")
    ids = [parameter_sets.append(database, "small", parameters(s), at=AT, by="cal") for s in (1.0, 2.0)]
    assert parameter_sets.in_use(database, "small") is None
    with pytest.raises(BadInput, match="nobody is named"):
        parameter_sets.promote(database, ids[1], at=LATER, by=" ", note="")
    parameter_sets.promote(database, ids[1], at=LATER, by="Ada", note="fits")
    parameter_sets.promote(database, ids[0], at=LATER, by="Bob", note="back again")
    used = parameter_sets.in_use(database, "small")
    assert used is not None
    assert used.id == ids[0]
    assert [(one.parameter_set, one.by) for one in parameter_sets.promotions(database, "small")] == [
        (ids[1], "Ada"),
        (ids[0], "Bob"),
    ]
    assert [one.id for one in parameter_sets.history(database, "small")] == ids


def test_a_transaction_keeps_all_or_nothing(database: Engine) -> None:
    row = {"id": "x", "title": "X", "domain": "X", "language": "en"}
    with pytest.raises(IntegrityError), transaction(database) as connection:
        connection.execute(bank_table.insert(), [row, row])
    with database.connect() as connection:
        assert connection.execute(select(bank_table)).all() == []


def test_sqlite_is_set_up_for_several_writers(tmp_path: Path) -> None:
    with connect(workspace_url(tmp_path)).connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA synchronous")) == 2


def test_migrating_twice_is_harmless(database: Engine) -> None:
    migrate(database)
    assert banks.bank_ids(database) == ()


def test_a_newer_database_is_refused(database: Engine) -> None:
    with transaction(database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        BadInput, match=r"made by a newer version of itemwise \(its tables: 9999; known here: \d+"
    ):
        migrate(database)


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://host/name", "oracle+x://host/name"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="sqlite:///FILE or postgresql"):
        connect(url)


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    engine = connect(workspace_url(tmp_path / "nowhere"))
    with pytest.raises(BadInput, match=r"nowhere.itemwise\.db: cannot be opened"):
        migrate(engine)
    engine.dispose()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "itemwise.db").write_text("a diary, longer than the header of a database " * 20)
    engine = connect(workspace_url(tmp_path))
    with pytest.raises(BadInput, match=r"itemwise\.db: cannot be opened"):
        migrate(engine)
    engine.dispose()
