"""How well questions are understood without a model, on the labelled ones that are kept out of tuning."""

import time

from askpanda.catalogue import load
from askpanda.pipeline.router import route
from benchmarks.figure import Figure
from tests.unit.pipeline.routing_score import cases, score, turn_of


def figures() -> list[Figure]:
    """Shares of 1, and milliseconds for a question."""
    catalogue = load()
    made = []
    for split in ("held", "tune"):
        labelled = cases(split)
        result = score(labelled, catalogue)
        note = f"{result.questions} questions"
        made += [
            Figure(f"routing {split}: intent right", "", [result.intent_share], "≥ 0.85", note),
            Figure(f"routing {split}: ids right", "", [result.id_share], "≥ 0.98", note),
            Figure(
                f"routing {split}: other entities right", "", [result.entity_share], note=f"{result.entities_asked} entities"
            ),
        ]
    return [*made, Figure("routing, one question", "ms", [_ms(case, catalogue) for case in cases("held")])]


def _ms(case: dict, catalogue: object) -> float:
    turn = turn_of(case)
    started = time.perf_counter()
    route(turn, catalogue)  # type: ignore[arg-type]
    return (time.perf_counter() - started) * 1000
