"""Item response models: one family a file, each member registered under its short name."""

from engine.models.base import ItemModel
from engine.registry import Registry

models: Registry[ItemModel] = Registry("model")


def model(name: str) -> ItemModel:
    """Return the model registered under `name`; raises ValueError with the nearest name if there is none."""
    return models[name]()


models.load(__name__, __path__)
