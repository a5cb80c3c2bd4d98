"""Logs as they lie on disk: plain, packed with gzip, or in the tarball that the pilot makes of a job's logs."""

import tarfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from askpanda.errors import BadRequest
from askpanda.evidence.paths import base_name

#: Largest log that is unpacked, and all logs of a tarball together (bytes).
LARGEST, ALL = 256 << 20, 512 << 20
#: Files of a tarball that are read. Source: pilot3 pilot/util/default.cfg, pilot/control/data.py.
_READ = (
    "pilotlog*", "payload*", "setup.std*", "stagein*.txt", "stageout*.txt", "remotefileslog*", "xrdlog*", "log.*", "tmp.std*",
    "preprocess*", "postprocess*", "coprocess*", "jobReport.json", "payload_error_report.json",
    "memory_monitor_summary.json", "*.out", "*.err",
)  # fmt: skip
_GZIP = b"\x1f\x8b"


def is_packed(path: Path) -> bool:
    """Whether the file is a tarball or packed with gzip, by what it begins with. Raises OSError."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP or tarfile.is_tarfile(path)


def unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    """(base name, bytes) of each log in a packed file; one that was cut off gives what there is of it.

    Raises BadRequest, with a sentence that says what to do, for a file that cannot be unpacked or holds too much.
    """
    found = 0
    try:
        if not tarfile.is_tarfile(path):
            yield base_name(path.name.removesuffix(".gz")), _gunzipped(path)
            return
        taken = 0
        with tarfile.open(path) as tar:
            for member in tar:
                name = base_name(member.name)
                if not member.isfile() or not any(fnmatchcase(name, pattern) for pattern in _READ):
                    continue
                taken += member.size
                if member.size > LARGEST or taken > ALL:
                    raise BadRequest(f"{path} holds more than can be read at once: unpack it, and give the logs one by one.")
                stream = tar.extractfile(member)
                if stream is not None:
                    found += 1
                    yield name, stream.read()
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        if not found:
            raise BadRequest(f"{path} is packed and cannot be unpacked ({error}): fetch it again.") from error
        return
    if not found:
        raise BadRequest(f"{path} holds none of the logs of a job, such as pilotlog.txt or payload.stdout.")


def _gunzipped(path: Path) -> bytes:
    plain = bytearray()
    with path.open("rb") as file:
        packed = file.read(1 << 20)
        member = zlib.decompressobj(wbits=31)
        while packed:
            plain += member.decompress(packed, LARGEST + 1 - len(plain))
            if len(plain) > LARGEST:
                raise BadRequest(f"{path} holds more than can be read at once: unpack it first.")
            if member.eof:  # gzip files may stand one behind the other
                packed = member.unused_data.lstrip(b"\0") or file.read(1 << 20)
                member = zlib.decompressobj(wbits=31)
            else:
                packed = member.unconsumed_tail or file.read(1 << 20)
    return bytes(plain)
