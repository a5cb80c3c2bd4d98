"""Answers out of the documents, in the documents' own sentences: the defining one first, then what bears on the question."""

import re

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.wording.passages import Piece, body_of, content_words, defines, pieces_of, subject_of, whole_sentences
from askpanda.pipeline.wording.pictures import pictures_for
from askpanda.schema.answer import Block, FollowUp, Sections
from askpanda.stores.base import Hit

#: Words of an answer's first part and of what follows it. More is a page, and the sources are there to be opened.
FIRST_PART, SECOND_PART = 170, 220
_HOW_TO = re.compile(r"\b(?:how|hot|example|command|run|submit|use|option|show me|comment|wie|cómo|como)\b", re.I)
_ALL_OF = re.compile(
    r"\b(?:states?|status(?:es)?|stages|phases|options|changes|types|kinds|components|list|all|every|transitions?)\b", re.I
)


def documentation(brief: Brief) -> Words:
    """Extracts from the passages found; says so where nothing was found."""
    passages = list(brief.sources.passages)
    question = asked(brief)
    if not passages:
        return _nothing(brief)
    subject = subject_of(question)
    topic = content_words(f"{question} {subject}")
    fuller = brief.route.wish == "better"
    lead = _lead(passages, subject, topic, skip=_said_before(brief) if fuller else frozenset())
    taken = {lead[1]} if lead else set()
    parts = [f"{lead[1]} [{lead[0]}]"] if lead else []
    used = len(lead[1].split()) if lead else 0
    how_to = bool(_HOW_TO.search(question))
    complete = bool(_ALL_OF.search(question))
    limit = FIRST_PART * (2 if fuller else 1) * (3 if complete else 1)
    home = _home(passages, lead[0] if lead else passages[0][0])
    for number, hit in home:
        used += _add(parts, taken, number, hit, topic, room=limit - used, how_to=how_to, complete=complete)
    details: list[str] = []
    spent = 0
    for number, hit in passages:
        if (number, hit) in home or spent >= SECOND_PART:
            continue
        spent += _add(details, taken, number, hit, topic, room=min(90, SECOND_PART - spent), how_to=how_to, complete=False)
    blocks: list[Block] = pictures_for(question, subject)
    return Words(
        sections=Sections(description="\n\n".join(parts), details="\n\n".join(details)),
        blocks=blocks,
        follow_ups=_offers(brief, passages, home),
    )


def asked(brief: Brief) -> str:
    """The question that is answered: for a follow-up, the one before it."""
    if brief.route.intent != "followup":
        return brief.turn.question
    earlier = [said.content for said in brief.turn.history if said.role == "user"]
    return earlier[-1] if earlier else brief.turn.question


def _said_before(brief: Brief) -> frozenset[str]:
    previous = brief.turn.previous
    return frozenset(whole_sentences(re.sub(r"\s*\[\d+\]", "", previous.text))) if previous else frozenset()


def _home(passages: list[tuple[int, Hit]], first: int) -> list[tuple[int, Hit]]:
    """The passage that the answer begins with, and the others of its page."""
    begin = next((hit for number, hit in passages if number == first), passages[0][1])
    return [(number, hit) for number, hit in passages if hit is begin] + [
        (number, hit) for number, hit in passages if hit.path == begin.path and hit is not begin
    ]


def _lead(passages: list[tuple[int, Hit]], subject: str, topic: frozenset[str], skip: frozenset[str]) -> tuple[int, str] | None:
    """(citation, sentence) to begin with: the best definition of the subject, else the best passage's first sentence."""
    best: tuple[float, int, str] | None = None
    for rank, (number, hit) in enumerate(passages):
        for piece in pieces_of(body_of(hit.text)):
            if piece.type != "text":
                continue
            for place, sentence in enumerate(whole_sentences(piece.text)[:6]):
                if sentence in skip or sentence.endswith(":"):
                    continue
                score = 4.0 * defines(sentence, subject) - 0.6 * rank - 0.4 * place
                score += 2.0 * len(topic & content_words(sentence)) / max(len(topic), 1)
                if hit.source == "guides":
                    score += 1.0
                if len(sentence.split()) < 6:
                    score -= 3.0
                if best is None or score > best[0]:
                    best = (score, number, sentence)
    return (best[1], best[2]) if best else None


def _add(
    parts: list[str], taken: set[str], number: int, hit: Hit, topic: frozenset[str], *, room: int, how_to: bool, complete: bool
) -> int:
    """Adds a passage's blocks that fit, in their order. Gives the words added."""
    spent = 0
    cited = False
    pieces = pieces_of(body_of(hit.text))
    for i, piece in enumerate(pieces):
        if spent >= room:
            break
        text = _quotable(piece, taken, topic, room - spent, how_to=how_to, complete=complete)
        if not text:
            continue
        if text.endswith(":") and (i + 1 >= len(pieces) or pieces[i + 1].type == "text"):
            continue
        if piece.type == "text":
            parts.append(f"{text} [{number}]")
        else:
            parts.append(text)
            if not cited and not (parts and f"[{number}]" in parts[-2] if len(parts) > 1 else False):
                parts.append(f"Source: [{number}]")
        cited = True
        spent += len(text.split())
    return spent


def _quotable(piece: Piece, taken: set[str], topic: frozenset[str], room: int, *, how_to: bool, complete: bool) -> str:
    if piece.type == "heading":
        return ""
    if piece.type == "code":
        wanted = how_to or topic & content_words(piece.text)
        return piece.text if wanted and piece.text not in taken and not taken.add(piece.text) else ""  # type: ignore[func-returns-value]
    if piece.type in ("list", "table"):
        if piece.text in taken or (piece.words > room + 80 and not complete):
            return ""
        taken.add(piece.text)
        return piece.text
    kept: list[str] = []
    words = 0
    for sentence in whole_sentences(piece.text):
        if sentence in taken:
            continue
        if words and words + len(sentence.split()) > room + 25:
            break
        taken.add(sentence)
        kept.append(sentence)
        words += len(sentence.split())
    return " ".join(kept)


def _nothing(brief: Brief) -> Words:
    if brief.sources.warnings:
        text = "The documents cannot be searched at the moment, so I cannot answer this from them. Error codes and jobs can still be explained."
    else:
        text = "I found nothing about this in the documents that I have. Try other words, or ask about a job, a task or an error code."
    offers = [FollowUp(question="What is PanDA?", why="An overview of the system")] if not brief.sources.warnings else []
    return Words(sections=Sections(description=text), follow_ups=offers, verbatim=True)


def _offers(brief: Brief, passages: list[tuple[int, Hit]], home: list[tuple[int, Hit]]) -> list[FollowUp]:
    """Questions about the other pages that were found: they are there, so they can be answered."""
    seen = {hit.path for _, hit in home}
    offers: list[FollowUp] = []
    for _, hit in passages:
        if hit.path in seen or not hit.title or hit.kind == "error" or len(hit.title) > 60:
            continue
        seen.add(hit.path)
        title = hit.title.strip()
        offers.append(
            FollowUp(
                question=f"Tell me about {title[0].lower() + title[1:] if title[1:2].islower() else title}",
                why="Found for the same question",
            )
        )
    return offers[:3]
