"""Evidence from files: what is wrong with a file is said in a sentence, not in a traceback."""

import json
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
