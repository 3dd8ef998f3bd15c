"""The policy file: every threshold, with its source, what it rests on, and what to do."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.registry import nearest
from items.errors import BadInput

DEFAULT = Path(__file__).parent.parent / "flags_policy.toml"


class Rule(BaseModel):
    """One flag's entry: fixed fields, and its thresholds as further numbers."""

    model_config = ConfigDict(frozen=True, extra="allow")

    severity: Annotated[int, Field(ge=1, le=5)]
    basis: Literal["conventional", "simulated"]
    source: str
    action: str

    def __getitem__(self, threshold: str) -> float:
        """Return a threshold by name."""
        return float((self.model_extra or {})[threshold])


class Minimum(BaseModel):
    """Answers below which nothing is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: Annotated[int, Field(ge=1)] = 50
    option: Annotated[int, Field(ge=1)] = 8
    group: Annotated[int, Field(ge=1)] = 50
    person: Annotated[int, Field(ge=1)] = 5


class Policy(BaseModel):
    """All flags by name; a flag that the file leaves out is not raised."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minimum: Minimum = Minimum()
    flags: Mapping[str, Rule]

    @staticmethod
    def text(path: str | os.PathLike[str] | None = None) -> str:
        """Return a policy file as it stands, the project's own if none is named: what to copy and change."""
        return (DEFAULT if path is None else Path(path)).read_text(encoding="utf-8")

    @classmethod
    def read(cls, path: str | os.PathLike[str] | None = None) -> "Policy":
        """Read a policy file; the project's own if none is named.

        Raises
        ------
        BadInput
            If the file cannot be read, a flag or threshold is unknown or missing, or a value is no number.
        """
        place = DEFAULT if path is None else Path(path)
        own = tomllib.loads(DEFAULT.read_text(encoding="utf-8"))
        try:
            data = tomllib.loads(place.read_text(encoding="utf-8"))
            policy = cls.model_validate(data)
        except FileNotFoundError:
            raise BadInput("there is no such file", where=str(place), right="a policy (TOML)") from None
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"is not TOML ({error})", where=str(place), right="a policy") from None
        except ValidationError as error:
            first = error.errors()[0]
            spot = ".".join(str(part) for part in first["loc"])
            raise BadInput(
                f"{spot}: {first['msg']}", where=str(place), right="as in the default policy"
            ) from None
        for name, rule in policy.flags.items():
            _check(name, rule, own["flags"], str(place))
        return policy


def _check(name: str, rule: Rule, known: Mapping[str, Any], where: str) -> None:
    """Refuse flags that no rule raises, and thresholds that are unknown, missing or no numbers."""
    if name not in known:
        raise BadInput(f"unknown flag '{name}'", where=where, right=nearest(name, known))
    wanted = set(known[name]) - set(Rule.model_fields)
    given = rule.model_extra or {}
    for threshold, value in given.items():
        if threshold not in wanted:
            raise BadInput(
                f"flag '{name}' has no threshold '{threshold}'",
                where=where,
                right=nearest(threshold, wanted or {"none"}),
            )
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise BadInput(f"flag '{name}': {threshold} = {value!r}", where=where, right="a number")
    for threshold in sorted(wanted - set(given)):
        raise BadInput(f"flag '{name}' lacks the threshold '{threshold}'", where=where, right="a number")
