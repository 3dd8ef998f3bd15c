from dataclasses import replace

import pytest
from sqlalchemy import Engine, update

from engine.delivery import simulations
from engine.delivery.assessments import Assessment, editions, find, offered, withdraw
from engine.delivery.edition import Edition, load_edition, publish
from items.errors import BadInput
from items.item import Status
from items.parameters import ParameterSet
from items.storage import banks, parameter_sets
from items.storage.database import transaction
from items.storage.editing import change
from tests.delivery.published import PARAMETERS, RULES

AT, LATER = "2026-11-23T09:30:00.000Z", "2026-11-23T09:31:00.000Z"


def publish_with(
    database: Engine,
    *,
    rules: str = RULES,
    parameter_set: int | None = None,
    simulation: bytes = b"",
    instead_of: str | None = None,
) -> Edition:
    return publish(
        database,
        "sampler",
        title="Sampler",
        bank="sampler",
        rules=rules,
        parameter_set=parameter_set,
        simulation=simulation,
        instead_of=instead_of,
        at=AT,
        by="Ada",
    )


def test_an_edition_is_named_by_all_that_its_sessions_depend_on():
    one = Assessment("id", "Title", "bank", 1, "rules", (("x", 1, 1),))
    changed = [
        replace(one, **change)
        for change in (
            {"title": "Other"},
            {"bank": "other"},
            {"parameter_set": 2},
            {"rules": "other"},
            {"items": (("x", 2, 1),)},
            {"items": (("x", 1, 2),)},
            {"simulation": "5f0c"},
        )
    ]
    assert len({each.edition for each in [one, *changed]}) == 8
    assert replace(one).edition == one.edition


def test_what_is_published_is_offered_and_comes_back(published: Engine):
    [assessment] = offered(published)
    edition = load_edition(published, assessment.edition)
    assert edition.assessment == assessment
    assert set(edition.items) == {"code", "matrix", "count", "word", "figure", "truth", "essay"}
    assert edition.longest == 7
    assert edition.passages == {"story": "A kennel keeps 12 dogs and 4 cats."}


def test_publishing_the_same_again_makes_no_second_edition(published: Engine):
    before = offered(published)
    new = parameter_sets.append(published, "sampler", ParameterSet.from_table(PARAMETERS), at=LATER, by="Ada")
    publish_with(published, parameter_set=new)
    [after] = offered(published)
    assert after.edition != before[0].edition  # another parameter set was kept
    assert publish_with(published, parameter_set=after.parameter_set).name == after.edition
    assert len(offered(published)) == 1
    assert find(published, before[0].edition) == before[0]


def _stands(database: Engine, item: str, status: Status) -> None:
    seen = banks.load(database, "sampler").entry(item)
    change(database, "sampler", seen, seen.model_copy(update={"status": status}), at=AT, by="Ada")


def test_a_suspended_item_is_in_no_new_edition(published: Engine):
    _stands(published, "word", Status.SUSPENDED)
    edition = publish_with(published)
    assert "word" not in edition.items
    assert "word" not in edition.design.names


SECTION = "[[section]]\nstop = { rule = 'length', length = 3 }\n"


@pytest.mark.parametrize("where", ["", SECTION + SECTION + "name = 'Last'\n"])
def test_a_pilot_item_that_the_rules_insert_is_asked(published: Engine, where: str):
    _stands(published, "unready", Status.PILOT)
    assert "unready" not in publish_with(published).items
    pilot = ("[section.pilot]" if where else "[pilot]") + '\nitems = ["unready"]\npositions = [2]\n'
    edition = publish_with(published, rules=RULES + where + pilot)
    assert edition.design.names[-1] == "unready"


def test_parameters_of_another_version_are_not_used(published: Engine):
    table = PARAMETERS.assign(version=[1, 1, 1, 1, 1, 2, 1])
    other = parameter_sets.append(published, "sampler", ParameterSet.from_table(table), at=AT, by="Ada")
    assert "truth" not in publish_with(published, parameter_set=other).design.pool.items


def test_an_unknown_edition_is_said(published: Engine):
    with pytest.raises(BadInput, match="no edition"):
        load_edition(published, "none")


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("[stop", "not TOML"),
        ('[stop]\nrule = "lenght"\nlength = 3\n', "length"),
        ('[open]\nitems = ["nobody"]\npositions = [1]\n', "nobody"),
        ('[open]\nitems = ["unready"]\npositions = [1]\n', "unready"),
    ],
)
def test_rules_that_cannot_be_run_publish_nothing(published: Engine, rules: str, message: str):
    before = offered(published)
    with pytest.raises(BadInput, match=message):
        publish_with(published, rules=rules)
    assert offered(published) == before


def test_without_parameters_nothing_is_published(published: Engine):
    foreign = ParameterSet.from_table(PARAMETERS.assign(item=[f"x{n}" for n in range(7)]))
    other = parameter_sets.append(published, "sampler", foreign, at=AT, by="Ada")
    with pytest.raises(BadInput, match="none of the items"):
        publish_with(published, parameter_set=other)


def test_a_bank_without_parameters_in_use_is_said(database: Engine):
    from items.bank import ItemBank
    from tests.delivery.published import SAMPLER

    banks.save(database, ItemBank.read(SAMPLER), at=AT, by="Ada")
    with pytest.raises(BadInput, match="no parameters are in use"):
        publish_with(database)


def test_a_simulation_is_kept_with_its_edition_and_bound_by_its_name(published: Engine):
    bare = publish_with(published)
    edition = publish_with(published, simulation=b"a study")
    assert edition.name != bare.name
    assert simulations.load(published, edition.name) == b"a study"
    assert edition.assessment.simulation == simulations.digest(b"a study")
    assert find(published, edition.name) == edition.assessment
    assert simulations.load(published, bare.name) is None
    simulations.keep(published, bare.name, b"made later", at=AT, by="Ben")
    simulations.keep(published, bare.name, b"made again", at=AT, by="Ben")
    assert simulations.load(published, bare.name) == b"made later"


def test_a_simulation_that_somebody_changed_is_refused(published: Engine):
    edition = publish_with(published, simulation=b"a study")
    with transaction(published) as connection:
        connection.execute(update(simulations.simulation_table).values(content=b"another"))
    with pytest.raises(ValueError, match="was changed"):
        simulations.load(published, edition.name)


def test_the_second_of_two_publishers_learns_of_the_first(published: Engine):
    [seen] = offered(published)
    first = publish_with(published, simulation=b"Ada's", instead_of=seen.edition)
    with pytest.raises(BadInput, match="Ada published another edition on 2026-11-23 at 09:30"):
        publish_with(published, simulation=b"Ben's", instead_of=seen.edition)
    assert [each.edition for each in offered(published)] == [first.name]
    with pytest.raises(BadInput, match="Ada published another"):
        publish_with(published, instead_of="")
    withdraw(published, "sampler")
    with pytest.raises(BadInput, match="withdrawn"):
        publish_with(published, instead_of=first.name)
    assert publish_with(published, instead_of="").name == editions(published)[0].assessment.edition


def test_a_blueprint_may_ask_for_the_skills_of_the_banks_items(published: Engine):
    skills = {item.skill for item in load_edition(published, offered(published)[0].edition).items.values()}
    skill = sorted(skills)[0]
    table = f"CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\nC1,Number,Item,skill == '{skill}',,1,\n"
    rules = f'[constraints]\nmethod = "shadow"\nfile = """\n{table}"""\n[stop]\nrule = "length"\nlength = 3\n'
    pool = publish_with(published, rules=rules).design.pool
    assert set(pool.parameters.table["skill"]) <= skills
