"""`make run`: backend, local demo monitor, and a browser whose sidebar is paired and open on a failed job.

Everything runs until Ctrl-C. Without a display (or without Chromium) the few steps that lead there are printed instead.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from askpanda.errors import ConfigurationError
from askpanda.settings import Settings
from tests.bigpanda.serving import running_monitor
from tests.bigpanda.shape import NAMES, shape

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [str(Path(sys.executable).parent / "askpanda")]
MONITOR_PORT = int(os.environ.get("ASKPANDA_DEMO_PORT", "8780"))


def main() -> int:
    """Runs the demo; 0 after Ctrl-C, 1 with a sentence where something is in the way."""
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    try:
        with contextlib.ExitStack() as stack:
            try:
                return _run(stack)
            except KeyboardInterrupt:
                _say("\nStopping …")  # the backend's workers end their work first
                raise
    except KeyboardInterrupt:
        print("Stopped.")
        return 0
    except RuntimeError as problem:
        print(problem, file=sys.stderr)
        return 1


def _run(stack: contextlib.ExitStack) -> int:
    if os.environ.get("ASKPANDA_STORE") == "elasticsearch" and not os.environ.get("ASKPANDA_ELASTICSEARCH_URL"):
        os.environ["ASKPANDA_ELASTICSEARCH_URL"] = stack.enter_context(_elasticsearch())
    wanted = _settings().experiment
    shown = shape(wanted if wanted in NAMES else "panda")  # an experiment of one's own is shown a plain PanDA
    if shown.atlas:
        os.environ.setdefault("ASKPANDA_CRIC_URL", f"http://127.0.0.1:{MONITOR_PORT}/cric/api/atlas/pandaqueue/query/?json")
    settings = _settings()
    _say("Starting the backend …")
    backend = _backend(stack, settings)
    port = _free(MONITOR_PORT, "the demo monitor", "ASKPANDA_DEMO_PORT")
    monitor = stack.enter_context(running_monitor(port=port, whose=shown.name)).url
    first = next(iter(shown.shown))
    page = f"{monitor}/job?pandaid={first}"
    _say(f"Backend       {backend}   (state in {settings.state_dir})")
    _say(f"Experiment    {settings.of_experiment.name}")
    _say(f"Demo monitor  {monitor}/")
    for pandaid, what in shown.shown.items():
        _say(f"  {monitor}/job?pandaid={pandaid}   {what}")
    _documents(stack, settings)
    browser = _browser(stack, settings, backend, monitor, page)
    if browser is None:
        _steps(backend, monitor, page, first)
    _say("Ctrl-C ends all of it.")
    while backend_process := stack.__dict__.get("backend"):
        if backend_process.poll() is not None:
            raise RuntimeError(f"The backend ended. The reason is in {settings.state_dir / 'askpanda.log'}")
        time.sleep(1)
    return 0


def _backend(stack: contextlib.ExitStack, settings: Settings) -> str:
    url = f"http://{settings.host}:{_free(settings.port, 'the backend', 'ASKPANDA_PORT')}"
    process = subprocess.Popen([*COMMAND, "serve"], start_new_session=True, stdout=subprocess.DEVNULL)
    stack.callback(_end, process)
    stack.__dict__["backend"] = process
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("The backend did not start; the lines above say why.")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            if answer.status == 200:
                return url
        time.sleep(0.1)
    raise RuntimeError(f"The backend did not become ready within a minute. See {settings.state_dir / 'askpanda.log'}")


def _settings() -> Settings:
    """Raises RuntimeError, in one line, for one that cannot be used."""
    try:
        return Settings()
    except ConfigurationError as error:
        raise RuntimeError(error.message) from None


def _documents(stack: contextlib.ExitStack, settings: Settings) -> None:
    """The experiment's documentation is added in the background where it can be reached, one source after the other."""
    status = subprocess.run([*COMMAND, "index", "status"], capture_output=True, text=True, check=False)
    _say("Documents:")
    for line in status.stdout.strip().splitlines():
        _say(f"  {line}")
    rows = [line.split() for line in status.stdout.splitlines()]
    there = {row[0] for row in rows if len(row) > 1 and row[1].isdecimal() and row[1] != "0"}
    missing = [source for source in settings.of_experiment.documents if source not in there]
    if missing:
        log = (settings.state_dir / "documents.log").open("w")
        adding = [sys.executable, "-m", "tests.demo", "add", *missing]
        stack.callback(_end, subprocess.Popen(adding, stdout=log, stderr=log, start_new_session=True, cwd=ROOT))
        _say(f"  {', '.join(missing)}: being added in the background where they can be reached (see {log.name})")


def _add(sources: list[str]) -> int:
    """One after the other: what cannot be reached keeps no other from being added."""
    return max([subprocess.run([*COMMAND, "index", "add", source], check=False).returncode for source in sources], default=0)


def _code() -> str:
    """A one-time pairing code."""
    said = subprocess.run([*COMMAND, "pair"], capture_output=True, text=True, check=True)
    return said.stdout.split()[-1]


def _browser(stack: contextlib.ExitStack, settings: Settings, backend: str, monitor: str, page: str) -> subprocess.Popen | None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return None
    if chromium is None:
        if subprocess.run(["sh", str(ROOT / "scripts" / "need"), "chromium"], check=False).returncode:
            return None
        chromium = shutil.which("chromium")
    folder = settings.state_dir / "demo-extension"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "extension" / "dist" / "chromium", folder)
    setup = folder / "setup.json"
    setup.touch(mode=0o600)
    setup.write_text(json.dumps({"backend": backend, "code": _code(), "monitors": [monitor], "open": True}))
    process = subprocess.Popen(
        [
            str(chromium), f"--user-data-dir={settings.state_dir / 'demo-browser'}", f"--load-extension={folder}",
            f"--disable-extensions-except={folder}", "--no-first-run", "--no-default-browser-check", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--window-size=1400,900",
            *(["--no-sandbox"] if os.geteuid() == 0 else []), page,
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    stack.callback(_end, process)
    _say(f"Chromium is open on {page} with the sidebar.")
    return process


def _steps(backend: str, monitor: str, page: str, first: int) -> None:
    dist = ROOT / "extension" / "dist"
    told = [f"{name}={os.environ[name]}" for name in ("ASKPANDA_EXPERIMENT", "ASKPANDA_STATE_DIR") if os.environ.get(name)]
    command = " ".join([*told, ".venv/bin/askpanda"])
    for line in (
        "",
        "No display here (or no Chromium), so the last steps are yours:",
        "  1. Load the extension: in Chromium or Chrome open chrome://extensions, switch on the developer mode, "
        f"'Load unpacked' {dist / 'chromium'};",
        "     in Firefox open about:debugging#/runtime/this-firefox, 'Load Temporary Add-on' "
        f"{dist / 'firefox' / 'manifest.json'}",
        f"  2. In its options set the backend {backend}, type the pairing code {_code()} (valid for 2 minutes; "
        f"`{command} pair` prints another)",
        f"     and add the monitor {monitor}",
        f"  3. Open {page} and press Alt+Shift+K",
        f"Or ask here: ASKPANDA_MONITOR_URL={monitor} {command} ask 'why did job {first} fail?'",
        "",
    ):
        _say(line)


@contextlib.contextmanager
def _elasticsearch() -> Iterator[str]:
    if subprocess.run(["sh", str(ROOT / "scripts" / "need"), "java=default-jre-headless", "mvn=maven"], check=False).returncode:
        raise RuntimeError("Elasticsearch needs Java; or set ASKPANDA_ELASTICSEARCH_URL to one that runs.")
    from tests.elasticsearch_server import running_elasticsearch

    _say("Starting Elasticsearch …")
    with running_elasticsearch() as url:
        _say(f"Elasticsearch {url}")
        yield url


def _free(port: int, what: str, variable: str) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise RuntimeError(f"Port {port}, wanted for {what}, is in use. Choose another: {variable}=PORT make run") from None
    return port


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(_add(sys.argv[2:]) if sys.argv[1:2] == ["add"] else main())
