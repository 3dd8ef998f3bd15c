"""What a sound bank keeps to beyond each single item: names that exist, texts that can be shown, media."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from items.bank import Entry, Stimulus, digest
from items.interactions import Text
from items.problems import Problem, nearest
from items.text_checks import check_text


def check_entries(
    entries: Mapping[int, Entry],
    ids: Sequence[str],
    *,
    stimuli: Collection[Stimulus],
    media: Collection[str],
) -> Iterator[Problem]:
    """Yield what is wrong between the items of a bank.

    Parameters
    ----------
    entries : mapping of int to Entry
        The items by their position in the file.
    ids : sequence of str
        The ids of all items in the file, sound or not.
    stimuli : collection of Stimulus
        What several items share.
    media : collection of str
        The paths of the media.
    """
    yield from _repeated(ids)
    known, passages = dict.fromkeys(ids), [one.id for one in stimuli]
    for position, entry in entries.items():
        for problem in _unknown_names(entry, known, passages):
            yield problem.under("items", position)
        for text in entry.item.texts():
            for problem in check_text(text, media):
                yield problem.under("items", position)
    for position, stimulus in enumerate(stimuli):
        for problem in check_text(Text(("text",), stimulus.text), media):
            yield problem.under("stimuli", position)


def attach(entry: Entry, media: Mapping[str, bytes], stimuli: Collection[Stimulus]) -> Entry:
    """Return the entry with the digests of the media and the stimulus that it shows."""
    shown = "\n".join(text.markdown for text in entry.item.texts())
    passages = [one for one in stimuli if one.id == entry.item.stimulus]
    shown += "".join(one.text for one in passages)
    attachments = {path: digest(content) for path, content in media.items() if path in shown}
    attachments |= {f"stimulus:{one.id}": digest(one.content) for one in passages}
    return entry.model_copy(update={"item": entry.item.model_copy(update={"attachments": attachments})})


def _repeated(ids: Sequence[str]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for position, id in enumerate(ids):
        if first.setdefault(id, position) < position:
            yield Problem(
                ("items", position, "id"), f"the id {id!r} is used twice", "give each item its own id"
            )


def _unknown_names(entry: Entry, ids: Collection[str], stimuli: Collection[str]) -> Iterator[Problem]:
    for place, enemy in enumerate(entry.item.enemies):
        if enemy not in ids:
            yield Problem(("enemies", place), f"there is no item {enemy!r}", nearest(enemy, ids))
    if entry.item.stimulus and entry.item.stimulus not in stimuli:
        right = nearest(entry.item.stimulus, stimuli) if stimuli else "declare it under `stimuli`"
        yield Problem(("stimulus",), f"there is no stimulus {entry.item.stimulus!r}", right)
