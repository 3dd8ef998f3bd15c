"""Which edition came before another, and whether the counts of use go on from it."""

from sqlalchemy import Engine

from engine.delivery.assessments import editions
from engine.delivery.edition import Edition, load_edition


def goes_on_from(database: Engine, edition: Edition) -> Edition | None:
    """Return the edition from whose counts of use this one goes on, None where it counts anew.

    It is the last that was published at the same address before, if both have the same questions, in the same
    versions, and the same [exposure]: then a question that many have met stays one that many have met. In
    any other case the counts would be about something else.
    """
    known = [one for one in editions(database) if one.assessment.id == edition.assessment.id]
    at = next(one.at for one in known if one.assessment.edition == edition.name)
    before = next((one.assessment.edition for one in known if one.at < at), None)
    if before is None:
        return None
    earlier = load_edition(database, before)
    return earlier if _counted(earlier) == _counted(edition) else None


def _counted(edition: Edition) -> object:
    """Return what the counts of an edition are about: its exposure control, and versions of questions."""
    versions = {name: edition.items[name].version for name in edition.design.pool.items}
    return edition.design.rules.document.get("exposure"), versions
