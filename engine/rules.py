"""The choices that make a test: one frozen record, read from a rules file (TOML)."""

import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.estimation.base import Estimator
from engine.estimation.eap import ExpectedAPosteriori
from engine.insertion import Insertion
from engine.priors import Prior
from engine.rules_file import Grid, Reporting, read_tables
from engine.scale import Scale
from engine.sections import Section, default_stop
from engine.selection.base import Chooser, Constraint, Criterion, Exposure
from engine.selection.choosers import Best
from engine.selection.mfi import MaximumFisherInformation
from engine.starting import Start
from engine.stopping.base import StoppingRule
from items.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class CatRules:
    """The rules of an adaptive test; every part has a sensible default.

    Attributes
    ----------
    start, criterion, chooser, exposure, constraints, estimator, stop, scale
        The choices, as the tables of the rules file name them.
    prior : Prior or None
        Of the provisional ability; None stands for the population of the parameter set.
    uncertainty : bool
        Carry what is not known of the item parameters into θ, its SE and the stop (`parameter_uncertainty`).
    grid : Grid or None
        None stands for the reference grid, made finer where the test needs it.
    report : Reporting
    insertions : tuple of Insertion
        Open questions and pilot items of the whole test.
    sections : tuple of Section
        What takes the place of criterion, chooser, constraints and stop where a test has several parts.
    document : mapping
        The rules file as read.
    """

    start: Start = field(default_factory=Start)
    criterion: Criterion = field(default_factory=MaximumFisherInformation)
    chooser: Chooser = field(default_factory=Best)
    exposure: Exposure | None = None
    constraints: tuple[Constraint, ...] = ()
    estimator: Estimator = field(default_factory=ExpectedAPosteriori)
    prior: Prior | None = None
    uncertainty: bool = False
    grid: Grid | None = None
    report: Reporting = field(default_factory=Reporting)
    stop: StoppingRule = field(default_factory=default_stop)
    scale: Scale = field(default_factory=Scale)
    insertions: tuple[Insertion, ...] = ()
    sections: tuple[Section, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def inserted(self) -> tuple[Insertion, ...]:
        """The insertions of the whole test and of its sections."""
        return (*self.insertions, *(each for section in self.sections for each in section.insertions))

    @property
    def parts(self) -> tuple[Section, ...]:
        """The sections, or the one that a test without sections is."""
        whole = Section("", "", (), self.criterion, self.chooser, self.constraints, self.stop)
        return self.sections or (whole,)

    @classmethod
    def default(cls) -> "CatRules":
        """Return the rules of an empty rules file."""
        return cls()

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "CatRules":
        """Read a rules file.

        Raises
        ------
        BadInput
            If it cannot be read, or a table, rule or setting is unknown or out of range.
        """
        path = Path(path)
        return cls.parse(cls.read_text(path), where=str(path), folder=path.parent)

    @staticmethod
    def read_text(path: Path) -> str:
        """Return the text of a rules file; raises BadInput if it cannot be read."""
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise BadInput("there is no such file", where=str(path), right="name a rules file") from None
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"cannot be read ({error})", where=str(path), right="a TOML file") from None

    @classmethod
    def parse(cls, text: str, *, where: str = "rules", folder: Path | None = None) -> "CatRules":
        """Read the text of a rules file; paths in it are relative to `folder`. Raises as `read` does."""
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadInput(
                f"is not TOML ({error})", where=where, right="see itemwise rules --example"
            ) from None
        return cls.of(document, where=where, folder=folder)

    @classmethod
    def of(
        cls, document: Mapping[str, Any], *, where: str = "rules", folder: Path | None = None
    ) -> "CatRules":
        """Take the tables of a rules file, already read. Raises as `read` does."""
        return cls(**read_tables(document, where=where, folder=folder or Path()), document=document)

    def fingerprint(self) -> str:
        """Return a hash (SHA-256, hexadecimal) of the rules file's content, whatever its layout."""
        return hashlib.sha256(json.dumps(self.document, sort_keys=True, default=str).encode()).hexdigest()
