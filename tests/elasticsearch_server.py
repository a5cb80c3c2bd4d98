"""A real Elasticsearch for tests and for trying: the minimal distribution, on loopback, ended by its process.

`python -m tests.elasticsearch_server` runs one in the foreground and prints its address.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

VERSION = "8.8.2"
ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
CACHE = Path(__file__).parents[1] / ".cache" / "elasticsearch"
ACCOUNT = "askpanda-elasticsearch"
PATIENCE = 120.0


class NoElasticsearch(Exception):
    """What is missing, as a sentence."""


def _archive() -> Path:
    """The distribution, fetched once by Maven."""
    archive = CACHE / f"elasticsearch-{VERSION}.zip"
    if not archive.exists():
        if not shutil.which("mvn"):
            raise NoElasticsearch("Maven (mvn) is not installed; it fetches Elasticsearch for the tests.")
        CACHE.mkdir(parents=True, exist_ok=True)
        # Into a folder of its own: another run may be fetching the same file.
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            command = ["mvn", "-q", "-B", COPY, f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={folder}"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
            if done.returncode:
                raise NoElasticsearch(f"Maven could not fetch Elasticsearch: {done.stdout.strip()[-300:]}")
            next(Path(folder).glob("*.zip")).rename(archive)
    return archive


def _java() -> str:
    """JAVA_HOME of a Java that Elasticsearch 8 runs on (17 or newer)."""
    java = shutil.which("java")
    if not java:
        raise NoElasticsearch("Java 17 is not installed; Elasticsearch needs it.")
    return os.environ.get("JAVA_HOME") or str(Path(java).resolve().parents[1])


def _account() -> tuple[int, int] | None:
    """User and group to run as: Elasticsearch refuses root. None where we are no root."""
    if os.getuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT], check=True)
        entry = pwd.getpwnam(ACCOUNT)
    return entry.pw_uid, entry.pw_gid


def _own(folder: Path, account: tuple[int, int]) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, *account, follow_symlinks=False)


@contextmanager
def elasticsearch(heap: str = "512m") -> Iterator[str]:
    """The address of a running, empty Elasticsearch. Raises NoElasticsearch where it cannot be had."""
    archive, java, account = _archive(), _java(), _account()
    # Not below the checkout: another account must be able to reach it.
    home = Path(tempfile.mkdtemp(prefix="askpanda-elasticsearch-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(home)
        root = home / f"elasticsearch-{VERSION}"
        for program in (root / "bin").iterdir():
            program.chmod(0o755)
        port = free_port()
        # Without the module its settings would be refused.
        secured = (root / "modules" / "x-pack-security").is_dir()
        (root / "config" / "elasticsearch.yml").write_text(
            f"cluster.name: askpanda-tests\nnode.name: one\nnetwork.host: 127.0.0.1\nhttp.port: {port}\n"
            f"transport.port: {free_port()}\ndiscovery.type: single-node\n"
            f"path.data: {home / 'data'}\npath.logs: {home / 'logs'}\n"
            "cluster.routing.allocation.disk.threshold_enabled: false\naction.destructive_requires_name: false\n"
            + ("xpack.security.enabled: false\n" if secured else "")
        )
        for folder in (home / "data", home / "logs", home / "tmp"):
            folder.mkdir()
        if account:
            home.chmod(0o755)
            _own(home, account)
        environment = {
            "PATH": os.environ["PATH"], "ES_JAVA_HOME": java, "ES_TMPDIR": str(home / "tmp"), "HOME": str(home),
            "ES_JAVA_OPTS": f"-Xms{heap} -Xmx{heap} -XX:TieredStopAtLevel=1",
        }  # fmt: skip
        log = (home / "output.log").open("wb")
        process = subprocess.Popen(
            [str(root / "bin" / "elasticsearch")], stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=root,
            start_new_session=True, user=account[0] if account else None, group=account[1] if account else None,
            extra_groups=[] if account else None, preexec_fn=_end_with_parent,
        )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, home / "output.log")
        yield url
    finally:
        if process:
            _end(process)
        shutil.rmtree(home, ignore_errors=True)


def _end_with_parent() -> None:
    """Asks the kernel to end the server with us, even where we are killed: PR_SET_PDEATHSIG is 1 (prctl(2))."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=3) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    said = log.read_text("utf-8", "replace")[-1500:]
    how = f"did not start within {PATIENCE:.0f} s" if process.poll() is None else "ended at its start"
    raise NoElasticsearch(f"Elasticsearch {how}:\n{said}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and the Java below it: its own session, by its own number."""
    for number, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        return


def main() -> None:
    """Run until interrupted."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with elasticsearch() as url:
            print(url, flush=True)
            signal.pause()
    except NoElasticsearch as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
