"""Passages of documents taken apart, so that what is quoted is whole sentences, whole lists and whole code blocks."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from askpanda.pipeline.checking.sentences import split
from askpanda.stores.base import Hit

BlockType = Literal["text", "list", "code", "table", "heading"]

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_WORD = re.compile(r"[a-z0-9][a-z0-9_+-]*")
#: Words that say nothing about what a passage is about.
_EMPTY = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "by",
        "with",
        "from",
        "and",
        "or",
        "not",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "do",
        "does",
        "did",
        "how",
        "what",
        "why",
        "which",
        "who",
        "when",
        "where",
        "can",
        "could",
        "should",
        "would",
        "will",
        "may",
        "might",
        "must",
        "i",
        "me",
        "my",
        "you",
        "your",
        "we",
        "our",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "there",
        "here",
        "as",
        "so",
        "if",
        "then",
        "than",
        "about",
        "into",
        "please",
        "show",
        "tell",
        "explain",
        "describe",
        "give",
        "list",
        "all",
        "more",
        "work",
        "works",
        "run",
        "running",
        "use",
        "used",
        "using",
        "get",
        "make",
        "want",
        "need",
        "one",
        "some",
        "any",
    ]
)


@dataclass(frozen=True)
class Piece:
    """One block of a passage, as Markdown."""

    type: BlockType
    text: str

    @property
    def words(self) -> int:
        return len(self.text.split())


def body_of(text: str) -> str:
    """A passage without its heading path."""
    head, blank, rest = text.partition("\n\n")
    return rest if blank and "\n" not in head else text


def pieces_of(text: str) -> list[Piece]:
    """The blocks of a passage's body."""
    pieces: list[Piece] = []
    lines = text.replace("\r\n", "\n").split("\n")
    i = 0
    while i < len(lines):
        line = lines[i]
        fence = _FENCE.match(line)
        start = i
        if fence:
            i += 1
            while i < len(lines) and not lines[i].strip().startswith(fence.group(1)[:3]):
                i += 1
            i += 1
            code = "\n".join(lines[start:i])
            pieces.append(Piece("code", code if code.rstrip().endswith(fence.group(1)) else f"{code}\n{fence.group(1)}"))
        elif not line.strip():
            i += 1
        elif line.lstrip().startswith("|"):
            i = _while(lines, i, lambda other: other.lstrip().startswith("|"))
            pieces.append(Piece("table", "\n".join(lines[start:i])))
        elif _ITEM.match(line):
            i = _while(lines, i, lambda other: bool(_ITEM.match(other)) or other.startswith((" ", "\t")))
            pieces.append(Piece("list", "\n".join(lines[start:i])))
        elif re.match(r"#{1,6}\s", line):
            pieces.append(Piece("heading", line))
            i += 1
        else:
            i = _while(
                lines,
                i,
                lambda other: (
                    bool(other.strip()) and not (_ITEM.match(other) or _FENCE.match(other) or other.lstrip().startswith("|"))
                ),
            )
            pieces.append(Piece("text", " ".join(part.strip() for part in lines[start:i])))
    return pieces


def _while(lines: list[str], i: int, goes_on) -> int:  # type: ignore[no-untyped-def]
    i += 1
    while i < len(lines) and goes_on(lines[i]):
        i += 1
    return i


def blocks_of(hit: Hit) -> list[Piece]:
    """A passage's blocks; a glossary entry begins with its term, which may be written small."""
    body = body_of(hit.text)
    return pieces_of(body[:1].upper() + body[1:] if hit.source == "glossary" else body)


#: Names that are written small where a sentence begins, too.
_SMALL_NAME = re.compile(r"(?:prun|pathena|pbook|pchain|phpo|rucio|prmon|iDDS)\b")


def whole_sentences(text: str) -> list[str]:
    """The sentences of a paragraph that are whole: a passage may begin or end in the middle of one."""
    found = [unit.strip() for unit in split(text) if unit.strip()]
    if found and found[0][:1].islower() and not _SMALL_NAME.match(found[0]):
        found = found[1:]
    if found and found[-1][-1] not in ".!?:)]`*\"'" and len(found) > 1:
        found = found[:-1]
    return found


def content_words(text: str) -> frozenset[str]:
    """Words that say what a text is about, plural endings cut off."""
    return frozenset(stem(word) for word in _WORD.findall(text.lower()) if word not in _EMPTY and len(word) > 1)


_ENDINGS = ("ages", "age", "ings", "ing", "ies", "ed", "es", "s")


@lru_cache(maxsize=1 << 14)  # the same words stand in all passages of a question, and in the next question's
def stem(word: str) -> str:
    """Enough of a word to meet its other forms: brokerage, brokering and brokered are one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= (3 if ending == "s" else 4):
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


_SUBJECTS = (
    re.compile((
        r"\b(?:what(?:'s| is| are| was| were)|who(?:'s| is| are))\s+(?:meant by |exactly |actually )?(?:a "
        r"|an |the |your )?(.+?)\s*(?:\bin panda\b|\bused for\b|\bfor\b|\bgood for\b|\?|$)"
    ), re.I),
    re.compile((
        r"\b(?:tell me|know|learn|talk)\s+(?:something |more )?about\s+(?:a |an |the )?(.+?)\s*(?:\bin "
        r"panda\b|\?|\.|$)"
    ), re.I),
    re.compile((
        r"\b(?:explain|describe|define|introduce)\s+(?:to me |me )?(?:what |how )?(?:a |an |the "
        r")?(.+?)\s*(?:\b(?:is|are|works?|means?)\b|\bin panda\b|\bto me\b|\bplease\b|\?|\.|$)"
    ), re.I),
    re.compile((
        r"\bhow (?:does|do|is|are|did)\s+(?:a |an |the )?(.+?)\s+(?:work|function|operate|decide|choose"
        r"|select|organi[sz]ed|calculated|handled?|measured|brokered|done)\b"
    ), re.I),
    re.compile(r"\bhow (?:a |an |the )?((?!do\b|does\b|is\b|are\b|to\b)\w.*?)\s+(?:works?|functions?)\b", re.I),
    re.compile(r"\bwhat (?:does|do)\s+(?:a |an |the )?(.+?)\s+(?:mean|do|stand for|contain)\b", re.I),
    re.compile((
        r"\b(?:qu'?est[- ]ce (?:que|qu') ?(?:c'est )?(?:que )?|c'est quoi |que signifie )(?:un |une |le "
        r"|la |les |l')?(.+?)\s*\??$"
    ), re.I),
    re.compile((
        r"\b(?:was (?:ist|sind|bedeutet) |wie funktioniert |erkläre? mir )(?:ein |eine |der |die |das "
        r")?(.+?)\s*\??$"
    ), re.I),
    re.compile((
        r"(?:qué (?:es|son|significa) |que (?:es|son) |cómo funciona )(?:un |una |el |la |los |las "
        r")?(.+?)\s*\??$"
    ), re.I),
)  # fmt: skip


_DONE_TO = re.compile(
    r"\bhow (?:are|is|do|does)\s+(?:a |an |the )?(?:jobs?|tasks?|pilots?)\s+(?:get )?(?:being )?(\w{4,}ed)\b", re.I
)
#: How simply something is to be explained, which is nothing that documents are about.
_MANNER = re.compile(
    r"[,;]?\s*\b(?:(?:like|as if) (?:i'?m|i am|im|i were) (?:five|5|a child|stupid|ten|10)|eli5|for dummies"
    r"|in (?:simple|plain|easy|layman\w*'?s?) (?:words|terms|language|english)|in (?:one|a|two|a few) (?:sentences?|words?))\b",
    re.I,
)


def plain_question(question: str) -> str:
    """A question without how it wants to be answered."""
    return _MANNER.sub("", question) if content_words(_MANNER.sub("", question)) else question


def subject_of(question: str) -> str:
    """What a question asks the explanation of: `What is a PanDA queue?` → `PanDA queue`; "" where it names nothing."""
    question = plain_question(question)
    if done := _DONE_TO.search(question):
        return done.group(1)  # of `how are jobs brokered to sites` it is the brokering
    for pattern in _SUBJECTS:
        match = pattern.search(question.strip())
        if match:
            subject = re.sub(r"^panda['’]s\s+", "", match.group(1).strip(" ?.!\"'`,;:"), flags=re.I)
            if 0 < len(subject.split()) <= 6:
                return subject
    return ""


#: Last words of a subject that say what kind of thing it is, and may be left out.
_CLASS_WORDS = frozenset(
    [
        "job",
        "jobs",
        "task",
        "tasks",
        "status",
        "state",
        "states",
        "error",
        "system",
        "service",
        "mechanism",
        "concept",
        "command",
    ]
)


def names_of(subject: str) -> list[str]:
    """A subject and, where its last word only says what kind of thing it is, the rest: `scout job`, `scout`."""
    pieces = subject.split()
    shorter = [" ".join(pieces[:-1])] if len(pieces) > 1 and pieces[-1].lower() in _CLASS_WORDS else []
    return [subject, *shorter] if subject else []


def defines(sentence: str, subject: str) -> int:
    """How much a sentence looks like a definition of the subject: 3 by name and verb at its start, 0 not at all."""
    return max((_defines(sentence, name) for name in names_of(subject)), default=0)


def about(title: str, subject: str) -> bool:
    """Whether a title names the subject and nothing else: `What is PanDA?` does for PanDA, `Ask PanDA` does not."""
    return any(content_words(title) == content_words(name) for name in names_of(subject))


def _defines(sentence: str, subject: str) -> int:
    plain = re.sub(r"[*_`]", "", sentence).strip()
    *first, last = subject.split()
    name = r"\s+".join(
        [*(re.escape(word) for word in first), re.escape(stem(last)) + (r"\w{0,4}" if len(last) > 5 else "(?:e?s)?")]
    )
    opening = rf"^(?:(?:in \w+, )?(?:a|an|the)\s+)?(?:panda\s+)?{name}\b"
    verb = (
        r"\s*(?:\([^)]{1,80}\)|,[^,]{1,80},|:| job| system)?\s*(?:is|are|stands? for|means?|refers? to"
        r"|denotes?|was|manages|decides|provides|takes|connects|sits)\b"
    )
    if re.match(opening + verb, plain, re.I):
        return 3
    if re.match(opening + r"\s*(?:\([^)]{1,80}\))?\s*:", plain, re.I):
        return 3
    if re.match(rf"[^(:.]{{1,60}}\(also (?:[^)]{{0,120}},\s)?{name}[,)][^:.]{{0,120}}:", plain, re.I):
        return 3  # the glossary's: term (also another name, and another): what it is
    if re.match(opening, plain, re.I):
        return 2
    return 1 if re.search(rf"\b{name}\b\s+(?:is|are|means?|stands? for)\b", plain, re.I) else 0
