"""What a browser sends: read with a limit, from these pages only."""

from urllib.parse import parse_qs

from fastapi import HTTPException, Request

from engine.delivery.security import from_elsewhere

LARGEST_BODY = 128 * 1024
"""Bytes: the longest open answer, each of its characters in four bytes and each byte as %XX, fits."""

Form = dict[str, list[str]]


async def read_form(request: Request) -> Form:
    """Return the fields of a submitted form with their values.

    Raises
    ------
    HTTPException
        403 if another site sent it, 413 if it is too large, 400 if it is not the text of a form.
    """
    if from_elsewhere(request.headers):
        raise HTTPException(403)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise HTTPException(413)
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=100, errors="strict")
    except ValueError as error:
        raise HTTPException(400) from error


def first(form: Form, name: str) -> str:
    """The field's first value, empty where there is none."""
    return next(iter(form.get(name, [])), "")


def text(form: Form, name: str, longest: int) -> str:
    """The field's text without surrounding space, cut to `longest` characters, without control characters."""
    lines = first(form, name).replace("\r\n", "\n").strip()
    return "".join(sign for sign in lines if sign.isprintable() or sign in "\n\t")[:longest]


def whole(form: Form, name: str) -> int:
    """The field as a whole number.

    Raises
    ------
    HTTPException
        400 if it is none.
    """
    written = first(form, name)
    if not (written.isascii() and written.isdigit() and len(written) < 10):
        raise HTTPException(400)
    return int(written)
