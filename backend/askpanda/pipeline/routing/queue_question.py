"""What a question about queues asks for: which fields, which queues by which conditions, in which order, how many.

Words are held against what the records really contain. Every word that says something is read as a part of the question or
is told as not understood: no condition is dropped silently.
"""

import re

from askpanda.evidence.queues import Queues
from askpanda.pipeline.routing.numbers import URL
from askpanda.pipeline.routing.queue_conditions import Placed, Reader
from askpanda.pipeline.routing.queue_joints import Groups, joined
from askpanda.pipeline.routing.queue_order import aggregate, counted_by, order_of
from askpanda.pipeline.routing.queue_rest import unread
from askpanda.pipeline.routing.queue_selection import Condition, QueueQuestion
from askpanda.pipeline.routing.queue_spelling import mended
from askpanda.pipeline.routing.queue_terms import PLACE, Spelt, Term, plain, terms, words_for
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.text import fold

_WHICH_FIELDS = re.compile(
    r"\b(?:which|what|all|list|show|welche|quels?|que|cuales)\b.{0,40}"
    r"\b(?:fields?|attributes?|parameters?|properties|champs?|felder|campos)\b"
)
#: `the flumph of MPPMU`, `field flumph`
_AS_A_FIELD = re.compile(
    r"\b(?:fields?|parameters?|attributes?|settings?|champ|feld|campo)\s+[`'\"]?([a-z][\w-]{2,40})"
    r"|\b(?:the|its|le|la|l'|der|die|das|den|el)\s*([a-z][\w-]{2,40})\s+(?:of|for|at|de|du|von|vom|bei|del)\b"
)
#: Words with a capital that stand behind `in` and are no country.
_NO_COUNTRY = re.compile(r"(?:CRIC|PanDA|Harvester|UTC|GB|MB|Rucio|Tier|T[0-3]|European|Europe)\b", re.I)
#: What a name holds: `whose name contains TEST`, `starting with BNL`.
_OF_THE_NAME = re.compile(
    r"\b(?:(?:(?:\w*names?|called)\s+)?(?P<starts>start(?:s|ing)?|begin(?:s|ning)?) with"
    r"|(?:names?\s+)?(?P<ends>end(?:s|ing)?) (?:with|in|on)"
    r"|names? (?:that )?(?:contain(?:s|ing)?|includ(?:es|ing)|has|having|with|like))"
    r"\s+(?:the (?:word|letters?) )?[\"']?([\w.-]{2,40})"
)
#: More words about one place tell a story, of which not everything is asked.
_STORY = 45


def read(question: str, queues: Queues, place: str = "", cloud: str = "") -> QueueQuestion:
    """What is asked. `place` (a site or queue that was recognised) is what it is about; `cloud` is a condition."""
    spelt = _spelt(question, queues, place)
    of_names, folded = _of_the_name(_rephrased(fold(URL.sub(" ", question))), spelt)
    folded, told = mended(folded, queues, spelt)
    listed = _terms(folded, queues, spelt)
    fields = [(term.start, term.end, term.field) for term in listed if term.kind == "field"]
    marks = bytearray(len(folded))
    order, descending, limit = order_of(folded, fields, marks)
    summed = "" if order else aggregate(folded, fields, marks)
    several = [] if fields else _several(folded, queues, marks)
    which_fields = not place and _WHICH_FIELDS.search(folded) is not None and not fields
    unknown = "" if fields or which_fields else _no_field(folded, queues, bool(place))

    place_names = {word: _queues_of(name, folded, queues) for word, name in spelt.places.items()}
    reader = Reader(listed, queues, folded, spelt, place_names)
    reader.used |= {at for at, term in enumerate(listed) if term.kind == "number" and any(marks[term.start : term.end])}
    placed = reader.read()
    alone = _about_the_place(placed, place)
    if alone is not None:
        placed.remove(alone)
    placed += _nowhere(listed, reader.used, spelt)
    groups, uncertain = joined(placed, listed)
    groups = (*of_names, *groups, *_of_the_cloud(cloud, placed, queues))
    as_value = (alone is None and _is_a_value(listed, reader.used, place)) or any(
        place and place in str(group[0].value) for group in of_names
    )
    told += reader.told
    silent = which_fields or unknown or (len(listed) > _STORY and alone is not None and not groups)
    return QueueQuestion(
        fields=_shown(list(dict.fromkeys(field for _, _, field in fields)) or several, groups, queues),
        groups=groups,
        order=order,
        descending=descending,
        limit=limit,
        aggregate=summed,
        group=counted_by(folded, fields),
        which_fields=which_fields,
        guessed=tuple((spelt.as_written(word), meaning.said) for word, meaning in told if meaning.kind == "field"),
        read_as=tuple((spelt.as_written(word), meaning.said) for word, meaning in told if meaning.kind == "value"),
        unknown=unknown,
        unread=() if silent else tuple(map(spelt.as_written, unread(listed, reader.used, folded, marks))),
        uncertain=uncertain,
        names_places=as_value or (alone is None and any(one.field == PLACE for one in placed)),
    )


def _terms(folded: str, queues: Queues, spelt: Spelt) -> list[Term]:
    listed = terms(folded, queues, spelt)
    if any(term.field == "maxrss_per_core" for term in listed):
        # `memory of more than 2 GB per core` names one thing, not the memory, the cores and their quotient
        return [term for term in listed if term.field not in ("maxrss", "corecount")]
    return listed


def _shown(asked: list[str], groups: Groups, queues: Queues) -> tuple[str, ...]:
    """The fields that are asked for, those of conditions behind them."""
    of_conditions = [condition.field for group in groups for condition in group]
    own = [field for field in asked if field not in of_conditions or field == "copytools"]
    behind = [field for field in of_conditions if field in queues.fields or field in asked]
    return tuple(dict.fromkeys([*own, *behind]))


def _of_the_cloud(cloud: str, placed: list[Placed], queues: Queues) -> Groups:
    """The cloud that was recognised, where no condition has it yet: by capitals, or by the page."""
    if not cloud or any(condition.field == "cloud" for one in placed for condition in one.conditions):
        return ()
    return ((Condition("cloud", "is", words_for(queues, "cloud").get(cloud.casefold(), cloud)),),)


def _is_a_value(listed: list[Term], used: set[int], place: str) -> bool:
    """Whether what was taken for a place is the value of a field: `state DISABLED`."""
    return any(term.text == fold(place) and at in used for at, term in enumerate(listed))


def _about_the_place(placed: list[Placed], place: str) -> Placed | None:
    """The one place that the whole question is about: it limits what is looked at, and is no condition."""
    places = [one for one in placed if one.field == PLACE]
    return places[0] if place and len(places) == 1 and places[0].wanted else None


def places_in(question: str, queues: Queues) -> dict[str, str]:
    """The queues and sites that a question names, as they are called, and the words that it has for them."""
    known = load("entities")["sites"]
    found: dict[str, str] = {}
    for word in re.findall(r"[A-Za-z0-9][\w.-]*[A-Za-z0-9]", question):
        if word.casefold() in known and queues.of_place(known[word.casefold()]):
            found.setdefault(known[word.casefold()], word)
        elif not word.islower() and (queues.named(word) or queues.is_site(word)) and fold(word) not in plain():
            found.setdefault(word, word)
    return found


def _spelt(question: str, queues: Queues, place: str) -> Spelt:
    places = places_in(question, queues)
    if place and queues.of_place(place):
        places.setdefault(place, place)
    words = re.findall(r"[^\W\d_]{2,}", question)
    loud = 2 * sum(word.isupper() for word in words) > len(words) > 3
    return Spelt(
        places={fold(word): name for name, word in places.items()},
        upper=frozenset() if loud else frozenset(fold(word) for word in words if word.isupper()),
        capital=frozenset(fold(word) for word in words if word[0].isupper() and not loud),
        written={fold(word): word for word in re.findall(r"\w(?:[\w.+#:@-]*\w)?", question)},
    )


def _queues_of(name: str, folded: str, queues: Queues) -> frozenset[str]:
    return frozenset(queues.of_place(name, as_queue=f"queue {name}" in folded or "_" in name))


def _rephrased(folded: str) -> str:
    """Values of fields in the words of other languages as the records have them; numbers and `not` in one way."""
    folded = re.sub(r"(?<=\d)(?=(?:gib|gb|mb)\b)", " ", folded)
    for word, others in load("queue_fields")["values"].items():
        folded = re.sub(rf"(?<![\w-])(?:{'|'.join(others)})(?![\w-])", word, folded)
    numbers = load("queue_words")["numbers"]
    folded = re.sub(r"(?<![\w-])[a-z]{3,9}(?![\w-])", lambda word: str(numbers.get(word.group(), word.group())), folded)
    for pattern, meant in load("queue_words")["rephrased"]:
        folded = re.sub(pattern, meant, folded)
    return folded


def _of_the_name(folded: str, spelt: Spelt) -> tuple[list[tuple[Condition, ...]], str]:
    """What is asked of the queues' own names, and the question without it."""
    found: list[tuple[Condition, ...]] = []

    def one(match: re.Match[str]) -> str:
        kind = "starts" if match.group("starts") else "ends" if match.group("ends") else "contains"
        negated = re.search(r"\b(?:not|without)\W+(?:\w+ )?$", folded[: match.start()]) is not None
        found.append((Condition("name", kind, spelt.as_written(match.group(3)), not negated),))  # type: ignore[arg-type]
        return " " * len(match.group())

    return found, _OF_THE_NAME.sub(one, folded)


def _several(folded: str, queues: Queues, marks: bytearray) -> list[str]:
    """Fields that one word means together (`the limits`), as far as the records have them."""
    found: list[str] = []
    for word, fields in load("queue_fields")["several"].items():
        for match in re.finditer(rf"(?<![\w-])(?:{word})(?![\w-])", folded):
            marks[match.start() : match.end()] = b"\1" * (match.end() - match.start())
            found += [field for field in fields if field in queues.fields]
    return list(dict.fromkeys(found))


def _no_field(folded: str, queues: Queues, place: bool) -> str:
    """A word that stands where a field would and is none; "" where there is no such word."""
    said = _AS_A_FIELD.search(folded)
    word = (said.group(1) or said.group(2)) if said else ""
    asked = said is not None and (place or said.group(1) is not None)
    value = any(word in words_for(queues, field) for field in load("queue_fields")["implicit"])
    return word if asked and not (word in plain() or word in load("queue_fields")["no_fields"] or value) else ""


def _nowhere(listed: list[Term], used: set[int], spelt: Spelt) -> list[Placed]:
    """`in Narnia`, where no queue is: a condition that nothing holds."""
    found = []
    for at, term in enumerate(listed):
        before = next((one.text for one in reversed(listed[max(at - 2, 0) : at]) if one.text != "the"), "")
        name = term.kind == "word" and term.text in spelt.capital and term.text.isalpha()
        if name and at not in used and before in ("in", "from", "en", "aus") and not _NO_COUNTRY.match(term.text):
            turned = any(one.kind == "not" for one in listed[max(at - 3, 0) : at])
            field = "cloud" if len(term.text) == 2 else "country"
            found.append(Placed((Condition(field, "is", spelt.as_written(term.text), not turned),), at, at))
            used.add(at)
    return found
