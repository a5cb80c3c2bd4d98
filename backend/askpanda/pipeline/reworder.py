"""The start of a comparison: the evidence of an earlier answer instead of routing, fetching, diagnosis and search."""

from haystack import component
from haystack.dataclasses import StreamingCallbackT

from askpanda.database import Database
from askpanda.models import NONE, Registry
from askpanda.pipeline.composer import ENGLISH_ONLY, drafted
from askpanda.pipeline.emitting import Stage, emit
from askpanda.pipeline.links import Links
from askpanda.pipeline.parcels import Draft
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import ModelCall, Usage
from askpanda.schema.events import Event
from askpanda.settings import Settings


@component
class Reworder(Stage):
    """Emits the route, the verdict and the sources as they were, and hands on the Draft for the turn's model."""

    def __init__(self, settings: Settings, registry: Registry, database: Database | None = None) -> None:
        self.settings = settings
        self.registry = registry
        self.database = database
        self.links = Links(settings)

    @component.output_types(draft=Draft)
    async def run_async(self, turn: Turn, streaming_callback: StreamingCallbackT | None = None) -> dict[str, Draft]:
        kept = turn.kept
        assert kept is not None
        here = {"conversation_id": turn.conversation_id, "message_id": turn.message_id}
        usage = Usage(calls=[ModelCall(model=NONE)])  # nothing is routed or searched for again
        answer = kept.answer.model_copy(update={**here, "status": "answered", "requests": [], "timings": {}, "usage": usage})
        await emit(streaming_callback, Event("route", {"intent": answer.intent, "entities": answer.entities}))
        if answer.diagnosis is not None:
            await emit(streaming_callback, Event("diagnosis", answer.diagnosis.wire()))
        await emit(streaming_callback, Event("sources", [citation.model_dump() for citation in answer.citations]))
        name = turn.request.model or self.registry.default
        if name == NONE:
            warnings = [*answer.warnings, *([ENGLISH_ONLY] if kept.language != "en" else [])]
            return {"draft": Draft(answer.model_copy(update={"warnings": warnings}), kept=kept)}
        model = self.registry.get(name)
        return {"draft": drafted(answer, kept, model, turn, self.settings, self.links, self.database)}

    @component.output_types(draft=Draft)
    def run(self, turn: Turn, streaming_callback: StreamingCallbackT | None = None) -> dict[str, Draft]:
        return self.now(self.run_async(turn, streaming_callback))
