"""The scale on which scores of a bank are reported."""

from sqlalchemy import Engine

from engine.delivery.assessments import offered
from engine.rules import CatRules
from engine.scale import Scale


def reporting_scale(database: Engine, bank: str) -> Scale:
    """Return the reporting scale of the bank's assessment on offer, the default one without."""
    theirs = [one for one in offered(database) if one.bank == bank]
    return CatRules.parse(theirs[0].rules, where=theirs[0].id).scale if theirs else Scale()
