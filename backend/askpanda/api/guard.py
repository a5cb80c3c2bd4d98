"""Who may come in: the Host header, the Origin, the token; and the headers that every answer carries.

A page somewhere in the web can make a browser send requests to loopback. The Host rule stops names that were rebound to us,
the Origin rule stops pages of other sites, the token stops whoever is left.
"""

import re

from flask import Flask, Response, g, request
from flask_cors import CORS

from askpanda.api import problems
from askpanda.database import Database, tokens
from askpanda.errors import ConfigurationError, Forbidden, Unauthorized
from askpanda.settings import Settings

#: Chromium's ids are 32 letters from a to p, Firefox draws a random UUID per installation.
EXTENSION = re.compile(r"(?:chrome-extension://[a-p]{32}|moz-extension://[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z")
PUBLIC = frozenset({"health.healthz", "health.readyz", "pairing.pair"})

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def host_of(header: str) -> str:
    """The name in a Host header, without its port: `[::1]:8765` → `[::1]`."""
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?", header.strip())
    return match[1].lower().rstrip(".") if match else ""


def is_loopback(host: str) -> bool:
    return host in ("localhost", "::1", "[::1]") or host.startswith("127.")


def check_settings(settings: Settings) -> None:
    """Raises `ConfigurationError` for settings that would open the door to everybody."""
    if not is_loopback(settings.host) and "trusted_hosts" not in settings.model_fields_set:
        raise ConfigurationError(
            f"HOST {settings.host} is open to others: set ASKPANDA_TRUSTED_HOSTS to the names under which it is called."
        )
    if not settings.trusted_hosts:
        raise ConfigurationError("ASKPANDA_TRUSTED_HOSTS is empty: give the names under which the backend is called.")
    if patterns := [host for host in settings.trusted_hosts if "*" in host]:
        raise ConfigurationError(f"ASKPANDA_TRUSTED_HOSTS holds {patterns[0]!r}: give whole names, never a pattern.")
    if settings.monitor_url and not re.fullmatch(r"https?://[^\s/?#@]+[^\s?#]*", settings.monitor_url):
        raise ConfigurationError("ASKPANDA_MONITOR_URL: give an address such as https://bigpanda.cern.ch.")
    for origin in settings.allowed_origins:
        if not re.fullmatch(r"https?://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?|\w+-extension://[\w-]+", origin):
            raise ConfigurationError(
                f"ALLOWED_ORIGINS holds {origin!r}: give whole origins such as https://bigpanda.cern.ch, never a pattern."
            )


class Guard:
    def __init__(self, settings: Settings, database: Database) -> None:
        hosts = {host_of(host) or f"[{host}]" for host in settings.trusted_hosts}
        if is_loopback(settings.host):  # 127.0.0.2 is as much our own as 127.0.0.1
            hosts.add(host_of(settings.host) or f"[{settings.host}]")
        self.hosts = frozenset(hosts)
        self.origins = frozenset(origin.rstrip("/") for origin in settings.allowed_origins)
        self.database = database

    def install(self, app: Flask) -> None:
        app.before_request(self.check)
        CORS(
            app,
            origins=[*self.origins, EXTENSION],
            methods=["GET", "POST", "DELETE", "OPTIONS"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
            expose_headers=["Retry-After", "X-Request-Id"],
            max_age=600,
        )
        app.after_request(self.seal)

    def check(self) -> None:
        """Raises `Forbidden` or `Unauthorized`; else the request's owner is known."""
        self._check_host()
        self._check_origin()
        if request.method == "OPTIONS" or request.endpoint in PUBLIC:
            return
        g.owner = self._owner()

    def _check_host(self) -> None:
        if host_of(request.headers.get("Host", "")) not in self.hosts:
            raise Forbidden("This Host name is not known here: call the backend by its address, or list it in TRUSTED_HOSTS.")

    def _check_origin(self) -> None:
        origin = request.headers.get("Origin")
        if origin is None:
            if request.headers.get("Sec-Fetch-Site") == "cross-site":
                raise Forbidden("Requests from other sites' pages are refused.")
        elif not (
            origin in self.origins or EXTENSION.match(origin) or origin == f"{request.scheme}://{request.headers['Host']}"
        ):
            raise Forbidden("Requests from this origin are refused: list it in ALLOWED_ORIGINS if it is yours.")

    def _owner(self) -> str:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        owner = tokens.owner_of(self.database, token.strip()) if scheme.lower() == "bearer" and token.strip() else None
        if owner is None:
            raise Unauthorized("A valid token is needed: pair the extension, or send Authorization: Bearer TOKEN.")
        return owner

    @staticmethod
    def seal(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers[name] = value
        response.headers["X-Request-Id"] = problems.request_id()
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response
