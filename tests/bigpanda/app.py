"""The local monitor as a Flask app."""

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, g, render_template

from tests.bigpanda import clock, modes
from tests.bigpanda.world import World


def create_monitor(modes_on: str = "", *, now: datetime | None = None, whose: str = "atlas", viewer: str = "") -> Flask:
    """A monitor over the jobs of one deployment (shape.NAMES). `modes_on` as in modes.MODES; `now` is what relative times
    count back from.

    `app.extensions["bigpanda"]` is {"world": World, "board": modes.Switchboard}, so that a test can change modes while it runs.
    """
    app = Flask(__name__, template_folder="templates", static_folder="static", static_url_path="/static")
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    board = modes.Switchboard(modes.parse(modes_on))
    app.extensions["bigpanda"] = {"world": World(now, whose), "board": board}
    modes.install(app, board)

    from tests.bigpanda.pages import cric, errors, filebrowser, harvester, jobs, lists, misc, tasks

    for module in (jobs, tasks, lists, errors, filebrowser, harvester, cric, misc):
        app.register_blueprint(module.pages)

    @app.context_processor
    def common() -> dict[str, Any]:
        age = float(g.modes.get("stale") or 0) + float(g.get("page_age", 0))
        built = clock.utc_now() - timedelta(minutes=age)
        return {
            "vo": vo(),
            "signed_in": modes.signed_in(),
            "viewer": viewer or world().shape.viewer,
            "first_name": "" if "new_user" in g.modes else (viewer or world().shape.viewer).split()[0],
            "built": built.strftime("%H:%M:%S"),
            "hostile": "hostile_css" in g.modes,
        }

    @app.errorhandler(404)
    def missing(_: Exception) -> tuple[str, int]:
        # A bare page without nav, as Django makes it.
        return render_template("404.html"), 404

    @app.errorhandler(500)
    def broken(_: Exception) -> tuple[str, int]:
        return render_template("500.html"), 500

    return app


def world() -> World:
    """The world of the app that answers the present request."""
    found: World = current_app.extensions["bigpanda"]["world"]
    return found


def vo() -> str:
    """What the pages call the experiment."""
    return "EIC" if "eic" in g.modes else world().shape.vo
