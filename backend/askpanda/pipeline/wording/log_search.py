"""What a question seeks in a log: a word or a quoted text, the first or the last of it, and how much of what is around it."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: Lines around one that was sought, at most.
_MOST_AROUND = 50
_QUOTED = re.compile(r"(?<!\w)[\"'`“„‘«]\s?([^\"'`“”„‘’«»\n]{2,80}?)\s?[\"'`“”’»](?!\w)")
_GREP = re.compile(
    r"(?<!can't )(?<!cant )(?<!cannot )(?<!can not )(?<!could not )(?<!couldn't )"
    r"\b(?:grep|lines? (?:with|containing)|search(?: for)?|find|look for)\s+(?:for |the |all |any |lines? "
    r"with )*([\w.:/-]{2,60})",
    re.I,
)
#: `any FATAL in there`, `the first ERROR line`: a level is written in capitals.
_LEVEL = re.compile(
    r"\b(?:[Aa]ny|[Aa]ll|[Ee]very|[Ff]irst|[Ll]ast|[Tt]he|[Ff]or|[Hh]ow (?:many|often)) (?:\d+ )?([A-Z]{4,20})s?\b"
)
_HELD = re.compile(
    r"\b(?:does|do|did|how (?:often|many times) (?:does|do|did|is|was|has|have))\s+(?:[\w.]+\s+){0,3}?"
    r"(?:contain|mention|say|appear with)\s+(?:the (?:word|text|line) )?([\w.:/-]{2,60})",
    re.I,
)
_AROUND = re.compile(
    r"\b(\d{1,2}) (?:more )?lines? (?:of )?(?:context|around|before|after|above|below)\b|\bwith (?:some |its )?(context)\b",
    re.I,
)
_ONE = re.compile(r"\b(first|last)\b(?: [\w'\"`]+){0,4}? (?:line|one|occurrence|hit|match)\b(?!s)", re.I)
#: The line that decides, rather than lines of a file.
_THE_LINE = re.compile(
    r"\b(?:the|that|which|exact|telling|decisive|relevant|offending) (?:(?:error|log) )?line\b"
    r"|\bla l(?:igne|inea)\b|\bdie zeile\b",
    re.I,
)


@dataclass(frozen=True)
class Sought:
    """`which` is `first`, `last` or "" for all of the lines; `around` is how many lines before and after each are wanted."""

    text: str
    which: str = ""
    around: int = 0

    @property
    def exact(self) -> bool:
        """Whether capitals are told from small letters."""
        return self.text != self.text.lower()


def sought(question: str, files: Iterable[str]) -> Sought | None:
    """What is looked for in logs; None where lines are asked for whatever they say. `files` are names, which nobody seeks."""
    names = {name.casefold() for name in files}
    for pattern in (_QUOTED, _GREP, _LEVEL, _HELD):
        for match in pattern.finditer(question):
            text = match.group(1).strip()
            if text.casefold() not in names:
                around, one = _AROUND.search(question), _ONE.search(question)
                lines = min(int(around.group(1) or 3), _MOST_AROUND) if around else 0
                return Sought(text, one.group(1).lower() if one else "", lines)
    return None


def the_line_itself(question: str) -> bool:
    """Whether the one line is asked for that decides."""
    return _THE_LINE.search(question) is not None


def matching(lines: Iterable[bytes], what: Sought, count: int, *, exact: bool) -> tuple[list[tuple[int, bytes, bool]], int]:
    """([(number, line, whether it has the text)], how many lines have it): `count` of those with it, and what is around."""
    word = what.text.encode() if exact else what.text.lower().encode()
    limit = 1 if what.which else count
    hits: deque[list[tuple[int, bytes, bool]]] = deque(maxlen=limit if what.which == "last" else None)
    total = after = 0
    before: deque[tuple[int, bytes, bool]] = deque(maxlen=what.around)
    for number, line in enumerate(lines, 1):
        if word in (line if exact else line.lower()):
            total += 1
            if what.which == "last" or len(hits) < limit:
                hits.append([*before, (number, line, True)])
                before.clear()
                after = what.around
                continue
        if after and hits:
            hits[-1].append((number, line, False))
            after -= 1
        elif what.around:
            before.append((number, line, False))
    return list(_once(hits)), total


def _once(hits: Iterable[list[tuple[int, bytes, bool]]]) -> Iterator[tuple[int, bytes, bool]]:
    seen = 0
    for hit in hits:
        for number, line, found in hit:
            if number > seen:
                seen = number
                yield number, line, found
