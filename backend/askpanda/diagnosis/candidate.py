"""A line that may explain a failure, and what of the record helps to weigh lines."""

import re
from dataclasses import dataclass, field

from askpanda.diagnosis.logfiles import kind_of, logs_for
from askpanda.diagnosis.rules import Rule
from askpanda.diagnosis.scan import Mark, Reading
from askpanda.diagnosis.types import RecordVerdict

#: A line with a lower score is not shown among the first.
SHOWN = 34.0
#: Pilot codes of a job that was killed, by whomever.
KILL_CODES = {1104, 1106, 1124, 1144, 1150, 1213, 1235, *range(1200, 1209), 1379}
#: Shortest and longest piece of a record's text that is looked for in logs (characters).
_PHRASE = (16, 56)
_STANDARD = re.compile(r"^(?:[A-Z][^:]{3,90}: ?)+")
_WORD = re.compile(r"[A-Za-z0-9_.-]{4,}")


@dataclass(slots=True)
class Candidate:
    """A line that may explain the failure. `score` orders; `text` is the line, decoded and cut.

    `loss` is what it lost by its distance from the end of the output. `fits`: the rule is at home with one of the
    record's codes. `doubtful`: the log shows that the line is not the reason (survived, behind the kill, beside the
    point); such a line never stands among the first.
    """

    reading: Reading
    mark: Mark
    rule: Rule
    text: str
    score: float
    fits: bool = False
    loss: float = 0.0
    doubtful: bool = False
    values: dict[str, str] = field(default_factory=dict)

    @property
    def causal(self) -> bool:
        """A cause by its rule, not only something that came with it."""
        return self.rule.role == "cause"


@dataclass(frozen=True, slots=True)
class Clues:
    """What of the record helps to weigh lines: codes, the words of its texts, the order of files."""

    codes: tuple[tuple[str, int], ...]
    phrases: tuple[str, ...]
    words: frozenset[str]
    order: tuple[str, ...]
    kinds: tuple[str, ...]
    killed: bool
    keys: tuple[str, ...]

    @classmethod
    def of(cls, record: RecordVerdict) -> "Clues":
        """The clues of a record. Standard messages in front of a text carry nothing and are left out."""
        triples = [*record.triples, *record.hidden]
        texts = [specific(triple.text) for triple in triples]
        order = logs_for(record.component, record.code)
        keys = tuple(key for key in (record.entry.log_keys if record.entry else []) if len(key) >= 6)
        return cls(
            codes=tuple((triple.component, triple.code) for triple in triples),
            phrases=tuple(text[:160] for text in texts if len(text) >= 18),
            words=frozenset(word for text in texts for word in _WORD.findall(text)),
            order=tuple(order),
            kinds=tuple(dict.fromkeys(kind_of(name) for name in order)),
            killed=record.component == "pilot" and record.code in KILL_CODES,
            keys=keys,
        )


def specific(text: str) -> str:
    """A diag without the standard message in front, where something stands behind it."""
    rest = _STANDARD.sub("", text).strip()
    return rest if len(rest) >= 12 else text


def phrases_of(record: RecordVerdict) -> list[str]:
    """Pieces of the record's texts that a log line can be known by: what stands behind the standard messages.

    The pilot cuts its texts at both ends, so the beginning and the end are taken apart from the middle.
    """
    phrases: list[str] = []
    for triple in record.triples:
        entry_message = record.entry.message if record.entry and triple is record.triples[0] else ""
        text = specific(triple.text)
        if len(text) < _PHRASE[0] or text.lower().rstrip(". ") == entry_message.lower().rstrip(". "):
            continue
        phrases.append(text[: _PHRASE[1]].strip())
        if len(text) > 2 * _PHRASE[1]:
            phrases.append(text[-_PHRASE[1] :].strip())
    return phrases
