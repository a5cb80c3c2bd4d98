"""A real backend for tests: `askpanda serve` under gunicorn with two workers, on a free port, in a state folder of its own."""

import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.ports import free_port

SERVE = (sys.executable, "-m", "askpanda.cli", "serve")
#: Reading the certificates of the world takes longer (50 ms) than most questions, and all here is plain HTTP.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Backend:
    """`token` is the local owner's. Each `client()` call on a fresh connection may meet either worker."""

    url: str
    state_dir: Path
    env: dict[str, str]
    command: Sequence[str]
    process: subprocess.Popen[bytes]

    @property
    def token(self) -> str:
        return (self.state_dir / "token").read_text().strip()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def headers(self, token: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {token or self.token}"}

    def client(self, token: str | None = None, timeout: float = 60) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=self.headers(token), timeout=timeout, trust_env=False, verify=NO_TLS)

    def askpanda(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the command line on the same state folder."""
        return subprocess.run(
            [sys.executable, "-m", "askpanda.cli", *words],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def token_of(self, owner: str) -> str:
        return self.askpanda("token", "create", owner).stdout.split()[-1]

    def log(self) -> str:
        file = self.state_dir / "askpanda.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def output(self) -> str:
        return (self.state_dir / "output.txt").read_text("utf-8", "replace")

    def start(self, seconds: float = 90, ready: bool = True) -> None:
        """Start (again) and wait until it can answer."""
        with (self.state_dir / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(
                self.command, env=self.env, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        end = time.monotonic() + seconds
        path = "/readyz" if ready else "/healthz"
        with httpx.Client(timeout=5, trust_env=False, verify=NO_TLS, headers={"Connection": "close"}) as client:
            while time.monotonic() < end:
                if self.process.poll() is not None:
                    raise RuntimeError(
                        f"the backend ended with {self.process.returncode}:\n{self.output()}\n{self.log()[-3000:]}"
                    )
                try:
                    if client.get(self.url + path).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"the backend was not ready after {seconds} s:\n{self.output()}\n{self.log()[-3000:]}")

    def stop(self, sig: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)

    def restart(self) -> None:
        self.stop()
        self.start()


@contextmanager
def running_backend(
    env: Mapping[str, str] | None = None, *, command: Sequence[str] = SERVE, state_dir: Path | None = None, ready: bool = True
) -> Iterator[Backend]:
    """A backend that is ready, and gone afterwards. `env` holds settings: `{"ASKPANDA_MODEL": "openai/x", ...}`."""
    with tempfile.TemporaryDirectory(prefix="askpanda-") as folder:
        state = state_dir or Path(folder)
        port = free_port()
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ASKPANDA_")}
        settings = {"ASKPANDA_PORT": str(port), "ASKPANDA_STATE_DIR": str(state), "ASKPANDA_WORKERS": "2"}
        settings["ASKPANDA_CRIC_URL"] = ""  # nothing of a test leaves the machine
        placeholder: subprocess.Popen[bytes] = None  # type: ignore[assignment]  # `start` sets it
        backend = Backend(f"http://127.0.0.1:{port}", state, {**clean, **settings, **(env or {})}, command, placeholder)
        backend.start(ready=ready)
        try:
            yield backend
        except Exception:
            print(backend.log()[-4000:])  # what a test saw is seldom the whole story
            raise
        finally:
            backend.stop()


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Until something has happened; an AssertionError where it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)
