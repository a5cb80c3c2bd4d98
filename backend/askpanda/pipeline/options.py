"""Options of the client's commands, by what a question wants done: `exclude a site` → `--excludedSite`.

They are the list items of our own guides that begin with an option: what each does, in one line, on the page that explains it.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log

from askpanda.pipeline.wording.passages import content_words, stem

#: The commands that submit: each has its own options, many in common.
SUBMITTING = ("prun", "pathena", "phpo", "pchain")
#: As many wishes of one question are looked up.
MOST = 4
#: Share of a wish's weight that an option must speak of.
ENOUGH = 0.6
#: How much more an option of the command's own page weighs than the same one on another.
OWN_PAGE = 1.15
#: What each word of a wish adds that is in the option's name, or in its guide's.
NAMED_SO, PAGE_OF_IT = 0.3, 0.1
#: Of two that speak of all of a wish, the one that speaks of less else is meant: what each of its words costs.
LONG = 0.004
#: Words of a question that say that something is wanted, and not what.
_IDLE = content_words(
    "submit submitting set setting specify ask request choose add tell pass write define say limit allow send let put "
    "command commands option options flag switch argument parameter client panda prun pathena phpo pchain grid example "
    "specific certain particular given own different same special single several many few two three four five both only just "
    "hello hi thanks thank dear sorry does what which correct right way possible help know like enable good best proper "
    "number many amount more fewer less much big small large limit maximum minimum long time take per"
)
#: What every option is about: a wish that has nothing else is none.
_OF_ALL = content_words("job task work program dataset data")
#: What people say, and the word of the options for it.
_SAME = {
    stem(word): stem(said)
    for said, words in {
        "exclude": "avoid excluded ban blacklist skip", "site": "queue cluster", "core": "cpu cores ncore multicore",
        "memory": "ram", "container": "image docker singularity apptainer", "no": "without", "walltime": "wallclock hour",
    }.items()
    for word in words.split()
}  # fmt: skip
_ITEM = re.compile(r"^[-*] ((?:`-{1,2}\w[^`]*`(?:\s*\([^)]*\))?,?\s*)+):\s(.+)$", re.M)
_NAME = re.compile(r"`(-{1,2}\w[\w-]*)")
_PARTS_OF_NAME = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z]|$)|[A-Z]?[a-z]+|[A-Z]+")
_BETWEEN = re.compile(r"[,;:?.]\s|[?.]$|\b(?:and|with|but|plus|so that|as well as)\b", re.I)
_AMOUNT = re.compile(r"\b\d+(?:\.\d+)?\s*(?:[kMGT]i?B?|cores?)?\b")
_ASKS = re.compile(
    r"\b(?:how (?:to|do|can|could|should|would|must)|options?|flags?|what is the argument|can i|is there a way)\b", re.I
)
#: What is told of one's own case is no wish.
_TOLD = re.compile(r"\bI(?:'ve|'m| have| am| had| tried)\b", re.I)
_COMMAND = re.compile(rf"\b({'|'.join(SUBMITTING)})\b", re.I)


@dataclass(frozen=True, slots=True)
class Option:
    """`line` is the item as it stands in the guide, `path` that of the guide as the documents have it.

    `words` are what it does and what it is called, `of_page` what its guide is called.
    """

    line: str
    path: str
    names: tuple[str, ...]
    words: frozenset[str]
    of_page: frozenset[str]


def warm_up() -> None:
    """Reads the guides now rather than at the first question about a command."""
    _table()


def commands_in(text: str) -> frozenset[str]:
    """The submitting commands that a text names."""
    return frozenset(match.group(1).lower() for match in _COMMAND.finditer(text))


def wanted(question: str) -> list[Option]:
    """The options for what a question about a command wants done, in its order; none where it asks for something else.

    >>> [option.names for option in wanted("how do I exclude a site in prun?")]
    [('--site', '--excludedSite')]
    """
    named = commands_in(question)
    if not named or not _ASKS.search(question):
        return []
    found: list[Option] = []
    for part in _BETWEEN.split(question):
        wish = frozenset() if _TOLD.search(part) else _words(part)
        option = _best(wish, named) if wish - _OF_ALL else None
        if option is not None and not any(set(option.names) & set(other.names) for other in found):
            found.append(option)
    return found[:MOST]


def _words(text: str) -> frozenset[str]:
    unit = "core" if re.search(r"\d\s*cores?\b", text, re.I) else ""
    text = re.sub(r"\bwall[ -](?:clock )?time", "walltime", _AMOUNT.sub(" ", text), flags=re.I)
    words = content_words(f"{text} {unit}") - _IDLE
    return frozenset(_SAME.get(word, word) for word in words)


def _best(wish: frozenset[str], named: frozenset[str]) -> Option | None:
    options, weights = _table()
    unknown = max(weights.values())
    whole = sum(weights.get(word, unknown) for word in wish)
    best: tuple[float, Option] | None = None
    for option in options:
        command = option.of_page & frozenset(SUBMITTING)
        if not wish & option.words or (command and not command & named):
            continue
        share = sum(weights[word] for word in wish & option.words) / whole
        named_so = 1 + NAMED_SO * len(wish & _of_names(option.names)) + PAGE_OF_IT * len(wish & option.of_page)
        score = share * named_so * (OWN_PAGE if command else 1.0) - LONG * len(option.words)
        if share >= ENOUGH and (best is None or score > best[0]):
            best = (score, option)
    return best[1] if best else None


@cache
def _of_names(names: tuple[str, ...]) -> frozenset[str]:
    parts = " ".join(part.lower() for name in names for part in _PARTS_OF_NAME.findall(name))
    return frozenset(_SAME.get(word, word) for word in content_words(parts))


@cache
def _table() -> tuple[tuple[Option, ...], dict[str, float]]:
    """Every option of the guides, and the weight of each word: rare ones tell more."""
    found = []
    for guide in sorted(files("askpanda_corpus").joinpath("guides").iterdir(), key=lambda file: file.name):
        if not guide.name.endswith(".md"):
            continue
        for item in _items(guide.read_text("utf-8")):
            names = tuple(_NAME.findall(item.group(1)))
            words = _words(re.sub(r"`[^`]*`", " ", item.group(2))) | _of_names(names)
            of_page = frozenset(guide.name.removesuffix(".md").split("-")) & set(SUBMITTING) | _words(
                guide.name[:-3].replace("-", " ")
            )
            found.append(Option(item.group(), f"guides/{guide.name}", names, words, of_page))
    count: dict[str, int] = {}
    for option in found:
        for word in option.words:
            count[word] = count.get(word, 0) + 1
    return tuple(found), {word: log(1 + len(found) / times) for word, times in count.items()}


def _items(guide: str) -> list[re.Match[str]]:
    """The items that are options of ours: not those under another program's command, such as `rucio download`."""
    sections = re.split(r"^#+ ", guide, flags=re.M)
    ours = (one for one in sections if not (code := re.search(r"^```\w*\n(.*?)^```", one, re.M | re.S)) or commands_in(code[1]))
    return [item for section in ours for item in _ITEM.finditer(section)]
