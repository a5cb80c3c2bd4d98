"""How text becomes terms: the same for both stores, for passages and for questions.

Terms are made here and not by the search engine, so that SQLite and Elasticsearch (any distribution of it) index
exactly the same ones: words in lower case, identifiers whole and in parts (`taskBufferErrorCode`, `job_status`,
`--outDS`), the algorithm of Porter for the stem, English stop words left out.
"""

import re
import threading
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

# Compounds hold together what writers join: job_status, panda-client, payload.stdout, user's.
_COMPOUND = re.compile(r"[^\W_]+(?:[_.'’\-][^\W_]+)*")
_JOINT = re.compile(r"[_.'’\-]")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\WA-Z_\d]+|\d+|[A-Z]")
#: "PQs", "DBs": more than one of what is written in capitals.
_PLURAL = re.compile(r"[A-Z]{2,}s\Z")
_SIMPLE = re.compile(r"[a-z]+\Z")

_STOP_WORDS_TEXT = """a an the and or but if then so as of at by for from in into on onto to with without within via per
is are was were be been being am do does did doing has have had having can could may might must shall should
will would i me my mine you your yours we us our it its he she they them their this that these those there here
what which who whom whose when where why how not no nor than too very just also only e.g i.e eg ie etc"""
#: Words that say nothing about a passage. Short, so that "down", "over" or "same" still count.
STOP_WORDS = frozenset(_STOP_WORDS_TEXT.split())

#: Names whose capitals are no seam: "Pan" and "DA" are in every passage and mean nothing.
_NAMES = frozenset(
    [
        "panda", "bigpanda", "idds", "pandamon", "bigpandamon", "github", "gitlab", "xrootd", "gridftp", "mysql", "mariadb",
        "sqlite", "postgresql", "javascript", "openid", "pypi", "cvmfs", "cernvm", "htcondor", "eventservice", "jupyterlab",
        "argocd", "cilogon", "oauth", "openstack", "activemq", "webdav", "opensearch", "cpu", "gpu", "gpus", "cpus",
    ]
)  # fmt: skip

#: Longest identifier that is indexed whole: a 5,000 character line of base64 is no word.
MAX_TERM = 64

_own = threading.local()


def _stem_word(word: str) -> str:
    # a stemmer keeps the word that it works on in itself: threads that share one stem each other's words
    if not hasattr(_own, "stem"):
        _own.stem = snowballstemmer.stemmer("porter").stemWord
    stemmed: str = _own.stem(word)
    return stemmed


#: States of jobs and tasks whose stem is a command or another thing: to finish a task is not what "finished" says of it.
_STATES = frozenset(["finished", "holding", "sent", "registered"])


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of one lower-case word; what holds a digit or is shorter than three letters stays as it is."""
    return _stem_word(word) if len(word) > 2 and word.isalpha() and word not in _STATES else word


def _parts(compound: str) -> list[str]:
    parts: list[str] = []
    for piece in _JOINT.split(compound):
        # Only a change of case inside a word is a boundary.
        if piece.islower() or piece.isupper() or piece.isdigit():
            parts.append(piece)
        else:
            parts.extend(_CAMEL.findall(piece))
    return parts


@lru_cache(maxsize=200_000)
def _words_of(compound: str) -> tuple[str, ...]:
    """Lower-case words of one compound: its parts, then the whole written together where there are several parts."""
    lower = compound.lower()
    if _SIMPLE.match(compound) or lower in _NAMES:
        return (lower,)
    for ending in ("'s", "’s"):
        lower, compound = lower.removesuffix(ending), compound.removesuffix(ending)
    if _PLURAL.match(compound):
        return (lower[:-1],)
    parts = _parts(compound)
    if len(parts) < 2:
        return (lower,)
    words = [part.lower() for part in parts if len(part) > 1 or part.isdigit()]
    whole = _JOINT.sub("", lower)
    if len(parts) <= 5 and not whole.isdigit() and len(whole) <= MAX_TERM and whole not in words:
        words.append(whole)
    return tuple(words)


def words(text: str) -> Iterator[str]:
    """Lower-case words of a text in reading order, stop words left out.

    >>> list(words("The --nJobs option of prun"))
    ['jobs', 'njobs', 'option', 'prun']
    """
    for match in _COMPOUND.finditer(text):
        for word in _words_of(match.group()):
            if word not in STOP_WORDS and len(word) <= MAX_TERM:
                yield word


def terms(text: str) -> list[str]:
    """Stems of a text in reading order: what is indexed and what is searched for.

    Whoever changes what comes out raises `analysis.LAYOUT`, so that existing indexes follow.
    """
    return [stem(word) for word in words(text)]
