"""What every route may use, one per application."""

from dataclasses import dataclass
from typing import cast

from flask import current_app, g

from askpanda.api.rooms import Rooms
from askpanda.api.running import Runner
from askpanda.database import Database
from askpanda.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    settings: Settings
    database: Database
    rooms: Rooms
    runner: Runner


def service() -> Service:
    return cast(Service, current_app.extensions["askpanda"])


def owner() -> str:
    """Whose token came with this request."""
    return cast(str, g.owner)
