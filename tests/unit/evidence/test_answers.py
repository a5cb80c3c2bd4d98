"""Each odd answer is told apart from the others and from data, with a sentence that says what it was."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpanda.evidence.answers import DEPTH, as_json, as_text, shallow, sniff
from askpanda.schema.ask import Resource

NOT_FOUND = "<!DOCTYPE html>\n<html class='no-js'><body><div>Job 6599999999 not found.</div></body></html>"
LOGIN = "<!doctype html><html><form action='/login/?next=/job/1/'><a>CERN SSO</a></form></html>"
PAGE = "<html><head><title>PanDA job 1</title></head><body>table</body></html>"


def nothing(_: str) -> Path | None:
    return None


@pytest.mark.parametrize(
    ("resource", "state"),
    [
        (Resource(status=401), "refused"),
        (Resource(status=403), "refused"),
        (Resource(status=404), "not_found"),
        (Resource(status=400), "not_found"),
        (Resource(status=413), "too_large"),
        (Resource(status=429), "rate_limited"),
        (Resource(status=500), "server_error"),
        (Resource(status=504), "timeout"),
        (Resource(status=302), "login"),
        (Resource(error="timeout"), "timeout"),
        (Resource(error="network"), "network"),
        (Resource(error="blocked"), "blocked"),
        (Resource(error="too_large"), "too_large"),
        (Resource(status=200, text=NOT_FOUND), "not_found"),
        (Resource(status=200, text=LOGIN), "login"),
        (Resource(status=200, text=PAGE), "html"),
        (Resource(status=200, text=""), "empty"),
        (Resource(status=200), "empty"),
        (Resource(status=200, upload="gone"), "expired"),
    ],
)
def test_an_odd_answer_is_told_apart_for_data_and_for_logs(resource: Resource, state: str) -> None:
    for read in (as_json(resource, "the record", nothing), as_text(resource, "pilotlog.txt", nothing)):
        if state == "empty" and read.state == "bad_json":
            continue  # nothing is no JSON either
        assert read.state == state
        assert read.note.endswith(".")
        assert "{" not in read.note


def test_data_comes_as_json_as_text_and_as_an_upload(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text('{"job": {"pandaid": 1}}')
    for resource in (Resource(json={"job": {"pandaid": 1}}), Resource(text='{"job": {"pandaid": 1}}'), Resource(upload="a")):
        assert as_json(resource, "the record", lambda _: path).value == {"job": {"pandaid": 1}}


def test_a_log_comes_as_text_and_as_an_upload_that_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"log\n" * 10)
    assert as_text(Resource(text="log\n"), "x", nothing).data == b"log\n"
    read = as_text(Resource(upload="a"), "x", lambda _: path)
    assert (read.path, read.data) == (path, None)


def test_an_upload_of_a_web_page_is_no_log(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(LOGIN)
    assert as_text(Resource(upload="a"), "x", lambda _: path).state == "login"


def test_the_file_browsers_error_object_is_no_log() -> None:
    assert as_text(Resource(status=200, json={"error": "no log"}), "x", nothing).state == "not_found"
    assert as_text(Resource(status=200, text='{"error": "File not found"}'), "x", nothing).state == "not_found"


@pytest.mark.parametrize("status", [400, 404])
def test_why_a_log_is_not_there_is_told_in_the_monitors_words(status: int) -> None:
    said = "Something went wrong while the log file downloading: \\nFile download failed with command [export A=b; rucio]."
    for resource in (
        Resource(status=status, text=f'{{"error": "{said} Output: [no space left]."}}'),
        Resource(status=status, json={"error": said.replace("\\n", "\n") + " Output: [no space left]."}),
    ):
        assert as_text(resource, "pilotlog.txt", nothing).note == (
            "pilotlog.txt was not found on the monitor, which says “Something went wrong while the log file downloading: "
            "File download failed. Output: [no space left]”."
        )


@pytest.mark.parametrize(
    "error", ["too_big_tarball:The size of requested log is too big (712MB) to download", "The log tarball is too large"]
)
@pytest.mark.parametrize("status", [200, 400, 404])
def test_a_tarball_above_the_monitors_limit_is_too_large(status: int, error: str) -> None:
    read = as_text(Resource(status=status, json={"error": error}), "pilotlog.txt", nothing)
    assert read.state == "too_large"
    assert "pilotlog.txt is too large to be fetched" in read.note


@given(st.text() | st.recursive(st.none() | st.integers(), lambda inner: st.dictionaries(st.just("error"), inner)))
def test_a_reason_of_any_form_leaves_one_short_sentence(error: Any) -> None:
    note = as_text(Resource(status=400, json={"error": error}), "pilotlog.txt", nothing).note
    assert len(note) < 400
    assert "\n" not in note


@pytest.mark.parametrize("text", ["{", "nope", "NaN", '{"a": Infinity}', "[" * 100_000, "[" * 60 + "]" * 60])
def test_what_is_no_data_is_called_so(text: str) -> None:
    assert as_json(Resource(status=200, text=text), "the record", nothing).state == "bad_json"


def test_depth_is_limited_at_the_limit() -> None:
    def nested(levels: int) -> Any:
        value: Any = 1
        for _ in range(levels):
            value = [value]
        return value

    assert shallow(nested(DEPTH))
    assert not shallow(nested(DEPTH + 1))


def test_a_log_that_quotes_html_is_a_log() -> None:
    assert sniff(b"2026-03-10 | INFO | got <html> back from the server") is None


@given(st.binary(max_size=300))
def test_any_bytes_are_sniffed_without_raising(data: bytes) -> None:
    assert sniff(data) in {None, "html", "login", "not_found"}
