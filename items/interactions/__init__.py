"""What a candidate does to answer: one file per kind; a new kind is a file and a place in the union."""

from typing import Annotated

from pydantic import Field

from items.interactions.base import Interaction, Mistake, Scored, Section, Text
from items.interactions.choice import Choice, Option
from items.interactions.multiple_choice import MultipleChoice
from items.interactions.numeric import Numeric
from items.interactions.open_response import Criterion, OpenResponse
from items.interactions.short_text import ShortText
from items.interactions.single_choice import SingleChoice

AnyInteraction = Annotated[
    SingleChoice | MultipleChoice | Numeric | ShortText | OpenResponse, Field(discriminator="type")
]

KINDS: dict[str, type[Interaction]] = {
    kind.model_fields["type"].default: kind
    for kind in (SingleChoice, MultipleChoice, Numeric, ShortText, OpenResponse)
}

__all__ = [
    "KINDS",
    "AnyInteraction",
    "Choice",
    "Criterion",
    "Interaction",
    "Mistake",
    "MultipleChoice",
    "Numeric",
    "OpenResponse",
    "Option",
    "Scored",
    "Section",
    "ShortText",
    "SingleChoice",
    "Text",
]
