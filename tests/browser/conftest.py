"""One backend, one monitor over TLS, and for each browser one profile with the extension paired."""

import json
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.backend import Backend, running_backend
from tests.bigpanda.serving import Monitor, running_monitor
from tests.browser.chromium import running_chromium
from tests.browser.driver import Driver
from tests.browser.firefox import running_firefox
from tests.wire import Wire, running_wire

RUNNING: dict[str, Callable[..., AbstractContextManager[Driver]]] = {"chromium": running_chromium, "firefox": running_firefox}
BROWSERS = [pytest.param("chromium", marks=pytest.mark.chromium), pytest.param("firefox", marks=pytest.mark.firefox)]
EXTENSION = Path(__file__).resolve().parents[2] / "extension"
NAME = "bigpanda.cern.ch"
#: One in each sentence that the local model writes, slowly.
TREES = ("alder", "ash", "aspen", "beech", "birch", "elm", "fir", "larch", "lime", "oak", "pine", "willow")


def reply(*trees: str) -> str:
    return "## user.problem\n" + "".join(
        f"The job did not complete, and the {tree} takes its time to arrive.\n" for tree in trees
    )


REPLY = reply(*TREES)


@pytest.fixture(scope="session")
def built() -> Path:
    """The extension as it is built from this checkout."""
    subprocess.run(["npm", "run", "--silent", "build"], cwd=EXTENSION, check=True)
    return EXTENSION / "dist"


@pytest.fixture(scope="session")
def wire() -> Iterator[Wire]:
    with running_wire(REPLY) as server:
        yield server


@pytest.fixture(scope="session")
def backend(wire: Wire) -> Iterator[Backend]:
    with running_backend({**wire.environment, "ASKPANDA_MODEL": "none,openai/slow"}) as running:
        yield running


@pytest.fixture(scope="session")
def monitor() -> Iterator[Monitor]:
    with running_monitor(tls=True) as running:
        yield running


def prepared(built: Path, browser: str, folder: Path, backend: Backend, monitors: list[str], **more: bool) -> Path:
    """A copy of the built extension that pairs by itself, as `make run` prepares one."""
    copy = folder / browser
    shutil.copytree(built / browser, copy)
    code = backend.askpanda("pair").stdout.split()[-1]
    setup = {"backend": backend.url, "code": code, "monitors": monitors, **more}
    (copy / "setup.json").write_text(json.dumps(setup))
    return copy


@pytest.fixture(scope="session", params=BROWSERS)
def browser(
    request: pytest.FixtureRequest, built: Path, backend: Backend, monitor: Monitor, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Driver]:
    folder = prepared(built, request.param, tmp_path_factory.mktemp("extension"), backend, [monitor.named_url])
    with RUNNING[request.param](folder, NAME) as driver:
        yield driver


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the panel said when a test failed, briefly."""
    report = yield
    arguments = getattr(item, "funcargs", {})
    browser = arguments.get("browser") or getattr(arguments.get("own"), "browser", None)
    if browser is not None and report.when == "call" and report.failed:
        try:
            words = " ".join(str(browser.panel("return document.body.innerText")).split())
        except Exception as problem:
            words = f"no panel: {problem}"
        report.sections.append(("the panel said", words[:1500]))
    return report
