"""Labelled conversations, spoken turn by turn with the real application: database, pipeline, and the local monitor's facts."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from askpanda.api import create_app
from askpanda.settings import Settings
from askpanda_indexer.upkeep import ensure_index
from tests.bigpanda.serving import running_monitor

CASES = Path(__file__).parent / "cases" / "conversations"
#: What a turn has to be understood by, beside its intent and its ids: label → name of the entity.
_NAMED = {"site": ("site", "queue"), "queue": ("queue", "site"), "cloud": ("cloud",), "window": ("window",)}

Say = Callable[[dict[str, Any]], dict[str, Any]]


def conversations(split: str) -> list[dict[str, Any]]:
    """`held`, `tune`, or `neighbours` of those that were misread once.

    Each has an `id`, its `turns`, and, for some, the `page` that it is held on.
    """
    return [talk for path in sorted(CASES.glob(f"{split}*.yaml")) for talk in yaml.safe_load(path.read_text(encoding="utf-8"))]


@contextmanager
def speaking() -> Iterator[Say]:
    """Sends one body to `/api/v1/ask` and gives the answer; the backend reads the local monitor itself."""
    with tempfile.TemporaryDirectory(prefix="askpanda-") as folder, running_monitor() as monitor:
        settings = Settings(
            state_dir=Path(folder),
            monitor_url=monitor.url,
            cric_url=f"{monitor.url}/cric/api/atlas/pandaqueue/query/?json",
            allowed_monitors=monitor.url,
            rate_limit=100_000,
        )
        ensure_index(settings)
        client = create_app(settings).test_client()
        headers = {"Authorization": f"Bearer {(settings.state_dir / 'token').read_text().strip()}"}

        def say(body: dict[str, Any]) -> dict[str, Any]:
            reply = client.post("/api/v1/ask", json=body, headers=headers)
            assert reply.status_code == 200, reply.text
            answer: dict[str, Any] = reply.get_json()
            return answer

        yield say


@dataclass
class Understood:
    """Turns, those that were understood right, and what was wrong with the others, a line each."""

    turns: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.right / self.turns


def spoken(talks: list[dict[str, Any]], say: Say, *, told: bool = False) -> Understood:
    """Every conversation from its first turn to its last. `told`: the client tells the history, and nothing is kept here."""
    result = Understood()
    for talk in talks:
        conversation: str | None = None
        history: list[dict[str, str]] = []
        before: set[str] = set()
        for turn in talk["turns"]:
            body: dict[str, Any] = {"question": turn["q"], "model": "none", "context": turn.get("page", talk.get("page", {}))}
            body |= {"history": history} if told else {"conversation_id": conversation}
            answer = say(body)
            conversation = answer["conversation_id"]
            history += [{"role": "user", "content": turn["q"]}, {"role": "assistant", "content": answer["text"]}]
            wanted = _wanted(turn)
            problems = _problems(turn, wanted, before, answer)
            result.turns += 1
            result.right += not problems
            if problems:
                result.wrong.append(f"{talk['id']}, {turn['q']!r}: {'; '.join(problems)}")
            before = wanted
    return result


def _wanted(turn: dict[str, Any]) -> set[str]:
    return {turn.get("intent"), *turn.get("or", ())} - {None}


def _problems(turn: dict[str, Any], wanted: set[str], before: set[str], answer: dict[str, Any]) -> list[str]:
    """A follow-up may be routed as one or as the intent that it continues, where its label allows either."""
    got, entities = answer["intent"], answer["entities"]
    allowed = wanted | (before if "followup" in wanted else set())
    if before and (wanted & before):
        allowed = allowed | {"followup"}
    problems = [] if got in allowed else [f"{got} instead of {' or '.join(sorted(wanted))}"]
    if turn.get("jobs") or turn.get("tasks"):
        ids = entities.get("job_ids", []), entities.get("task_ids", [])
        if sorted(ids[0]) != turn.get("jobs", []) or sorted(ids[1]) != turn.get("tasks", []):
            problems.append(f"ids {ids}")
    for label, names in _NAMED.items():
        if label in turn and turn[label] not in [entities.get(name) for name in names]:
            problems.append(f"{label} {entities.get(names[0])!r} instead of {turn[label]!r}")
    return problems
