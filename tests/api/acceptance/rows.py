"""The questions of the first talks, and what an answer without a model must contain, whichever way it came."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from askpanda.catalogue import load
from tests.api.acceptance.asking import Answer, said

HOUSE_SENTENCE = "I can't assist you with that, sorry!"
TASK_STATES = (
    "registered", "defined", "assigning", "ready", "pending", "scouting", "scouted", "running", "prepared", "done",
    "failed", "finished", "aborting", "aborted", "finishing",
)  # fmt: skip


def _no_more(_: Answer) -> None:
    """Nothing beyond the words of the row."""


@dataclass(frozen=True)
class Row:
    """`asked`: the question after the ones of `before`, in one conversation. `must`: pieces that the answer has, anywhere."""

    number: str
    asked: str
    must: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    more: Callable[[Answer], None] = _no_more
    status: str = "answered"
    cites: str = ""  # the kind of source that has to be among the citations
    context: Any = None


def _panda_is_explained(answer: Answer) -> None:
    first = answer["text"].split(". ")[0]
    assert "PanDA" in first
    assert "workload management" in first
    assert "monitor" not in first.lower()
    paragraphs = [part for part in answer["text"].split("\n\n") if part]
    assert 1 <= len(paragraphs) <= 4
    assert len(re.findall(r"is a workload management system", answer["text"])) == 1, "the definition is given twice"
    _has_picture(answer)


def _has_picture(answer: Answer) -> None:
    image = next(block for block in answer["blocks"] if block["kind"] == "image")
    picture = files("askpanda_corpus").joinpath("images", image["data"]["src"])
    assert picture.read_bytes().lstrip().startswith(b"<svg")
    assert image["title"]
    assert len(image["data"]["alt"]) > 20


def _panda_is_explained_better(answer: Answer) -> None:
    text = answer["text"]
    assert "PanDA" in text.split(". ")[0]
    assert not re.search(r"no definition|cannot|can't|sorry|Adler32", text)
    assert "it takes the computing work of a scientific collaboration" not in text, "the same words as before"
    assert len(text.split()) > 120


def _hello_world(answer: Answer) -> None:
    code = re.findall(r"```\w*\n(.*?)```", answer["text"], re.S) + [
        block["data"]["code"] for block in answer["blocks"] if block["kind"] == "code"
    ]
    options = ("--exec", "--outDS", "--nJobs", "--output")
    assert any(all(option in one for option in ("prun", *options)) for one in code)
    for option in options:
        assert re.search(rf"`{option}`\W+\w+(?: \S+){{4}}", answer["text"]), f"{option} is not explained"


def _task_states(answer: Answer) -> None:
    for state in TASK_STATES:
        assert re.search(rf"\*\*{state}\*\*[^\n]*: \S+(?: \S+){{2}}", answer["text"]), f"{state} is not explained"


def _all_pilot_codes(answer: Answer) -> None:
    entries = sorted(load().component("pilot"), key=lambda entry: entry.code)
    table = next(block for block in answer["blocks"] if block["kind"] == "table")
    assert [row[0] for row in table["data"]["rows"]] == [entry.code for entry in entries]
    lines = re.findall(r"^- \*\*(\d+)\*\* (.+)$", answer["text"], re.M)
    assert [int(code) for code, _ in lines] == [entry.code for entry in entries]
    for entry, (_, line) in zip(entries, lines, strict=True):
        assert entry.name in line
        assert entry.message.rstrip(".") in line


def _first_source_is(word: str) -> Callable[[Answer], None]:
    def check(answer: Answer) -> None:
        first = answer["citations"][0]
        assert word in f"{first['title']} {first['section']} {first['path']}".lower()
        assert "[1]" in answer["text"]

    return check


def _greets(answer: Answer) -> None:
    assert answer["intent"] == "smalltalk"
    assert answer["citations"] == []


def _input_not_opened(answer: Answer) -> None:
    assert re.search(r"nput files (?:cannot|could not) be opened", answer["sections"]["user"]["problem"])
    secondary = {(other["component"], other["code"]) for other in answer["diagnosis"]["secondary"]}
    assert secondary == {("executor", 2002), ("transform", 223)}


def _stage_in(answer: Answer) -> None:
    assert answer["diagnosis"]["party"] == "ddm"
    assert re.search(r"stage-in of \S+EVNT", answer["sections"]["user"]["problem"], re.I)
    assert not re.search(r"stage-out (?:of|failed)", answer["text"], re.I)


def _stage_out(answer: Answer) -> None:
    diagnosis = answer["diagnosis"]
    assert diagnosis["party"] in ("ddm", "site")
    assert diagnosis["retry"]["advice"] in ("yes", "wait")
    assert (diagnosis["retry"]["attempt"], diagnosis["retry"]["max_attempts"]) == (1, 3)
    assert re.search(r"attempt 1 of 3, 2 left", answer["text"])
    assert re.search(r"payload itself had succeeded", answer["text"])
    assert not re.search(r"your (?:program|code)\b", " ".join(answer["sections"]["user"]["recommendations"]))


def _both_parts_and_no_mounts(answer: Answer) -> None:
    _filled(answer)
    first = answer["diagnosis"]["evidence"][:3]
    assert not any("skipping default mount" in line["text"] for line in first)


def _filled(answer: Answer) -> None:
    sections = answer["sections"]
    user, expert = sections["user"], sections["expert"]
    for part in (sections["description"], user["problem"], expert["analysis"]):
        assert len(part.split()) > 5
    for items in (user["causes"], user["recommendations"], expert["steps"], expert["scenarios"]):
        assert items
        assert all(items)
    assert len({user["problem"], *user["causes"]}) == 1 + len(user["causes"])
    assert not any(cause in user["problem"] for cause in user["causes"]), "the cause is said twice"


def _running_task(answer: Answer) -> None:
    assert answer["text"].startswith("Task 46374283 is **running**")
    failed = [problem for problem in answer["sections"]["problems"] if problem.startswith("1 failed file in the ")]
    assert len(failed) == 2
    assert "log dataset" in " ".join(failed)
    assert "output dataset" in " ".join(failed)
    assert re.search(r"\b0 failed", answer["sections"]["description"])
    assert answer["follow_ups"]


def _running_job(answer: Answer) -> None:
    assert answer["diagnosis"] is None
    assert re.match(r"Job 6798544333 is \*\*running\*\* at MWT2", answer["text"])
    assert answer["follow_ups"]


def _cling(answer: Answer) -> None:
    first = answer["diagnosis"]["evidence"][0]
    assert first["file"] == "payload.stdout"
    assert "cling JIT session error: Cannot allocate memory" in first["text"]


def _counts_and_who_acts(answer: Answer) -> None:
    assert re.search(r"not your fault|does not count", answer["text"])
    assert re.search(r"by itself|start it|Nothing has to be done", answer["text"])


def _one_line_each(answer: Answer) -> None:
    components = sorted(entry.component for entry in load().find(100))
    assert sorted(re.findall(r"^- \*\*(\w+) 100", answer["text"], re.M)) == components


def _failed_of_the_task(answer: Answer) -> None:
    counts = (39, 16, 6)  # of the local monitor's task: they make the 61 of the question before
    for count in counts:
        assert re.search(rf"\b{count}\b", said(answer))


def _when_it_was_read(answer: Answer) -> None:
    assert re.search(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", answer["text"]), "no word of when this was read"


ROWS = (
    Row("1", "What is PanDA?", ("Production and Distributed Analysis", "workload management"), more=_panda_is_explained,
        cites="document"),
    Row("2", "I don't think that was a good explanation, please explain it better", before=("What is PanDA?",),
        more=_panda_is_explained_better, cites="document"),
    Row("3", "What is PanDA?", more=_has_picture),
    Row("4", "show me hot to run a hello world job with prun", more=_hello_world, cites="document"),
    Row("5", "tell me about the task status changes", TASK_STATES, more=_task_states, cites="document"),
    Row("6", "Please show all the pilot error codes in numeric order", more=_all_pilot_codes),
    Row("7-harvester", "How does Harvester work?", more=_first_source_is("harvester"), cites="document"),
    Row("7-brokerage", "Tell me about brokering in PanDA", more=_first_source_is("broker"), cites="document"),
    Row("9-animal", "What do pandas eat?", (HOUSE_SENTENCE,), status="refused"),
    Row("9-cern", "What is CERN?", ("European", "particle physics", "Geneva"), cites="document"),
    Row("10", "hi there", ("PanDA",), more=_greets),
    Row("11", "why did job 6518760159 fail?", ("1305", "2002", "223", "MPPMU", "gangarbt", "8 cores"),
        more=_input_not_opened, cites="log"),
    Row("13", "why was job 6519134287 unsuccessful?",
        ("1324", "RO-07-NIPNE_DATADISK", "RO-16-UAIC", "nvalid redirect URL", "3011"), more=_stage_in, cites="log"),
    Row("14", "Why did job 6715819744 fail?",
        ("1152", "UKI-NORTHGRID-SHEF-HEP", "UKI-NORTHGRID-MAN-HEP-CEPH_DATADISK", "310"), more=_stage_out, cites="log"),
    Row("15", "why did job 6722015533 fail?", ("1368", "dcache-door.desy.example.org"), more=_both_parts_and_no_mounts,
        cites="log"),
    Row("8", "How many pilots ran yesterday at BNL?", ("UTC", "Harvester"), more=_when_it_was_read, cites="live"),
    Row("16", "Show me all the queues that are using rucio as copytool", ("BNL", "rucio"), cites="live"),
    Row("17", "Display the corepower for all queues", ("BNL", "MPPMU"), cites="live"),
    Row("18", "What copytool does BNL use?", ("BNL_OSG_SPOT", "rucio"), cites="live"),
    Row("19-count", "How many of my jobs in task 46603377 failed?", ("**61**",), cites="live",
        context={"viewer": "Lena Berg"}),
    Row("19-why", "Why did they fail?", ("1305", "1235", "1099"), before=("How many of my jobs in task 46603377 failed?",),
        more=_failed_of_the_task, cites="live"),
    Row("20-pilot", "pilot 1150", ("LOOPINGJOB",), cites="error"),
    Row("20-transform", "transform 1", ("NEEDCHECK",), cites="error"),
    Row("20-taskbuffer", "task buffer 100", ("EC_Kill",), cites="error"),
    Row("20-bare", "100", more=_one_line_each, cites="error"),
    Row("21", "What is happening with task 46374283?", ("4875", "1112", "22 %", "analysis"), more=_running_task,
        cites="record"),
    Row("22", "What is going on with job 6798544333?",
        ("MWT2", "4 of 4", "138547", "1 d 21:08:07", "1 d 16:14:48", "managed", "evgen"), more=_running_job, cites="record"),
    Row("23", "Why did job 6800730400 fail?", ("1235", "5127336", "4096000"), more=_filled, cites="log"),
    Row("24", "Why did my job 6802258254 fail?", ("1305", "220"), more=_cling, cites="log"),
    Row("25", "errors of the last 24 hours", ("pilot 1305", "24 hours"), more=_when_it_was_read, cites="live"),
    Row("26-attempts", "What are the possible reasons for the previous attempts failing?",
        ("6792877310", "6794400912", "6796011204", "pilot 1201", "jobdispatcher 100", "supervisor 5530"),
        before=("What is going on with job 6798544333?",), cites="record"),
    Row("26-jobset", "what about the other jobs of its jobset?", ("604511", "finished", "failed", "running"),
        before=("What is going on with job 6798544333?",), cites="live"),
    Row("27", "Does this count against me?", before=("Why did job 6803320077 fail?",), more=_counts_and_who_acts,
        cites="error"),
    Row("27-storage", "Does this count against me?", before=("Why did job 6715819744 fail?",), more=_counts_and_who_acts,
        cites="error"),
)  # fmt: skip


def hold(row: Row, answer: Answer) -> None:
    """What every answer of a row is held to."""
    assert answer["status"] == row.status, answer["text"]
    everything = said(answer)
    for piece in row.must:
        assert piece in everything, f"{piece!r} is missing in: {answer['text']}"
    row.more(answer)
    kinds = {citation["kind"] for citation in answer["citations"]}
    assert not row.cites or row.cites in kinds, kinds
    numbers = {int(n) for n in re.findall(r"\[(\d+)\](?!\()", answer["text"])}
    assert numbers <= {citation["n"] for citation in answer["citations"]}
    assert not row.cites or numbers, "sources are listed, and none is cited"
    assert {call["model"] for call in answer["usage"]["calls"]} <= {"none"}
