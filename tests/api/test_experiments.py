"""ATLAS, Rubin, ePIC and a plain PanDA, each against a local monitor in its shape, in all the ways in which it is asked.

The monitors differ as the real ones do: numbers from three digits on, logs in rucio, in S3, or in a store that is only
linked to, queues without a CRIC, transformations that are addresses, other names of everything.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from askpanda.evidence.paths import media_path
from askpanda.experiments import load
from tests.backend import Backend, running_backend
from tests.bigpanda.serving import Monitor, running_monitor

#: Things of ATLAS that the others do not have.
OF_ATLAS = (
    "ATLAS",
    "ATLASPANDA",
    "DAST",
    "CRIC",
    "GGUS",
    "ProdSys",
    "HammerCloud",
    "AMI",
    "bigpanda.cern.ch",
    "BNL-OSG2_DATADISK",
)


@dataclass(frozen=True)
class Asked:
    """What is asked of one experiment, and what its answers hold."""

    name: str
    #: (job, component, code, words of the telling line, the file that it stands in)
    failed: tuple[tuple[int, str, int, str, str], ...]
    task: int
    queue: str
    offline: str
    #: Words that it alone welcomes.
    own: tuple[str, ...]
    whom: str
    retry: str
    never: tuple[str, ...] = field(default=OF_ATLAS)


EVERY = (
    Asked(
        "atlas", ((6519134287, "pilot", 1324, "Could not open source: Invalid redirect URL", "pilotlog.txt"),), 46603377,
        "CERN", "CERN-P1", ("What is Athena?",), "GGUS", "pbook retry", (),
    ),
    Asked(
        "rubin",
        (
            (20817711, "pilot", 1305, "FileNotFoundError: Dataset with Id 5d0e1f2a", "payload.stderr"),
            (20817902, "pilot", 1212, "exceeds the allowed", "pilotlog.txt"),
        ),
        18233, "SLAC_Rubin_8G", "LANCS_Rubin_4G", ("What is the Butler?", "Tell me about pipetask", "What is a quantum graph?"),
        "#rubinobs-panda-support", "bps restart",
    ),
    Asked(
        "epic",
        (
            (888201, "pilot", 1305, "epic_craterlake_18x277.xml", "payload.stdout"),
            (4101255, "taskbuffer", 300, "TIMEOUT", "job.json"),
        ),
        37217, "BNL_OSG_PanDA_1", "BNL_EPIC_PROD_1", ("Tell me about eicrecon", "What is DD4hep?"), "chat.sdcc.bnl.gov",
        "pbook retry",
    ),
    Asked(
        "panda", ((812, "pilot", 1305, "No module named 'iminuit'", "payload.stderr"),), 57, "HILLTOP_1", "HILLTOP_GPU", (),
        "Tell the site", "pbook retry",
    ),
)  # fmt: skip


@dataclass
class Place:
    asked: Asked
    monitor: Monitor
    backend: Backend
    api: httpx.Client

    def ask(self, question: str, **more: Any) -> dict[str, Any]:
        reply = self.api.post("/api/v1/ask", json={"question": question, "model": "none", **more})
        assert reply.status_code == 200, reply.text
        answer: dict[str, Any] = reply.json()
        return answer


@pytest.fixture(scope="module", params=EVERY, ids=[one.name for one in EVERY])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """The backend has the monitor's address: it reads by itself, as the command line does."""
    asked: Asked = request.param
    with running_monitor(whose=asked.name) as monitor:
        env = {"ASKPANDA_EXPERIMENT": asked.name, "ASKPANDA_MONITOR_URL": monitor.url, "ASKPANDA_RATE_LIMIT": "1000"}
        with running_backend(env) as backend, backend.client() as api:
            yield Place(asked, monitor, backend, api)


def foreign(place: Place, question: str, answer: dict[str, Any]) -> list[str]:
    """What is named that the experiment does not have, and that neither question nor record and logs speak of."""
    shown = (str(answer["diagnosis"]) + question).casefold()
    blocks = "\n".join(json.dumps(block["data"]) for block in answer["blocks"] if block["title"] == "Text to send")
    spoken = f"{answer['text']}\n{' '.join(answer['warnings'])}\n{blocks}"
    named = [word for word in place.asked.never if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", spoken, re.I)]
    return [word for word in named if word.casefold() not in shown]


def test_a_verdict_is_found_in_the_logs_wherever_they_lie(place: Place) -> None:
    for job, component, code, telling, file in place.asked.failed:
        question = f"why did job {job} fail?"
        answer = place.ask(question)
        assert answer["entities"]["job_ids"] == [job]
        found = answer["diagnosis"]
        assert (found["component"], found["code"]) == (component, code)
        assert [file] == [one["file"] for one in found["evidence"] if telling in one["text"]][:1], found["evidence"]
        assert foreign(place, question, answer) == [], answer["text"]
        assert "a href" not in json.dumps(answer), "the monitor's markup is none of the record"


def test_the_browsers_way_leads_to_the_same(place: Place) -> None:
    """A backend without a monitor's address asks the client, which reads with the viewer's session."""
    job, component, code, telling, file = place.asked.failed[0]
    with running_backend({"ASKPANDA_EXPERIMENT": place.asked.name}) as backend, backend.client() as api:
        body: dict[str, Any] = {"question": "why did this fail?", "model": "none"}
        body["context"] = {"monitor": place.monitor.url, "page": "job", "pandaid": job}
        for _ in range(3):
            answer = api.post("/api/v1/ask", json=body).json()
            if answer["status"] != "needs":
                break
            resources = {one["path"]: _read(place.monitor.url, one) for one in answer["requests"]}
            body = {"question": body["question"], "continues": answer["message_id"], "resources": resources}
    assert answer["status"] == "answered"
    found = answer["diagnosis"]
    assert (found["component"], found["code"]) == (component, code)
    assert [file] == [one["file"] for one in found["evidence"] if telling in one["text"]][:1]
    links = re.findall(r"https?://[^\s)\"]+/job\?", json.dumps(answer))
    assert all(link.startswith(place.monitor.url) for link in links), "links lead to the reader's own monitor"


def _read(monitor: str, request: dict[str, str]) -> dict[str, Any]:
    """As the extension does it: the list first, then the file by its link, on the page's own origin."""
    path = request["path"]
    if "filename=" in path:
        listed = httpx.get(monitor + path.split("&filename=")[0])
        rows = listed.json().get("files", []) if listed.status_code == 200 else []
        link = next((row["media_link"] for row in rows if row["name"] == path.split("filename=")[1]), None)
        if link is None:
            return {"status": 404, "content_type": "application/json", "text": listed.text}
        path = media_path("/" + re.sub(r"^(?:https?://)?[^/]+/+", "", link))
    page = httpx.get(monitor + path)
    kind = {"status": page.status_code, "content_type": page.headers.get("content-type", "")}
    return {**kind, "json": page.json()} if request["as"] == "json" else {**kind, "text": page.text}


def test_the_command_line_leads_to_the_same(place: Place) -> None:
    job, _, code, telling, _ = place.asked.failed[0]
    done = place.backend.askpanda("ask", f"why did job {job} fail?", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["diagnosis"]["code"] == code
    assert telling in json.dumps(answer["diagnosis"]["evidence"])


def test_live_facts_are_its_own_and_speak_of_nothing_else(place: Place) -> None:
    asked = place.asked
    for question, said in (
        (f"What is happening with task {asked.task}?", str(asked.task)),
        (f"why do jobs of task {asked.task} fail?", "pilot 1"),
        ("which queues are offline?", asked.offline),
        (f"Is {asked.queue} healthy?", asked.queue),
        ("errors of the last 24 hours", "pilot"),
        ("How many pilots ran yesterday?", "Harvester"),
        ("Is BigPanDA alive?", "is up"),
        (f"What copytool does {asked.queue} use?", asked.queue),
    ):
        answer = place.ask(question)
        assert answer["status"] == "answered", (question, answer["text"])
        assert said in answer["text"], (question, answer["text"])
        assert foreign(place, question, answer) == [], (question, answer["text"])
        cited = [one["url"] for one in answer["citations"] if one["kind"] in ("live", "record") and one["url"]]
        assert all(url.startswith(place.monitor.url) for url in cited), cited


def test_what_is_offered_can_be_answered_there(place: Place) -> None:
    asked = place.asked
    for question in (f"why did job {asked.failed[0][0]} fail?", f"What is happening with task {asked.task}?", "hi there",
                     f"Is {asked.queue} healthy?", "which queues are offline?"):  # fmt: skip
        first = place.ask(question)
        for offer in first["follow_ups"]:
            answer = place.ask(offer["question"], conversation_id=first["conversation_id"])
            assert answer["status"] == "answered", (offer, answer["text"])
            assert not re.search(r"I do not have|cannot give|I found nothing", answer["text"]), (offer, answer["text"])
            assert foreign(place, question, answer) == [] or answer["intent"] == "documentation", (offer, answer["text"])


def test_actions_and_contacts_are_those_of_the_experiment(place: Place) -> None:
    asked = place.asked
    job = asked.failed[0][0]
    for question in (
        f"retry job {job}",
        f"kill task {asked.task}",
        f"set queue {asked.queue} offline",
        f"delete task {asked.task}",
    ):
        answer = place.ask(question)
        assert answer["intent"] == "action_request"
        assert foreign(place, question, answer) == [], (question, answer["text"])
    assert asked.retry in place.ask(f"retry job {job}")["text"]
    first = place.ask(f"why did job {job} fail?")
    told = place.ask("whom should I tell?", conversation_id=first["conversation_id"])
    assert foreign(place, "", told) == []
    contact = load(asked.name).contact(first["diagnosis"]["party"])
    assert contact in told["text"]
    general = place.ask("whom do I contact about a site problem?")
    assert foreign(place, "", general) == [] or asked.name == "atlas", general["text"]
    assert asked.whom in general["text"] or asked.name == "panda"


def test_words_of_its_field_are_welcome_and_others_are_not(place: Place) -> None:
    for question in (*place.asked.own, "What is PanDA?", "What is CERN?", "What is BNL?", "What is the LSST?", "What is ePIC?",
                     "What is ATLAS?", "What is the EIC?"):  # fmt: skip
        answer = place.ask(question)
        assert answer["status"] == "answered", question
        assert "I found nothing" not in answer["text"], question
    for question in ("What do pandas eat?", "what is the weather in Chicago?", "write me a poem about the sea"):
        assert place.ask(question)["status"] == "refused", question


def test_a_code_is_explained_in_its_own_terms(place: Place) -> None:
    for question in ("pilot 1305", "pilot 1137", "what does pilot 1008 mean?", "pilot 1368"):
        answer = place.ask(question)
        assert answer["intent"] == "error_code_lookup"
        assert foreign(place, question, answer) == [], answer["text"]


def test_logs_that_the_monitor_only_links_to_are_said_to_be_there() -> None:
    job = 20818040
    with running_monitor(whose="rubin") as monitor:
        env = {"ASKPANDA_EXPERIMENT": "rubin", "ASKPANDA_MONITOR_URL": monitor.url}
        with running_backend(env) as backend, backend.client() as api:
            why = api.post("/api/v1/ask", json={"question": f"why did job {job} fail?"}).json()
            where = api.post("/api/v1/ask", json={"question": f"where are the logs of job {job}?"}).json()
    address = (
        "https://storage.googleapis.com/drp-us-central1-logging/logs/DOMA_LSST_GOOGLE_TEST/PandaJob_20818040/payload.stderr"
    )
    assert f"]({address})" in "\n".join(why["sections"]["user"]["recommendations"])
    assert f"]({address})" in where["text"]
    assert why["diagnosis"]["code"] == 1305, "the record says as much"
    assert "gs provider" in " ".join(why["warnings"]), "the monitor's own reason is handed on"


def test_a_broken_experiment_stops_the_start_in_one_line() -> None:
    with running_backend() as backend:
        env = {**backend.env, "ASKPANDA_EXPERIMENT": "cms"}
        done = Backend(backend.url, backend.state_dir, env, backend.command, backend.process).askpanda("serve")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "atlas, rubin, epic, panda" in done.stderr
