"""Language models behind one registry."""

from askpanda.models.registry import NONE, Model, Registry

__all__ = ["NONE", "Model", "Registry"]
