"""What may be asked next: content, enemies, exposure control, the shadow test."""

from engine.selection.base import constraints

constraints.load(__name__, __path__)
