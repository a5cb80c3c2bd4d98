"""From a question and what is known around it to an intent, by the decision list of `rules/intents.yaml`."""

import re
from typing import NamedTuple

from askpanda.pipeline.parcels import Surroundings, Wish
from askpanda.pipeline.routing.ellipsis import asks_nothing, only_names, unstressed
from askpanda.pipeline.routing.entities import Found
from askpanda.pipeline.routing.rules import concepts_in, derive, holds, load
from askpanda.pipeline.routing.spelling import mend
from askpanda.pipeline.routing.text import expanded, fold, unquoted, words
from askpanda.schema.answer import Intent
from askpanda.schema.ask import PageContext

_FINAL_BAD = {"failed", "closed", "cancelled", "holding", "broken", "aborted", "exhausted", "subfinished"}
_COURTESY = set(load("spelling")["courtesy"])
#: Concept → what it asks of the answer before; the first that is named counts.
_WISHES: dict[str, Wish] = {
    "unhappy": "unhappy", "sure": "sure", "bottom_line": "better",
    "whom": "whom", "may_retry": "retry", "counts": "counts", "which_line": "which_line",
    "in_detail": "detail", "better": "better",
    "known_problem": "known", "what_to_do": "what_to_do", "wants_example": "example",
}  # fmt: skip


#: What is ordered in a few words, of something that is known; not what is asked, or said of what happens if.
_ORDER = 7
_PARTS = re.compile(r"[.,;:!?]+ |\s-+\s|\.\.+")
_ASKS = re.compile(
    r"(?:what|how|when|if|does|do|did|will|is|are|why|should|after|before|wenn|falls|si|quand|cuando|was|wie|warum)\b"
)
_OBJECT = re.compile(
    r"\b(?:it|them|this|that|the|my|all|everything|again|tout|toute|le|la|les|alles|es|ihn|sie|den|die|das|todo|toda|lo|tutto)\b|\d{6}"
)


class Decision(NamedTuple):
    """The intent, everything that was known when it was decided, and whether little spoke for it (`open` in the rules)."""

    intent: Intent
    known: set[str]
    open: bool = False


def decide(question: str, found: Found, around: Surroundings) -> Decision:
    """The intent of the first rule that holds."""
    folded = expanded(fold(question))
    mended = mend(folded)
    known = concepts_in(folded)
    for said in {mended, unstressed(mended)} - {folded}:
        known |= concepts_in(said)
    known |= _flags(folded, found, around)
    if "act" not in known and "has.action" in known and _orders(unquoted(mended)):
        known.add("act")
    if "fetch_log" in known and "fetch_log" not in concepts_in(unquoted(mended)):
        known.discard("fetch_log")
    if "injection" in known and "injection" not in concepts_in(unquoted(folded)):
        known.discard("injection")  # a line that is quoted to be explained orders nothing
    derive(known)
    for rule in load("intents"):
        if holds(rule, known):
            return Decision(rule["intent"], known, rule.get("open", False))
    return Decision("off_topic", known, True)


def _orders(mended: str) -> bool:
    """Whether a later part of what is said is an order: `whatever. Restart the whole thing`."""
    parts = _PARTS.split(mended.rstrip(" .!"))
    if len(parts) < 2 or _ASKS.match(mended) or mended.endswith("?"):
        return False
    return any("act" in concepts_in(part) and _OBJECT.search(part) for part in parts[1:] if len(words(part)) <= _ORDER)


def wish_of(known: set[str]) -> Wish:
    """What a follow-up asks for."""
    return next((wish for concept, wish in _WISHES.items() if concept in known), "more")


def _flags(folded: str, found: Found, around: Surroundings) -> set[str]:
    entities, page = found.entities, around.page
    flags = {
        "has.job": bool(entities.job_ids),
        "has.jobs": len(entities.job_ids) > 1,
        "has.task": bool(entities.task_ids),
        "has.site": entities.site is not None,
        "has.queue": entities.queue is not None,
        "has.cloud": entities.cloud is not None,
        "has.window": entities.window is not None,
        "has.code": entities.error_code is not None,
        "has.component": found.component_named and entities.component is not None,
        "has.error_name": bool(found.error_names),
        "has.file": entities.file is not None,
        "has.me": entities.user == "me",
        "has.user": entities.user not in (None, "me"),
        "has.action": entities.action is not None,
        "has.object": entities.object is not None,
        "has.status": entities.status is not None,
        "page.failed": (page.status or "").lower() in _FINAL_BAD or bool(page.errors),
        "page.ours": page.page is not None,
        "page.task": bool(page.page in ("jobs", "errors") and page.jeditaskid),
        "page.job": page.page == "filebrowser" and page.pandaid is not None,
        "page.its_code": entities.error_code is not None and entities.error_code in {error.code for error in page.errors},
        "page.selection": bool(page.selection),
        "url.files": "/filebrowser/" in folded,
        "prev.code": around.code,
        "conv": around.conversation,
        "short": len(words(folded)) <= 6,
        "tiny": len(words(folded)) <= 3,
        "brief": len(words(folded)) <= 9,
        "bare_code": _bare(folded, found),
        "only_names": only_names(folded, found),
        "asks_nothing": around.conversation and asks_nothing(folded, found),
    }
    known = {name for name, on in flags.items() if on}
    known.add(f"page.{_page_kind(page)}")
    if around.on_topic:
        known.add("specific")
    if around.previous:
        known.add(f"prev.{around.previous}")
    if around.of_task:
        known.add("prev.of_task")
    return known


def _page_kind(page: PageContext) -> str:
    if page.page:
        return page.page
    if page.pandaid or page.job:
        return "job"
    return "task" if page.jeditaskid or page.task else "none"


def _bare(folded: str, found: Found) -> bool:
    """`100`, `pilot, 1305`, `LOOPINGJOB`, `what is pilot 1150?`: nothing but a code or a name."""
    if found.entities.job_ids or found.entities.task_ids:
        return False
    if found.error_names:
        names = {word for name in found.error_names for word in words(fold(name))}
        rest = [word for word in words(re.sub(r"\d", "", folded)) if word not in names]
        return all(word in _COURTESY for word in rest)
    if found.entities.error_code is None:
        return False
    rest = words(folded)
    if found.component_named and found.entities.component:
        spoken = {
            word for name in load("entities")["components"][found.entities.component] for word in re.split(r"[ _-]", name)
        }
        rest = [word for word in rest if not set(re.split(r"[_-]", word)) <= spoken]
    return all(word in _COURTESY for word in rest)
