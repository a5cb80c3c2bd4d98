"""What a question consists of: several questions in one, the sides of a comparison, things named one after the other.

Each part keeps what the others share: of "the difference between killing and finishing a task" the parts are "killing a
task" and "finishing a task", of "requirements and installation of JEDI" those two of JEDI.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from askpanda.stores.text import STOP_WORDS

#: Parts that are looked for beside the whole question.
MOST_PARTS = 4
#: Words of a thing that is compared; longer ones are clauses.
LONGEST_TOPIC = 3

# "…, and how do I …": a new question begins after a conjunction or a mark.
_NEXT_QUESTION = re.compile(
    r"(?:[?;.]\s+(?:and\s+|or\s+|also\s+)?|,?\s+(?:and|or|also)(?:\s+also)?\s+)(?=(?:what|how|where|when|why|which|who|can|"
    r"could|does|do|is|are|should)\b)|,\s+(?=(?:what|how|why)\b)",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(?:differences?|differs?|different(?:ly)?|distinct\w*|distinguish\w*|compar\w+|versus|vs|opposed|contrast|rather\s+than)\b"
    r"|\bor\b.*\bwhich\b|\bwhich\b.*\bor\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\W_][\w.\-/'’]*[^\W_]|[^\W_]|[,;:?!]")
_AND = frozenset(["and", "or", "versus", "vs"])
#: Between the sides of a comparison, besides those: "A differs from B", "compared to B", "rather than B".
_AGAINST = frozenset(["from", "with", "to", "than"])
_DETERMINERS = frozenset(["a", "an", "the", "my", "your", "our", "its", "their", "this", "that", "these", "those", "both"])
# How a comparison is asked for, which is no side of it.
_COMPARING_TEXT = """difference differences differ differs different differently distinct distinction distinguish distinguishes
distinguished compare compares compared comparing comparison contrast opposed rather as between"""
_COMPARING = frozenset(_COMPARING_TEXT.split())


@dataclass(frozen=True, slots=True)
class Piece:
    """A part as text; `topic` is what a comparison has on this side, empty where nothing is compared; `alone`: a question of
    its own, which may lean on what the others say."""

    text: str
    topic: str = ""
    alone: bool = False


def pieces(text: str, passed_over: frozenset[str]) -> list[Piece]:
    """The parts of a question, none where it asks one thing. `passed_over`: words that only say how it is asked."""
    split = [piece for piece in _NEXT_QUESTION.split(text) if piece and piece.strip()]
    compared = bool(_COMPARED.search(text))
    if len(split) > 1 and not compared:
        return [Piece(piece, alone=True) for piece in split[:MOST_PARTS]]
    return _sides(text, compared, passed_over)[:MOST_PARTS]


def _sides(text: str, compared: bool, passed_over: frozenset[str]) -> list[Piece]:
    tokens = _TOKEN.findall(text)
    low = [token.lower() for token in tokens]
    joints = _AND | _AGAINST if compared else _AND

    def says(i: int) -> bool:
        """Is it a word of the matter itself?"""
        word = low[i]
        return word[0].isalnum() and word not in STOP_WORDS | joints | _COMPARING | passed_over

    for joint, word in enumerate(low):
        if word not in joints or not 0 < joint < len(tokens) - 1:
            continue
        runs = _runs(low, joint, says)
        if runs is None:
            continue
        kept = list(_aligned(low, runs))
        made = []
        for mine in kept:
            others = {i for span in kept if span is not mine for i in span}
            rest = " ".join(token for i, token in enumerate(tokens) if i not in others and low[i] not in _COMPARING)
            topic = " ".join(tokens[i] for i in mine)
            made.append(Piece(rest, topic if compared and len(mine) <= LONGEST_TOPIC else ""))
        return made
    return []


def _runs(low: list[str], joint: int, says: Callable[[int], bool]) -> list[list[int]] | None:
    """Places of the words on both sides of a joint, and of those before it that commas set apart; None where a side lacks."""
    right = joint + 1
    while right < len(low) and low[right] in _DETERMINERS:
        right += 1
    last = right
    while last < len(low) and says(last):
        last += 1
    runs = [list(range(right, last))]
    end = joint
    while end > 0 and (low[end - 1] == "," or low[end - 1] in _COMPARING):
        end -= 1
    while True:
        first = end
        while first > 0 and says(first - 1):
            first -= 1
        run = list(range(first, end))
        if run:
            runs.insert(0, run)
        if not run or first < 2 or low[first - 1] != ",":
            break
        end = first - 1
    return runs if len(runs) > 1 and all(runs) else None


def _aligned(low: list[str], runs: list[list[int]]) -> Sequence[list[int]]:
    """What is really told apart: what stands before the first and after the last belongs to all of them."""
    if len({low[run[-1]] for run in runs}) == 1:
        return runs
    size = min(len(run) for run in runs)
    return [runs[0][-size:], *(run[:size] for run in runs[1:])]
