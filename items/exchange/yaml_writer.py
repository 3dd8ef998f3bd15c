"""Banks written as YAML that people like to edit."""

from pathlib import Path
from typing import Any

import yaml

from items.bank import Entry, ItemBank
from items.exchange.media import write_media
from items.exchange.record import to_record
from items.parameters import write_whole

_WIDTH = 110


class _Dumper(yaml.SafeDumper):
    """Text of several lines as a block."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _number(dumper: yaml.SafeDumper, number: float) -> yaml.ScalarNode:
    if number.is_integer() and abs(number) < 1e15:
        return dumper.represent_int(int(number))
    return dumper.represent_scalar("tag:yaml.org,2002:float", repr(number))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _number)


def write(bank: ItemBank, path: Path) -> None:
    """Write a bank, and its media beside it.

    Raises
    ------
    BadInput
        If the folder cannot be written to.
    """
    media = write_media(bank.media, path.parent)
    head = {"id": bank.id, "title": bank.title, "domain": bank.domain, "language": bank.language}
    shown = {"media": media} if media else {}
    stimuli = [one.model_dump(exclude_defaults=True) for one in bank.stimuli]
    written = {**head, **shown, **({"stimuli": stimuli} if stimuli else {})}
    parts = [dump(written), "items:\n", *(dump([_record(entry)]) for entry in bank.entries)]
    write_whole(path, "\n".join(parts))


def _record(entry: Entry) -> dict[str, Any]:
    """Return the record without the digests, which a reader computes anew."""
    record = to_record(entry)
    record.pop("attachments", None)
    return record


def dump(data: Any) -> str:
    """Return data as YAML that people like to edit."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
