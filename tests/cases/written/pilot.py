"""Writes pilotlog.txt as pilot3 leaves it in the tarball, from a short script of what happened.

A script line is one of

    @phase words          ordinary work of the pilot: a method below, or a part of pilot_phases.txt
    %in CODE head || reason     a download by rucio that fails with rucio's two-line text; `%out` an upload. The line's label
                          goes to the lines that hold the reason, and to those with the head where that begins with `!`
    +90                   seconds pass
    W control.data _stage_in | text      one entry; levels D I W E C
    anything else         goes on as it stands: the rest of a message of several lines, a relayed dump

Before it stands one character that says what the line is to a diagnosis (`book.KINDS`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

ENTRY = re.compile(r"^([DIWEC]) ([\w.]+) (\w+|<module>) \| (.*)$", re.DOTALL)
LEVELS = {"D": "DEBUG", "I": "INFO", "W": "WARNING", "E": "ERROR", "C": "CRITICAL"}
#: The pilot's standard text of the codes that a transfer by rucio ends with.
MESSAGES = {
    "1099": "Failed to stage-in file", "1137": "Failed to stage-out file", "1221": "File already exists",
    "1324": "Service not available at the moment", "1331": "Input file is missing in storage element",
    "1338": "Authentication failure during stage-in", "1383": "Authentication failure during stage-out",
}  # fmt: skip
ORDINARY = "~"  # the label of what healthy work prints
WORD = re.compile(r"<<(\w+)>>")
Line = tuple[str, str]  # label and text


@cache
def phases() -> dict[str, tuple[str, ...]]:
    """The lines of each part of pilot_phases.txt, each with the character before it."""
    text = (Path(__file__).parent / "pilot_phases.txt").read_text(encoding="utf-8")
    parts = (part.split("\n", 1) for part in re.split(r"^== ", text, flags=re.MULTILINE)[1:])
    return {name: tuple(lines.rstrip("\n").split("\n")) for name, lines in parts}


@dataclass
class Pilot:
    """The clock and the names of one log."""

    names: dict[str, str]
    random: Random
    now: datetime
    short: bool = False  # without debug fields

    def write(self, script: Iterable[Line]) -> Iterator[Line]:
        """The log's lines of a script of (label, text). KeyError for a phase or a word that is not there."""
        for label, text in script:
            if text.startswith("@"):
                phase, *words = text[1:].split()
                work = getattr(self, f"_{phase}", None)
                yield from work(*words) if work else self._part(phase)
            elif text.startswith(("%in ", "%out ")):
                way, code, reason = text.split(" ", 2)
                head, said = reason.split(" || ") if " || " in reason else ("", reason)
                yield from (self._not_in if way == "%in" else self._not_out)(label, code, head, said)
            else:
                yield from self._line(label, text)

    def _line(self, label: str, text: str) -> Iterator[Line]:
        """One line of a script; an entry may hold line breaks."""
        found = ENTRY.match(text)
        if re.fullmatch(r"\+\d+", text):
            self.now += timedelta(seconds=int(text[1:]))
        elif found is None:
            yield label, text
        elif not (self.short and found[1] == "D"):
            self.now += timedelta(milliseconds=self.random.choice([0, 1, 1, 2, 3, 5, 18, 120, 400]))
            fields = [f"{self.now:%Y-%m-%d %H:%M:%S},{self.now.microsecond // 1000:03d}", f"{LEVELS[found[1]]:<8}"]
            if not self.short:
                fields += [f"{'__main__' if found[2] == 'pilot' else 'pilot.' + found[2]:<32}", f"{found[3]:<25}"]
            yield from ((label, line) for line in " | ".join([*fields, found[4]]).split("\n"))

    def _part(self, name: str, label: str = ORDINARY, /, **words: object) -> Iterator[Line]:
        """A part of pilot_phases.txt."""
        names = self.names | {key: str(value) for key, value in words.items()}
        often = self.random.random() < 0.5
        for line in phases()[name]:
            if line[:1] != "?" or often:
                yield from self._line(label, WORD.sub(lambda found: names[found[1]], line[1:]))

    def _stagein(self, files: str = "1") -> Iterator[Line]:
        yield from self._part("stagein_head")
        for number in range(int(files)):
            yield from self._download(self._sibling(number))
        yield from self._part("stagein_end", status="transferred")

    def _stagein_head(self, _files: str = "1") -> Iterator[Line]:
        return self._part("stagein_head")

    def _download(self, file: str) -> Iterator[Line]:
        yield from self._part("download_head", file=file, folder=self.names["pfn"].rsplit("/", 1)[0])
        took = self.random.randint(9, 180)
        self.now += timedelta(seconds=took)
        yield from self._part("download_end", file=file, took=took, speed=f"{1981 / took:.2f}")

    def _direct(self, files: str = "1") -> Iterator[Line]:
        yield from self._part("stagein_head")
        for number in range(int(files)):
            yield from self._part("direct_file", file=self._sibling(number), folder=self.names["turl"].rsplit("/", 1)[0])
        yield from self._part("stagein_end", status="remote_io")

    def _sibling(self, number: int) -> str:
        """The name of the input, or of another one of its dataset."""
        return re.sub(r"\._(\d+)\.", lambda found: f"._{(int(found[1]) + 37 * number) % 10**6:06d}.", self.names["lfn"])

    def _setup(self) -> Iterator[Line]:
        return self._part("setup", kind="production" if self.names["label"] == "managed" else "user analysis")

    def _run(self, minutes: str, state: str = "running") -> Iterator[Line]:
        """The monitoring, a round a minute."""
        pss = self.random.randint(900_000, 1_500_000)
        for minute in range(int(minutes)):
            pss += self.random.randint(0, 900)
            yield from self._part("minute", loop=minute * 6, state=state, pss=pss, cpu=f"{57.3 * minute + 4.2:.2f}")
            if minute % 5 == 4:
                size, now = 2_100_000_000 + 1_250_000 * minute, int(self.now.timestamp())
                yield from self._part("minutes5", state=state, now=now, size=size, since=60 * minute)
            if minute % 10 == 9:
                yield from self._part("minutes10", loop=minute * 6)
            if minute % 30 == 29:
                yield from self._part("minutes30")
            if self.random.random() < 0.01:
                yield from self._part("hiccup")

    def _ended(self, code: str) -> Iterator[Line]:
        """The payload's end; what the pilot says of a failed one is left to the script."""
        yield from self._part("ended", code=code, state="finished" if code == "0" else "failed")
        if code == "0":
            yield from self._part("ended_well")

    def _nonzero(self, code: str) -> Iterator[Line]:
        """The end of a payload that fails, with the pilot's ordinary words about it."""
        yield from self._ended(code)
        yield from self._part("ended_badly", code=code)

    def _stageout(self, files: str = "1") -> Iterator[Line]:
        for part in ("stageout_head", "upload_head", "upload_end"):
            yield from self._part(part, count=files)

    def _stageout_head(self, files: str = "1") -> Iterator[Line]:
        return self._part("stageout_head", count=files)

    def _not_in(self, label: str, code: str, head: str, reason: str) -> Iterator[Line]:
        n = self.names
        yield from self._part("download_head", " ", file=n["lfn"], folder=n["pfn"].rsplit("/", 1)[0])
        self.now += timedelta(seconds=14)
        yield from self._reason(label, "D copytool.rucio _download_item | ", head, reason)
        yield from self._part("not_downloaded", " ")
        flat = f"{head.lstrip('!')}\\nDetails: {reason}" if head else reason
        trace = f"[{{'hostname': '{n['node']}', 'protocol': 'davs', 'clientState': 'FAILED', 'stateReason': '{flat}'}}]"
        yield from self._line(label, f"D copytool.rucio _stage_in_api | trace_report_out={trace}")
        yield from self._reason(label, 'I copytool.rucio handle_rucio_error | rucio returned an error: "', head, reason, '"')
        yield from self._given_up(label, code, f"{n['scope']}:{n['lfn']} from {n['rse']}, {reason}")
        yield from self._part("stagein_failed", " ", code=code, message=MESSAGES[code])

    def _not_out(self, label: str, code: str, head: str, reason: str) -> Iterator[Line]:
        n = self.names
        yield from self._part("upload_head", " ")
        self.now += timedelta(seconds=21)
        yield from self._line(" ", "W copytool.rucio upload | Upload attempt failed")
        yield from self._reason(label, "I copytool.rucio upload | Exception: ", head, reason)
        yield from self._part("upload_traceback", " ")
        yield from self._reason(label, 'I copytool.rucio handle_rucio_error | rucio returned an error: "', head, reason, '"')
        yield from self._given_up(label, code, f" {n['scope']}:{n['outfile']} to {n['outrse']}, {reason}")
        yield from self._part("stageout_failed", " ", code=code)

    def _reason(self, label: str, entry: str, head: str, reason: str, end: str = "") -> Iterator[Line]:
        """An entry with a failed transfer's reason: one line, or rucio's general text and the details below it."""
        if not head:
            yield from self._line(label, entry + reason + end)
            return
        yield from self._line(label if head.startswith("!") else " ", entry + head.lstrip("!"))
        if not (self.short and entry.startswith("D")):
            yield label, f"Details: {reason}{end}"

    def _given_up(self, label: str, code: str, reason: str) -> Iterator[Line]:
        yield from self._part("given_up", " ", code=code, message=MESSAGES[code])
        yield label, f"details: {reason}"
        failed = f"[PilotException('{reason}')]:failed to transfer files using copytools=['rucio']"
        yield from self._line(label, f"C api.data transfer | {failed}")
