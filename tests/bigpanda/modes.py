"""Odd answers of the monitor, switched on by constructor, by header `X-Monitor-Mode`, or by cookie `monitor_mode`.

A mode list reads `name` or `name=value`, separated by commas or blanks. Modes and what they do are in MODES.
"""

import time
from dataclasses import dataclass, field

from flask import Flask, Response, g, jsonify, make_response, redirect, render_template, request

MODES = {
    "signed_out": "HTML pages redirect to /login/?next=...; JSON stays open, as on the real monitor",
    "json_401": "JSON answers 401 {'detail': ...}",
    "json_500": "JSON answers 500 with the monitor's HTML error page",
    "json_login": "JSON is redirected to the login page, as a single sign-on in front of the monitor would do",
    "rate_limit": "=N: from the N-th request on 429, {'error': ...} for JSON, a page else",
    "unknown_job": "every job and task is not there: status 200, HTML, also for JSON",
    "no_log": "the file browser finds no file: its list is empty, a file is 404 {'error': ...}",
    "log_400": "the file browser fails: 400 {'error': ...}",
    "empty_log": "log files are empty: status 200, 0 bytes",
    "bare_links": "addresses in the list of logs have no scheme",
    "html_log": "log addresses answer with an HTML page, status 200",
    "login_log": "log addresses redirect to the login page",
    "big_tarball": "the log tarball is too large: the page refuses, JSON lists nothing",
    "strict_csp": "a strict Content-Security-Policy: no styles (but with hostile_css), no frames, fetches to itself only, "
    "no HTML from strings",
    "hostile_css": "pages carry CSS that hits every element",
    "slow": "=SECONDS: every answer is late",
    "error_500": "every page answers 500",
    "forbidden": "403, as for a black-listed address",
    "eic": "pages of another experiment (VO 'EIC')",
    "table": "=2024|2025|2026: all job pages show this generation of the error table",
    "stale": "=MINUTES: pages were built that long ago",
    "new_user": "the page shows no first name for the signed-in user",
}

STRICT_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'none'; frame-src 'none'; frame-ancestors 'none'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
OPEN_PAGES = ("/", "/help/", "/login/", "/robots.txt")


@dataclass
class Switchboard:
    """Modes of one monitor; `always` may be changed while it runs."""

    always: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    log: list[str] = field(default_factory=list)

    def set(self, modes: str = "") -> None:
        """Replace the modes that hold for every request, and start counting anew."""
        self.always, self.requests = parse(modes), 0


def parse(text: str) -> dict[str, str]:
    """`a, b=2` → {"a": "", "b": "2"}. ValueError for a mode that does not exist."""
    found = {}
    for word in text.replace(",", " ").split():
        name, _, value = word.partition("=")
        if name not in MODES:
            raise ValueError(f"{name} is no mode of the local monitor; there are {', '.join(MODES)}")
        found[name] = value
    return found


def wants_json() -> bool:
    """Whether the request asks for data: a `json` key in the query, or one of the two Accept headers that the monitor knows."""
    return "json" in request.args or request.headers.get("Accept") in ("application/json", "text/json")


def signed_in() -> bool:
    """Signed in unless the mode says otherwise or the session cookie says so."""
    return "signed_out" not in g.modes and request.cookies.get("bpsessionid") != "signed-out"


def install(app: Flask, board: Switchboard) -> None:
    """Hook the modes into an app."""

    @app.before_request
    def odd_answers() -> Response | tuple[Response, int] | None:
        g.modes = (
            board.always | parse(request.headers.get("X-Monitor-Mode", "")) | parse(request.cookies.get("monitor_mode", ""))
        )
        board.requests += 1
        board.log.append(request.full_path.rstrip("?"))
        if request.path.startswith("/static/"):
            return None
        if seconds := g.modes.get("slow"):
            time.sleep(float(seconds))
        media = request.path.lstrip("/").startswith("media/")
        if "forbidden" in g.modes:
            return _refusal(403, "Your address is black listed, ask the experts of the monitor")
        if "rate_limit" in g.modes and board.requests >= int(g.modes["rate_limit"] or 0):
            return _refusal(429, "Too many requests from your address, try again in an hour")
        if "error_500" in g.modes:
            return make_response(render_template("500.html"), 500)
        if wants_json() and not media:
            if "json_401" in g.modes:
                return make_response(jsonify(detail="Authentication credentials were not provided."), 401)
            if "json_500" in g.modes:
                return make_response(render_template("500.html"), 500)
            if "json_login" in g.modes:
                return redirect(f"/login/?next={request.full_path}")  # type: ignore[return-value]
        if not wants_json() and not media and request.path not in OPEN_PAGES and not _file_call() and not signed_in():
            return redirect(f"/login/?next={request.full_path.rstrip('?')}")  # type: ignore[return-value]
        return None

    @app.after_request
    def headers(response: Response) -> Response:
        if response.status_code == 308:  # werkzeug's way to add a missing last slash; Django's is 301
            response.status_code = 301
        if not request.path.startswith(("/static/", "/media/", "//media/")):
            response.headers["X-Frame-Options"] = "DENY"
            response.headers.setdefault("Cache-Control", "max-age=600")
            if "strict_csp" in g.get("modes", {}):
                # With hostile_css the page's own sheets must get through, or they would not be hostile.
                own = "style-src 'self'" if "hostile_css" in g.modes else "style-src 'none'"
                response.headers["Content-Security-Policy"] = STRICT_CSP.replace("style-src 'none'", own)
        return response


def _file_call() -> bool:
    return request.path in ("/login/", "/favicon.ico")


def _refusal(status: int, text: str) -> Response:
    if wants_json():
        return make_response(jsonify(error=text), status)
    return make_response(render_template("error.html", text=text, status=status), status)
