"""POST /api/v1/uploads: logs that are too large for a question, streamed to disk without their secrets."""

import errno
import os
import sys
import uuid
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from flask import Blueprint, Response, request

from askpanda.api import replies
from askpanda.api.described import described
from askpanda.api.reading import clean_text, drain, stream
from askpanda.api.service import owner, service
from askpanda.api.wire import reply
from askpanda.database import uploads
from askpanda.errors import BadRequest, StorageFull, TooLarge, Unavailable
from askpanda.redaction import SecretCutter

blueprint = Blueprint("uploads", __name__)

GZIP_MAGIC = b"\x1f\x8b"
#: Unpacked at once: bounds the memory that a bomb can take.
STEP = 1 << 20
#: What one owner's uploads may take on disk, in largest uploads.
HELD_LIMIT = 8
NAME_LIMIT = 200


@blueprint.post("/uploads")
@described(replies={201: replies.Uploaded}, errors=(400, 401, 403, 413, 503), tags=["ask"])
def upload() -> Response:
    """Send a log, plain or gzip, as the request's body; it is kept for a short time"""
    here = service()
    request.max_content_length = sys.maxsize  # the limit here is the disk's; None would mean that of the JSON routes
    limit = here.settings.upload_limit_mb << 20
    if (request.content_length or 0) > limit:
        raise TooLarge(_too_large(limit))
    uploads.remove_expired(here.database)
    if uploads.held(here.database, owner()) >= HELD_LIMIT * limit:
        raise TooLarge("Your uploads take too much room: they are removed by themselves within the hour.")
    part = uploads.folder(here.database) / f"{uuid.uuid4().hex}.part"
    try:
        size, lines = _write(part, unpacked(_limited(stream(), limit), limit))
        kept = uploads.keep(here.database, owner(), _name(), part, size, lines, here.settings.upload_keep_minutes * 60)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("The disk is full: free some space, then upload again.") from error
        raise Unavailable("The upload could not be written; askpanda.log says why.") from error
    except BadRequest:
        drain()
        raise
    finally:
        part.unlink(missing_ok=True)
    return reply({"upload": kept.id, "bytes": kept.bytes, "lines": kept.lines}, 201)


def _too_large(limit: int) -> str:
    return f"Uploads are limited to {limit >> 20} MB, packed and unpacked: send the end of the log."


def _name() -> str:
    return clean_text(request.args.get("name", "")).replace("\\", "/").rpartition("/")[2][:NAME_LIMIT] or "log"


def _limited(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise TooLarge(_too_large(limit))
        yield piece


def unpacked(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Plain bytes of plain or gzipped ones, told apart by their first two bytes.

    A gzip file that was cut off gives what there is of it. Raises `BadRequest` where it is broken, `TooLarge` where it
    holds more than `limit` bytes.
    """
    source = iter(pieces)
    head = b""
    for piece in source:
        head += piece
        if len(head) >= len(GZIP_MAGIC):
            break
    if not head.startswith(GZIP_MAGIC):
        if head:
            yield head
        yield from source
        return
    yield from _limited(_gunzip(_chained(head, source)), limit)


def _chained(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _gunzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(wbits=31)
    for packed in pieces:
        while packed:
            if member.eof:  # gzip files may stand one behind the other; padding behind the last is no fault
                packed = packed.lstrip(b"\0")
                if not packed:
                    break
                member = zlib.decompressobj(wbits=31)
            try:
                plain = member.decompress(packed, STEP)
            except zlib.error as error:
                raise BadRequest("The upload begins like a gzip file but cannot be unpacked: send it again.") from error
            packed = member.unused_data if member.eof else member.unconsumed_tail
            if plain:
                yield plain
    while not member.eof and (plain := member.decompress(b"", STEP)):
        yield plain


def _write(path: Path, pieces: Iterable[bytes]) -> tuple[int, int]:
    """(bytes, lines) as written, without secrets."""
    cutter = SecretCutter()
    size = lines = 0
    last = b""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:

        def put(clean: bytes, out: BinaryIO = out) -> None:
            nonlocal size, lines, last
            out.write(clean)
            size += len(clean)
            lines += clean.count(b"\n")
            last = clean[-1:] or last

        for piece in pieces:
            put(cutter.feed(piece))
        put(cutter.finish())
    return size, lines + (1 if last not in (b"", b"\n") else 0)
