"""What a model is told: the finished evidence as fenced data, and which sections to word. Prompts are files in `prompts/`."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from haystack.dataclasses import ChatMessage

from askpanda.models.registry import Model
from askpanda.pipeline.gist import remembered
from askpanda.pipeline.kept import EARLIER, HIGHLIGHTED, OWN, PROOF, RECORD, SOURCE, TABLE, Kept, fenced
from askpanda.pipeline.parcels import Brief, Speak, Words
from askpanda.pipeline.worded_once import evened, key_of
from askpanda.pipeline.wording.error_codes import label
from askpanda.pipeline.wording.passages import body_of
from askpanda.pipeline.wording.render import NAMES, get
from askpanda.redaction import Mask, cut_secrets
from askpanda.schema.answer import Answer, ModelCall
from askpanda.settings import Settings

#: Characters of one piece of evidence, and of all: a model's window is not the place for a whole log.
PIECE_LIMIT, ALL_LIMIT = 4000, 24_000
LANGUAGES = {"en": "English", "fr": "French", "de": "German", "es": "Spanish", "it": "Italian", "pt": "Portuguese"}
_FENCE = re.compile(r"<<<|>>>")


@dataclass(frozen=True)
class Speaker:
    """`speak` runs the model; `evidence` is what its words are held against; `restore` puts names back.

    `key` stands for all that the model is asked, and for its name.
    """

    speak: Speak
    evidence: str
    restore: Callable[[str], str] | None
    key: str


@cache
def prompt(name: str) -> str:
    """One file of `pipeline/prompts`."""
    return files("askpanda.pipeline").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8").strip()


def kept_for(brief: Brief, words: Words, answer: Answer) -> Kept:
    """All that any model needs to word `answer`."""
    people, hosts = _named(brief)
    return Kept(
        answer=answer,
        question=cut_secrets(brief.turn.question),
        evidence=evidence_text(brief, words),
        language=brief.route.language,
        audience=brief.turn.request.audience,
        people=people,
        hosts=hosts,
        monitor=brief.gathered.monitor,
        tails=words.tails,
    )


def speaker(kept: Kept, model: Model, settings: Settings) -> Speaker:
    """Everything that is needed to let `model` word the answer."""
    evidence = kept.evidence
    masked = model.remote or settings.egress == "remote"
    mask = Mask(people=kept.people, hosts=kept.hosts, public=settings.link_hosts) if masked else None
    hide = mask.hide if mask else _same
    messages = messages_for(kept, hide)
    key = key_of(model.name, messages_for(kept.model_copy(update={"question": evened(kept.question)}), hide))

    async def speak(on_text: Callable[[str], Awaitable[None]]) -> ModelCall:
        return await model.stream(messages, on_text)

    return Speaker(speak, evidence, mask.restore if mask else None, key)


def messages_for(kept: Kept, hide: Callable[[str], str]) -> list[ChatMessage]:
    """System prompt, and the question with its evidence, in which what was said before has its place."""
    wanted = [name for name in NAMES if get(kept.answer.sections, name)]
    language = LANGUAGES.get(kept.language, kept.language)
    system = prompt("system").replace("{language}", language).replace("{audience}", kept.audience)
    task = prompt("followup" if kept.answer.intent == "followup" else "answer")
    asked = task.replace("{sections}", "\n".join(f"## {name}" for name in wanted)).replace("{language}", language)
    asked = asked.replace("{evidence}", hide(kept.evidence)).replace("{question}", hide(data(kept.question)))
    return [ChatMessage.from_system(system), ChatMessage.from_user(asked)]


def evidence_text(brief: Brief, words: Words) -> str:
    """All that the model may say, in labelled pieces; secrets are cut, nothing in it can close its fence."""
    pieces: list[tuple[str, str]] = []
    diagnosis = brief.finding.verdict.diagnosis if brief.finding.verdict else brief.finding.reused
    if diagnosis is not None:
        facts = diagnosis.model_dump(exclude={"evidence", "signature"}, exclude_none=True)
        pieces.append(("verdict", json.dumps(facts, ensure_ascii=False, default=str)))
        for line in diagnosis.evidence:
            where = f"{line.file} line {line.line}" if line.line is not None else f"{line.file} field {line.field}"
            text = f"{line.text}\n{line.window.text}" if line.window else line.text
            pieces.append((f"{PROOF}{where}", text))
    pieces.append(
        (
            OWN,
            "\n".join(f"## {name}\n{_section(words, name)}" for name in NAMES if get(words.sections, name)),
        )
    )
    selection = brief.turn.request.context.selection
    if selection:  # before what may fill the room: it is what the reader asks about
        pieces.append((HIGHLIGHTED, selection))
    before = remembered(brief.turn.said)
    if before:
        pieces.append((EARLIER, before))
    for citation in brief.sources.citations:
        if citation.kind == "analysis":
            continue  # counts of other jobs: said in our own words behind the model's
        passage = next((body_of(hit.text) for number, hit in brief.sources.passages if number == citation.n), citation.excerpt)
        entry = _entry(brief, citation.path) if citation.kind == "error" else ""
        old = f" (as of {citation.as_of[:10]})" if citation.as_of else ""
        pieces.append((f"{SOURCE}{citation.n}] {citation.kind} {citation.title}{old}", entry or passage))
    record = brief.gathered.job.job if brief.gathered.job else {}
    if record:
        kept = {
            name: value
            for name, value in record.items()
            if value not in (None, "", 0, "0", "NULL") and isinstance(value, str | int | float)
        }
        pieces.append((RECORD, "\n".join(f"{name}: {str(value)[:300]}" for name, value in kept.items())))
    for block in words.blocks:
        if block.kind == "table":
            pieces.append((f"{TABLE}{block.title}", json.dumps(block.data, ensure_ascii=False, default=str)))
    return _fenced(pieces)


def data(text: str) -> str:
    """Text that cannot close the fence around it."""
    return _FENCE.sub(lambda match: " ".join(match.group()), text)


def _fenced(pieces: list[tuple[str, str]]) -> str:
    out: list[str] = []
    room = ALL_LIMIT
    for name, text in pieces:
        if room <= 0:
            break
        limit = room if name == EARLIER else min(PIECE_LIMIT, room)  # that one keeps to a budget of its own
        cut = data(cut_secrets(text.strip()))[:limit]
        room -= len(cut)
        out.append(fenced(data(name), cut))
    return "\n".join(out)


def _section(words: Words, name: str) -> str:
    value = get(words.sections, name)
    return "\n".join(f"- {item}" for item in value) if isinstance(value, list) else value


def _entry(brief: Brief, path: str) -> str:
    """A catalogue entry as the model may use it."""
    pieces = path.split("/")
    entry = brief.catalogue.get(pieces[1], int(pieces[-1])) if len(pieces) >= 3 and pieces[-1].isdigit() else None
    if entry is None:
        return ""
    lists = {
        "causes": entry.causes,
        "what a user can do": entry.user,
        "what an expert checks": entry.expert,
        "scenarios": entry.scenarios,
    }
    lines = [f"{label(entry)}: {entry.message}", entry.meaning, entry.raised]
    lines += [f"{name}: " + "; ".join(items) for name, items in lists.items() if items]
    return "\n".join(line for line in lines if line)


def _named(brief: Brief) -> tuple[list[str], list[str]]:
    """The people and the nodes that the record and the page name."""
    record: dict[str, Any] = brief.gathered.job.job if brief.gathered.job else {}
    task = (brief.gathered.task or {}).get("task") or brief.gathered.task or {}
    people = [record.get("produsername"), record.get("produserid"), task.get("username"), brief.turn.request.context.viewer]
    hosts = [record.get("wn"), str(record.get("modificationhost") or "").rpartition("@")[2]]
    return [str(name) for name in people if name], [str(name) for name in hosts if name]


def _same(text: str) -> str:
    return text
