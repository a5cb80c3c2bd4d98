"""Sentences about recorded evidence of every kind of answer: lies that must not get through, and honest ones that must.

`evidence/NAME.txt` is what a model was given about a job, a task, a queue, ...; `evidence/NAME.yaml` has sentences on it. A
sentence that begins with `REC: ` is said as a recommendation. The lies use what stands in the evidence: true values of another
thing, in another unit, at another place, by another name, and causes that are none of it.

`held/NAME.yaml` has more of them, of the same kinds: a random half of what was written at once, kept apart. Rules are made with
the others only, so that these say how the check does on what it was not made for; only their count is looked at.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from askpanda.pipeline.checking.claims import Evidence
from askpanda.pipeline.checking.gate import Gate
from askpanda.pipeline.kept import pieces_of
from askpanda.schema.answer import Diagnosis

FOLDER = Path(__file__).parent / "evidence"
HELD = Path(__file__).parent / "held"
_RECOMMENDED = "REC: "


@dataclass(frozen=True)
class Scene:
    """One evidence with its sentences."""

    name: str
    text: str
    evidence: Evidence
    verdict: Diagnosis | None
    lies: tuple[str, ...]
    honest: tuple[str, ...]

    def said(self, sentence: str, piece: int = 4096) -> str:
        """What a reader sees of it, given `piece` characters at a time; "" where any of it is removed."""
        section, text = (
            ("user.recommendations", f"- {sentence.removeprefix(_RECOMMENDED)}")
            if sentence.startswith(_RECOMMENDED)
            else ("description", sentence)
        )
        return asyncio.run(self._through(f"## {section}\n{text}\n", piece))

    async def _through(self, text: str, piece: int) -> str:
        sent: list[str] = []

        async def send(_: str, checked: str) -> None:
            sent.append(checked)

        gate = Gate(self.evidence, ["description", "user.recommendations"], send, verdict=self.verdict)
        for start in range(0, len(text), piece):
            await gate.feed(text[start : start + piece])
        await gate.end()
        return "" if gate.dropped else "".join(sent)


def scenes(folder: Path = FOLDER) -> Iterator[Scene]:
    """All of them, by name; `HELD` has the same evidence with the sentences that were kept apart."""
    for file in sorted(folder.glob("*.yaml")):
        sentences = yaml.safe_load(file.read_text(encoding="utf-8"))
        text = (FOLDER / f"{file.stem}.txt").read_text(encoding="utf-8")
        numbers = [int(number) for number in re.findall(r"^<<< source \[(\d+)\]", text, re.M)]
        yield Scene(
            file.stem, text, Evidence(text, numbers), _verdict(text), tuple(sentences["lies"]), tuple(sentences["honest"])
        )


def _verdict(text: str) -> Diagnosis | None:
    found = next((piece for label, piece in pieces_of(text) if label == "verdict"), "")
    return Diagnosis.model_validate({**json.loads(found), "evidence": [], "signature": ""}) if found else None
