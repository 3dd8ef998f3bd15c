"""What keeps a session its owner's: tokens nobody can guess, sealed forms, and headers on every response."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "img-src 'self'",
            "font-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


def new_token() -> str:
    """A fresh token of 192 random bits: whoever holds it holds the session."""
    return secrets.token_urlsafe(24)


def session_id(token: str) -> str:
    """The name under which a session is stored: 128 bits of its token's hash, which opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def workspace_secret(path: Path) -> bytes:
    """The secret in the file, made on first use and readable by its owner only.

    Several processes may ask at once: the first to link its own file there wins.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return bytes.fromhex(path.read_text())


def seal(secret: bytes, *words: str) -> str:
    """A seal over the words that only the holder of the secret can make (HMAC-SHA-256, RFC 2104)."""
    return hmac.new(secret, "\0".join(words).encode(), hashlib.sha256).hexdigest()


def sealed(secret: bytes, given: str, *words: str) -> bool:
    """Whether `given` is the seal over the words; a near miss takes as long as a far one."""
    return hmac.compare_digest(given.encode(), seal(secret, *words).encode())


def from_elsewhere(headers: Headers) -> bool:
    """Whether a browser says that another site sent this request (Fetch Metadata, else the Origin header)."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


class SecureHeaders:
    """The application, each of its responses carrying `HEADERS` unless it has set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add what is missing to the response."""

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, add if scope["type"] == "http" else send)
