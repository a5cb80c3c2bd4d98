"""A signature: the same for all jobs with the same cause, whatever their ids, files, hosts and numbers."""

import hashlib
import re

_STEPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[,.]?\d*\s*(?:\|\s*)?"), ""),
    (re.compile(r"^\d\d:\d\d:\d\d\s+"), ""),
    (re.compile(r"\b[a-z][a-z0-9+.-]{1,10}://[^\s'\")\]>,]+"), "URL"),
    (re.compile(r"\b[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\b"), "GUID"),
    (re.compile(r"(?:/[\w.+@%:=-]+){2,}/?"), "PATH"),
    (re.compile(r"\b[A-Z0-9][A-Z0-9-]+(?:-[A-Z0-9]+)*_[A-Z]+(?:DISK|TAPE)\b"), "ENDPOINT"),
    (re.compile(r"\b(?:[a-z0-9-]+\.){2,}[a-z]{2,}\b", re.I), "NAME"),
    (re.compile(r"\b\w+:[\w.]+\.[\w.]+\b"), "DID"),
    (re.compile(r"\b(?:mc|data|user|group|valid)[\w]*(?:\.[\w-]+){2,}\b"), "LFN"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "HEX"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b"), "HEX"),
    (re.compile(r"\d+(?:\.\d+)?"), "N"),
    (re.compile(r"\s+"), " "),
)  # fmt: skip


def template(text: str) -> str:
    """The text without what changes from job to job. At most 2,000 characters are looked at."""
    for pattern, word in _STEPS:
        text = pattern.sub(word, text[:2000])
    return text.strip()[:240]


def signature(component: str, code: int, rule: str = "", text: str = "") -> str:
    """`pilot:1099/rucio-no-source`, or `pilot:1099/` and a hash of the template where no rule of its own fits."""
    head = f"{component}:{code}" if component else "none:0"
    if rule:
        return f"{head}/{rule}"
    plain = template(text)
    return f"{head}/{hashlib.sha256(plain.encode()).hexdigest()[:12]}" if plain else head
