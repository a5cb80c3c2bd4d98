"""Home, help, login and other pages that have no job in them."""

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request

from tests.bigpanda import verdicts
from tests.bigpanda.app import vo, world
from tests.bigpanda.modes import wants_json

pages = Blueprint("misc", __name__)


@pages.get("/")
def home() -> str:
    """Counts of jobs by state and some jobs to start from."""
    counts: dict[str, int] = {}
    for one in world().cases.values():
        counts[one.record["jobstatus"]] = counts.get(one.record["jobstatus"], 0) + 1
    shown = [one for one in world().cases.values() if not one.data.get("crowd_member")]
    return render_template("home.html", counts=counts, shown=shown)


@pages.get("/help/")
def help_page() -> str:
    """The general help."""
    return render_template(
        "plain.html",
        title="PanDA monitor help",
        subtitle="Help",
        text="A local monitor for trying Ask PanDA out. Its README says what is real in it.",
    )


@pages.get("/login/")
def login() -> Response:
    """Two buttons; here either signs the visitor in."""
    return make_response(render_template("login.html", back=request.args.get("next", "/")))


@pages.post("/login/")
def sign_in() -> Response:
    """Set the session cookie and go back."""
    back = request.form.get("next", "/")
    reply = redirect(back if back.startswith("/") and not back.startswith("//") else "/")
    reply.set_cookie("bpsessionid", "local-demo", httponly=True, samesite="Lax", secure=request.is_secure, max_age=7 * 86400)
    return reply  # type: ignore[return-value]


@pages.get("/logout/")
def logout() -> Response:
    """Sign out until the next login."""
    reply = redirect("/login/")
    reply.set_cookie("bpsessionid", "signed-out", httponly=True, samesite="Lax")
    return reply  # type: ignore[return-value]


@pages.get("/robots.txt")
def robots() -> Response:
    """No robots."""
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


@pages.get("/api/joberrordescriptions/")
def error_descriptions() -> Response | tuple[Response, int]:
    """The texts behind the Description column; JSON only."""
    if not wants_json():
        return jsonify(error="Only JSON is served here"), 400
    rows: list[dict[str, Any]] = list(verdicts.descriptions().values())
    return jsonify(error_descriptions=rows)


@pages.get("/profile/")
def profile() -> str:
    """The signed-in user's page."""
    return render_template("plain.html", title="Profile", subtitle="User profile", text="Demo user of the local monitor.")


@pages.get("/dash/region/")
@pages.get("/dash/world/")
@pages.get("/idds/")
@pages.get("/idds/wfprogress/")
@pages.get("/status_summary/")
def dashboards() -> str:
    """Overview pages, which only offer free questions."""
    return render_template(
        "plain.html",
        title=f"{vo()} PanDA dashboard",
        subtitle="Dashboard",
        text="No dashboard in the local monitor.",
    )
