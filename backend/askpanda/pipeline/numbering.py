"""The sources of an answer, each once, numbered in the order of use."""

import re
from collections.abc import Iterable

from askpanda.database import iso
from askpanda.pipeline.parcels import Finding, Gathered
from askpanda.pipeline.wording.passages import body_of
from askpanda.pipeline.wording.seen import TITLE, excerpt
from askpanda.schema.answer import Citation
from askpanda.schema.values import as_identity
from askpanda.stores.base import Hit

EXCERPT = 320


class Numbered:
    """Citations as they are given out, each source once."""

    def __init__(self) -> None:
        self.citations: list[Citation] = []
        self.passages: list[tuple[int, Hit]] = []

    def add(self, **fields: str) -> int:
        for citation in self.citations:
            if (citation.kind, citation.path, citation.section) == (
                fields["kind"],
                fields.get("path", ""),
                fields.get("section", ""),
            ):
                return citation.n
        fields["excerpt"] = _short(fields.get("excerpt", ""))
        citation = Citation(n=len(self.citations) + 1, **fields)  # type: ignore[arg-type]
        self.citations.append(citation)
        return citation.n

    def again(self, citations: Iterable[Citation], *, documents: bool = False) -> None:
        """Record, logs and numbers of the answer before, which a follow-up still rests on; its documents where they are it."""
        kinds = {"record", "log", "live"} | ({"document"} if documents else set())
        for citation in citations:
            if citation.kind in kinds:
                self.citations.append(citation.model_copy(update={"n": len(self.citations) + 1}))

    def passage(self, hit: Hit) -> None:
        kind = "error" if hit.kind == "error" else "document"
        number = self.add(
            kind=kind,
            title=hit.title or hit.path,
            url=hit.url,
            path=hit.path,
            section=hit.section,
            excerpt=body_of(hit.text),
            as_of=hit.as_of,
        )
        self.passages.append((number, hit))

    def record(self, gathered: Gathered) -> None:
        job = gathered.job
        if job is not None and gathered.facts:
            path = f"/job?pandaid={job.pandaid}&json"
            url = f"{job.source.rstrip('/')}/job?pandaid={job.pandaid}" if job.source else ""
            self.add(kind="record", title=f"Record of job {job.pandaid}", url=url, path=path, as_of=job.as_of or gathered.as_of)
        if gathered.task:
            inner = gathered.task.get("task")
            task = inner if isinstance(inner, dict) else gathered.task
            number = as_identity(task.get("jeditaskid"))
            url = f"{gathered.monitor.rstrip('/')}/task/{number}/" if gathered.monitor else ""
            self.add(
                kind="record", title=f"Record of task {number}", url=url, path=f"/task/{number}/?json", as_of=gathered.as_of
            )

    def logs(self, gathered: Gathered, finding: Finding) -> None:
        diagnosis = finding.verdict.diagnosis if finding.verdict else finding.reused
        if diagnosis is None:
            return
        origins = {log_.name: log_.origin for log_ in (gathered.job.logs if gathered.job else [])}
        for line in diagnosis.evidence:
            if line.line is not None:
                origin = origins.get(line.file, "")
                monitor = gathered.job.source.rstrip("/") if gathered.job else ""
                url = f"{monitor}{origin}" if monitor and origin.startswith("/") else ""
                self.add(
                    kind="log",
                    title=line.file,
                    url=url.replace("&json", ""),
                    path=origin or line.file,
                    excerpt=line.text,
                    as_of=gathered.as_of,
                )

    def logs_shown(self, gathered: Gathered) -> None:
        """Logs that are shown on request, whether or not a line of theirs decides anything."""
        job = gathered.job
        cited = {citation.title for citation in self.citations if citation.kind == "log"}
        for log_ in job.logs if job else []:
            if job and log_.state == "ok" and log_.name not in cited:
                url = f"{job.source.rstrip('/')}{log_.origin}" if job.source and log_.origin.startswith("/") else ""
                path = log_.origin or log_.name
                self.add(kind="log", title=log_.name, url=url.replace("&json", ""), path=path, as_of=gathered.as_of)

    def logs_of_groups(self, gathered: Gathered, finding: Finding) -> None:
        """The line that tells most in the log of each group's example."""
        if not gathered.groups:
            return
        for job, verdict in zip(gathered.jobs, finding.each, strict=True):
            line = next((line for line in verdict.diagnosis.evidence if line.line is not None), None) if verdict else None
            origin = next((log.origin for log in job.logs if line is not None and log.name == line.file), "")
            if line is not None and origin.startswith("/"):
                url = f"{job.source}{origin}".replace("&json", "") if job.source else ""
                title = f"{line.file} of job {job.pandaid}"
                self.add(kind="log", title=title, url=url, path=origin, excerpt=line.text, as_of=gathered.as_of)

    def seen(self, finding: Finding) -> None:
        diagnosis = finding.verdict.diagnosis if finding.verdict else finding.reused
        if finding.seen is not None and diagnosis is not None:
            signature = diagnosis.signature
            last = iso(finding.seen.last)
            self.add(kind="analysis", title=TITLE, path=signature, excerpt=excerpt(finding.seen), as_of=last)

    def live(self, gathered: Gathered) -> None:
        if gathered.queues is not None and gathered.queues.source:
            queues = gathered.queues
            self.add(kind="live", title="CRIC: settings of all queues", url=queues.source, path=queues.path, as_of=queues.as_of)
        for path in gathered.pages:
            url = f"{gathered.monitor.rstrip('/')}{path}" if gathered.monitor else ""
            self.add(
                kind="live",
                title=f"Monitor: {path.split('?')[0].strip('/') or 'page'}",
                url=url,
                path=path,
                as_of=gathered.as_of,
            )


def _short(text: str) -> str:
    """An excerpt that ends with a sentence or a word."""
    flat = re.sub(r"\s+", " ", text).strip()
    if len(flat) <= EXCERPT:
        return flat
    stop = max(flat.rfind(". ", 0, EXCERPT), flat.rfind("! ", 0, EXCERPT))
    return flat[: stop + 1] if stop > EXCERPT // 2 else flat[: flat.rfind(" ", 0, EXCERPT)] + " …"
