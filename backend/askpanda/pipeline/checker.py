"""The last component: gives the answer out section by section, a model's words only after they were checked."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from haystack import component
from haystack.dataclasses import StreamingCallbackT

from askpanda.errors import ModelError, ModelNotAsked
from askpanda.pipeline.checking.claims import Evidence
from askpanda.pipeline.checking.gate import Gate
from askpanda.pipeline.emitting import Clock, Stage, emit
from askpanda.pipeline.parcels import Draft
from askpanda.pipeline.wording.render import LAYOUT, NAMES, get, markdown, pieces, pieces_of, with_section
from askpanda.schema.answer import Answer, ModelCall, Usage
from askpanda.schema.events import Event

log = logging.getLogger(__name__)
#: Words are kept for the next reader where this many pieces held for each one that did not.
KEPT = 4


def removed(lost: Mapping[str, int], replaced: Sequence[str]) -> str:
    """The warning about sentences that did not hold: how many, from which sections, and which of these are ours now."""
    count = sum(lost.values())
    what, it = ("sentence was", "it said") if count == 1 else ("sentences were", "they said")
    text = f"{count} {what} removed ({_listed(lost)}) because the evidence does not have what {it}."
    return f"{text} Nothing was left of {_listed(replaced)}: that is in Ask PanDA's own words." if replaced else text


def _listed(sections: Iterable[str]) -> str:
    """Sections by their headings."""
    headings = {name: heading or {"description": "the beginning"}.get(name, "the details") for name, heading, _ in LAYOUT}
    return ", ".join(headings[name] for name in NAMES if name in set(sections))


def _completed(spoken: str | list[str], own: str | list[str]) -> str | list[str]:
    """What a model said of a section before it broke off, and the whole of it in our own words."""
    if isinstance(spoken, list) or isinstance(own, list):
        return [*spoken, *own]
    return f"{spoken}\n\n{own}"


@component
class Checker(Stage):
    """Emits `token` events and hands on the finished Answer."""

    @component.output_types(answer=Answer, aside=dict)
    async def run_async(self, draft: Draft, streaming_callback: StreamingCallbackT | None = None) -> dict[str, Any]:
        outcome: dict[str, Any] | None = None
        if draft.speak is None:
            for section, text in pieces(draft.answer.sections):
                await emit(streaming_callback, Event("token", {"section": section, "text": text}))
            answer = draft.answer
        else:
            answer, outcome = await self._spoken(draft, streaming_callback)
        # what the answer's runner keeps of it: see `Event`
        return {"answer": answer, "aside": {"kept": draft.kept, "outcome": outcome}}

    @component.output_types(answer=Answer, aside=dict)
    def run(self, draft: Draft, streaming_callback: StreamingCallbackT | None = None) -> dict[str, Any]:
        return self.now(self.run_async(draft, streaming_callback))

    async def _spoken(self, draft: Draft, callback: StreamingCallbackT | None) -> tuple[Answer, dict[str, Any] | None]:
        """A model's wording as far as it holds; what it leaves out, or loses, is said in our own words."""
        answer = draft.answer
        clock = Clock()

        async def send(section: str, text: str) -> None:
            await emit(callback, Event("token", {"section": section, "text": text}))

        evidence = Evidence(draft.evidence, (citation.n for citation in answer.citations))
        wanted = [name for name in NAMES if get(answer.sections, name)]
        gate = Gate(evidence, wanted, send, draft.restore, draft.tame, answer.diagnosis)
        warnings = list(answer.warnings)
        calls: list[ModelCall] = []
        broken = ""
        outcome: dict[str, Any] | None = {"model": draft.model, "code": "", "retry_after": None}
        good = False
        try:
            assert draft.speak is not None
            call = await (draft.once.speak if draft.once else draft.speak)(gate.feed)
            calls += [call] if call is not None else []
            await gate.end()
            good = gate.sent > KEPT * gate.dropped
            if not gate.sent and not gate.dropped:
                warnings.append(f"The model {draft.model} gave no answer; this is in Ask PanDA's own words.")
        except ModelNotAsked as away:
            warnings.append(away.message)
            outcome = None
        except ModelError as problem:
            log.warning("%s failed: %s", draft.model, problem.message)
            calls += [problem.call] if problem.call is not None else []  # none where another's words were waited for
            outcome = {"model": draft.model, "code": problem.code, "retry_after": problem.retry_after}
            begun = "broke off; the rest is" if gate.sent else "could not answer; this is"
            warnings.append(f"The model {draft.model} {begun} in Ask PanDA's own words. {problem.message}")
            broken = gate.unfinished  # and the sentence that was begun is not worth having
        finally:
            if draft.once is not None:
                await draft.once.settle(good)
        if draft.once is not None and draft.once.told:
            warnings.append(draft.once.told)
        if gate.dropped:
            warnings.append(removed(gate.lost, [name for name in gate.lost if not gate.section(name)]))
        if not gate.sent:
            warnings += draft.unworded
            calls = calls or [ModelCall(model="none", purpose="answer")]  # without any, they would be words from the store
        sections = answer.sections
        for name in NAMES:
            spoken = gate.section(name)
            if spoken and name != broken:
                tail = draft.kept.tails.get(name, "") if draft.kept else ""
                sections = with_section(sections, name, f"{spoken} {tail}" if tail else spoken)
                if tail:
                    await send(name, f" {tail}")
                continue
            if spoken:
                sections = with_section(sections, name, _completed(spoken, get(answer.sections, name)))
                if isinstance(spoken, str):
                    await send(name, "\n\n")
            for section, text in pieces_of(answer.sections, name):
                await send(section, text)
        spoken_answer = answer.model_copy(
            update={
                "sections": sections,
                "text": markdown(sections),
                "warnings": warnings,
                "usage": Usage(calls=[*(call for call in answer.usage.calls if call.purpose != "answer"), *calls]),
                "timings": {**answer.timings, "model": clock.ms},
            }
        )
        return spoken_answer, outcome
