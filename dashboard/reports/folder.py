"""A folder of results that appears whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from items.errors import BadInput


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Lend a temporary folder; after the block its files are moved to `out`, after an error they are gone.

    Raises
    ------
    BadInput
        If `out` cannot be made or written to.
    """
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        draft.mkdir(parents=True)
        yield draft
        out.mkdir(exist_ok=True)
        for file in sorted(draft.iterdir()):
            os.replace(file, out / file.name)
    except OSError as error:
        reason = f"cannot be written ({error.strerror})"
        raise BadInput(reason, where=str(out), right="name a folder that you own") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
