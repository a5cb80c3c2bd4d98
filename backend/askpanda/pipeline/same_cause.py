"""A model's words on one failed job, told again of the next one that failed in the same way.

Our own words on two such jobs are the same but for their values: ids, numbers, hosts, files, times. So a model's text on the
first is kept with places in it, each of which names where among our own values (or in which fields of the record) what stood
there came from; for the next job they are filled from its own. A text with a value that comes from nowhere, or that would
have to be two things at once, is not told again, nor one with a word of the first job's log that the second has not; and
what is told again has to pass the whole check of what a model says.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from askpanda.pipeline.checking.claims import Evidence
from askpanda.pipeline.checking.gate import Gate
from askpanda.pipeline.checking.number_words import english, foreign
from askpanda.pipeline.kept import EARLIER, HIGHLIGHTED, PROOF, RECORD, SOURCE, TABLE, Kept, is_knowledge, pieces_of
from askpanda.pipeline.wording.render import NAMES, get

_CHUNK = re.compile(r"\S+")
_EDGES = "()[]{}<>,.;:!?'\"`*„“”«»|"
_CITATION = re.compile(r"\W*\[\d+(?:\s*,\s*\d+)*\]\W*")
_LIST_MARK = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s")
_PLACE = re.compile("\x01([^\x01\x02]*)\x02")
#: A value of so many characters is no other one by chance.
DISTINCT = 4
#: A word of a log that could name somebody or something of one job; shorter ones are grammar.
_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True)
class Told:
    """What our own words say of one job.

    `key` is the same for all jobs of which they say the same but for values; `values` are this job's, in order, `record`
    its fields with theirs. `lasting` is the text that the key stands for, `passing` what is of this job alone.
    """

    key: str
    values: tuple[str, ...]
    record: dict[str, str]
    lasting: str
    passing: str


def told(kept: Kept, model: str) -> Told | None:
    """None where an answer is about more than one job's failure: a conversation, marked text, a list of jobs."""
    diagnosis = kept.answer.diagnosis
    if diagnosis is None or diagnosis.outcome != "failed" or kept.answer.intent == "followup":
        return None
    pieces = pieces_of(kept.evidence)
    if any(label in (EARLIER, HIGHLIGHTED) or label.startswith(TABLE) for label, _ in pieces):
        return None
    own, values = _split("\n".join([kept.question.casefold(), *_own_words(kept)]))
    sources = [f"{label}\n{text}" for label, text in pieces if is_knowledge(label)]
    lasting = json.dumps(
        ["same cause", model, kept.language, kept.audience, diagnosis.signature, own, sources], ensure_ascii=False
    )
    record = next((text for label, text in pieces if label == RECORD), "")
    fields = dict(line.split(": ", 1) for line in record.splitlines() if ": " in line)
    passing = "\n".join(text for label, text in pieces if label == RECORD or label.startswith((PROOF, SOURCE)))
    return Told(hashlib.sha256(lasting.encode()).hexdigest(), tuple(values), fields, lasting, passing)


def with_places(text: str, of: Told) -> str:
    """The text as it is kept; "" where it says something of its job that cannot be said of another."""
    lasting = set(_cores(of.lasting.replace("\\n", "\n")))
    out: list[str] = []
    for line in text.splitlines(keepends=True):
        mark = "" if line.startswith("#") else (_LIST_MARK.match(line) or [""])[0]
        out.append(line if line.startswith("#") else mark)
        if line.startswith("#"):
            continue
        rest, end = line[len(mark) :], 0
        for chunk in _CHUNK.finditer(rest):
            word = chunk.group()
            core = word.strip(_EDGES)
            out.append(rest[end : chunk.start()])
            end = chunk.end()
            if _is_number_word(core):
                return ""
            if not _is_value(core) or _CITATION.fullmatch(word):
                out.append(word)
                continue
            where = _found(core, of, core in lasting)
            if not where:
                return ""
            out.append(word.replace(core, f"\x01{where}\x02", 1))
        out.append(rest[end:])
    spoken = {word.casefold() for word in _WORD.findall(text)}
    told_anyway = {word.casefold() for word in _WORD.findall(of.lasting)}
    passing = {word.casefold() for word in _WORD.findall(of.passing)}
    return json.dumps({"text": "".join(out), "words": sorted(spoken & passing - told_anyway)}, ensure_ascii=False)


def filled(kept_text: str, of: Told) -> str:
    """Kept words with the values of another job; "" where they do not fit it."""
    try:
        kept = json.loads(kept_text)
        text, words = str(kept["text"]), {str(word) for word in kept["words"]}
    except (ValueError, KeyError, TypeError):
        return ""
    if words - {word.casefold() for word in _WORD.findall(of.passing)}:
        return ""
    fits = True

    def value(place: re.Match[str]) -> str:
        nonlocal fits
        found = {_value_at(where, of) for where in place.group(1).split(",")}
        if len(found) != 1 or "" in found:
            fits = False
            return ""
        return found.pop()

    text = _PLACE.sub(value, text)
    return text if fits else ""


class SameCause:
    """The way from one job's words to another's, for one answer. `restore` and `tame` are those of its Draft."""

    def __init__(
        self, kept: Kept, of: Told, restore: Callable[[str], str] | None = None, tame: Callable[[str], str] = str
    ) -> None:
        self.key = of.key
        self._kept, self._of, self._restore, self._tame = kept, of, restore, tame

    def keep(self, text: str) -> str:
        """What a model said of this job, as it may be told of another; "" where it may not."""
        return with_places(self._restore(text) if self._restore else text, self._of)

    async def tell(self, kept_text: str) -> str:
        """Kept words with this job's values; "" where they do not fit, or a sentence of them would not hold."""
        text = filled(kept_text, self._of)
        if not text:
            return ""
        answer = self._kept.answer
        evidence = Evidence(self._kept.evidence, (citation.n for citation in answer.citations))
        wanted = [name for name in NAMES if get(answer.sections, name)]
        gate = Gate(evidence, wanted, _to_nobody, self._restore, self._tame, answer.diagnosis)
        await gate.feed(text)
        await gate.end()
        return text if gate.sent and not gate.dropped else ""


async def _to_nobody(_: str, __: str) -> None:
    return


def _own_words(kept: Kept) -> list[str]:
    """Section by section, without the ends that no model words."""
    lines: list[str] = []
    for name in NAMES:
        said = get(kept.answer.sections, name)
        text = "\n".join(said) if isinstance(said, list) else said.removesuffix(kept.tails.get(name, "\0")).rstrip()
        if text:
            lines += [f"## {name}", text]
    return lines


def _split(text: str) -> tuple[str, list[str]]:
    """(the text without its values, the values)."""
    values: list[str] = []

    def cut(chunk: re.Match[str]) -> str:
        word = chunk.group()
        core = word.strip(_EDGES)
        if not _is_value(core) or _CITATION.fullmatch(word):
            return word
        values.append(core)
        return word.replace(core, "\0", 1)

    lines = [line if line.startswith("## ") else _CHUNK.sub(cut, line) for line in text.splitlines()]
    return "\n".join(lines), values


def _cores(text: str) -> list[str]:
    return [word.strip(_EDGES) for word in text.split()]


def _is_value(core: str) -> bool:
    """Whether it may be another one in another job: no plain word."""
    return bool(core) and (
        not core.replace("-", "").replace("'", "").replace("’", "").isalpha() or any(letter.isupper() for letter in core[1:])
    )


def _is_number_word(core: str) -> bool:
    """Two and more: what is one is said in many ways that are no count."""
    return core.isalpha() and max(english(core) or 0, foreign(core) or 0) > 1


def _found(core: str, of: Told, lasts: bool) -> str:
    """Where a value may come from: places among our own values, `=` fields of the record, `!` itself; "" for nowhere.

    A short one may mean anything that is as large: all must be the same in the other job, or it is not told there.
    """
    places = [str(place) for place, value in enumerate(of.values) if value == core]
    fields = [f"={name}" for name, value in of.record.items() if value == core]
    itself = [f"!{core}"] if lasts and "," not in core else []
    return ",".join([*places, *fields, *itself] if len(core) < DISTINCT else places or fields or itself)


def _value_at(where: str, of: Told) -> str:
    if where.startswith("!"):
        return where[1:]
    if where.startswith("="):
        return of.record.get(where[1:], "")
    return of.values[int(where)] if where.isdigit() and int(where) < len(of.values) else ""
