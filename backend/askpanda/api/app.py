"""The Flask application: routes, and what stands before and behind them."""

import logging
from typing import Any

from flask import Flask

from askpanda.api import (
    answers,
    ask,
    comparing,
    conversations,
    errors,
    feedback,
    guard,
    health,
    limits,
    logs,
    metrics,
    models,
    openapi,
    pairing,
    problems,
    reading,
    search,
    uploads,
    usage,
)  # fmt: skip
from askpanda.api.rooms import Rooms
from askpanda.api.running import Runner
from askpanda.api.service import Service
from askpanda.database import Database, tokens
from askpanda.errors import Unavailable
from askpanda.settings import Settings

VERSIONED = (answers, ask, comparing, conversations, errors, feedback, models, pairing, search, uploads, usage)
UNVERSIONED = (health, metrics, openapi)


def create_app(settings: Settings | None = None, assistant: Any = None, **rooms: Any) -> Flask:
    """The application. `assistant`, `catalogue`, `store`, `registry` stand in for the real ones, which are opened when needed.

    Raises `ConfigurationError` for settings that would not be safe. A database that is away is none: a worker that comes
    up at that moment answers 503 until it is back, where its end would be that of the whole backend (gunicorn stops when
    a worker cannot start).
    """
    settings = settings or Settings()
    guard.check_settings(settings)
    database = Database(settings)
    try:
        database.upgrade()
        tokens.ensure_local(database)
    except Unavailable as error:
        logging.getLogger("askpanda.api").error("this worker starts without the database: %s", error)

    app = Flask("askpanda", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = reading.BODY_LIMIT + 1  # werkzeug refuses at its limit, the contract above it
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # an address with a doubled slash is none of ours; a redirect has no error shape
    opened = Rooms(settings, assistant=assistant, database=database, **rooms)
    app.extensions["askpanda"] = Service(settings, database, opened, Runner(database, settings, opened.interrupted))
    app.after_request(reading.drain_refused)
    metrics.observe(app)
    logs.observe(app)
    guard.Guard(settings, database).install(app)
    limiter = limits.make_limiter(database)
    limiter.init_app(app)
    problems.install(app, limiter)
    for module in VERSIONED:
        app.register_blueprint(module.blueprint, url_prefix="/api/v1")
    for module in UNVERSIONED:
        app.register_blueprint(module.blueprint)
    for module in (ask, comparing):  # together: a comparison is a question more
        limiter.shared_limit(f"{settings.rate_limit} per minute", scope="asks", methods=["POST"])(module.blueprint)
    return app
