"""A PostgreSQL server of one's own for tests, where its programs are installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port


def programs() -> Path | None:
    """The folder with initdb and pg_ctl, which Debian keeps out of the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return next((folder for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


@contextmanager
def running_postgres() -> Iterator[str]:
    """The address of an empty database, as DATABASE_URL wants it."""
    folder = programs()
    assert folder is not None, "PostgreSQL's server programs are not installed"
    # it refuses to run as root
    who = next(u for u in ("postgres", "nobody") if _exists(u)) if os.geteuid() == 0 else None
    place = Path(tempfile.mkdtemp(prefix="askpanda-postgres-"))
    port = free_port()
    try:
        if who:
            shutil.chown(place, who)
        quick = "-c fsync=off -c full_page_writes=off"
        options = f"-p {port} -k {place} -c listen_addresses=127.0.0.1 {quick}"
        data = str(place / "data")
        _run([folder / "initdb", "-D", data, "-U", "askpanda", "-A", "trust", "-E", "UTF8", "--no-sync"], who)
        _run([folder / "pg_ctl", "-D", data, "-o", options, "-w", "-l", str(place / "log"), "start"], who)
        try:
            yield f"postgresql://askpanda@127.0.0.1:{port}/postgres"
        finally:
            _run([folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], who)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _run(command: list[str | Path], user: str | None) -> None:
    # the server inherits the output: a pipe would never end
    subprocess.run(command, user=user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
