"""A signature: the same for all jobs with the same cause, whatever their ids, files, hosts, places and numbers.

Where a rule explains the failure, its id is the signature; else a hash of the words that prove it, without what changes
from job to job. On our own cases (tests/cases/jobs, `make bench ONLY=signatures`) a template miner (drain3) in place of the
steps below agreed and differed on the same pairs of jobs, to one pair in 500, and would have needed a memory of its own.
"""

import hashlib
from functools import cache
from typing import Any

import re2

#: Characters of a text that are looked at, and of its template that count: the pilot and the database cut texts, and how
#: much of the end is lost depends on the lengths of the paths and names in them.
READ, COUNTED = 2000, 120
_WEEKDAYS = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_MONTHS = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
#: In this order; linear time whatever the text is (google-re2), and ASCII classes on every machine.
_STEPS: tuple[tuple[str, str], ...] = (
    (r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[,.]?\d*\s*(?:\|\s*)?", ""),
    (r"^\d\d:\d\d:\d\d\s+", ""),
    (r"\b[a-z][a-z0-9+.-]{1,10}://[^\s'\")\]>,]+", "URL"),
    (r"\b[\w.+-]+@[\w-]+\.[\w.-]+\b", "MAIL"),
    (r"\b[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\b", "N"),
    (r"(?:/[\w.+@%:=-]+){2,}/?", "PATH"),
    (r"\b[A-Z0-9][A-Z0-9_-]+_[A-Z]*(?:DISK|TAPE)\b", "PLACE"),
    (r"\b[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+(?:_[A-Z0-9]+)*\b", "PLACE"),
    (r"\b\d{1,3}(?:\.\d{1,3}){3}\b", "HOST"),
    (r"\b(?:[0-9a-fA-F]{1,4}:){5,7}[0-9a-fA-F]{1,4}\b|\b(?:[0-9a-fA-F]{1,4}:)+(?::[0-9a-fA-F]{1,4})+\b", "HOST"),
    (r"\b(?:[a-z0-9-]+\.){2,}[a-z]{2,6}\b", "HOST"),
    (r"\b[\w.]+:[\w.-]+\.[\w-]+\b", "FILE"),
    (r"\b(?:mc|data|user|group|valid)\w*(?:\.[\w-]+){2,}\b", "FILE"),
    (r"\b[\w.-]+\.root(?:\.\d+)?\b", "FILE"),
    (rf"\b(?:{_WEEKDAYS},? +)?(?:{_MONTHS} +\d{{1,2}}|\d{{1,2}}[ -]{_MONTHS})\b", "DATE"),
    (r"\b0x[0-9a-fA-F]+\b", "N"),
    (r"\b[0-9a-f]*[0-9][0-9a-f]{7,}\b|\b[0-9a-f]{7,}[0-9][0-9a-f]*\b", "N"),
    (r"\d+(?:[.,]\d+)*", "N"),
    (r"\s+", " "),
)  # fmt: skip


@cache
def steps() -> tuple[tuple[Any, str], ...]:
    """What is replaced by which word, in this order."""
    return tuple((re2.compile(pattern), word) for pattern, word in _STEPS)


def template(text: str) -> str:
    """The text without what changes from job to job.

    >>> template("wn17.site.org: cannot open /data/a/b.root after 30 s")
    'HOST: cannot open PATH after N s'
    """
    text = text[:READ].encode("utf-8", "replace").decode()
    for pattern, word in steps():
        text = pattern.sub(word, text)
    return text.strip()[:COUNTED].rstrip()


def signature(component: str, code: int, rule: str = "", text: str = "") -> str:
    """`pilot:1099/rucio-no-source`, or `pilot:1099/` and a hash of the template where no rule of its own fits."""
    head = f"{component}:{code}" if component else "none:0"
    if rule:
        return f"{head}/{rule}"
    plain = template(text)
    return f"{head}/{hashlib.sha256(plain.encode()).hexdigest()[:12]}" if plain else head
