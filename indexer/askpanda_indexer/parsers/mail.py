"""Archives of mailing lists (mbox): a section a thread."""

import email
import re
from collections.abc import Iterator
from datetime import UTC
from email import policy
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.utils import getaddresses, parsedate_to_datetime
from itertools import pairwise
from pathlib import PurePosixPath

from bs4 import BeautifulSoup

from askpanda_indexer.page import Page, Unreadable
from askpanda_indexer.parsers.conversation import Message, Thread, page_of

#: A line of a mail that begins so is written with a mark, as it would begin the next mail.
_ESCAPED = re.compile(r"^>(?=>*From )", re.MULTILINE)
_FROM = re.compile(r"^From .*\d{4}\s*$", re.MULTILINE)
_SUBJECT = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg|sv|tr)\s*(?:\[\d+\])?\s*:\s*|\[[\w .\-]{1,40}\]\s*)+", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]+>")
#: Messages of one archive that are read.
MOST_MESSAGES = 20_000


def parse_mbox(text: str, name: str) -> Page:
    """Threads by References and In-Reply-To, else by subject. Raises Unreadable where there is no message."""
    threads: dict[str, list[Mail]] = {}
    root_of: dict[str, str] = {}
    for number, mail in enumerate(_mails(text)):
        if number >= MOST_MESSAGES:
            break
        subject = _SUBJECT.sub("", _header(mail, "Subject")).strip().lower()
        own = (_ID.findall(str(mail.get("Message-ID") or "")) or [f"<{number}>"])[0]
        earlier = _ID.findall(f"{mail.get('References') or ''} {mail.get('In-Reply-To') or ''}")
        root = next((root_of[known] for known in earlier if known in root_of), earlier[0] if earlier else "")
        root = root or root_of.get(f"subject {subject}", "") if subject else root
        root = root or own
        for known in (own, *earlier, *([f"subject {subject}"] if subject else [])):
            root_of.setdefault(known, root)
        threads.setdefault(root_of[own], []).append(mail)
    title = PurePosixPath(name).stem
    return page_of(title, (_thread(mails) for mails in threads.values()))


def _mails(text: str) -> Iterator[Mail]:
    starts = [match.start() for match in _FROM.finditer(text)]
    if not starts and not re.match(r"[A-Za-z\-]+:\s", text):
        raise Unreadable("it is no mail archive")
    bounds = [*(starts or [0]), len(text)]
    for start, end in pairwise(bounds):
        raw = text[start:end]
        if raw.startswith("From "):
            raw = raw.partition("\n")[2]
        yield email.message_from_string(_ESCAPED.sub("", raw), policy=policy.compat32)


def _thread(mails: list[Mail]) -> Thread:
    dated = sorted(((_date(mail), number, mail) for number, mail in enumerate(mails)), key=lambda row: (row[0] or "9", row[1]))
    messages = [Message(_header(mail, "From"), date, _body(mail)) for date, _, mail in dated]
    first = dated[0][2]
    heads = [_header(mail, key) for mail in mails for key in ("To", "Cc", "Reply-To")]
    people = [f"{name} <{address}>" for name, address in getaddresses(heads)]
    url = str(first.get("Archived-At") or "").strip().strip("<>")
    return Thread(_header(first, "Subject"), messages, url if url.startswith(("https://", "http://")) else "", people=people)


def _header(mail: Mail, name: str) -> str:
    raw = str(mail.get(name) or "")
    try:
        return " ".join(str(make_header(decode_header(raw))).split())
    except (UnicodeError, LookupError, ValueError):
        return " ".join(raw.split())


def _date(mail: Mail) -> str:
    try:
        when = parsedate_to_datetime(str(mail.get("Date") or ""))
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, TypeError, OverflowError):
        return ""


def _body(mail: Mail) -> str:
    """The first plain text of a mail, else its HTML as text; attachments are passed over."""
    parts = [part for part in mail.walk() if not part.is_multipart() and not part.get_filename()]
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind and (text := _text(part)).strip():
                return BeautifulSoup(text, "html.parser").get_text("\n") if kind == "text/html" else text
    return ""


def _text(part: Mail) -> str:
    encoded = str(part.get("Content-Transfer-Encoding") or "").strip().lower() in ("base64", "quoted-printable")
    raw = part.get_payload(decode=True) if encoded else part.get_payload()
    if not isinstance(raw, bytes):
        # The archive as a whole has been decoded already.
        return str(raw or "")
    try:
        return raw.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")
