"""Scores the router on labelled questions: intent right, ids right, other entities right."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from askpanda.catalogue import Catalogue
from askpanda.pipeline.router import route
from askpanda.pipeline.routing.conversation import OF_A_JOB
from askpanda.pipeline.turn import Turn
from askpanda.schema.ask import AskRequest, HistoryTurn, PageContext

CASES = Path(__file__).parents[2] / "cases" / "routing"
_ENTITY = {"site": "site", "queue": "queue", "window": "window", "code": "error_code", "component": "component", "user": "user",
           "file": "file", "action": "action", "status": "status", "cloud": "cloud", "object": "object"}  # fmt: skip


def cases(prefix: str) -> list[dict[str, Any]]:
    """All labelled questions of the files whose name begins with `prefix`."""
    return [case for path in sorted(CASES.glob(f"{prefix}*.yaml")) for case in yaml.safe_load(path.read_text(encoding="utf-8"))]


@dataclass
class Score:
    """Shares of 1, and what was wrong, a line each."""

    questions: int = 0
    intents: int = 0
    ids: int = 0
    entities: int = 0
    entities_asked: int = 0
    languages: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def intent_share(self) -> float:
        return self.intents / self.questions

    @property
    def id_share(self) -> float:
        return self.ids / self.questions

    @property
    def entity_share(self) -> float:
        return self.entities / max(self.entities_asked, 1)


def turn_of(case: dict[str, Any]) -> Turn:
    history = []
    if "after" in case:
        history = [HistoryTurn(role="user", content=case["after"]["q"]), HistoryTurn(role="assistant", content="...")]
    page = PageContext.model_validate(case.get("page", {}))
    return Turn(AskRequest(question=case["q"], context=page), history=history)


def score(labelled: list[dict[str, Any]], catalogue: Catalogue) -> Score:
    """Every question routed on its own; a follow-up also counts when it is routed as what it continues."""
    result = Score()
    for case in labelled:
        got = route(turn_of(case), catalogue)
        wanted = {case["intent"], *case.get("or", ())}
        if "followup" in wanted and "after" in case:
            wanted.add(case["after"]["intent"])
        elif case["intent"] in OF_A_JOB and "after" in case:
            wanted.add("followup")
        result.questions += 1
        result.intents += got.intent in wanted
        if got.intent not in wanted:
            result.wrong.append(f"{case['q']!r}: {got.intent} instead of {case['intent']}")
        ids = (got.entities.job_ids, got.entities.task_ids)
        right = ids == (case.get("jobs", []), case.get("tasks", []))
        result.ids += right
        if not right:
            result.wrong.append(f"{case['q']!r}: ids {ids}")
        for label, name in _ENTITY.items():
            if label in case:
                result.entities_asked += 1
                value = getattr(got.entities, name)
                result.entities += value == case[label]
                if value != case[label]:
                    result.wrong.append(f"{case['q']!r}: {label} {value!r} instead of {case[label]!r}")
        result.languages += got.language == case.get("language", "en")
        if got.language != case.get("language", "en"):
            result.wrong.append(f"{case['q']!r}: language {got.language}")
    return result
