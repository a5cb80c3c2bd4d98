"""The error catalogue: one entry per (component, code)."""

from askpanda.catalogue.catalogue import Catalogue, load
from askpanda.catalogue.entry import SCRIPTS, Category, Entry
from askpanda.catalogue.names import COMPONENTS, resolve

__all__ = ["COMPONENTS", "SCRIPTS", "Catalogue", "Category", "Entry", "load", "resolve"]
