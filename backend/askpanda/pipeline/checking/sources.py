"""Where in the evidence a text stands: in which file and line, and behind which number of a citation."""

import re
from collections import defaultdict
from collections.abc import Sequence

from askpanda.pipeline.checking.likeness import same
from askpanda.pipeline.checking.quantities import Quantity, plain, quantities
from askpanda.pipeline.kept import PROOF, SOURCE, pieces_of

_PROOF_LINE = re.compile(rf"{re.escape(PROOF)}(\S+) line (\d+)$")
_OWN_LINE = re.compile(r"`([\w.-]+)`,? (?:\()?line (\d+)\)?: `([^`\n]+)`|`([^`\n]+)` \(`([\w.-]+)`, line (\d+)\)")
_SOURCE = re.compile(rf"{re.escape(SOURCE)}(\d+)\] (\w+) ?(.*)")
_LINE = re.compile(r"\b(?:lines?|lignes?|zeilen?|líneas?)\s+(\d+)", re.I)
_FILE = re.compile(r"(?<![\w/.-])([A-Za-z][\w-]*\.(?:txt|stdout|stderr|json|log|out|xml))\b")
_HEDGED = re.compile(
    r"\b(?:around|near|about|after|before|from|until|vers|um|nach|vor|ab)\s+\W*(?:line|ligne|zeile|línea)", re.I
)
_CITED = re.compile(r"\[(\d+(?:\s*[,–-]\s*\d+)*)\]")


def flat(text: str) -> str:
    """One spelling of what may be written in several ways: blanks, apostrophes, case."""
    return re.sub(r"\s+", " ", text.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")).strip().casefold()


class Places:
    """The lines and the sources of an evidence."""

    def __init__(self, evidence: str) -> None:
        self._at: list[tuple[str, int, str]] = []
        self._files: dict[int, set[str]] = defaultdict(set)
        self._sources: dict[int, str] = {}
        self._own: list[str] = []
        self._read: dict[str, list[Quantity]] = {}
        for label, text in pieces_of(evidence):
            proof = _PROOF_LINE.match(label)
            if proof:
                self._note(proof[1], int(proof[2]), text)
            source = _SOURCE.match(label)
            if source is None:
                self._own += text.splitlines()
            elif source[2] in ("document", "error", "log") and text.strip():
                self._sources[int(source[1])] = f"{source[3]}\n{text}"
            for match in _OWN_LINE.finditer(text):
                file, number, said = (match[1], match[2], match[3]) if match[1] else (match[5], match[6], match[4])
                self._note(file, int(number), said)

    def _note(self, file: str, line: int, text: str) -> None:
        self._at.append((file, line, flat(text)))
        self._files[line].add(file)

    def wrong(self, sentence: str, quoted: Sequence[str]) -> list[str]:
        """Texts that are said to stand in another line or another file than they do; files that have no such line."""
        lines = [int(number) for number in _LINE.findall(sentence)]
        files = list(dict.fromkeys(_FILE.findall(sentence)))
        wrong: list[str] = []
        for said in (flat(text).strip(" .…") for text in quoted if " " in text.strip()):
            places = [(file, line) for file, line, text in self._at if said in text]
            if not places or _HEDGED.search(sentence):
                continue
            if len(lines) == 1 and not any(line == lines[0] for _, line in places):
                wrong.append(f"line {lines[0]}")
            if (
                len(files) == 1
                and not any(file == files[0] for file, _ in places)
                and (lines or re.search(r"\b(?:says?|has|reads|dit|steht|dice)\b", sentence))
            ):
                wrong.append(files[0])
        if len(files) == 1:
            known = {line for line, of in self._files.items() if files[0] in of}
            wrong += [f"{files[0]} line {line}" for line in lines if line not in known and (known or self._files.get(line))]
        return wrong

    def miscited(self, sentence: str, quoted: Sequence[str]) -> list[str]:
        """The citations of which no source has anything that the sentence states, where other sources have it."""
        cited = {int(number) for group in _CITED.findall(sentence) for number in re.findall(r"\d+", group)}
        if not cited or not cited <= self._sources.keys():
            return []  # a record, live facts: they have no text of their own here
        bare = _CITED.sub(" ", sentence)
        said = [text for text in (flat(text).strip(" .…") for text in quoted) if text]
        amounts = quantities(plain(bare))
        if not said and not amounts:
            return []
        own = "\n".join(line for line in self._own if any(f"[{number}]" in line for number in cited))
        behind = "\n".join([own, *(self._sources[number] for number in cited)])
        others = "\n".join(text for number, text in self._sources.items() if number not in cited)
        if self._has(behind, said, amounts) or not self._has(others, said, amounts):
            return []
        return [f"[{number}]" for number in sorted(cited)]

    def _has(self, text: str, said: Sequence[str], amounts: Sequence[Quantity]) -> bool:
        """Whether a text has one of the quotations, or one of the amounts."""
        spelled = flat(text) if said else ""
        if any(quoted in spelled for quoted in said):
            return True
        there = self._amounts_of(text) if amounts else []
        alike = (same(one, other) for one in amounts for other in there if one.kind == other.kind or one.number == other.number)
        return any(alike)

    def _amounts_of(self, text: str) -> list[Quantity]:
        """Read once: sentence after sentence cites the same sources."""
        if text not in self._read:
            self._read[text] = quantities(plain(_CITED.sub(" ", text)))
        return self._read[text]
