"""Answers out of the documents, in the documents' own sentences: the defining one first, then what bears on the question."""

import re
from dataclasses import dataclass, field

from askpanda.pipeline.options import Option, wanted
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing.rules import concepts_in
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.wording.passages import (
    Piece,
    about,
    blocks_of,
    content_words,
    defines,
    names_of,
    subject_of,
    whole_sentences,
)
from askpanda.pipeline.wording.pictures import pictures_for
from askpanda.schema.answer import FollowUp, Sections
from askpanda.stores.base import Hit

#: Words of an answer's first part and of what follows it. More is a page, and the sources are there to be opened.
FIRST_PART, SECOND_PART = 170, 220
#: Words from other pages behind a definition, which has answered the question.
BEHIND_DEFINITION = 90
#: Fewer new words than this explain nothing better.
LITTLE = 30
NO_OTHER_WORDS = "The documents say it in no other words; here it is once more, as fully as they have it."
NO_EXAMPLE = "The documents have no example of this; this is what they say about it."
#: Our own guides begin with the sentence that defines; the glossary's is short, and serves where there is no guide.
_OWN = {"guides": 1.5, "glossary": 0.5}
#: Share of words that two sentences have in common when they say the same.
_SAME = 0.6
#: A sentence that goes on from the one before it.
_GOES_ON = re.compile(r"(?:it|its|they|their|this|these|those|both|such)\b", re.I)
_HOW_TO = re.compile(r"\b(?:how|hot|example|commands?|run|submit|use|options?|show me|comment|wie|cómo|como)\b", re.I)
#: How something is done is no question after what it is.
_ASKS_HOW = re.compile(r"^\W*how\b", re.I)
_ALL_OF = re.compile(
    r"\b(?:states?|status(?:es)?|stages|phases|options|changes|types|kinds|components|list|all|every|transitions?)\b", re.I
)


@dataclass(frozen=True)
class Lead:
    """The sentence that an answer begins with, the source it is from, and how much it defines what was asked."""

    number: int
    sentence: str
    defines: int


@dataclass
class Writing:
    """Takes blocks out of passages, each sentence once, every paragraph with its source."""

    topic: frozenset[str]
    how_to: bool
    complete: bool
    subject: str = ""
    taken: set[str] = field(default_factory=set)
    lead: str = ""
    before: str = ""  # the text of the answer that was not good enough

    def add(self, parts: list[str], number: int, hit: Hit, room: int) -> int:
        """Adds a passage's blocks that fit, in their order. Gives the words added."""
        spent = 0
        pieces = _told(hit, self.subject)
        for i, piece in enumerate(pieces):
            if spent >= room:
                break
            introduces = piece.text.endswith(":")
            if introduces and (i + 1 >= len(pieces) or pieces[i + 1].type == "text"):
                continue
            introduced = i > 0 and pieces[i - 1].text.endswith(":") and spent > 0
            text = self._quotable(piece, room - spent, introduced=introduced)
            if text:
                if parts and not spent and " > " in hit.section:
                    parts.append(f"**{hit.section.split(' > ')[-1]}**")
                spent += len(text.split())
                parts.append(self._cited(text, piece.type, number, introduces))
        if spent and not any(f"[{number}]" in part for part in parts):
            parts.append(f"Source: [{number}]")
        return spent

    def _cited(self, text: str, type_: str, number: int, introduces: bool) -> str:
        if type_ == "list" or (type_ == "text" and not introduces):
            return f"{text} [{number}]"
        return f"{text[:-1]} [{number}]:" if introduces and type_ == "text" else text

    def _said(self, sentence: str) -> bool:
        """Whether this was said already, in these words or in nearly the same."""
        if sentence in self.taken:
            return True
        new = content_words(sentence)
        known = (content_words(said) for said in self.taken)
        return len(new) > 3 and any(len(new & old) >= _SAME * len(new | old) for old in known)

    def _quotable(self, piece: Piece, room: int, *, introduced: bool) -> str:
        """As much of a block as may be quoted: whole sentences, or the whole of a list, a table, a code block."""
        if piece.type == "heading" or piece.text in self.taken or (self.before and piece.text in self.before):
            return ""
        if piece.type != "text":
            too_long = not introduced and piece.words > room + 80 and not self.complete
            off_the_point = (
                piece.type == "code" and not introduced and not self.how_to and not self.topic & content_words(piece.text)
            )
            if too_long or off_the_point:
                return ""
            self.taken.add(piece.text)
            return piece.text
        kept: list[str] = []
        words = 0
        lost = False
        for sentence in whole_sentences(piece.text):
            if (lost and _GOES_ON.match(sentence)) or self._said(sentence):
                lost = sentence != self.lead
                continue
            lost = False
            if words and words + len(sentence.split()) > room + 25:
                break
            self.taken.add(sentence)
            kept.append(sentence)
            words += len(sentence.split())
        return " ".join(kept)


_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]+")


def documentation(brief: Brief, *, again: bool = False) -> Words:
    """Extracts from the passages found; says so where nothing was found.

    Where something is to be explained better, what was said before is left out; with `again` it is not.
    """
    passages = list(brief.sources.passages)
    question = asked(brief)
    if not passages:
        return _nothing(brief)
    subject = subject_of(question)
    topic = content_words(f"{question} {subject}")
    fuller = brief.route.wish == "better"
    example = brief.route.wish == "example"
    how_to = example or (bool(_HOW_TO.search(question)) and not subject)
    complete = bool(_ALL_OF.search(question))
    before = _said_before(brief) if (fuller or example) and not again else frozenset()
    writing = Writing(topic=topic, how_to=how_to, complete=complete, subject="" if fuller else subject, taken=set(before))
    writing.before = brief.turn.previous.text if before and brief.turn.previous else ""
    lead = None if how_to else _lead(passages, subject, topic, skip=before, short=fuller)
    parts: list[str] = [NO_OTHER_WORDS] if again else []
    if example and not any(piece.type == "code" for _, hit in passages for piece in blocks_of(hit)):
        parts = [NO_EXAMPLE]
    if lead and (fuller or not lead.defines or not _begins_with(passages, lead, subject)):
        asks_what = 0 < len(subject.split()) <= 2 and not _ASKS_HOW.search(question)
        if (told := _of_options(passages, question) or _of_terms(passages, question)) and not fuller:
            parts += told
        elif lead.defines == 0 and asks_what and not _titled(passages, subject):
            parts.append(f"The documents have no definition of “{subject}”; this is what they say about it.")
        parts.append(f"{lead.sentence} [{lead.number}]")
        writing.taken.add(lead.sentence)
        writing.lead = lead.sentence
    room = FIRST_PART * (2 if fuller else 1) * (6 if complete else 1)
    wishes = _of_wishes(passages, question) if how_to and not fuller else []
    if wishes:
        parts.append("\n".join(f"{option.line} [{number}]" for option, number in wishes))
        serve = {number for _, number in wishes}
        parts += _in_use(passages, wishes)
        passages = [(number, hit) for number, hit in passages if number not in serve] or passages
    home = _home(passages, lead.number if lead else passages[0][0])
    for number, hit in home:
        room -= writing.add(parts, number, hit, room)
    if contact := _contact(brief, question):
        parts.insert(0, contact)
    details: list[str] = []
    defined = fuller or (lead is not None and lead.defines >= 2)
    room = BEHIND_DEFINITION if defined or wishes else SECOND_PART
    for number, hit in passages:
        if (number, hit) not in home and room > 0 and (not defined or _same_subject(hit, subject)):
            room -= writing.add(details, number, hit, min(90, room))
    if before and len(" ".join([*parts, *details]).split()) < LITTLE:
        return documentation(brief, again=True)
    return Words(
        sections=Sections(description="\n\n".join(parts), details="\n\n".join(details)),
        blocks=pictures_for(question, subject),
        follow_ups=_offers(passages, home),
    )


def _of_options(passages: list[tuple[int, Hit]], question: str) -> list[str]:
    """The items of lists that explain the options that a question names: "- `--nJobs`: at most so many jobs"."""
    found = []
    for option in dict.fromkeys(_OPTION.findall(question)):
        item = re.compile(rf"^[-*] (?:`-{{1,2}}[\w-]+` ?,? ?(?:or |and |\()?)*`{re.escape(option)}`.*$", re.M)
        told = next(((match.group(), n) for n, hit in passages for match in [item.search(hit.text)] if match), None)
        if told:
            found.append(f"{told[0][2:].strip()} [{told[1]}]")
    return found


def _of_wishes(passages: list[tuple[int, Hit]], question: str) -> list[tuple[Option, int]]:
    """The options for what a question wants done, each with the source that has it."""
    options = ((option, next((n for n, hit in passages if option.line in hit.text), 0)) for option in wanted(question))
    return [(option, number) for option, number in options if number]


def _in_use(passages: list[tuple[int, Hit]], wishes: list[tuple[Option, int]]) -> list[str]:
    """The first example that has one of the options, out of the passages that explain them."""
    names = [name for option, _ in wishes for name in option.names]
    serving = {number for _, number in wishes}
    codes = (piece.text for n, hit in passages if n in serving for piece in blocks_of(hit) if piece.type == "code")
    return [code for code in codes if any(re.search(rf"(?<!\S){re.escape(name)}\b", code) for name in names)][:1]


_QUOTED = re.compile(r"(?<!\w)[\"'`“‘]([\w -]{3,40})[\"'`”’](?!\w)")


def _of_terms(passages: list[tuple[int, Hit]], question: str) -> list[str]:
    """The items of lists that say what a quoted word means: "- **missed**: could not be submitted"."""
    found = []
    for term in dict.fromkeys(_QUOTED.findall(question)):
        item = re.compile(rf"^[-*] \*\*{re.escape(term)}\*\*: .*$", re.M | re.I)
        told = next(((match.group(), n) for n, hit in passages for match in [item.search(hit.text)] if match), None)
        if told:
            found.append(f"{told[0][2:].strip()} [{told[1]}]")
    return found


def _contact(brief: Brief, question: str) -> str:
    """How those who can mend it are reached in this experiment, where that is what is asked."""
    return brief.experiment.contact("any") if "whom" in concepts_in(fold(question)) else ""


def _told(hit: Hit, subject: str) -> list[Piece]:
    """A passage's blocks without the page's summary, where the first paragraph says the same once more."""
    pieces = blocks_of(hit)
    if len(pieces) > 1 and pieces[0].type == pieces[1].type == "text":
        first, second = whole_sentences(pieces[0].text), whole_sentences(pieces[1].text)
        if len(first) == 1 and second:
            both_define = bool(subject) and defines(second[0], subject) >= max(2, defines(first[0], subject))
            if both_define or _opening(first[0]) == _opening(second[0]):
                return pieces[1:]
    return pieces


def _opening(sentence: str) -> list[str]:
    """What a sentence is about: its first two words."""
    return re.sub(r"[*_`,]", "", sentence).lower().split()[:2]


def _begins_with(passages: list[tuple[int, Hit]], lead: Lead, subject: str) -> bool:
    """Whether the lead's passage begins with it, so that it is quoted there with what follows it."""
    hit = next(hit for number, hit in passages if number == lead.number)
    first = next(iter(_told(hit, subject)), None)
    return first is not None and first.type == "text" and whole_sentences(first.text)[:1] == [lead.sentence]


def _same_subject(hit: Hit, subject: str) -> bool:
    """Whether a page is about the subject itself; the glossary would only define it again."""
    return hit.source != "glossary" and about(hit.title, subject)


def _titled(passages: list[tuple[int, Hit]], subject: str) -> bool:
    return any(
        content_words(name) <= content_words(f"{hit.title} {hit.section}") for _, hit in passages for name in names_of(subject)
    )


def asked(brief: Brief) -> str:
    """The question that is answered: for a follow-up, the one before it."""
    return brief.route.asked or brief.turn.question


def _said_before(brief: Brief) -> frozenset[str]:
    previous = brief.turn.previous
    return frozenset(whole_sentences(re.sub(r"\s*\[\d+\]", "", previous.text))) if previous else frozenset()


def _home(passages: list[tuple[int, Hit]], first: int) -> list[tuple[int, Hit]]:
    """The passage that the answer begins with, and the others of its page."""
    begin = next((hit for number, hit in passages if number == first), passages[0][1])
    return [(number, hit) for number, hit in passages if hit is begin] + [
        (number, hit) for number, hit in passages if hit.path == begin.path and hit is not begin
    ]


def _lead(
    passages: list[tuple[int, Hit]], subject: str, topic: frozenset[str], skip: frozenset[str], *, short: bool
) -> Lead | None:
    """The best definition of the subject, else a sentence of the best passages that bears on the question."""
    best: tuple[float, Lead] | None = None
    for rank, (number, hit) in enumerate(passages):
        for piece in blocks_of(hit) if short else _told(hit, subject):
            if piece.type != "text":
                continue
            for place, sentence in enumerate(whole_sentences(piece.text)[:6]):
                if sentence in skip or sentence.endswith(":"):
                    continue
                defining = defines(sentence, subject)
                score = 4.0 * defining - 0.6 * rank - 0.4 * place
                score += 2.0 * len(topic & content_words(sentence)) / max(len(topic), 1)
                score += _OWN.get(hit.source, 0.0) - 3.0 * (len(sentence.split()) < 6)
                if best is None or score > best[0]:
                    best = (score, Lead(number, sentence, defining))
    return best[1] if best else None


def _nothing(brief: Brief) -> Words:
    if brief.sources.warnings:
        text = (
            "The documents cannot be searched at the moment, so I cannot answer this from them. Error codes "
            "and jobs can still be explained."
        )
    else:
        text = (
            "I found nothing about this in the documents that I have. Try other words, or ask about a job, a "
            "task or an error code."
        )
    offers = [FollowUp(question="What is PanDA?", why="An overview of the system")] if not brief.sources.warnings else []
    return Words(sections=Sections(description=text), follow_ups=offers, verbatim=True)


def _offers(passages: list[tuple[int, Hit]], home: list[tuple[int, Hit]]) -> list[FollowUp]:
    """Questions about the other pages that were found: they are there, so they can be answered."""
    seen = {hit.path for _, hit in home}
    offers: list[FollowUp] = []
    for _, hit in passages:
        title = hit.title.strip().rstrip(".")
        if hit.path in seen or not title or hit.kind == "error" or hit.source == "glossary" or len(title) > 60:
            continue
        seen.add(hit.path)
        asks = re.match(r"(?:how|what|when|where|why|who)\b", title, re.I)
        question = (
            title if title.endswith("?") else f"Tell me {title[0].lower()}{title[1:]}" if asks else f"Tell me about: {title}"
        )
        offers.append(FollowUp(question=question, why="Found for the same question"))
    if not offers:
        offers = [FollowUp(question=f"Tell me about {name}", why="More of the same page") for name in _further(home)]
    return offers[:3]


def _further(home: list[tuple[int, Hit]]) -> list[str]:
    """The other headings of the page that the answer is from: `Harvester: pull and push`."""
    page = re.sub(r"^(?:what (?:is|are)|how|where|when|why) ", "", home[0][1].title.strip().rstrip("?."), flags=re.I)
    headings = dict.fromkeys(hit.section.split(" > ")[-1] for _, hit in home[1:] if " > " in hit.section)
    return [f"{page}: {heading[0].lower()}{heading[1:]}" for heading in headings if heading and len(heading) < 60][:2]
