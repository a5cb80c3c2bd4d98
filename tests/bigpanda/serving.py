"""Running the local monitor: in a thread for tests, over http or over TLS with a certificate for the monitor's real name."""

import contextlib
import ssl
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tests.bigpanda.app import create_monitor
from tests.bigpanda.modes import Switchboard
from tests.bigpanda.shape import shape
from tests.bigpanda.world import World

NAME = shape().host


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  werkzeug's name
        pass


@dataclass
class Monitor:
    """A running monitor. `url` is what a client on this machine uses, `named_url` what a browser uses whose resolver
    maps the name.
    """

    url: str
    port: int
    app: Flask

    @property
    def named_url(self) -> str:
        """Base address under the monitor's real name."""
        return f"{self.url.split(':')[0]}://{self.world.shape.host}:{self.port}"

    @property
    def board(self) -> Switchboard:
        """Modes and the list of requested paths."""
        found: Switchboard = self.app.extensions["bigpanda"]["board"]
        return found

    @property
    def world(self) -> World:
        """The jobs that it shows."""
        found: World = self.app.extensions["bigpanda"]["world"]
        return found


def self_signed(folder: Path, names: tuple[str, ...] = (NAME, "localhost", "127.0.0.1")) -> tuple[Path, Path]:
    """Certificate and key files for the names, from an authority that nobody knows (needs trustme)."""
    import trustme

    certificate = trustme.CA().issue_cert(*names)
    cert, key = folder / "monitor.pem", folder / "monitor.key"
    for blob in certificate.cert_chain_pems[:1]:
        blob.write_to_path(cert)
    certificate.private_key_pem.write_to_path(key)
    return cert, key


def server(app: Flask, host: str, port: int, tls: tuple[Path, Path] | None = None, quiet: bool = True) -> BaseWSGIServer:
    """A threaded server, listening already; `port` 0 takes a free one."""
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
    return make_server(host, port, app, threaded=True, ssl_context=context, request_handler=_Quiet if quiet else None)


@contextlib.contextmanager
def running_monitor(
    modes_on: str = "", *, tls: bool = False, host: str = "127.0.0.1", port: int = 0, **options: Any
) -> Iterator[Monitor]:
    """A monitor that runs while the block does. With `tls` its certificate is self-signed, for bigpanda.cern.ch and loopback.

    with running_monitor(tls=True) as monitor:
        httpx.get(monitor.url + "/job?pandaid=6519134287&json", verify=False)
    """
    app = create_monitor(modes_on, **options)
    with tempfile.TemporaryDirectory() as folder:
        made = server(app, host, port, self_signed(Path(folder)) if tls else None)
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield Monitor(f"{'https' if tls else 'http'}://{host}:{made.server_port}", made.server_port, app)
        finally:
            made.shutdown()
            thread.join(10)
            made.server_close()
