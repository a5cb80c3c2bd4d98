"""Wording: every answer in our own words, and, where a model is to word it, what the model is told."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from haystack import component

from askpanda.catalogue import Catalogue
from askpanda.database import Database
from askpanda.models import Model, Registry
from askpanda.pipeline.emitting import Clock
from askpanda.pipeline.kept import Kept
from askpanda.pipeline.links import Links
from askpanda.pipeline.parcels import Brief, Draft, Finding, Gathered, Route, Sources, Words
from askpanda.pipeline.prompting import kept_for, speaker
from askpanda.pipeline.purse import BUDGET_SPENT, OWN_WORDS
from askpanda.pipeline.same_cause import SameCause, told
from askpanda.pipeline.turn import Turn
from askpanda.pipeline.worded_once import worder
from askpanda.pipeline.wording.compose import compose
from askpanda.pipeline.wording.fitting import ADDRESSES, fitted
from askpanda.pipeline.wording.render import markdown, with_tails
from askpanda.schema.answer import Answer, ModelCall, Usage
from askpanda.settings import Settings

ENGLISH_ONLY = "Without a model, answers are in English only."


#: A document older than this may describe a PanDA that is no more.
OLD_YEARS = 4


def _year(as_of: str) -> int:
    """The year of an ISO date; far ahead where there is none."""
    return int(as_of[:4]) if as_of[:4].isdigit() else 9999


def _old(words: Words, sources: Sources) -> list[str]:
    """Says which of the sources that the answer quotes are old."""
    quoted = {int(number) for number in re.findall(r"\[(\d+)\]", markdown(words.sections))}
    limit = datetime.now(UTC).year - OLD_YEARS
    return [
        f"Source [{citation.n}], {citation.title}, is of {citation.as_of[:4]} and may be out of date."
        for citation in sources.citations
        if citation.kind == "document"
        and citation.n in quoted
        and citation.as_of[:4].isdigit()
        and int(citation.as_of[:4]) < limit
    ]


def not_asked(turn: Turn, name: str) -> str:
    """Why the model may word nothing anew, as a sentence; "" where it may."""
    if not turn.budget_left:
        return BUDGET_SPENT
    return f"{turn.resting[name]} {OWN_WORDS}" if name in turn.resting else ""


def drafted(
    answer: Answer, kept: Kept, model: Model, turn: Turn, settings: Settings, links: Links, database: Database | None
) -> Draft:
    """The Draft of `answer` for a model, or for words that it made before, which cost nothing, where it is not asked now.

    Where neither can be, the answer stands as it is.
    """
    reason = not_asked(turn, model.name)
    once = worder(database, settings, turn, kept.everybodys, reason)
    unworded = (ENGLISH_ONLY,) if kept.language != "en" else ()
    if reason and once is None:
        return Draft(answer.model_copy(update={"warnings": [*answer.warnings, reason, *unworded]}), kept=kept)
    numbers = {citation.n for citation in kept.answer.citations}
    speak = speaker(kept, model, settings, turn.purse)

    def tame(text: str) -> str:
        return links.tamed(text, numbers, kept.monitor)

    job = told(kept, model.name)
    cause = SameCause(kept, job, speak.restore, tame) if job else None
    return Draft(
        answer, speak.speak, speak.evidence, speak.restore, tame, model.name,
        once(speak.key, speak.speak, cause) if once else None, unworded, kept,
    )  # fmt: skip


@component
class Composer:
    """Makes the Draft. Deterministic: the model, where there is one, only speaks when the checker lets it."""

    def __init__(self, settings: Settings, catalogue: Catalogue, registry: Registry, database: Database | None = None) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.registry = registry
        self.database = database
        self.links = Links(settings)

    @component.output_types(draft=Draft)
    def run(self, turn: Turn, route: Route, gathered: Gathered, finding: Finding, sources: Sources) -> dict[str, Draft]:
        clock = Clock()
        brief = Brief(turn, route, gathered, finding, sources, self.catalogue, self.settings.of_experiment)
        words = self._fitted(brief, compose(brief))
        name = turn.request.model or self.registry.default
        said = words.sections.description
        notes = [note for note in gathered.notes if note not in said]  # what the answer begins with is no warning beside it
        warnings = list(dict.fromkeys([*sources.warnings, *notes, *words.warnings]))
        warnings += _old(words, sources)
        wordable = words.status == "answered" and not words.verbatim and not self._provisional(brief)
        plain = self._answer(brief, words, warnings)
        steps = {"route": route.ms, "gather": gathered.ms, "diagnose": finding.ms, "retrieve": sources.ms, "compose": clock.ms}
        plain = plain.model_copy(update={"timings": {**steps, "own": round(sum(steps.values()), 3)}})
        kept = kept_for(brief, words, plain) if wordable and set(self.registry.names()) != {"none"} else None
        if kept is not None and name != "none":
            model = self.registry.get(name)
            return {"draft": drafted(plain, kept, model, turn, self.settings, self.links, self.database)}
        if route.language != "en" and words.status == "answered":
            plain = plain.model_copy(update={"warnings": [*warnings, ENGLISH_ONLY]})
        return {"draft": Draft(plain, kept=kept)}

    @staticmethod
    def _fitted(brief: Brief, words: Words) -> Words:
        """In the terms of the experiment. Documents keep what they say, but for where to write; a list of the catalogue all."""
        if brief.route.about == "error_code_list" or not brief.experiment.absent:
            return words
        diagnosis = brief.finding.verdict.diagnosis if brief.finding.verdict else brief.finding.reused
        facts = "\n".join(line.text for line in diagnosis.evidence) if diagnosis else ""
        only = ADDRESSES if brief.route.about == "documentation" else None
        return replace(words, sections=fitted(words.sections, brief.experiment, brief.turn.question, facts, only))

    @staticmethod
    def _provisional(brief: Brief) -> bool:
        """Whether the client comes back at once with more: it reads our own words meanwhile, and no model is paid twice."""
        return brief.turn.request.can_fetch and brief.turn.round < 2 and bool(brief.gathered.requests)

    def _answer(self, brief: Brief, words: Words, warnings: list[str]) -> Answer:
        turn, finding = brief.turn, brief.finding
        diagnosis = finding.verdict.diagnosis if finding.verdict else finding.reused
        status = words.status
        numbers = {citation.n for citation in brief.sources.citations}
        sections = self.links.sections(with_tails(words.sections, words.tails), numbers, brief.gathered.monitor)
        requests = list(brief.gathered.requests) if words.status == "answered" and turn.round < 2 else []
        return Answer(
            status="needs" if requests else status,
            requests=requests,
            conversation_id=turn.conversation_id,
            message_id=turn.message_id,
            intent=brief.route.intent,
            entities=brief.route.entities.model_dump(exclude_defaults=True),
            text=markdown(sections),
            sections=sections,
            blocks=words.blocks,
            diagnosis=diagnosis if words.status == "answered" else None,
            citations=list(brief.sources.citations),
            follow_ups=words.follow_ups,
            warnings=warnings,
            usage=Usage(calls=[*brief.route.calls, *brief.sources.calls, ModelCall(model="none", purpose="answer")]),
        )
