"""The media files beside a bank file."""

from pathlib import Path

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


def read_media(beside: Path, folder: str) -> dict[str, bytes]:
    """Return the content of every image in a bank's media folder, by its path from the bank file.

    Raises
    ------
    BadInput
        If the folder is missing, or lies outside the bank file's own folder.
    """
    if not folder:
        return {}
    root = (beside / folder).resolve()
    if not root.is_dir():
        raise BadInput(f"there is no media folder {folder!r}", where=str(beside), right="name a folder there")
    if beside.resolve() not in root.parents:
        raise BadInput(
            f"the media folder {folder!r} is not inside", where=str(beside), right="name one inside"
        )
    files = sorted(file for file in root.rglob("*") if file.suffix.lower() in TYPES)
    return {file.relative_to(beside.resolve()).as_posix(): file.read_bytes() for file in files}
