"""What cannot be read as a table is refused in words that say what to do."""

import pytest

from items.csv_file import read_csv
from items.errors import BadInput


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "there is no such file; a key"),
        (b"", "is empty; a key"),
        (b"PK\3\4\x14\0", "is a spreadsheet or an archive, no text; .*“CSV UTF-8”"),
        ("item,key\ngröße,a\n".encode("latin-1"), "is not UTF-8 text; .*“CSV UTF-8”"),
        (b"item,key\na,b\na,b,c\n", "is not a CSV file .*; a key"),
    ],
)
def test_what_is_no_table_is_refused(content, told, tmp_path):
    path = tmp_path / "key.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=told) as refused:
        read_csv(path, right="a key", where="key.csv")
    assert str(tmp_path) not in str(refused.value)


def test_a_table_is_read_as_pandas_reads_it(tmp_path):
    path = tmp_path / "key.csv"
    path.write_text("item,key\n01,a\n")
    assert read_csv(path, right="a key", dtype=str).to_dict("list") == {"item": ["01"], "key": ["a"]}
