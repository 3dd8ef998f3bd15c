import stat
import string
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from engine.delivery.security import (
    HEADERS,
    from_elsewhere,
    new_token,
    seal,
    sealed,
    session_id,
    workspace_secret,
)

SECRET = b"0" * 32


def test_tokens_carry_192_bits_and_never_repeat():
    tokens = {new_token() for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert all(
        len(token) == 32 and set(token) <= set(string.ascii_letters + string.digits + "-_")
        for token in tokens
    )


def test_a_session_is_stored_under_a_name_that_does_not_open_it():
    token = new_token()
    assert session_id(token) == session_id(token)
    assert session_id(session_id(token)) != session_id(token)
    assert len(bytes.fromhex(session_id(token))) == 16


def test_a_seal_fits_its_words_only():
    stamped = seal(SECRET, "session", "abc")
    assert sealed(SECRET, stamped, "session", "abc")
    assert not sealed(SECRET, stamped, "session", "abd")
    assert not sealed(SECRET, stamped, "sessiona", "bc")
    assert not sealed(b"1" * 32, stamped, "session", "abc")
    assert not sealed(SECRET, "", "session", "abc")
    assert not sealed(SECRET, "é", "session", "abc")


def test_the_secret_is_made_once_and_is_its_owners(tmp_path: Path):
    path = tmp_path / "secret"
    first = workspace_secret(path)
    assert len(first) == 32
    assert workspace_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_many_who_ask_at_once_get_one_secret(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(workspace_secret, [tmp_path / "secret"] * 32))
    assert len(secrets) == 1


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"origin": "https://test.example", "host": "test.example"}, False),
        ({"origin": "https://evil.example", "host": "test.example"}, True),
        ({"origin": "null", "host": "test.example"}, True),
    ],
)
def test_a_request_from_another_site_is_known(headers: dict[str, str], elsewhere: bool):
    assert from_elsewhere(Headers(headers)) is elsewhere


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere():
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert not any(word in policy for word in ("unsafe", "http", "data:", "*"))
