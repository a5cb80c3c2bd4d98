"""Uploaded logs: a row for whom and until when, a file for the bytes."""

import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, func, insert, select

from askpanda.database.engine import Database
from askpanda.database.tables import uploads


@dataclass(frozen=True, slots=True)
class Upload:
    id: str
    name: str
    bytes: int
    lines: int


def folder(database: Database) -> Path:
    path = database.state_dir / "uploads"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def keep(database: Database, owner: str, name: str, file: Path, size: int, lines: int, seconds: float) -> Upload:
    """Move a written file to its place and remember whose it is."""
    upload = Upload(uuid.uuid4().hex, name, size, lines)
    place = folder(database) / upload.id
    file.replace(place)
    now = time.time()
    try:
        with database.write() as connection:
            connection.execute(
                insert(uploads).values(
                    id=upload.id, owner=owner, name=name, bytes=size, lines=lines, created=now, expires=now + seconds
                )
            )
    except Exception:
        place.unlink(missing_ok=True)
        raise
    return upload


def open_upload(database: Database, owner: str, upload_id: str) -> Path | None:
    """The file, or None where it is unknown, expired or somebody else's."""
    with database.read() as connection:
        found = connection.execute(
            select(uploads.c.id).where(uploads.c.id == upload_id, uploads.c.owner == owner, uploads.c.expires > time.time())
        ).scalar()
    path = folder(database) / found if found else None
    return path if path is not None and path.is_file() else None


def held(database: Database, owner: str) -> int:
    """Bytes that the owner's uploads take at the moment."""
    with database.read() as connection:
        return int(
            connection.execute(
                select(func.coalesce(func.sum(uploads.c.bytes), 0)).where(
                    uploads.c.owner == owner, uploads.c.expires > time.time()
                )
            ).scalar_one()
        )


def remove(database: Database, owner: str, upload_ids: Collection[str]) -> None:
    """The owner's uploads among these, before their time."""
    if not upload_ids:
        return
    with database.write() as connection:
        wanted = uploads.c.id.in_(list(upload_ids)), uploads.c.owner == owner
        gone = connection.execute(delete(uploads).where(*wanted).returning(uploads.c.id)).scalars().all()
    for upload_id in gone:
        (folder(database) / upload_id).unlink(missing_ok=True)


def remove_expired(database: Database) -> int:
    """How many went. Also what a worker that died left half written, once it is a day old."""
    with database.write() as connection:
        expired = delete(uploads).where(uploads.c.expires <= time.time()).returning(uploads.c.id)
        gone = connection.execute(expired).scalars().all()
    place = folder(database)
    for upload_id in gone:
        (place / upload_id).unlink(missing_ok=True)
    for stray in place.glob("*.part"):
        if stray.stat().st_mtime < time.time() - 86400:
            stray.unlink(missing_ok=True)
    return len(gone)
