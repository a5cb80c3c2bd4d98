"""Sources: catalogue entries, the job's record and logs, live pages, and documents, numbered in the order of use."""

import asyncio
import logging
import re
from collections.abc import Callable
from typing import Protocol

from haystack import component
from haystack.dataclasses import StreamingCallbackT

from askpanda.catalogue import Catalogue, Entry
from askpanda.errors import AskPandaError
from askpanda.pipeline.emitting import Clock, Stage, emit
from askpanda.pipeline.links import Links
from askpanda.pipeline.numbering import Numbered
from askpanda.pipeline.options import commands_in, wanted
from askpanda.pipeline.parcels import Finding, Gathered, Route, Sources
from askpanda.pipeline.turn import Turn
from askpanda.pipeline.wording.error_codes import entries_asked_by, label, path_of
from askpanda.pipeline.wording.passages import (
    about,
    blocks_of,
    content_words,
    defines,
    names_of,
    plain_question,
    subject_of,
    whole_sentences,
)
from askpanda.schema.answer import Citation, ModelCall
from askpanda.schema.events import Event
from askpanda.stores.base import Hit
from askpanda.stores.gaps import coverage

log = logging.getLogger(__name__)

#: Passages looked for: a documentation answer quotes from several, a failure's answer points to a few.
DOCUMENTATION_PASSAGES, FAILURE_PASSAGES = 8, 3
#: Passages of one page from which something is explained again, more fully.
FULLER_PASSAGES = 5
#: Share of the best passage's score that another one needs: less on the same page than on another.
NEAR, FAR = 0.25, 0.45
AWAY = "The documents cannot be searched at the moment; the answer goes on from the error catalogue and the record."
_NONE_NEEDED = frozenset({"smalltalk", "off_topic", "injection_attempt"})
_SEVERAL_PASSAGES = re.compile(r"\b(?:states?|status(?:es)?|changes|options|list|all|every|types|transitions?)\b", re.I)


class Search(Protocol):
    """What retrieval needs of a store."""

    def search(self, query: str, k: int = 5, source: str | None = None) -> list[Hit]: ...
    def page(self, path: str) -> list[Hit]: ...


@component
class Retriever(Stage):
    """Emits `sources` and hands them on. A store that is away costs a warning, not the answer."""

    def __init__(
        self,
        store: Search,
        catalogue: Catalogue,
        note_gap: Callable[[str, float], None] | None = None,
        links: Links | None = None,
    ) -> None:
        """`note_gap` is told of a question about the documents, and the share of it that the best passage speaks of."""
        self.store = store
        self.catalogue = catalogue
        self.note_gap = note_gap
        self.links = links

    @component.output_types(sources=Sources)
    async def run_async(
        self,
        turn: Turn,
        route: Route,
        gathered: Gathered,
        finding: Finding,
        streaming_callback: StreamingCallbackT | None = None,
    ) -> dict[str, Sources]:
        if route.intent in _NONE_NEEDED:
            return {"sources": Sources()}
        sources = await asyncio.to_thread(self._find, turn, route, gathered, finding)
        await emit(streaming_callback, Event("sources", [citation.model_dump() for citation in sources.citations]))
        return {"sources": sources}

    @component.output_types(sources=Sources)
    def run(
        self,
        turn: Turn,
        route: Route,
        gathered: Gathered,
        finding: Finding,
        streaming_callback: StreamingCallbackT | None = None,
    ) -> dict[str, Sources]:
        return self.now(self.run_async(turn, route, gathered, finding, streaming_callback))

    def _find(self, turn: Turn, route: Route, gathered: Gathered, finding: Finding) -> Sources:
        clock = Clock()
        numbered = Numbered()
        for entry in self._entries(route, finding):
            numbered.add(
                kind="error",
                title=label(entry),
                url=entry.source_url,
                path=path_of(entry),
                section=entry.component,
                excerpt=entry.meaning or entry.message,
            )
        numbered.record(gathered)
        if gathered.reuses and turn.previous is not None:
            basis = (turn.judged if finding.reused else turn.basis) or turn.previous
            numbered.again(basis.citations, documents=route.about == "documentation")
        else:
            numbered.logs(gathered, finding)
            numbered.logs_of_groups(gathered, finding)
            if route.about == "log_request":
                numbered.logs_shown(gathered)
        numbered.live(gathered)
        warnings: list[str] = []
        calls: list[ModelCall] = []
        query, k = self._query(turn, route, finding)
        if query:
            before = len(turn.purse.calls)
            try:
                with turn.purse.paying_vectors():
                    found = self._search(query, k, route)
                for hit in found:
                    numbered.passage(hit)
                self._note(turn, route, found)
            except AskPandaError as problem:
                log.warning("the document store is away: %s", problem.message)
                warnings.append(AWAY)
            except Exception:  # a store's client may raise anything of its own
                log.exception("the document store failed")
                warnings.append(AWAY)
            calls = turn.purse.calls[before:]
        numbered.seen(finding)  # last: counts change from question to question, and no other number shall
        citations = tuple(self._linked(citation, gathered.monitor) for citation in numbered.citations)
        return Sources(citations, tuple(numbered.passages), tuple(warnings), clock.ms, tuple(calls))

    def _note(self, turn: Turn, route: Route, found: list[Hit]) -> None:
        """Keeps a question that found little. Whatever goes wrong with that, the reader has the passages."""
        if self.note_gap is None or route.intent != "documentation":
            return
        try:
            self.note_gap(turn.question, coverage(turn.question, found))
        except Exception:
            log.exception("a question that found little could not be kept")

    def _linked(self, citation: Citation, monitor: str) -> Citation:
        """A citation without its address, where an answer may not link there."""
        if not citation.url or self.links is None or self.links.allowed(citation.url, monitor):
            return citation
        return citation.model_copy(update={"url": ""})

    def _entries(self, route: Route, finding: Finding) -> list[Entry]:
        if route.about == "error_code_lookup":
            return entries_asked_by(route, self.catalogue)
        diagnosis = finding.verdict.diagnosis if finding.verdict else finding.reused
        if diagnosis is None:
            return []
        pairs = [(diagnosis.component, diagnosis.code), *((other.component, other.code) for other in diagnosis.secondary)]
        found = [self.catalogue.get(component_, code) for component_, code in pairs]
        return [entry for entry in found if entry is not None]

    def _query(self, turn: Turn, route: Route, finding: Finding) -> tuple[str, int]:
        """(what to look for, how many)."""
        intent = route.about
        if route.intent == "followup" and route.wish == "whom":
            return REPORTING, FAILURE_PASSAGES
        if route.intent == "followup" and intent == "documentation" and route.wish in ("sure", "which_line", "counts"):
            return "", 0
        if intent == "documentation":
            query = plain_question(route.asked or turn.question)
            if (page := turn.request.context.page) in _PAGES and _ON_THE_PAGE.search(query):
                query = f"{query} {_PAGES[page]}"
            if route.intent == "followup" and route.wish not in ("better", "example"):
                cited = turn.previous.citations if turn.previous else []
                query = " ".join([query, *(citation.section or citation.title for citation in cited[:2])])
            return query, DOCUMENTATION_PASSAGES
        diagnosis = finding.verdict.diagnosis if finding.verdict else finding.reused
        if diagnosis is not None:
            entry = self.catalogue.get(diagnosis.component, diagnosis.code)
            message = entry.message if entry else ""
            return f"{message} {diagnosis.cause}"[:400], FAILURE_PASSAGES
        if intent == "error_code_lookup":
            entries = entries_asked_by(route, self.catalogue)
            return (f"{entries[0].message} {entries[0].name}" if len(entries) == 1 else ""), FAILURE_PASSAGES
        if intent == "action_request":
            words = {
                "kill": "kill a task or job pbook",
                "retry": "retry a task pbook",
                "change": "change task parameters pbook",
            }
            return (
                words.get(route.entities.action or "", f"{route.entities.action or ''} pbook command"),
                FAILURE_PASSAGES,
            )
        return "", 0

    def _search(self, query: str, k: int, route: Route) -> list[Hit]:
        if route.about != "documentation":
            return [hit for hit in self.store.search(query, 4 * k) if hit.kind == "document"][:k]
        hits = self.store.search(without_panda(query), k)
        documents = [hit for hit in hits if hit.kind != "error"]
        hits = by_subject(documents or [hit for hit in hits if about(hit.title, subject_of(query))], query)
        if hits and route.wish == "example":
            return _with_examples(self._rest_of(hits[0]), hits)
        if hits and route.wish == "better":
            return [*self._rest_of(hits[0], prose=True)[:FULLER_PASSAGES], *hits]
        if state := route.entities.status:  # `how long can a job stay in holding`: what says nothing of holding comes later
            hits = sorted(hits, key=lambda hit: re.search(rf"\b{re.escape(state)}\b", f"{hit.title} {hit.text}", re.I) is None)
        if hits and _SEVERAL_PASSAGES.search(query):
            hits = [*self._rest_of(hits[0]), *hits]
        return [*self._of_options(query), *hits]

    def _of_options(self, query: str) -> list[Hit]:
        """The passages with the options for what is to be done, wherever a search has them."""
        return [hit for option in wanted(query) for hit in self.store.page(option.path) if option.line in hit.text]

    def _rest_of(self, first: Hit, *, prose: bool = False) -> list[Hit]:
        """The passages of the best one's page: a list of states that was cut in pieces is wanted whole."""
        page = self.store.page(first.path)
        # its beginning, then the longest list, or what explains in sentences
        page.sort(key=lambda hit: (hit.section != first.title, (1 if prose else -1) * hit.text.count("\n- ")))
        return page[:12]


def _with_examples(page: list[Hit], hits: list[Hit]) -> list[Hit]:
    """Passages that show an example, as a block of code: those that were found, then the others of the best one's page."""
    every = list({(hit.path, hit.section, hit.text): hit for hit in (*hits, *page)}.values())
    showing = [hit for hit in every if any(piece.type == "code" for piece in blocks_of(hit))]
    return showing[:FULLER_PASSAGES] or hits


#: Finds the page that says who repairs what.
REPORTING = "whom to contact, reporting a problem"
#: The guide about Ask PanDA quotes the very questions that it answers, and is no answer to them.
ABOUT_US = "ask-panda.md"
_ASKS_ABOUT_US = re.compile(r"\bask ?panda\b|\byou\b|\bassistant\b|\bsidebar\b|\bextension\b", re.I)


#: What a page is about, for a question about a word that stands on it.
_PAGES = {"harvester": "harvester worker states", "errors": "errors page", "site": "queue settings", "jobs": "jobs list"}
_ON_THE_PAGE = re.compile(
    r"\b(?:this|the|that) (?:table|column|page|list|plot|row|field)\b|\bhere\b|\bcolumn on\b"
    r"|\b(?:tabelle|spalte|tableau|colonne)\b",
    re.I,
)


def without_panda(query: str) -> str:
    """The system's own name is in every document: beside other words it only blurs the search."""
    rest = re.sub(
        (
            r"\b(?:in|of|for|with|by|within)?\s*(?:the )?\bpanda\b(?!\s+(?:queue|server|client|monitor|id"
            r"|system|database))"
        ),
        " ",
        query,
        flags=re.I,
    )
    return rest if content_words(rest) - {"system"} else query


def by_subject(hits: list[Hit], question: str) -> list[Hit]:
    """Passages that define what was asked about first, those that have nothing to do with it left out."""
    subject = subject_of(question)
    topic = content_words(without_panda(question))
    if not hits:
        return hits
    if not _ASKS_ABOUT_US.search(question):
        hits = [hit for hit in hits if not hit.path.endswith(ABOUT_US)] or hits
    hits = of_the_command(hits, question)
    exact = [hit for hit in hits if subject and (about(hit.title, subject) or _defining(hit, subject) >= 3)]
    names = [content_words(name) for name in names_of(subject)]
    wider = [hit for hit in hits if any(name <= content_words(f"{hit.title} {hit.section}") for name in names)]
    best = hits[0]
    bearing = [hit for hit in hits if topic & content_words(f"{hit.title} {hit.text}")]
    near = [hit for hit in bearing if hit.score >= (NEAR if hit.path == best.path else FAR) * best.score]
    kept = exact or wider or near or hits[:1]

    def place(pair: tuple[int, Hit]) -> float:
        rank, hit = pair
        return (
            rank
            - 2.5 * (_defining(hit, subject) >= 2)
            - 2.0 * about(hit.title, subject)
            - 3.0 * bool(commands_in(hit.title) & commands_in(question))
            - 1.0 * (hit.source in ("guides", "glossary"))
        )

    return [hit for _, hit in sorted(enumerate(kept), key=place)]


def of_the_command(hits: list[Hit], question: str) -> list[Hit]:
    """Without the pages of other commands, where a question names one: they have the same words for something else. Where it
    wants something done, without definitions.
    """
    named = commands_in(question)
    if not named:
        return hits
    if wanted(question):
        hits = [hit for hit in hits if hit.source != "glossary"] or hits
    fitting = [hit for hit in hits if not commands_in(hit.title) or named & commands_in(f"{hit.title} {hit.text}")]
    return fitting or hits


def _defining(hit: Hit, subject: str) -> int:
    """How much the beginning of a passage looks like a definition of the subject."""
    paragraphs = [piece for piece in blocks_of(hit)[:2] if piece.type == "text"]
    return max((defines(sentence, subject) for piece in paragraphs for sentence in whole_sentences(piece.text)[:2]), default=0)
