"""Everything a question names besides ids: place, user, window, status, component, code, file, action."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from askpanda.pipeline.routing.numbers import URL, Numbers, find_numbers
from askpanda.pipeline.routing.rules import concepts_in, load
from askpanda.pipeline.routing.spelling import mend
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.routing.times import Relative, relative_in, window_in
from askpanda.schema.answer import Entities


class ErrorNames(Protocol):
    """What the extraction needs of the catalogue."""

    def by_name(self, word: str) -> list[Any]: ...


@dataclass
class Found:
    """Entities, and what the router needs beside them."""

    entities: Entities
    numbers: Numbers
    error_names: list[str] = field(default_factory=list)
    component_named: bool = False
    relative: Relative | None = None  # `the day before`: a window beside the one that was spoken of


_SITE = re.compile(r"(?<![\w./:@-])[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)+(?![\w/@]|\.\w)")
_SITE_PLAIN = re.compile(r"(?<![\w./:@-])(?:[A-Z]{2,}[0-9]+|[A-Z]+[0-9]+[A-Z]*)(?![\w@]|[-.]\w)")
_PLACES = "site|queue|pandaqueue|panda queue|cola|coda|fila|file|warteschlange|standort|sitio|sito"
_SITE_SAID = re.compile(
    rf"\b(?:{_PLACES})\s+"
    r"(?:named |called )?([A-Z][\w-]{2,}|[a-z]\w*[_-][A-Z][\w-]*)\b"
)
_QUEUE_SAID = re.compile(r"(?:panda ?)?queue|cola|coda|fila|warteschlange")
#: `how many 1305s`: a plural, and no seconds.
_CODES_SAID = re.compile(r"\b(?:many|of|the|these|those|more|all|any|our|my|other) (\d{3,5})s\b")
#: A word of capital letters only, where a place stands: `at SLACXRD`, `how is SLACXRD doing?`.
_SITE_BY_PLACE = re.compile(
    r"\b(?:[Aa]t|[Ii]n|[Oo]n|[Bb]ei|[Cc]hez|[Ss]ur|[Ee]n|[Aa]uf|(?:wrong|problems?|trouble|issues?) with)"
    r"\s+(?:the )?([A-Z]{4,})\b"
    r"(?![-_.]\w| ?(?:jobs?|tasks?|files?|format|mode|state|code|nodes?)\b)"
    r"|^([A-Z]{4,})(?= (?:est|is|ist|hat|has|ha|looks|down|seems|va|geht|funktioniert|marche|tem)\b)"
    r"|\b(?:[Hh]ow(?:'s| is| does| are)|[Ii]s|[Dd]oes|geht(?: es|'s)|va|est[aá])\s+(?:the |la )?([A-Z]{4,})"
    r"(?= (?:have|has|allow|support|use|run|offer|accept|take|doing|going|behaving|performing|ok|okay|up|down|fine|healthy"
    r"|working|broken|alive|online|offline|available)\b"
    r"|\W*$)"
)
_CLOUD = re.compile(
    r"\b(?:cloud\s+([A-Z]{2,5})|([A-Z]{2,5})\s+cloud|nuage\s+([A-Z]{2,5})"
    r"|(?:nube|nuvola|nuvem|[Ww]olke)\s+([A-Z]{2,5})"
    r"|(?:in|for|of|from|the|en|im|dans|de|der|del) (CA|DE|ES|FR|IT|ND|NL|RU|TW|UK|US)"
    r"|^\W*(?:(?:[Aa]nd|[Ee]t|[Uu]nd|[Yy]|[Ee]) )?(CA|DE|ES|FR|IT|ND|NL|RU|TW|UK|US)"
    r"(?:,? (?:please|pls|bitte|svp|stp|por favor|too|as well|now))?\W*$)"
    r"(?![\w-])"
)
_FILE = re.compile(
    r"(?<![\w/.-])log\.[A-Z][A-Za-z]\w*(?![\w.])|(?<![\w/.-])[\w-]{1,80}(?:\.[\w-]{1,40}){0,4}\.(?:txt|log|out|err|json|stdout|stderr|tgz|tar\.gz|xml|py)\b"
)
#: Sites that are words or names as well, unless they are in capitals or called a site.
_ALSO_WORDS = frozenset({"kit", "pic", "sara", "vega"})
_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9_]{4,}\b|\bEC_\w+\b")
_CODE_SAID = re.compile(
    r"\b(?:error|code|err|exit|status|return|erreur|fehler(?:code)?|c[oó]digo(?: de error)?)s?(?: "
    r"?code)?s?\s*(?:is|was|=|:|#|of|number|no\.?|nr\.?|de|with)?\s*(-?\d{1,5})\b",
    re.I,
)


@cache
def _components() -> tuple[re.Pattern[str], dict[str, str]]:
    names = {word: component for component, words in load("entities")["components"].items() for word in words}
    ordered = sorted(names, key=len, reverse=True)
    return re.compile(
        r"(?<![\w-])(" + "|".join(re.escape(word) for word in ordered) + r")s?(?![\w]|-(?!(?:error|fehler|code))[a-z]|\.\w)"
    ), names


@cache
def _table(name: str) -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile("|".join(patterns)), key) for key, patterns in load("entities")[name].items()]


@cache
def _statuses() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(r"\b(?:" + "|".join(words) + r")\b"), status) for status, words in load("entities")["statuses"].items()]


@cache
def _one(name: str) -> re.Pattern[str]:
    patterns = load("entities")[name]
    return re.compile(patterns if isinstance(patterns, str) else "|".join(patterns), re.I)


def extract(question: str, catalogue: ErrorNames) -> Found:
    """Entities of one question, without page or conversation."""
    folded = fold(question)
    numbers = find_numbers(question)
    entities = Entities(job_ids=numbers.job_ids, task_ids=numbers.task_ids)
    found = Found(entities=entities, numbers=numbers)
    text = URL.sub(" ", question)
    _place(text, entities)
    if not (entities.site or entities.queue or entities.cloud):
        entities.site = _unheard_of(text, catalogue)
    mended = mend(folded)
    found.relative = relative_in(folded)
    entities.window = found.relative.to(None) if found.relative else window_in(folded) or window_in(mended)
    entities.user = _user(text, folded)
    entities.status = next((status for pattern, status in _statuses() if pattern.search(mended)), None)
    entities.object = _first("objects", mended)
    entities.file = _file(text, folded) or _file(text, mended)
    entities.action = _first("actions", folded) or _first("actions", mended)
    for match in URL.finditer(question):
        from_list(match.group(), entities)
    _error(text, folded, found, catalogue)
    return found


def ordinal(question: str) -> int | None:
    """Which one a question means, from 0; -1 is the last."""
    return _first("ordinals", fold(question))


def one_of(numbers: list[int], question: str) -> list[int]:
    """`the second one` of several; nothing where there are not so many."""
    nth = ordinal(question)
    if nth is None or len(numbers) < 2 or nth >= len(numbers):
        return []
    return [numbers[nth]]


def many_said(question: str) -> int:
    """How many a question speaks of: 3 for `these three tasks`; 2 for both; 0 for none that is said."""
    folded = fold(question)
    said = _one("how_many").search(folded)
    word = said.group(1) if said else ""
    if word.isdigit():
        return int(word)
    return int(load("entities")["number_words"].get(word, 0)) or (2 if "both" in concepts_in(folded) else 0)


def from_list(url: str, entities: Entities) -> None:
    """What the address of a list of jobs or errors is limited to, where the question itself says nothing else."""
    try:
        address = urlsplit(url)
    except ValueError:
        return
    site = re.search(r"/site/([\w.-]{2,60})/?$", address.path)
    if site and not (entities.site or entities.queue or entities.cloud):
        entities.queue = site.group(1)
    if not re.search(r"/(?:jobs|errors|harvester/\w+)/?$", address.path):
        return
    asked = {key: values[0] for key, values in parse_qs(address.query).items()}
    place = asked.get("computingsite", "")
    if re.fullmatch(r"[\w.-]{2,60}", place) and not (entities.site or entities.queue or entities.cloud):
        _set_place(place, entities)
    status = asked.get("jobstatus", "")
    if status in load("entities")["statuses"]:
        entities.status = entities.status or status
    for key, unit in (("hours", "h"), ("days", "d")):
        if re.fullmatch(r"\d{1,3}", asked.get(key, "")) and entities.window is None:
            entities.window = asked[key] + unit


def _first(table: str, folded: str) -> Any:
    """The first key of a table of entities.yaml one of whose patterns the text has; its keys are those of the contract."""
    return next((key for pattern, key in _table(table) if pattern.search(folded)), None)


def _place(text: str, entities: Entities) -> None:
    rules = load("entities")
    not_sites = {str(word) for word in rules["not_sites"]}
    cloud = _CLOUD.search(text)
    if cloud:
        name = next(group for group in cloud.groups() if group)
        if name in rules["clouds"]:
            entities.cloud = name
            text = text.replace(cloud.group(0), " ")
    said = _SITE_SAID.search(text)
    if (
        said
        and said.group(1).upper() not in not_sites
        and said.group(1).lower() not in ("status", "parameters", "offline", "online")
    ):
        _set_place(said.group(1), entities, queue=_QUEUE_SAID.match(said.group(0)) is not None)
        return
    for match in _SITE.finditer(text):
        word = match.group(0)
        if _storage(word) or word.upper() in not_sites or not _capital(word):
            continue
        _set_place(word, entities)
        return
    for match in _SITE_PLAIN.finditer(text):
        if match.group(0) not in not_sites and not re.fullmatch(
            r"[A-Z]\d+|SIG\w+|EC_\w+|X509|UTF8|SHA\d+|MD5|TCP\d?|IPV[46]|S3|RC\d|MC\d\d\w*|K8S|T[0123][A-Z]?|H\d",
            match.group(0),
        ):
            _set_place(match.group(0), entities)
            return
    for word in re.findall(r"[\w-]+", text):
        name = rules["sites"].get(word.lower())
        if not name:
            continue
        called = re.search(rf"\b({_PLACES})\s+{re.escape(word)}\b", text, re.I)
        if word not in _ALSO_WORDS or called or re.search(rf"\b(?:at|en|bei|chez|à|al)\s+{word}\b", text):
            queue = called is not None and _QUEUE_SAID.match(called.group(1).lower()) is not None
            _set_place(word if queue else name, entities, queue=queue)
            return


def _unheard_of(text: str, catalogue: ErrorNames) -> str | None:
    """A word where a place stands that is nothing else we know of: `how many jobs failed at NOSUCHSITE?`."""
    spoken = re.findall(r"[^\W\d_]{2,}", text)
    if 2 * sum(word.isupper() for word in spoken) > len(spoken):
        return None  # a question in capitals
    for match in _SITE_BY_PLACE.finditer(text):
        word = next(group for group in match.groups() if group)
        if (
            word not in load("entities")["not_sites"]
            and not word.startswith("SIG")
            and not (_is_known(fold(word)) or catalogue.by_name(word))
        ):
            return word
    return None


@cache
def _known_words() -> frozenset[str]:
    rules = load("entities")
    listed = [
        *rules["languages"].values(),
        *rules["statuses"].values(),
        *rules["components"].values(),
        load("spelling")["targets"],
    ]
    return frozenset(str(word) for words in listed for word in words)


def _is_known(word: str) -> bool:
    """Whether a folded word means something of our subject, or of one of the languages."""
    return word in _known_words() or bool(concepts_in(word) - {"on_concept"})


def _capital(word: str) -> bool:
    """Mostly capitals, as sites are: `UKI-NORTHGRID-SHEF-HEP`, but neither `CPU-time` nor `stage-in`."""
    letters = [c for c in word if c.isalpha()]
    head = re.split(r"[-_]", word)[0]
    return len(head) >= 2 and head.isupper() and sum(c.isupper() for c in letters) >= 0.55 * len(letters)


def _storage(word: str) -> bool:
    return any(re.search(mark, word) for mark in load("entities")["storage_marks"])


def _set_place(word: str, entities: Entities, *, queue: bool = False) -> None:
    if queue or any(re.search(mark, word) for mark in load("entities")["queue_marks"]):
        entities.queue = word
    else:
        entities.site = load("entities")["sites"].get(word.lower(), word)


def _user(text: str, folded: str) -> str | None:
    named = _one("user").search(text)
    if (
        named
        and named.group(1).lower() not in load("entities")["not_users"]
        and not re.fullmatch(r"[A-Z0-9_-]+", named.group(1))
    ):
        return named.group(1)
    return "me" if _one("me").search(folded) else None


def _file(text: str, folded: str) -> str | None:
    for match in _FILE.finditer(text):
        if not match.group(0).endswith(("_tf.py", ".py")):
            return match.group(0)
    return next((name for pattern, name in _table("files") if pattern.search(folded)), None)


def _error(text: str, folded: str, found: Found, catalogue: ErrorNames) -> None:
    entities = found.entities
    pattern, names = _components()
    components = [(match.start(), match.end(), names[match.group(1)]) for match in pattern.finditer(folded)]
    for start, end, component in components:
        beside = re.match(
            r"\W{0,3}(?:(?:component|error|err|exit|code|errors|codes|error ?code|exit ?code|number|no\.?"
            r"|with|shows|says|gives|reports|fehler|erreur|:|=|#)\W{0,2}){0,3}(-?\d{1,5})(?!\d|[.,]\d)(?! "
            r"?(?:%|jobs|files|cores|hours|days|gb|mb|tasks|pilots|lines))",
            folded[end:],
        )
        if beside:
            entities.component, entities.error_code = component, abs(int(beside.group(1)))
            found.component_named = True
            return
        before = re.search(
            r"(?<![\d.])(\d{1,5})\W{0,3}(?:(?:of|from|for|in|by|error|code|du|de|del|des|vom|von|der|the|le|el)\W){0,3}$",
            folded[:start],
        )
        if before and int(before.group(1)) in found.numbers.codes:
            entities.component, entities.error_code = component, int(before.group(1))
            found.component_named = True
            return
    for match in _CAPITALS.finditer(text):
        if catalogue.by_name(match.group(0)):
            found.error_names.append(match.group(0))
    if not found.error_names and re.fullmatch(r"\W*[A-Za-z_]{6,}\W*", text) and catalogue.by_name(text.strip(" ?!.")):
        found.error_names.append(text.strip(" ?!."))
    said = _CODE_SAID.search(text)
    if said and not (entities.job_ids and str(abs(int(said.group(1)))) in map(str, entities.job_ids)):
        entities.error_code = abs(int(said.group(1)))
    elif plural := _CODES_SAID.search(folded):
        entities.error_code = int(plural.group(1))
    elif re.fullmatch(r"\W*-?\d{1,5}\W*", text):
        entities.error_code = int(re.sub(r"\D", "", text))
    if components:
        entities.component = components[0][2]
        found.component_named = True
        if (
            entities.error_code is None
            and len(found.numbers.codes) == 1
            and not _counts_something(folded, found.numbers.codes[0])
        ):
            entities.error_code = found.numbers.codes[0]
    elif entities.error_code is None and len(found.numbers.codes) == 1:
        code = found.numbers.codes[0]
        if not _counts_something(folded, code) and code >= 100:
            entities.error_code = code


def _counts_something(folded: str, number: int) -> bool:
    """`last 100 lines`, `24 hours`, `200 MB`: a quantity rather than a code."""
    return (
        re.search(
            rf"\b{number} ?(?:lines?|jobs?|tasks?|files?|hours?|h\b|days?|d\b|weeks?|minutes?|seconds?|s\b"
            rf"|cores?|gb|mb|kb|mib|gib|tb|events?|pilots?|%|percent|queues?|sites?|times|lignes|zeilen|lineas"
            rf"|errors)",
            folded,
        )
        is not None
        or re.search(rf"\b(?:last|top|first|past|year|in|since) {number}\b", folded) is not None
    )
