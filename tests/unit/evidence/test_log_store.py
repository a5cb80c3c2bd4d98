"""Logs that the monitor only links to."""

import pytest

from askpanda.evidence.log_store import log_links

GOOGLE = "https://storage.example.org/logs/Q/PandaJob_1/pilotlog.txt"


def test_the_payloads_output_lies_beside_the_pilots_log() -> None:
    found = log_links({"pilotid": f"{GOOGLE}|K8S|PR|3.12.0.14"})
    assert found["payload.stderr"] == "https://storage.example.org/logs/Q/PandaJob_1/payload.stderr"
    assert found["pilotlog.txt"] == GOOGLE
    assert next(iter(found)) == "payload.stdout", "where the cause of a failed payload is looked for first"


@pytest.mark.parametrize(
    "pilotid",
    [
        None, "", 7, ["x"], "unknown|Condor|PR|3.12",
        "https://batch.example.org/logs/1/1.out|Condor|PR|3.12",  # the batch system's
        "https://s3.example.org/logs/Q/PandaJob_1/pilotlog.txt",  # the file browser reads it
        "https://storage.example.org/{queue}/pilotlog.txt", "ftp://storage.example.org/pilotlog.txt",
        "https://storage.example.org/" + "x" * 600 + "/pilotlog.txt",
    ],
)  # fmt: skip
def test_other_places_are_none(pilotid: object) -> None:
    assert log_links({"pilotid": pilotid}) == {}
