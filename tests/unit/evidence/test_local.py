"""Evidence from files: what is wrong with a file is said in a sentence, not in a traceback."""

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from askpanda.errors import BadRequest
from askpanda.evidence import from_files


def test_a_record_and_its_logs_become_evidence(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text(json.dumps({"job": {"pandaid": "5", "jobstatus": "failed"}, "files": [{"lfn": "a"}]}))
    (tmp_path / "pilotlog.txt").write_text("line\n")
    (tmp_path / "payload.stdout").write_text("")
    evidence = from_files(tmp_path / "job.json", [tmp_path / "pilotlog.txt", tmp_path / "payload.stdout"])
    assert (evidence.pandaid, evidence.files) == (5, [{"lfn": "a"}])
    assert [(log.name, log.state) for log in evidence.logs] == [("pilotlog.txt", "ok"), ("payload.stdout", "empty")]


@pytest.mark.parametrize(
    ("content", "words"),
    [("<!DOCTYPE html><html></html>", "web page"), ("{", "not JSON"), ("[]", "no job record"), ('"x"', "no job record"),
     ("[" * 80 + "]" * 80, "no job record"), ("", "not JSON")],
)  # fmt: skip
def test_a_file_that_is_no_record_is_told(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "job.json"
    path.write_text(content)
    with pytest.raises(BadRequest, match=words):
        from_files(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"absent\.json cannot be read"):
        from_files(tmp_path / "absent.json")
    (tmp_path / "job.json").write_text('{"pandaid": 1}')
    for wrong in (tmp_path / "absent.log", tmp_path):
        with pytest.raises(BadRequest, match="is not there"):
            from_files(tmp_path / "job.json", [wrong])


def test_a_packed_log_is_read_like_a_plain_one(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text('{"pandaid": 1}')
    packed = gzip.compress(b"one\n") + gzip.compress(b"two\n")
    (tmp_path / "payload.stdout.gz").write_bytes(packed)
    (tmp_path / "cut.gz").write_bytes(gzip.compress(bytes(range(256)) * 40)[:-40])
    logs = from_files(tmp_path / "job.json", [tmp_path / "payload.stdout.gz", tmp_path / "cut.gz"]).logs
    assert [(log.name, log.state) for log in logs] == [("payload.stdout", "ok"), ("cut", "ok")]
    assert logs[0].data == b"one\ntwo\n"
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8bnothing of the kind")
    with pytest.raises(BadRequest, match="cannot be unpacked"):
        from_files(tmp_path / "job.json", [tmp_path / "broken.gz"])


def test_the_tarball_of_a_jobs_logs_gives_its_logs(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text('{"pandaid": 1}')
    with tarfile.open(tmp_path / "log.tgz", "w:gz") as tar, tarfile.open(tmp_path / "other.tar", "w") as other:
        for name, data in {"pilotlog.txt": b"a\n", "payload.stderr": b"", "queuedata.json": b"{}", "x.root": b"root"}.items():
            member = tarfile.TarInfo(f"tarball_PandaJob_1_SITE/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        other.addfile(tarfile.TarInfo("x.root"), io.BytesIO(b""))
    logs = from_files(tmp_path / "job.json", [tmp_path / "log.tgz"]).logs
    assert [(log.name, log.state, log.data) for log in logs] == [
        ("pilotlog.txt", "ok", b"a\n"), ("payload.stderr", "empty", None),
    ]  # fmt: skip
    with pytest.raises(BadRequest, match="none of the logs"):
        from_files(tmp_path / "job.json", [tmp_path / "other.tar"])
