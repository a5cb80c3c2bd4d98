"""How well whole conversations are understood without a model, turn by turn, those that are kept out of tuning first."""

import logging

import structlog

from benchmarks.figure import Figure
from tests.conversation_set import conversations, speaking, spoken


def figures() -> list[Figure]:
    """Shares of turns whose intent, ids, place and window are all right; kept by the backend, and told by the client."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # no line for each request
    made = []
    with speaking() as say:
        for split in ("held", "tune"):
            for told, how in ((False, ""), (True, ", history told by the client")):
                found = spoken(conversations(split), say, told=told)
                made.append(
                    Figure(
                        f"conversations {split}: turns understood right{how}", "", [found.share], note=f"{found.turns} turns"
                    )
                )
    return made
