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
from askpanda.pipeline.purse import Purse
from askpanda.pipeline.worded_once import evened, key_of, shared
from askpanda.pipeline.wording.error_codes import label
from askpanda.pipeline.wording.passages import body_of
from askpanda.pipeline.wording.render import NAMES, get
from askpanda.redaction import Mask, cut_secrets
from askpanda.schema.answer import Answer, Citation, EvidenceLine, ModelCall, Sections
from askpanda.settings import Settings

#: Characters of one piece of evidence, and of all: a model's window is not the place for a whole log.
PIECE_LIMIT, ALL_LIMIT = 4000, 24_000
LANGUAGES = {"en": "English", "fr": "French", "de": "German", "es": "Spanish", "it": "Italian", "pt": "Portuguese"}
#: Characters told of a log around its decisive line, and lines before that line.
AROUND, LINES_BEFORE = 1200, 3
#: Fields of a job's record that an answer may need beside what our own words say of it.
_NEEDED = frozenset((
    "jobstatus", "jobname", "transformation", "processingtype", "prodsourcelabel", "gshare", "attemptnr", "maxattempt",
    "creationtime", "starttime", "endtime", "computingsite", "jeditaskid", "corecount", "minramcount", "maxpss",
    "cpuconsumptiontime", "duration", "waittime", "ninputdatafiles", "inputfilebytes", "proddblock", "destinationdblock",
    "destinationse", "resourcetype", "atlasrelease", "homepackage", "eventservice", "piloterrordiag", "exeerrordiag",
    "transexitcode", "ddmerrordiag", "taskbuffererrordiag", "jobdispatchererrordiag", "brokerageerrordiag", "superrordiag",
))  # fmt: skip
_LIST = re.compile(r"(?:causes|what a user can do|what an expert checks|scenarios): ")
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
    everything, told = evidence(brief, words)
    return Kept(
        answer=answer,
        question=cut_secrets(brief.turn.question),
        evidence=everything,
        told=told,
        language=brief.route.language,
        audience=brief.turn.request.audience,
        people=people,
        hosts=hosts,
        monitor=brief.gathered.monitor,
        tails=words.tails,
        everybodys=shared(brief),
    )


def speaker(kept: Kept, model: Model, settings: Settings, purse: Purse) -> Speaker:
    """Everything that is needed to let `model` word the answer."""
    masked = model.remote or settings.egress == "remote"
    mask = Mask(people=kept.people, hosts=kept.hosts, public=settings.link_hosts) if masked else None
    hide = mask.hide if mask else _same
    messages = messages_for(kept, hide)
    key = key_of(model.name, messages_for(kept.model_copy(update={"question": evened(kept.question)}), hide))

    async def speak(on_text: Callable[[str], Awaitable[None]]) -> ModelCall:
        return await purse.ask(model, messages, on_text)

    return Speaker(speak, kept.evidence, mask.restore if mask else None, key)


def messages_for(kept: Kept, hide: Callable[[str], str]) -> list[ChatMessage]:
    """System prompt, and the question with its evidence, in which what was said before has its place."""
    diagnosis = kept.answer.diagnosis
    wanted = worded(kept.answer.sections, diagnosis is not None and diagnosis.outcome == "failed")
    language = LANGUAGES.get(kept.language, kept.language)
    reader = "an expert, first of all" if kept.audience == "expert" else "a user, first of all"
    task = prompt("followup" if kept.answer.intent == "followup" else "answer")
    asked = task.replace("{sections}", "\n".join(f"## {name}" for name in wanted)).replace("{language}", language)
    asked = asked.replace("{audience}", reader)
    asked = asked.replace("{evidence}", hide(kept.told or kept.evidence)).replace("{question}", hide(data(kept.question)))
    return [ChatMessage.from_system(prompt("system")), ChatMessage.from_user(asked)]


@dataclass(frozen=True)
class Piece:
    """A labelled piece of evidence. `told` is what of it a model needs to word the answer; None: all of it."""

    label: str
    text: str
    told: str | None = None


def evidence(brief: Brief, words: Words) -> tuple[str, str]:
    """(all that a model may say, what of it the model is told), in labelled pieces.

    Secrets are cut, nothing in a piece can close its fence. What a model is told has each thing once, what stands for long
    first: it is paid by its length, and providers remember how a prompt begins.
    """
    own = "\n".join(f"## {name}\n{_section(words, name)}" for name in NAMES if get(words.sections, name))
    asked = "\n".join(f"## {name}\n{_section(words, name)}" for name in worded(words.sections, brief.finding.failed))
    pieces = [*_verdict(brief), Piece(OWN, own, asked)]
    selection = brief.turn.request.context.selection
    if selection:  # before what may fill the room: it is what the reader asks about
        pieces.append(Piece(HIGHLIGHTED, selection))
    before = remembered(brief.turn.said)
    if before:
        pieces.append(Piece(EARLIER, before))
    pieces += [_source(brief, citation, own) for citation in brief.sources.citations if citation.kind != "analysis"]
    record = brief.gathered.job.job if brief.gathered.job else {}
    if record:
        kept = {
            name: str(value)[:300]
            for name, value in record.items()
            if value not in (None, "", 0, "0", "NULL") and isinstance(value, str | int | float)
        }
        needed = {name: value for name, value in kept.items() if name in _NEEDED and value not in own}
        pieces.append(Piece(RECORD, _fields(kept), _fields(needed)))
    for block in words.blocks:
        if block.kind == "table":
            pieces.append(Piece(f"{TABLE}{block.title}", json.dumps(block.data, ensure_ascii=False, default=str)))
    return _fenced([(one.label, one.text) for one in pieces]), _fenced(
        [(one.label, one.text if one.told is None else one.told) for one in pieces]
    )


def worded(sections: Sections, failed: bool) -> list[str]:
    """The sections that a model is to word: lines of further proof, which a failure's details are, stay as they are."""
    return [name for name in NAMES if get(sections, name) and not (failed and name == "details")]


def _verdict(brief: Brief) -> list[Piece]:
    """The verdict and its proof. What stands around a line is told for the best line alone."""
    diagnosis = brief.finding.verdict.diagnosis if brief.finding.verdict else brief.finding.reused
    if diagnosis is None:
        return []
    facts = diagnosis.model_dump(exclude={"evidence", "signature"}, exclude_none=True)
    pieces = [Piece("verdict", json.dumps(facts, ensure_ascii=False, default=str))]
    around = True
    for line in diagnosis.evidence:
        where = f"{line.file} line {line.line}" if line.line is not None else f"{line.file} field {line.field}"
        told = line.text
        if line.window and around:
            told, around = whole_lines(_near(line), AROUND), False
        text = f"{line.text}\n{line.window.text}" if line.window else line.text
        pieces.append(Piece(f"{PROOF}{where}", text, told))
    return pieces


def _near(line: EvidenceLine) -> str:
    """A line and the last of what stands before it, or where the window lies otherwise, the line alone."""
    window = line.window.text if line.window else ""
    before, found, after = window.partition(line.text)
    if not found:
        return line.text
    near = "\n".join(before.rstrip("\n").splitlines()[-LINES_BEFORE:])
    return "\n".join(part for part in (near, line.text, after.strip("\n").partition("\n")[0]) if part)


def _source(brief: Brief, citation: Citation, own: str) -> Piece:
    """A source as the model may use it; of a catalogue entry, or a log, it is not told again what is told already."""
    passage = next((body_of(hit.text) for number, hit in brief.sources.passages if number == citation.n), citation.excerpt)
    old = f" (as of {citation.as_of[:10]})" if citation.as_of else ""
    label = f"{SOURCE}{citation.n}] {citation.kind} {citation.title}{old}"
    if citation.kind == "log" and brief.finding.failed:
        return Piece(label, passage, "")
    entry = _entry(brief, citation.path) if citation.kind == "error" else ""
    if not entry:
        return Piece(label, passage)
    lines = entry.splitlines()
    listed = brief.finding.failed  # our own words have what of its lists holds for this job
    return Piece(
        label, entry, "\n".join([lines[0], *(x for x in lines[1:] if x not in own and not (listed and _LIST.match(x)))])
    )


def data(text: str) -> str:
    """Text that cannot close the fence around it."""
    return _FENCE.sub(lambda match: " ".join(match.group()), text)


def whole_lines(text: str, limit: int) -> str:
    """The first lines of a text, as many as fit; where the first is longer, its first words and `…`."""
    if len(text) <= limit:
        return text
    cut = text[: limit + 1]
    lines = cut.rpartition("\n")[0]
    return lines if lines.strip() else f"{cut[:limit].rpartition(' ')[0] or cut[: limit - 2]} …"


def _fenced(pieces: list[tuple[str, str]]) -> str:
    out: list[str] = []
    room = ALL_LIMIT
    for name, text in pieces:
        if room <= 0:
            break
        limit = room if name == EARLIER else min(PIECE_LIMIT, room)  # that one keeps to a budget of its own
        cut = whole_lines(data(cut_secrets(text.strip())), limit)
        room -= len(cut)
        out.append(fenced(data(name), cut))
    return "\n".join(out)


def _fields(record: dict[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in record.items())


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
