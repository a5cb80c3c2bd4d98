"""HTTP only: routes, tokens, events. What an answer says is decided below.

`create_app(settings)` makes the Flask application; `askpanda.api.serving.serve(settings)` runs it under gunicorn.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from askpanda.settings import Settings


def create_app(settings: "Settings | None" = None, **rooms: Any) -> "Flask":
    """The application, with settings from the environment where none are given. See `askpanda.api.app.create_app`."""
    from askpanda.api.app import create_app as create

    return create(settings, **rooms)
