"""Questions that the documents did not answer well: kept without their asker, with secrets cut and names masked.

They are lines of a file in the state folder, which all workers append to; `askpanda gaps` groups and lists them.
"""

import fcntl
import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypedDict

from askpanda.redaction import Mask, cut_secrets
from askpanda.settings import Settings
from askpanda.stores.base import Hit
from askpanda.stores.query import QUESTION_WORDS, thesaurus
from askpanda.stores.text import STOP_WORDS, stem, terms, words

log = logging.getLogger(__name__)

#: A question of which the best passage speaks of less than this share has found nothing good.
GOOD = 0.6
#: Passages that may answer it.
LOOKED_AT = 3
#: Characters of a question that are kept, and bytes of the file before its older half goes.
LONGEST, LARGEST = 300, 2 * 1024 * 1024
#: Questions that share this much of their words are one gap.
ALIKE = 0.5
# Ids tell questions apart that ask the same thing, and whose they are.
_ID = re.compile(r"\d{6,}")


@dataclass(slots=True)
class Gap:
    """Questions that ask much the same: the latest wording, how many, when last, the best share that was covered."""

    question: str
    count: int
    last: str
    covered: float


def coverage(question: str, hits: Sequence[Hit]) -> float:
    """The share of what is asked for that the best of the first passages speaks of, in the question's words or synonyms."""
    wanted = _wanted(question)
    if not wanted:
        return 1.0
    known = thesaurus()
    best = 0.0
    for hit in hits[:LOOKED_AT]:
        there = set(terms(f"{hit.path.replace('/', ' ')} {hit.text}"))
        found = sum(1 for w in wanted if w in there or any(set(other) <= there for other, _ in known.word(w)))
        best = max(best, found / len(wanted))
    return best


def note(settings: Settings, question: str, best: float) -> None:
    """Keep a question whose best passage covers the share `best` of it, where that is too little. Never raises."""
    if best >= GOOD or not settings.state_dir.is_dir() or not _wanted(question):
        return
    masked = _ID.sub("N", Mask().hide(cut_secrets(" ".join(question.split())[:LONGEST])))
    row = {"question": masked, "covered": round(best, 2), "day": datetime.now(UTC).strftime("%Y-%m-%d")}
    try:
        _append(_file(settings), json.dumps(row, ensure_ascii=False) + "\n")
    except OSError as error:
        log.warning("a question without an answer could not be noted: %s", error)


def gaps(settings: Settings, days: int | None = None) -> list[Gap]:
    """Gaps of the last `days` (None: as long as conversations are kept), those asked most first."""
    since = datetime.now(UTC) - timedelta(days=settings.conversation_keep_days if days is None else days)
    groups: list[tuple[frozenset[str], Gap]] = []
    for row in reversed(_rows(_file(settings))):
        if row["day"] < since.strftime("%Y-%m-%d"):
            continue
        wanted = frozenset(_wanted(row["question"]))
        for other, gap in groups:
            if len(wanted & other) >= ALIKE * len(wanted | other):
                gap.count += 1
                gap.covered = max(gap.covered, row["covered"])
                break
        else:
            groups.append((wanted, Gap(row["question"], 1, row["day"], row["covered"])))
    return sorted((gap for _, gap in groups), key=lambda gap: (-gap.count, gap.covered, gap.question))


def remove_older(settings: Settings, days: float) -> int:
    """Remove the questions that are `days` old and older; how many. Never raises."""
    since = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%d")
    try:
        with _file(settings).open("r+b") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            lines = handle.read().splitlines(keepends=True)
            kept = [line for line in lines if _day(line) > since]
            if len(kept) < len(lines):
                handle.seek(0)
                handle.truncate()
                handle.write(b"".join(kept))
            return len(lines) - len(kept)
    except FileNotFoundError:
        return 0
    except OSError as error:
        log.warning("old questions without an answer could not be removed: %s", error)
        return 0


def _day(line: bytes) -> str:
    """The day of a line; that of a line which a full disk cut off is long ago."""
    try:
        return str(json.loads(line)["day"])
    except (ValueError, KeyError, TypeError):
        return ""


def forget(settings: Settings) -> int:
    """Remove every question that was kept; how many."""
    count = len(_rows(_file(settings)))
    _file(settings).unlink(missing_ok=True)
    return count


def _wanted(question: str) -> list[str]:
    said = [word for word in words(question) if word not in QUESTION_WORDS and word not in STOP_WORDS and word != "panda"]
    return list(dict.fromkeys(stem(word) for word in said))


def _file(settings: Settings) -> Path:
    return settings.state_dir / "gaps.jsonl"


def _append(file: Path, line: str) -> None:
    with file.open("a+b") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        handle.write(line.encode())
        if handle.tell() > LARGEST:
            handle.seek(0)
            newer = handle.read()[LARGEST // 2 :].partition(b"\n")[2]
            handle.seek(0)
            handle.truncate()
            handle.write(newer)


class _Row(TypedDict):
    question: str
    covered: float
    day: str


def _rows(file: Path) -> list[_Row]:
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    rows: list[_Row] = []
    for line in lines:
        try:
            row = json.loads(line)
            rows.append({"question": str(row["question"]), "day": str(row["day"]), "covered": float(row["covered"])})
        except (ValueError, KeyError, TypeError):
            continue  # a line that a full disk cut off
    return rows
