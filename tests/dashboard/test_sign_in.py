"""Sign-in with a real server, a real browser and a provider of our own (OpenID Connect); who is refused."""

import json
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlparse

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from playwright.sync_api import expect

from dashboard.launch import read_secrets, refuse_open, unready
from items.errors import BadInput
from tests.dashboard.browsing import click, rest, run_at, turn_to, visit
from tests.waiting import PATIENCE, free_port

CLIENT = "itemwise"
ADA = {"email": "Ada@example.org", "email_verified": True}
BEN = {"email": "ben@example.org", "email_verified": True}
EVE = {"email": "ada@example.org", "email_verified": False}


class Provider(ThreadingHTTPServer):
    """A provider that signs in whoever `who` names, without asking."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.key = RSAKey.generate_key(2048, parameters={"kid": "1"})
        self.who, self.nonce = ADA, ""
        self.issuer = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlparse(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/authorize":
            self.server.nonce = asked.get("nonce", "")
            self.send_response(302)
            told = urlencode({"code": "once", "state": asked["state"]})
            self.send_header("Location", f"{asked['redirect_uri']}?{told}")
            self.end_headers()
        elif address.path == "/jwks":
            self._tell({"keys": [self.server.key.as_dict(private=False)]})
        else:
            here = self.server.issuer
            self._tell(
                {"issuer": here, "authorization_endpoint": f"{here}/authorize", "jwks_uri": f"{here}/jwks"}
                | {"token_endpoint": f"{here}/token", "response_types_supported": ["code"]}
                | {"id_token_signing_alg_values_supported": ["RS256"], "subject_types_supported": ["public"]}
            )

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        now = int(time.time())
        claims = {"iss": self.server.issuer, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 600}
        claims |= {"nonce": self.server.nonce, **self.server.who}
        token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.server.key)
        self._tell({"access_token": "a", "token_type": "Bearer", "expires_in": 600, "id_token": token})

    def _tell(self, content):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *told):
        pass


def _secrets(folder, text):
    (folder / ".streamlit").mkdir(exist_ok=True)
    (folder / ".streamlit" / "secrets.toml").write_text(text)


def _auth(port, issuer):
    return f"""
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "a secret that is long enough for this test"
client_id = "{CLIENT}"
client_secret = "none"
server_metadata_url = "{issuer}/.well-known/openid-configuration"

[itemwise]
administrators = ["ada@example.org"]
"""


def _command(folder, port, *more):
    parts = ["dashboard.cli", "dashboard", "--workspace", folder / "workspace", "--port", port, *more]
    return [*map(str, parts)]


@pytest.fixture(scope="module")
def provider():
    server = Provider()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def address(rehearsed, tmp_path_factory, provider):
    """Serve a copy of the rehearsed workspace to people who sign in."""
    folder = tmp_path_factory.mktemp("signed")
    shutil.copytree(rehearsed, folder / "workspace")
    with free_port() as port:
        _secrets(folder, _auth(port, provider.issuer))
        with run_at(port, _command(folder, port), folder / "log", folder=folder) as (served, _):
            yield served


@pytest.fixture
def page(browser, address):
    opened = visit(browser, address)
    yield opened
    opened.close()


def _sign_in(page, provider, who):
    provider.who = who
    _leave(page, "Sign in")
    page.get_by_role("button", name="Sign out").wait_for()


def _sign_out(page):
    _leave(page, "Sign out")
    page.get_by_role("button", name="Sign in").wait_for()


def _leave(page, button):
    """Press a button that leads away and back to a page that is loaded anew."""
    with page.expect_event("load"):
        page.get_by_role("button", name=button).click()
    _ready(page)


def _ready(page):
    page.locator("h1").first.wait_for()
    rest(page)


@pytest.mark.browser
def test_nobody_sees_anything_before_signing_in(page):
    expect(page.get_by_role("button", name="Sign in")).to_have_count(1)
    text = page.locator("body").inner_text()
    assert "dl-" not in text
    assert page.locator("[data-testid=stSidebarNavLink]").count() == 0


@pytest.mark.browser
def test_an_administrator_gives_a_role_and_its_owner_sees_their_pages(page, address, provider):
    _sign_in(page, provider, BEN)
    assert "role 'none'" in page.locator("body").inner_text()
    assert page.locator("[data-testid=stDataFrame], [data-testid=stMetric]").count() == 0
    _sign_out(page)

    _sign_in(page, provider, ADA)
    assert "ada@example.org · administrator" in page.locator("[data-testid=stSidebar]").inner_text()
    click(page, page.get_by_role("link", name="Administration"))
    turn_to(page, "Roles")
    email = page.get_by_role("combobox", name="E-mail address")
    email.fill("ben@example.org")
    email.press("Enter")
    rest(page)
    save = page.get_by_role("button", name="Save the role")
    expect(save).to_be_enabled()
    page.get_by_role("combobox", name="Role").click()
    click(page, page.get_by_role("option", name="viewer"))
    expect(page.get_by_role("combobox", name="Role")).to_have_value("viewer")
    click(page, save)
    page.get_by_text("ben@example.org has the role viewer now").wait_for()
    _sign_out(page)

    _sign_in(page, provider, BEN)
    links = page.locator("[data-testid=stSidebarNavLink]").all_inner_texts()
    assert any("Items" in link for link in links)
    assert not any("Administration" in link or "Calibrate" in link for link in links)
    page.goto(f"{address}/administration")
    _ready(page)
    page.get_by_text("This page is for administrators, not for the role 'viewer'").wait_for()
    assert "Audit log" not in page.locator("body").inner_text()
    page.goto(f"{address}/calibrate")
    page.get_by_text("This page is for psychometricians and administrators").wait_for()


@pytest.mark.browser
def test_an_address_that_was_not_verified_has_no_role(page, provider):
    _sign_in(page, provider, EVE)
    assert "role 'none'" in page.locator("body").inner_text()


def test_another_address_without_sign_in_is_refused_by_the_server(rehearsed, tmp_path):
    shutil.copytree(rehearsed, tmp_path / "workspace")
    with free_port() as port:
        command = [sys.executable, "-m", *_command(tmp_path, port, "--host", "0.0.0.0")]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
        with pytest.raises(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE)
    assert ended.returncode == 2
    assert "0.0.0.0 can be reached by others, and nobody has to sign in" in ended.stderr
    assert "[auth]" in ended.stderr
    assert "Traceback" not in ended.stderr


WHOLE = {
    "redirect_uri": "https://staff.example.org/oauth2callback",
    "cookie_secret": "s",
    "client_id": "c",
    "client_secret": "s",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        (WHOLE, ""),
        ({name: WHOLE[name] for name in ("redirect_uri", "cookie_secret")} | {"google": WHOLE}, ""),
        (WHOLE | {"cookie_secret": ""}, "lacks cookie_secret"),
        ({"redirect_uri": WHOLE["redirect_uri"]}, "lacks cookie_secret, client_id"),
        (WHOLE | {"redirect_uri": "https://staff.example.org/"}, "end in /oauth2callback"),
        ("yes", "not a table"),
    ],
)
def test_a_sign_in_that_cannot_work_is_refused_at_the_start(auth, said):
    assert said in unready(auth)
    assert bool(unready(auth)) == bool(said)
    if said:
        with pytest.raises(BadInput, match=r"secrets\.toml"):
            refuse_open("127.0.0.1", {"auth": auth})
    else:
        refuse_open("0.0.0.0", {"auth": auth})


def test_this_machine_alone_needs_no_sign_in():
    for host in ("127.0.0.1", "localhost", "::1"):
        refuse_open(host, {})
    for host in ("0.0.0.0", "192.168.0.7", ""):
        with pytest.raises(BadInput, match="nobody has to sign in"):
            refuse_open(host, {})


def test_secrets_are_those_of_the_home_and_the_working_folder(tmp_path, monkeypatch):
    home, here = tmp_path / "home", tmp_path / "here"
    for folder in (home, here):
        folder.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    assert read_secrets() == {}
    _secrets(home, 'one = 1\ntwo = "home"')
    _secrets(here, 'two = "here"')
    assert read_secrets() == {"one": 1, "two": "here"}
    _secrets(here, "[auth")
    with pytest.raises(BadInput, match="is not TOML"):
        read_secrets()
