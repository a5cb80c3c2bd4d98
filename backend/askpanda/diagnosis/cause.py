"""The cause in one sentence, with the job's own values: where, what, and what was all right."""

import re
from typing import Any

from askpanda.diagnosis.candidate import Candidate
from askpanda.diagnosis.fill import sentence
from askpanda.diagnosis.lines import message_of
from askpanda.diagnosis.texts import RecordClue
from askpanda.diagnosis.types import Catalogue, RecordVerdict
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_count, as_number, as_text, megabytes

STAGEIN_CODES = {1099, 1100, 1145, 1151, 1171, 1175, 1180, 1322, 1326, 1327, 1331, 1338}
STAGEOUT_CODES = {1137, 1141, 1152, 1172, 1181, 1221, 1333, 1383}
#: Transfer codes that do not say which way the file went.
EITHER_CODES = {1103, 1163, 1242, 1313, 1316, 1321, 1323, 1324, 1362, 1364}
#: An endpoint of the data management: SITE-NAME_DATADISK and its kin.
ENDPOINT = re.compile(r"\b([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*(?:_[A-Z0-9-]+)*_[A-Z0-9]*(?:DISK|TAPE)[A-Z0-9_-]*)\b")
DID = re.compile(r"\b((?:[a-z][\w.-]{1,60}):[\w.+-]{6,240}\.[\w.+-]{1,120})")
HOST = re.compile(r"\b(?:root|roots|davs|https?|srm|xroot)://([\w.-]+\.[a-z]{2,})")
SECONDS = re.compile(r"(?:timeout=|after |within |timeout of |timed out \()(\d{1,6}) ?(?:s\b|sec|seconds)?")
_WORDS = re.compile(r"[a-z]{4,}")
XROOTD_CODE = re.compile(r"(?:\[(3\d{3})\]|\bcode:? (3\d{3})\b|errno:? (3\d{3})\b)")


def _first(pattern: re.Pattern[str], texts: list[str]) -> str:
    for text in texts:
        match = pattern.search(text)
        if match:
            return next(group for group in match.groups() if group)
    return ""


def direction(record: RecordVerdict, texts: list[str], stage: str | None) -> str:
    """stage-in, stage-out or "" for an error that is no transfer."""
    if record.component != "pilot":
        return ""
    if record.code in STAGEIN_CODES:
        return "stage-in"
    if record.code in STAGEOUT_CODES:
        return "stage-out"
    if record.code not in EITHER_CODES:
        return ""
    for text in texts:
        if re.search(r"stage-?out|\bto [A-Z][A-Z0-9-]+_", text):
            return "stage-out"
        if re.search(r"stage-?in|\bfrom [A-Z][A-Z0-9-]+_|download", text):
            return "stage-in"
    return {"stagein": "stage-in", "stageout": "stage-out"}.get(stage or "", "")


class Cause:
    """Composes the sentence. `values` holds every value that was read, for advice and expert part."""

    def __init__(
        self,
        job: JobEvidence,
        record: RecordVerdict,
        catalogue: Catalogue,
        lead: Candidate | RecordClue | None,
        found: list[Candidate],
        record_clues: list[RecordClue],
        stage: str | None,
    ) -> None:
        self.job, self.record, self.catalogue, self.lead = job, record, catalogue, lead
        self._texts = [record.message, *(triple.text for triple in record.triples)]
        if lead is not None:
            self._texts.append(lead.text)
        self._lines = [item.text for item in found[:12] if item.causal or item.rule.role == "consequence"]
        self.values: dict[str, Any] = self._record_values()
        for clue in record_clues:
            for name, value in clue.values.items():
                self.values.setdefault(name, value)
        if lead is not None and lead.rule is not None:
            self.values.update(lead.values)
        self.direction = direction(record, self._texts, stage)
        transfer_texts = [*self._texts, *self._lines]
        if lead is not None and lead.rule is not None and lead.rule.kind in {"input", "remoteio"}:
            opened = [item.text for item in found if item.rule.id == "remote-open-last-file"]
            self.values.setdefault("host", _first(HOST, [*transfer_texts, *opened]))
        if self.direction or (
            lead is not None and lead.rule is not None and lead.rule.kind in {"input", "remoteio", "transfer"}
        ):
            self.values.setdefault("endpoint", _first(ENDPOINT, transfer_texts))
            self.values.setdefault("lfn", _first(DID, transfer_texts) or self._only_input())
            self.values.setdefault("seconds", _first(SECONDS, transfer_texts))
            self.values.setdefault("xrootd", _first(XROOTD_CODE, transfer_texts))

    def _record_values(self) -> dict[str, Any]:
        job = self.job.job
        values: dict[str, Any] = {"site": as_text(job.get("computingsite"))}
        peak = as_number(job.get("maxpss"))
        if peak and peak > 0:
            values["peak_mb"] = str(megabytes(peak))
        asked = as_number(job.get("minramcount"))
        if asked and asked > 0 and as_text(job.get("minramunit")).upper() in {"", "MB"}:
            values["asked_mb"] = str(round(asked))
        return values

    def _only_input(self) -> str:
        names = [as_text(item.get("lfn")) for item in self.job.files if as_text(item.get("type")) == "input"]
        return names[0] if len(names) == 1 and self.direction == "stage-in" else ""

    def sentence(self) -> str:
        """One sentence. Never a cause that was not found: without any mark it is the record's own text."""
        core = self._core()
        head = self._transfer_head()
        endpoint = self.values.get("endpoint")
        if head and endpoint and endpoint in head:  # named once is enough
            core = re.sub(rf"( with| from| to| at|(?<=storage)) {re.escape(endpoint)}(?![\w-])", "", core, count=1)
        if head:
            core = head + ": " + core[0].lower() + core[1:] if core and not core[:2].isupper() else f"{head}: {core}"
        tail = self._tail(core)
        return (core.rstrip(".") + tail + ".") if tail else core

    def _core(self) -> str:
        lead = self.lead
        if lead is not None and lead.rule is not None:
            filled = sentence(lead.rule.says, self.values)
            if filled:
                return filled
            if isinstance(lead, RecordClue):
                return _as_sentence(lead.text)
        payload = self._payload_words()
        if lead is not None and isinstance(lead, Candidate):
            quoted = message_of(lead.text).strip()[:260]
            return _as_sentence(f"{payload or self._standard()}; the telling line of {lead.reading.name} is “{quoted}”")
        return _as_sentence(payload or self._own_words())

    def _standard(self) -> str:
        entry = self.record.entry
        return (entry.message if entry and entry.message else self.record.message).rstrip(". ") or self._own_words()

    def _own_words(self) -> str:
        record, entry = self.record, self.record.entry
        if record.message:
            standard = entry.message if entry else ""
            if record.message.lower().rstrip(". ") in standard.lower():
                return standard
            return record.message if standard.lower() in record.message.lower() else f"{standard}: {record.message}"
        if entry and entry.message:
            return entry.message
        if record.component:
            return f"{record.component} error {record.code}, for which the record gives no text"
        return f"the job was {record.outcome}, and the record gives no reason"

    def _payload_words(self) -> str:
        """For a payload failure: the payload's own code and text (executor, transform) instead of the pilot's."""
        if self.record.component != "pilot" or self.record.code not in {1305, 1220, 1315}:
            return ""
        transform = self.transform_text()
        executor = self.record.text_of("executor")
        words = [word for word in (transform, executor) if word]
        return "The payload failed: " + "; ".join(dict.fromkeys(words)) if words else ""

    def transform_text(self) -> str:
        """What the transform's exit code means: the monitor's text or the catalogue's; "" where a script hides it."""
        shown = {(item.component, item.code) for item in self.record.secondary}
        code = self.record.code_of("transform")
        if code is None or (self.record.component != "transform" and ("transform", code) not in shown):
            return ""
        entry = self.catalogue.get("transform", code)
        text = self.record.text_of("transform") or (entry.message if entry else "")
        return f"{text.rstrip('. ')} (exit code {code})" if text else f"exit code {code}"

    def _exit(self, core: str) -> str:
        """What the payload ended with behind its cause; the words of that code only where the cause has others."""
        if self.record.component != "pilot" or self.record.code != 1305 or "exit code" in core:
            return ""
        text, mark, code = self.transform_text().rpartition("exit code ")
        if not mark:
            return ""
        text, said = text.rstrip("( "), set(_WORDS.findall(core.lower()))
        own = set(_WORDS.findall(text.lower()))
        words = f" (“{text}”)" if text and len(own - said) > len(own) / 2 else ""
        who = "it" if core.startswith(("The payload ", "The program ", "The Python program ")) else "the payload"
        return f"; {who} ended with exit code {code.rstrip(')')}{words}"

    def _transfer_head(self) -> str:
        if not self.direction:
            return ""
        lfn, endpoint = self.values.get("lfn"), self.values.get("endpoint")
        way = "from" if self.direction == "stage-in" else "to"
        head = ("Stage-in" if self.direction == "stage-in" else "Stage-out") + " failed"
        if lfn:
            head = head.replace(" failed", f" of {lfn} failed")
        return head.replace(" failed", f" {way} {endpoint} failed") if endpoint else head

    def _tail(self, core: str) -> str:
        parts: list[str] = []
        rule = self.lead.rule if self.lead is not None else None
        seconds, xrootd = self.values.get("seconds"), self.values.get("xrootd")
        if seconds and self.record.code in {1151, 1152} and seconds not in core:
            parts.append(f" after {seconds} s")
        if xrootd and self.direction and xrootd not in core:
            parts.append(f" (the log also has xrootd code {xrootd})")
        if self.direction == "stage-out" and as_text(self.job.job.get("transexitcode")) == "0":
            parts.append("; the payload itself had succeeded (exit code 0)")
        peak, asked = self.values.get("peak_mb"), self.values.get("asked_mb")
        memory = (rule is not None and rule.kind == "memory") or (self.record.component, self.record.code) == ("pilot", 1235)
        if memory and peak and not any(char.isdigit() for char in core.split("(exit code")[0]):
            parts.append(f" (highest use {peak} MB" + (f", {asked} MB asked for)" if asked else ")"))
        parts.append(self._exit(core))
        return "".join(parts)


def _as_sentence(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        return text
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…", "”")) else text + "."


def cores_of(job: dict[str, Any]) -> int:
    """Cores that the job used, or asked for; 1 where neither is known."""
    return as_count(job.get("actualcorecount")) or as_count(job.get("corecount")) or 1
