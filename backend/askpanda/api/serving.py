"""The backend under gunicorn: two workers of many threads, everything that holds a connection made after the fork."""

import ctypes
import fcntl
import json
import logging
import os
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from gunicorn.http import errors as http  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from askpanda.api import guard, logs, metrics
from askpanda.database import Database, tokens
from askpanda.errors import ConfigurationError
from askpanda.settings import Settings
from askpanda.stores import index_folder

PID_FILE = "askpanda.pid"
#: The workers of a killed backend notice it within this time and let go of the state folder.
HANDOVER_SECONDS = 5.0

#: A stopping worker lets answers go on for this long, then keeps them as interrupted, and ends at the second time.
DRAIN_SECONDS, STOP_SECONDS = 5.0, 12
#: gunicorn's own largest request line: a search for 2,000 characters fits, whatever they are encoded as.
LINE_LIMIT = 8190
#: Everything in the state folder is its user's alone, also in a folder that others may enter.
PRIVATE = 0o077

#: The number that mallopt(3) has for it.
_M_ARENA_MAX = -8

_STATUS = {
    http.LimitRequestLine: (414, "URI Too Long", "The address is too long."),
    http.LimitRequestHeaders: (431, "Request Header Fields Too Large", "The headers are too large."),
}


class Worker(ThreadWorker):
    """gunicorn's threads, with our shape for what never reaches the application, and an end that keeps answers."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        status, reason, message = next(
            (words for kind, words in _STATUS.items() if isinstance(exc, kind)),
            (400, "Bad Request", "This is not a request that could be understood."),
        )
        if not isinstance(exc, http.ParseException):
            status, reason, message = 500, "Internal Server Error", "Something broke in Ask PanDA; see askpanda.log."
            logging.getLogger("askpanda.worker").error("a request broke outside of the application", exc_info=exc)
        body = json.dumps(
            {"error": {"code": reason.lower().replace(" ", "_"), "message": message, "details": {}, "request_id": ""}}
        )
        lines = [
            f"HTTP/1.1 {status} {reason}",
            "Connection: close",
            "Content-Type: application/json",
            "X-Content-Type-Options: nosniff",
            "Cache-Control: no-store",
            f"Content-Length: {len(body)}",
        ]
        with suppress(OSError):  # the client may be gone
            client.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def handle_exit(self, sig: int, frame: Any) -> None:
        service = getattr(self.wsgi, "extensions", {}).get("askpanda")
        if service is not None:
            service.runner.drain(DRAIN_SECONDS)
        super().handle_exit(sig, frame)


class _Log(Logger):
    """gunicorn's messages go where ours go; the application writes the line per request itself."""

    def setup(self, cfg: Any) -> None:
        self.error_log.propagate = True
        self.access_log.propagate = False

    def access(self, *_: Any, **__: Any) -> None:
        return

    def reopen_files(self) -> None:
        return


class _Server(BaseApplication):
    def __init__(self, settings: Settings, options: dict[str, Any], load: Callable[[], Any]) -> None:
        self.settings, self.options, self._load = settings, options, load
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._load()


def prepare(settings: Settings) -> Path:
    """Everything that is needed once before the workers start; the file with the local token.

    Raises `ConfigurationError` where the settings are not safe, `Unavailable` where the database cannot be opened.
    """
    guard.check_settings(settings)
    _check_models(settings)
    os.umask(PRIVATE)
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(
            f"{settings.state_dir} cannot be made ({error.strerror}): set ASKPANDA_STATE_DIR to a folder of your own."
        ) from error
    database = Database(settings)
    try:
        database.upgrade()
        return tokens.ensure_local(database)
    finally:
        database.close()  # no connection crosses the fork


def _check_models(settings: Settings) -> None:
    """Raises `ConfigurationError` for a model that is not understood, lacks its key or is where EGRESS lets nothing go."""
    from askpanda.models import Registry
    from askpanda.models.embeddings import embedder

    Registry(settings)
    embedder(settings)


def _alone(settings: Settings) -> TextIO:
    """Hold the state folder for as long as this process and its workers live.

    Raises `ConfigurationError` where another backend has it, or something has the address.
    """
    lock = (settings.state_dir / "askpanda.lock").open("a")
    end = time.monotonic() + HANDOVER_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            if time.monotonic() > end:
                raise ConfigurationError(
                    f"Another backend uses {settings.state_dir}: stop it, or set ASKPANDA_STATE_DIR to another folder."
                ) from None
            time.sleep(0.1)
    # that of a backend that was killed: its number may belong to anything by now
    (settings.state_dir / PID_FILE).unlink(missing_ok=True)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host.strip("[]"), settings.port))
        except OSError as error:
            raise ConfigurationError(
                f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}): set ASKPANDA_PORT, or "
                f"ASKPANDA_HOST, to another one."
            ) from error
    return lock


def serve(
    settings: Settings,
    make_app: Callable[[Settings], Any] | None = None,
    *,
    ready: Callable[[], None] = lambda: None,
    upkeep: Sequence[str] = (),
) -> None:
    """Run until a signal ends it. `ready` is called once, when the address is open.

    `make_app` is called in each worker and stands in for the whole application. `upkeep` is the command of the process
    that keeps the index; a fresh state folder waits for its first word, so that there is something to find.
    """
    prepare(settings)
    lock = _alone(settings)
    logs.configure(settings.state_dir / "askpanda.log", settings.log_level)
    metrics.share(settings.state_dir / "metrics")
    keeper = Beside(upkeep)
    fresh = bool(upkeep) and not index_folder(settings).exists()
    if fresh:
        keeper.start()
    host = f"[{settings.host.strip('[]')}]" if ":" in settings.host else settings.host

    def when_ready(_: Any) -> None:
        ready()
        if upkeep:
            keeper.start()

    options = {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": f"{__name__}.Worker",
        "worker_connections": settings.threads * 4,
        "pidfile": str(settings.state_dir / PID_FILE),
        "logger_class": _Log,
        "graceful_timeout": STOP_SECONDS,
        "timeout": 60,
        "keepalive": 15,
        "limit_request_line": LINE_LIMIT,
        "umask": PRIVATE,
        "control_socket_disable": True,
        "proc_name": "askpanda",
        "when_ready": when_ready,
        "on_exit": lambda _: keeper.stop(),
        "child_exit": lambda _, worker: metrics.worker_gone(worker.pid),
        "post_worker_init": _warm,
    }
    try:
        if make_app is None:
            _import_once()
        if fresh:
            keeper.wait()
        _few_arenas()
        with lock:
            _Server(settings, options, lambda: _make(settings, make_app)).run()
    except Exception:
        keeper.stop()  # it holds our output: who reads that to its end would wait for a whole index
        raise


class Beside:
    """A process that runs beside the workers, such as the one that keeps the index; it ends with us, however we end.

    It says that its first work is done by a line on its output, and ends when its input does.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._process is None:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def wait(self) -> None:
        """Until its first work is done, or it ended without."""
        self.start()
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.readline()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)


def _few_arenas() -> None:
    """Have the C library keep two heaps rather than eight a core: with hundreds of threads, each of which allocates a
    little in whichever is free, the memory of a stream falls by a third (measured). Elsewhere than on glibc nothing
    happens.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _import_once() -> None:
    """Import and read what is slow before the fork, so that the workers share it; no client is made by that."""
    import askpanda.api.app  # noqa: F401
    from askpanda.pipeline.assistant import prepare

    prepare()


def _make(settings: Settings, make_app: Callable[[Settings], Any] | None) -> Any:
    from askpanda.api.app import create_app

    return (make_app or create_app)(settings)


def _warm(worker: Any) -> None:
    """Open the rooms beside the first requests, so that the first question does not wait for them."""
    import threading

    service = getattr(worker.wsgi, "extensions", {}).get("askpanda")
    if service is None:
        return
    service.runner.start_keeping()

    def open_rooms() -> None:
        try:
            service.runner.rehearse(service.rooms.assistant)
        except Exception:
            logging.getLogger("askpanda.worker").exception("a room could not be opened (process %d)", os.getpid())

    threading.Thread(target=open_rooms, name="warm", daemon=True).start()
