"""Questions of the first talks, asked of a real backend in each of the three ways."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api.acceptance.asking import Answer, Extension, ask, said, streamed
from tests.api.acceptance.rows import ROWS, Row, hold
from tests.backend import Backend
from tests.bigpanda import cases
from tests.bigpanda.casebook import Case
from tests.bigpanda.serving import Monitor

by_number = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)


def conversation(asker: Callable[..., Answer], row: Row) -> Answer:
    """The row's question after those before it."""
    fields: dict[str, Any] = {"context": row.context} if row.context else {}
    for question in row.before:
        fields["conversation_id"] = asker(question, **fields)["conversation_id"]
    return asker(row.asked, **fields)


@by_number
def test_a_backend_that_reads_the_monitor_answers_at_once_and_answers_what_it_offers(reading: Backend, row: Row) -> None:
    def asker(question: str, **fields: Any) -> Answer:
        return ask(reading, question, **fields)

    answer = conversation(asker, row)
    hold(row, answer)
    for offered in answer["follow_ups"]:
        next_one = asker(offered["question"], conversation_id=answer["conversation_id"])
        assert next_one["status"] == "answered", offered
        lost = ("I do not have", "I found nothing", "I do not know", "no definition of", "Which job?")
        assert not any(words in next_one["text"] for words in lost), (offered, next_one["text"])


@by_number
def test_what_the_extension_fetches_is_enough_in_two_rounds(alone: Backend, monitor: Monitor, row: Row) -> None:
    hold(row, conversation(Extension(alone, monitor.url), row))


@by_number
def test_the_stream_of_events_says_the_same(alone: Backend, monitor: Monitor, row: Row) -> None:
    hold(row, conversation(Extension(alone, monitor.url, asker=streamed), row))


def test_a_question_about_the_payload_asks_for_the_payloads_output(alone: Backend) -> None:
    answer = ask(alone, "Why did the payload in job 6518760159 fail?")
    assert answer["status"] == "needs"
    paths = [request["path"] for request in answer["requests"]]
    for name in ("payload.stdout", "payload.stderr"):
        assert any("pandaid=6518760159" in path and f"filename={name}" in path for path in paths), paths
        assert name in answer["text"]


def shown_by(monitor: Monitor, path: str) -> list[dict[str, Any]]:
    """Rows of one of the monitor's lists, read by the test itself."""
    rows: list[dict[str, Any]] = httpx.get(monitor.url + path, timeout=60, trust_env=False).json()
    return rows


def table(answer: Answer, title: str) -> list[list[Any]]:
    """Rows of the table whose title begins so."""
    block = next(block for block in answer["blocks"] if block["kind"] == "table" and block["title"].startswith(title))
    rows: list[list[Any]] = block["data"]["rows"]
    return rows


def test_pilots_are_the_sum_over_the_sites_queues_and_the_whole_day(reading: Backend, monitor: Monitor) -> None:
    answer = ask(reading, "How many pilots ran yesterday at BNL?")
    path = next(citation["path"] for citation in answer["citations"] if "getworkerstats" in citation["path"])
    day = re.findall(r"lastupdate_\w+=(\d{4}-\d\d-\d\d)T(?:00:00:00|23:59:59)", path)
    assert len(day) == 2
    assert day[0] == day[1]
    rows = shown_by(monitor, path)
    total = sum(row["nworkers"] for row in rows if row["computingsite"] in ("BNL", "BNL_OSG_SPOT"))
    assert total > 0
    assert f"**{total}** pilots" in answer["text"]


def test_queues_are_exactly_those_of_the_monitors_records(reading: Backend, monitor: Monitor) -> None:
    queues = {row["nickname"]: row for row in shown_by(monitor, "/sites/?json")}
    with_rucio = {name for name, row in queues.items() if "rucio" in (row["copytools"] or {})}
    assert 0 < len(with_rucio) < len(queues)
    rows = table(ask(reading, "Show me all the queues that are using rucio as copytool"), "Queues")
    assert {row[0] for row in rows} == with_rucio
    assert len(rows) == len(with_rucio)
    powers = table(ask(reading, "Display the corepower for all queues"), "Queues")
    assert sorted(row[0] for row in powers) == sorted(queues)
    for name, power in powers:
        assert power == queues[name]["corepower"] or not queues[name]["corepower"]
    of_bnl = table(ask(reading, "What copytool does BNL use?"), "Queues")
    assert {row[0]: set(row[1].split(", ")) for row in of_bnl} == {
        name: set(queues[name]["copytools"]) for name in ("BNL", "BNL_OSG_SPOT")
    }


EXPECTED = [one for one in cases() if one.expect]


def one_of(wanted: Any) -> list[Any]:
    """Job data gives one value, or a list of those that can be defended."""
    return wanted if isinstance(wanted, list) else [wanted]


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: case.name)
def test_each_failed_job_of_the_monitor_gets_its_verdict(alone: Backend, monitor: Monitor, case: Case) -> None:
    expect = case.expect
    answer = Extension(alone, monitor.url)("why did this fail?", context={"page": "job", "pandaid": case.pandaid})
    assert answer["status"] == "answered"
    diagnosis = answer["diagnosis"]
    assert diagnosis["component"] in one_of(expect["component"])
    assert diagnosis["code"] in one_of(expect["code"])
    assert diagnosis["party"] in one_of(expect["party"])
    assert diagnosis["transient"] in one_of(expect["transient"])
    first = diagnosis["evidence"][:3]
    assert any(
        line["file"] == wanted["file"] and wanted["text"] in line["text"] for line in first for wanted in expect["decisive"]
    ), [f"{line['file']}: {line['text']}" for line in first]
    for harmless in expect.get("harmless", []):
        assert not any(harmless in line["text"] for line in first), harmless
    for piece in expect["must_say"]:
        assert piece in answer["text"], piece
    assert diagnosis["cause"] in answer["text"]
    assert answer["text"].count(diagnosis["cause"]) == 1, "the cause is repeated"
    assert str(case.pandaid) in said(answer)
    shown = monitor.world.job(case.pandaid)
    assert shown is not None
    _evidence_is_where_it_says(shown, diagnosis["evidence"])


def _evidence_is_where_it_says(case: Case, evidence: list[dict[str, Any]]) -> None:
    """File and line of each piece are those of the log, counted by LF."""
    for line in evidence:
        if "line" in line:
            lines = case.log(line["file"]).split(b"\n")[line["line"] - 1 : line["end"]]
            words = " ".join(b" ".join(lines).decode("utf-8", "replace").split())
            told = line["text"].split("\n")[0].split(" …")[0]
            assert " ".join(told.split())[:60] in words, line
        else:
            assert line["file"] == "job.json"
            assert line["field"]
