"""An item taken apart and put together: nothing is lost, faults are named, consequences are said."""

from dataclasses import replace

import pytest

from dashboard.demo import BANK
from dashboard.editing import carried_over, changes, consequence, draft_of, entry_of
from items.bank import ItemBank
from items.errors import BadInput
from items.item import Status


@pytest.fixture(scope="module")
def bank():
    return ItemBank.read(BANK / "bank.yaml")


def _first(bank, kind):
    return next(entry for entry in bank.entries if entry.item.interaction.type == kind)


def _edited(bank, entry, **written):
    draft = draft_of(entry)
    return entry_of(replace(draft, written={**draft.written, **written}), entry, bank)


def test_an_item_that_nobody_touched_comes_back_as_it_was(bank):
    for entry in bank.entries:
        assert entry_of(draft_of(entry), entry, bank) == entry
        assert consequence(entry, entry) == "Nothing is changed since it was last saved."


@pytest.mark.parametrize("kind", ["single_choice", "multiple_choice", "numeric"])
def test_another_stem_is_a_new_version_and_another_explanation_is_not(kind, bank):
    entry = _first(bank, kind)
    told = consequence(entry, _edited(bank, entry, stem="Another question?"))
    assert f"becomes version {entry.item.version + 1}" in told
    told = consequence(entry, _edited(bank, entry, explanation="Another reason."))
    assert f"stays version {entry.item.version}" in told
    assert consequence(entry, _edited(bank, entry, notes="mind this")).startswith("Only the notes")


def test_another_key_is_a_new_version_and_one_on_trial(bank):
    entry = _first(bank, "single_choice").model_copy(update={"status": Status.OPERATIONAL})
    draft = draft_of(entry)
    table = draft.options.assign(correct=[n == 1 for n in range(len(draft.options))])
    edited = entry_of(replace(draft, options=table), entry, bank)
    assert edited.item.interaction.key == ("b",)
    assert "pilot" in consequence(entry, edited)
    told = changes(entry, edited).splitlines()
    assert any(line.startswith("-") and "correct" in line for line in told)
    assert any(line.startswith("+") and "correct" in line for line in told)


def test_a_new_row_is_an_option_and_an_empty_one_is_not(bank):
    entry = _first(bank, "single_choice")
    draft = draft_of(entry)
    table = draft.options.astype(object)
    table.loc[len(table)] = {"id": None, "text": "none of these", "correct": None, "explanation": None}
    table.loc[len(table)] = {"id": None, "text": None, "correct": False, "explanation": ""}
    options = entry_of(replace(draft, options=table), entry, bank).item.interaction.options
    assert len(options) == len(draft.options) + 1
    assert options[-1].text == "none of these"


def test_an_option_in_the_place_of_a_removed_one_gets_a_letter_of_its_own(bank):
    entry = _first(bank, "single_choice")
    draft = draft_of(entry)
    kept = draft.options.drop(index=1).astype(object)
    kept.loc[99] = {"id": None, "text": "none of these", "correct": False, "explanation": "", "fixed": False}
    options = entry_of(replace(draft, options=kept), entry, bank).item.interaction.options
    assert len({option.id for option in options}) == len(draft.options)
    assert options[-1].id == "b"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"stem": ""}, "`stem` is missing"),
        ({"explanation": ""}, "`explanation` is missing"),
        ({"stem": "![a box](figures/none.svg)"}, "none.svg"),
        ({"stem": "$\\\\nosuch{x}$"}, "stem"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_its_field(written, told, bank):
    entry = _first(bank, "single_choice")
    with pytest.raises(BadInput) as refused:
        _edited(bank, entry, **written)
    assert told in str(refused.value)
    assert entry.item.id in str(refused.value)


def test_what_two_people_wrote_comes_together(bank):
    before = _first(bank, "single_choice")
    theirs = draft_of(before).options.assign(fixed=True)
    told = {"explanation": "Ada's reason.", "title": "Ada's title"}
    draft = draft_of(before)
    now = entry_of(replace(draft, written={**draft.written, **told}, options=theirs), before, bank)
    mine = replace(draft, written={**draft.written, "notes": "Ben's note", "title": "Ben's title"})
    draft, both = carried_over(mine, before, now)
    assert draft.written == {**mine.written, "explanation": "Ada's reason."}
    assert draft.options["fixed"].all()
    assert both == ("title",)
    assert entry_of(draft, now, bank).notes == "Ben's note"


def test_what_both_wrote_alike_is_nobodys_loss(bank):
    before = _first(bank, "numeric")
    now = _edited(bank, before, stem="Another question?")
    mine = replace(draft_of(before), written=draft_of(now).written, rest=draft_of(before).rest + "\n")
    draft, both = carried_over(mine, before, now)
    assert (draft.written["stem"], both) == ("Another question?", ())


def test_options_and_settings_that_both_changed_are_named(bank):
    before = _first(bank, "single_choice")
    draft = draft_of(before)
    now = entry_of(replace(draft, options=draft.options.assign(fixed=True)), before, bank)
    other = draft.options.assign(text=[f"{text} indeed" for text in draft.options["text"]])
    kept, both = carried_over(replace(draft, options=other), before, now)
    assert both == ("options",)
    assert kept.options is other


def test_settings_that_are_not_yaml_are_refused(bank):
    entry = _first(bank, "numeric")
    for text in ("answer: [1", "just words", "type: numeric\nanswer: 6\nunits: m"):
        with pytest.raises(BadInput, match=entry.item.id):
            entry_of(replace(draft_of(entry), rest=text), entry, bank)
