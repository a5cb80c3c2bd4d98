"""Takes a model's text as it streams, finds the sections in it, and lets through what the evidence has."""

import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable

from askpanda.pipeline.checking.claims import Evidence, unsupported
from askpanda.pipeline.checking.contradictions import contradicts
from askpanda.pipeline.checking.orders import foreign_orders
from askpanda.pipeline.checking.sentences import Sentences
from askpanda.pipeline.wording.render import LISTS, NAMES
from askpanda.schema.answer import Diagnosis

log = logging.getLogger(__name__)
_HEADING = re.compile(r"^\s*#{1,6}\s*[*_`]*([A-Za-z_. ]+?)[*_`]*\s*:?\s*$")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_WORD_LIKE = re.compile(r"[^\W\d_]")
#: A section may go on for this long; beyond, a model that does not end is cut off.
SECTION_LIMIT = 6000

Send = Callable[[str, str], Awaitable[None]]


class Gate:
    """`feed` it; `send(section, text)` is called with checked text only.

    Sections are announced by lines `## NAME`; text before the first heading is the description. In list sections an
    item is kept back until it is whole, in the others every sentence goes out on its own.
    """

    def __init__(
        self,
        evidence: Evidence,
        wanted: list[str],
        send: Send,
        restore: Callable[[str], str] | None = None,
        tame: Callable[[str], str] = str,
        verdict: Diagnosis | None = None,
    ) -> None:
        self._evidence, self._send, self._restore, self._tame = evidence, send, restore, tame
        self._verdict = verdict
        self._wanted = wanted or ["description"]
        self._sentences = Sentences()
        self._current: str | None = "description" if "description" in self._wanted else self._wanted[0]
        self._texts: dict[str, str] = {}
        self._lists: dict[str, list[str]] = {}
        self._item: list[str] = []
        self._heard: set[tuple[str, str]] = set()
        self.lost: Counter[str] = Counter()
        self.sent = 0

    async def feed(self, text: str) -> None:
        """More of the model's text."""
        for unit in self._sentences.feed(text):
            await self._unit(unit)

    async def end(self) -> None:
        """The model has ended: what was kept back goes out."""
        for unit in self._sentences.end():
            await self._unit(unit)
        await self._close_item()

    @property
    def dropped(self) -> int:
        """How many sentences did not hold; `lost` has them by section."""
        return self.lost.total()

    @property
    def unfinished(self) -> str:
        """The section that was being spoken, where the model breaks off."""
        return self._current or ""

    def section(self, name: str) -> str | list[str]:
        """What was let through for a section, empty where nothing was."""
        return self._lists.get(name, []) if name in LISTS else self._texts.get(name, "").strip()

    async def _unit(self, unit: str) -> None:
        heading = _HEADING.match(unit.strip("\n"))
        if heading:
            await self._close_item()
            self._current = self._named(heading.group(1), self._current)
            return
        if self._current is None or not unit.strip():
            return
        if self._restore is not None:
            unit = self._restore(unit)
        if self._current in LISTS:
            await self._list_unit(unit)
        else:
            await self._text_unit(unit)

    def _named(self, heading: str, current: str | None) -> str | None:
        """The section of a heading; None (nothing is let through) for one that was not asked for.

        A heading that is no section's is one of the model's own within a section: it is left out, and its text is not.
        """
        name = heading.strip().lower().replace(" ", ".").replace("_", ".")
        for known in NAMES:
            if name in (known, known.split(".")[-1]):
                return known if known in self._wanted else None
        return current

    def _holds(self, sentence: str) -> bool:
        if not _WORD_LIKE.search(sentence):
            return True
        try:
            wrong = self._is_wrong(sentence)
        except Exception:  # what cannot be checked is not shown, and costs no more than itself
            log.exception("a sentence of a model could not be checked")
            wrong = True
        if wrong:
            self.lost[self._current or ""] += 1
        return not wrong

    def _is_wrong(self, sentence: str) -> bool:
        return (
            bool(unsupported(sentence, self._evidence))
            or contradicts(sentence, self._verdict)
            or bool(foreign_orders(sentence, self._current or "", self._evidence.has_advice, self._led_to))
        )

    def _led_to(self, address: str) -> bool:
        """Whether an answer may link there."""
        return self._tame(address) == address and "://" in address

    async def _text_unit(self, unit: str) -> None:
        assert self._current is not None
        so_far = self._texts.get(self._current, "")
        heard = (self._current, " ".join(unit.split()))
        # a model that does not come to an end says the same again and again
        if len(so_far) > SECTION_LIMIT or heard in self._heard or not self._holds(unit):
            return
        self._heard.add(heard)
        text = self._tame(unit if so_far else unit.lstrip())
        self._texts[self._current] = so_far + text
        self.sent += 1
        await self._send(self._current, text)

    async def _list_unit(self, unit: str) -> None:
        if _ITEM.match(unit) and not unit.startswith(("  ", "\t")):
            await self._close_item()
        if self._holds(unit):
            self._item.append(unit.strip())

    async def _close_item(self) -> None:
        text = _ITEM.sub("", " ".join(self._item), count=1).strip()
        self._item = []
        if not text or self._current is None or self._current not in LISTS or not _WORD_LIKE.search(text):
            return
        text = self._tame(text)
        items = self._lists.setdefault(self._current, [])
        if sum(map(len, items)) > SECTION_LIMIT:
            return
        items.append(text)
        self.sent += 1
        await self._send(self._current, f"- {text}\n")
