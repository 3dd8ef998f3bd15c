"""The media files beside a bank file, and what may be one."""

import os
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from items.errors import BadInput

TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
"""Media type of each kind of image by the ending of its name."""

LARGEST = 2_000_000
"""Bytes of an image: candidates load it on their phones while they are tested."""

_BEGINS = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".webp": (b"RIFF",),
}
"""How the content of each kind of image begins."""

_ACTIVE = {"script", "foreignObject", "iframe", "object", "embed", "handler", "set", "animate"}


def read_media(beside: Path, folder: str) -> dict[str, bytes]:
    """Return the content of every image in a bank's media folder, by its path from the bank file.

    Raises
    ------
    BadInput
        If the folder is missing or not inside the bank file's own folder, or a file is no sound image.
    """
    if not folder:
        return {}
    home, root = beside.resolve(), (beside / folder).resolve()
    if home not in root.parents or not root.is_dir():
        right = "name a folder inside the bank file's own"
        raise BadInput(f"there is no media folder {folder!r}", where=str(beside), right=right)
    files = sorted(file for file in root.rglob("*") if file.suffix.lower() in TYPES)
    media = {file.relative_to(home).as_posix(): file.read_bytes() for file in files}
    for path, content in media.items():
        check_image(path, content, where=str(beside / path))
    return media


def check_image(name: str, content: bytes, *, where: str) -> None:
    """Refuse what cannot be shown to candidates as an image.

    Raises
    ------
    BadInput
        If the name's ending is none of `TYPES`, the content is of another kind or larger than `LARGEST`, or
        a drawing can run or load something.
    """
    ending = Path(name).suffix.lower()
    if ending not in TYPES:
        raise BadInput("is no image", where=where, right="SVG, PNG, JPEG, GIF or WebP")
    if len(content) > LARGEST:
        size = f"is {len(content) / 1e6:.1f} MB large"
        raise BadInput(size, where=where, right=f"at most {LARGEST / 1e6:g} MB: save it smaller, or as WebP")
    if ending == ".svg":
        _check_drawing(content, where)
    elif not content.startswith(_BEGINS[ending]) or (ending == ".webp" and content[8:12] != b"WEBP"):
        kind = TYPES[ending].removeprefix("image/").upper()
        raise BadInput(f"is called {ending} but holds no {kind} image", where=where, right="save it again")


def write_media(media: Mapping[str, bytes], beside: Path) -> str:
    """Write media beside a bank file, each whole or not at all, and return the name of their folder.

    Raises
    ------
    BadInput
        If the folder is missing or cannot be written to.
    """
    if not beside.is_dir():
        raise BadInput("there is no such folder", where=str(beside), right="name a file in a folder you own")
    try:
        for path, content in media.items():
            _write(content, beside / path)
    except OSError as error:
        reason = f"cannot be written to ({error.strerror})"
        raise BadInput(reason, where=str(beside), right="name a folder you own") from None
    return os.path.commonpath([os.path.dirname(path) for path in media]) if media else ""


def _write(content: bytes, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.part")
    temporary.write_bytes(content)
    os.replace(temporary, file)


def _check_drawing(content: bytes, where: str) -> None:
    """Refuse an SVG that is not well-formed, or that could run or load anything."""
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise BadInput(f"is not well-formed: {error}", where=where, right="save the drawing again") from None
    if str(root.tag).rpartition("}")[2] != "svg":
        raise BadInput("holds no drawing", where=where, right="an SVG file begins with <svg")
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2]
        if name in _ACTIVE:
            raise BadInput(f"holds <{name}>", where=where, right="remove what moves or runs")
        for attribute, value in element.attrib.items():
            if _reaches_out(attribute.rpartition("}")[2].lower(), value):
                raise BadInput(f"holds {attribute}={value!r}", where=where, right="draw without it")


def _reaches_out(attribute: str, value: str) -> bool:
    return attribute.startswith("on") or (attribute == "href" and not value.startswith(("#", "data:image/")))
