"""`itemwise items …`: what each command prints and writes, and that nothing is half done."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from items.bank import ItemBank
from items.commands import app
from items.errors import BadInput

BANK = """\
id: small
title: Small
items:
  - {id: one, status: pilot, skill: S, type: numeric, stem: How many?, answer: 4, explanation: Four.}
  - {id: two, skill: S, type: short_text, stem: Which?, accepted: [a], explanation: A.}
"""


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    if result.exception:
        raise result.exception
    return result.output


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    file = tmp_path / "bank.yaml"
    file.write_text(BANK)
    return file


def test_a_sound_bank_is_counted(bank: Path) -> None:
    assert run("check", bank) == "small: 2 items, nothing wrong\n"
    (told,) = json.loads(run("check", bank, "--json"))
    assert told["type"] == {"numeric": 1, "short_text": 1}


def test_a_broken_bank_is_refused(bank: Path) -> None:
    bank.write_text(BANK.replace("skill: S", "skil: S", 1))
    with pytest.raises(BadInput, match="line 4, item one"):
        run("check", bank)


def test_a_bank_goes_into_a_workspace_and_comes_out_again(bank: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "ws"
    assert "2 items kept, 2 of them new" in run("import", bank, "--workspace", workspace)
    bank.write_text(BANK.replace("answer: 4", "answer: 5").replace("A.}", "It is A.}"))
    (told,) = json.loads(run("import", bank, "--workspace", workspace, "--json", "--by", "Ada"))
    assert (told["new"], told["new_versions"], told["new_revisions"]) == (0, 1, 1)
    for out in (tmp_path / "out.yaml", tmp_path / "out.csv"):
        assert "2 items written" in run("export", "--workspace", workspace, "--out", out)
        back = ItemBank.read(out)
        assert [(item.version, item.revision) for item in back.items] == [(2, 1), (1, 2)]


def test_one_broken_file_keeps_all_out(bank: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("id: x")
    with pytest.raises(BadInput, match=r"broken\.yaml"):
        run("import", bank, broken, "--workspace", tmp_path / "ws")
    assert run("list", "--workspace", tmp_path / "ws", "--json") == "[]\n"


def test_items_are_listed_as_text_csv_and_json(bank: Path) -> None:
    lines = run("list", bank).splitlines()
    assert lines[0].split()[:3] == ["bank", "item", "version"]
    assert lines[2].split()[:5] == ["small", "two", "1", "1", "draft"]
    rows = list(csv.DictReader(io.StringIO(run("list", bank, "--format", "csv"))))
    assert rows == [{k: str(v) for k, v in row.items()} for row in json.loads(run("list", bank, "--json"))]
    with pytest.raises(BadInput, match="a list cannot be written as 'xml'"):
        run("list", bank, "--format", "xml")


def test_a_file_is_converted(bank: Path, tmp_path: Path) -> None:
    run("export", bank, "--out", tmp_path / "table", "--format", "csv")
    assert (tmp_path / "table").read_text().startswith("id,status,version")


def test_what_is_not_there_is_named(bank: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no workspace"):
        run("list", "--workspace", tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    run("import", bank, "--workspace", tmp_path / "ws")
    with pytest.raises(BadInput, match="there is no bank 'big'; name one of small with --bank"):
        run("export", "--bank", "big", "--workspace", tmp_path / "ws", "--out", tmp_path / "x.yaml")
    with pytest.raises(BadInput, match="there is no format 'docx'"):
        run("check", bank, "--format", "docx")
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be made"):
        run("import", bank, "--workspace", tmp_path / "file" / "ws")


def test_a_testdesign_bank_becomes_a_folder(tmp_path: Path) -> None:
    items = tmp_path / "x_items.csv"
    items.write_text("ID,MODEL,PAR1,PAR2\nA,2PL,1,0\n")
    (tmp_path / "x_attributes.csv").write_text("ID,LEVEL\nA,3\n")
    out = tmp_path / "x"
    told = run("import", items, "--format", "testdesign", "--out", out)
    assert told == f"1 items written to {out}: parameters, attributes\n"
    assert (out / "parameters.csv").read_text().splitlines()[0] == "item,version,model,a,b,LEVEL"
    with pytest.raises(BadInput, match="with --out a folder"):
        run("import", items, "--format", "testdesign")


@pytest.mark.parametrize("command", ["check", "import", "export", "list"])
def test_every_command_helps_with_an_example(command: str) -> None:
    assert f"Example: itemwise items {command}" in " ".join(run(command, "--help").split())
