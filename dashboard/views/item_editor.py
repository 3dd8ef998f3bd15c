"""The editor of an item: what is written, what that would change, and saving it as a version or revision."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from dashboard import loading, outage, work
from dashboard.editing import Draft, carried_over, changes, consequence, draft_of, entry_of
from dashboard.preview import preview
from dashboard.store import audit, triage
from dashboard.store.triage import CLOSED, FIXED
from dashboard.views import item_figures
from dashboard.views.choosing import Place
from dashboard.views.item_actions import keep
from items.bank import Entry, ItemBank
from items.errors import BadInput

HEIGHTS = {"stem": 180, "explanation": 140, "worked": 100, "notes": 68}


def show(place: Place, entry: Entry) -> None:
    """Show the editor; it starts from the item as it stood when the person opened it."""
    if not place.person.may("change items"):
        st.caption("Content editors may edit items; your role may look.")
        return
    begun = st.session_state.setdefault("edited", {})
    before: Entry = begun.setdefault(entry.item.id, entry)
    bank = item_figures.with_added(loading.bank(place.bank), entry.item.id)
    carried = st.session_state.setdefault("carried", {}).get(entry.item.id)
    draft = _fields(carried or draft_of(before), entry.item.id, bank.media)
    if before != entry:
        _overtaken(before, entry, draft)
        return
    try:
        edited = entry_of(draft, before, bank)
    except BadInput as error:
        st.error(f"It cannot be saved yet: {error}", icon=":material/error:")
        return
    if before.next_version(edited) == before and before == st.session_state.get("saved"):
        st.success(st.session_state["saved as"], icon=":material/check_circle:")
        return
    st.info(consequence(before, edited), icon=":material/info:")
    if before.next_version(edited) == before:
        return
    with st.expander("What is changed, line by line"):
        st.code(changes(before, edited), "diff")
    with st.expander("As candidates will see it"):
        st.iframe(preview(_with(bank, edited), entry.item.id), height="content")
    _save(place, before, edited)


def _overtaken(before: Entry, now: Entry, draft: Draft) -> None:
    """Say, where people would save, what others changed since, and let them go on from there."""
    _keep_note(now.item.id)
    carried, both = carried_over(draft, before, now)
    told = f" You both changed the {' and the '.join(both)}: yours would replace theirs." if both else ""
    st.warning(
        "Somebody changed this item since you opened it: − was, + is now. What you wrote stays on this page."
        f"{told} Go on with it from the newest state, then save; or leave it, and begin again.",
        icon=":material/sync_problem:",
    )
    st.code(changes(before, now), "diff")
    row = st.container(horizontal=True)
    row.button(
        "Go on with what I wrote", type="primary", on_click=_go_on, args=(now, carried), key="go on with mine"
    )
    row.button("Begin again from the newest state", on_click=_begin_again, args=(now.item.id,))


def _go_on(now: Entry, carried: Draft) -> None:
    """Edit the item as it stands now, with what was written before."""
    st.session_state["edited"][now.item.id] = now
    st.session_state["carried"][now.item.id] = carried
    _keep_note(now.item.id)
    _fresh_fields(now.item.id)


def _keep_note(item: str) -> None:
    """Keep the reason that was given while its field is not shown, and have the field show it again."""
    if (note := f"note {item}") in st.session_state:
        st.session_state[note] = str(st.session_state[note])


def _save(place: Place, before: Entry, edited: Entry) -> None:
    is_new = before.next_version(edited).item.version > before.item.version
    note = st.text_input("What was changed and why", key=f"note {before.item.id}")
    settles = is_new and st.checkbox(
        f"This settles what was said of version {before.item.version} in triage", True, key="settles"
    )
    label = "Save as a new version" if is_new else "Save"
    st.button(
        label,
        type="primary",
        disabled=not note.strip(),
        on_click=_saved,
        args=(place, before, edited, note, settles),
    )


@outage.kept
def _saved(place: Place, before: Entry, edited: Entry, note: str, settles: bool) -> None:
    figures = item_figures.added(before.item.id).values()
    after = keep(place, before, edited, note=note.strip(), figures=figures)
    if after is None:
        message, _ = st.session_state["overtaken"]
        st.session_state["overtaken"] = (message, "")
        return
    told = f"Saved {after.item.id} as version {after.item.version}, revision {after.item.revision}."
    if settles:
        told += settle(place, before, after, note=note.strip())
    st.session_state.update({"saved": after, "saved as": told})
    _begin_again(after.item.id)


def settle(place: Place, before: Entry, after: Entry, *, note: str) -> str:
    """Close the triage of the old version as fixed in the new one; say so."""
    database, item = loading.database(), before.item
    now = triage.find(database, place.bank, item.id, item.version)
    if now.state in CLOSED:
        return ""
    fixed = replace(now, state=FIXED, fixed_in=after.item.version, note=note)
    kept = triage.change(database, fixed, at=work.now(), by=place.person.name)
    about = f"{item.id} version {item.version}"
    audit.note(database, "triage", about, at=kept.at, by=kept.by, detail=triage.difference(now, kept))
    return f" Version {item.version} counts as fixed in version {after.item.version}."


def _begin_again(item: str) -> None:
    """Forget what was written, so that the fields show the item as it stands."""
    for kept in ("edited", "carried"):
        st.session_state.get(kept, {}).pop(item, None)
    item_figures.forget(item)
    _fresh_fields(item)
    loading.forget()


def _fresh_fields(item: str) -> None:
    """Have the fields of an item filled anew; those of others keep what was written."""
    rounds = st.session_state.setdefault("rounds", {})
    rounds[item] = rounds.get(item, 0) + 1


def _fields(draft: Draft, item: str, media: Mapping[str, bytes]) -> Draft:
    """Show the fields of a draft and return what stands in them."""
    key = f"{item} {st.session_state.get('rounds', {}).get(item, 0)}"
    first, second = st.columns(2)
    written = {
        "title": first.text_input("Title, for staff", draft.written["title"], key=f"title {key}"),
        "skill": second.text_input("Skill", draft.written["skill"], key=f"skill {key}"),
    }
    written["stem"] = _area("Question (Markdown, with formulas and figures)", "stem", draft, key)
    item_figures.offer(media, item, f"stem {key}")
    options = draft.options
    if options is not None:
        st.markdown("Options: a row each; tick what is correct; “Fixed” ones keep their place when shuffled.")
        options = st.data_editor(
            options,
            num_rows="dynamic",
            hide_index=True,
            key=f"options {key}",
            column_config=COLUMNS,
            width="stretch",
        )
    written["explanation"] = _area("Why the correct answer is correct", "explanation", draft, key)
    written["worked"] = _area(
        "Worked solution, for answers without an explanation of their own", "worked", draft, key
    )
    written["notes"] = _area("Notes of the authors, not shown to candidates", "notes", draft, key)
    rest = st.text_area(
        "Settings (YAML): kind, scoring, tags, enemies", draft.rest, key=f"rest {key}", height=140
    )
    return Draft(written, options, rest)


COLUMNS = {
    "id": st.column_config.TextColumn("Letter", width="small", disabled=True),
    "text": st.column_config.TextColumn("Text", width="large"),
    "correct": st.column_config.CheckboxColumn("Correct", width="small"),
    "explanation": st.column_config.TextColumn("Why", width="large"),
    "fixed": st.column_config.CheckboxColumn("Fixed", width="small"),
}


def _area(label: str, name: str, draft: Draft, key: str) -> str:
    return str(st.text_area(label, draft.written[name], height=HEIGHTS[name], key=f"{name} {key}"))


def _with(bank: ItemBank, edited: Entry) -> ItemBank:
    entries = tuple(edited if one.item.id == edited.item.id else one for one in bank.entries)
    return replace(bank, entries=entries)
