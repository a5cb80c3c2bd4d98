"""Threads of messages as sections: question and resolution in one block, quotations and signatures cut, people masked.

What an archive or a ticket system exports comes here as plain messages; where they came from is their parser's matter.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from askpanda.redaction import Mask, cut_secrets
from askpanda_indexer.page import Block, Page, Section, Unreadable

#: Words of the question and of the answer that stay in one block (see page.WHOLE_LIMIT).
QUESTION_WORDS, ANSWER_WORDS = 240, 320
#: Characters of a message that are read: a pasted log is no text to search in.
LONGEST_MESSAGE = 20_000
#: Lines that may stand below "Best regards" for that to end a message.
LINES_BELOW = 5

_QUOTE = re.compile(r"^\s{0,3}(?:>|\|(?!\s*[-\w].*\|\s*$))")
_WROTE = re.compile(r"^\s*(?:On|Am|Le|El|Il)\b.{4,300}\b(?:wrote|schrieb|a écrit|escribió|ha scritto)\s*:\s*$", re.IGNORECASE)
_WROTE_BEGINS = re.compile(r"^\s*(?:On|Am|Le|El|Il)\b.{4,200}$", re.IGNORECASE)
_BELOW_IS_OLD = re.compile(
    r"^\s*(?:-{2,}\s*(?:Original|Forwarded)\s+Message\s*-{2,}|Begin forwarded message:|_{20,}\s*|"
    r"To unsubscribe\b.*|You received this message because\b.*|Reply to this email directly\b.*)$",
    re.IGNORECASE,
)
_HEADERS = re.compile(r"^\s*\*?From:\*?\s.+$")
_GREETING = re.compile(
    r"^\s*(?:hi|hello|dear|hey|hallo|liebe[rs]?|sehr\s+geehrte[rs]?|good\s+(?:morning|afternoon|evening|day)|ciao|caro|cara|"
    r"bonjour|salut|cher|chère|hola|buenos\s+días)"
    r"\b[^.?!:]{0,60}[,:.!]?\s*$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^\s*(?:(?:best|kind|warm|many|with)\s+)*(?:cheers|regards|best|thanks|thank\s+you|thx|wishes|sincerely|greetings|ciao|bye|"
    r"thanks\s+(?:a\s+lot|in\s+advance|again)|thank\s+you\s+(?:very\s+much|in\s+advance|again)|cordially|yours|"
    r"(?:(?:viele|beste|liebe|schöne|herzliche|mit\s+(?:freundlichen|besten))\s+)*grü(?:ß|ss)en?|mfg|(?:bien\s+)?cordialement|"
    r"bien\s+à\s+(?:vous|toi)|amitiés|merci(?:\s+d'avance)?|(?:un\s+)?saludos?(?:\s+cordiales)?|(?:cordiali\s+)?saluti|grazie)"
    r"(?:\s*[,.!]+)?(?:\s+[^\s.]+){0,3}\s*$",
    re.IGNORECASE,
)
_REPLY = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg|sv|tr)\s*(?:\[\d+\])?\s*:\s*|\[[\w .\-]{1,40}\]\s*)+", re.IGNORECASE)
#: With its country: a plain run of digits is a task or a job.
_PHONE = re.compile(r"(?<![\w+])\+\d{1,3}[ \-./]?(?:\(0\)[ \-./]?)?\d(?:[ \-./]?\d){6,12}(?![\w])")
_ADDRESS = re.compile(r"([\w.+\-]{2,64})@[\w.\-]+")
_ROLES_TEXT = """admin administrator atlas bot cern contact daemon dev devel ddm dpa grid help helpdesk info jira list lists
    mailer mailman master noreply notifications notify office operations ops panda pilot postmaster production reply robot root
    rucio service support system team test user users web webmaster"""
_ROLES = frozenset(_ROLES_TEXT.split())


@dataclass(slots=True)
class Message:
    """`author` as it is given: a name, an address, both or neither; `date` ISO, UTC, or empty."""

    author: str
    date: str
    text: str
    accepted: bool = False


@dataclass(slots=True)
class Thread:
    """Messages in the order of time; `people` are others whose names may be met in them."""

    title: str
    messages: list[Message]
    url: str = ""
    status: str = ""
    people: list[str] = field(default_factory=list)


def page_of(title: str, threads: Iterable[Thread]) -> Page:
    """A section a thread. Raises Unreadable where no thread has a word."""
    sections = [section for thread in threads if (section := section_of(title, thread)) is not None]
    if not sections:
        raise Unreadable("there is no message in it")
    return Page(title, sections, as_of=max(section.as_of for section in sections))


def section_of(title: str, thread: Thread) -> Section | None:
    """One thread; None where nothing is left of it once quotations and signatures are cut."""
    hide = _Hider(thread)
    said = [(message, hide(clean(message.text))) for message in thread.messages]
    said = [(message, text) for message, text in said if text]
    if not said:
        return None
    subject = " ".join(hide(_REPLY.sub("", thread.title)).split()) or "Without a subject"
    # A ">" would part the subject into two headings.
    section = Section([title, subject.replace(" > ", " - ")[:200]], url=thread.url)
    section.as_of = max((message.date for message, _ in said), default="")
    (asked, question), *answers = said
    chosen = _resolution(asked, answers)
    status = f" [{thread.status}]" if thread.status else ""
    whole = f"Question{_on(asked)}{status}: {_cut(question, QUESTION_WORDS)}"
    if chosen is not None:
        label = "Accepted answer" if chosen[0].accepted else "Answer"
        whole += f"\n\n{label}{_on(chosen[0])}: {_cut(chosen[1], ANSWER_WORDS)}"
    section.blocks.append(Block("note", whole))
    section.blocks += [Block("text", f"Reply{_on(m)}: {text}") for m, text in answers if chosen is None or m is not chosen[0]]
    for label, text, limit in (("question", question, QUESTION_WORDS), ("answer", chosen[1] if chosen else "", ANSWER_WORDS)):
        if rest := " ".join(text.split()[limit:]):
            section.blocks.append(Block("text", f"The {label} went on: {rest}"))
    return section


def clean(text: str) -> str:
    """What a message's author wrote in it: no quoted text, no signature, no greeting."""
    lines = text[:LONGEST_MESSAGE].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept: list[str] = []
    i = 0
    while i < len(lines):
        line = lines[i].rstrip()
        following = lines[i + 1].rstrip() if i + 1 < len(lines) else ""
        if line in ("--", "-- ") or lines[i] == "-- " or _BELOW_IS_OLD.match(line):
            break
        if _HEADERS.match(line) and re.match(r"^\s*\*?(?:Sent|Date|To|Subject):", following):
            break
        if _WROTE.match(line):
            i += 1
            continue
        if _WROTE_BEGINS.match(line) and _WROTE.match(f"{line} {following.strip()}"):
            i += 2
            continue
        if _CLOSING.match(line) and _ends_here(lines[i + 1 :]):
            break
        if not _QUOTE.match(line) and not (not any(kept) and _GREETING.match(line)):
            kept.append(line)
        i += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _ends_here(below: list[str]) -> bool:
    """Do only a name and an affiliation follow, or what is quoted?"""
    written = [line for line in below if line.strip() and not _QUOTE.match(line)]
    for number, line in enumerate(written):
        # A mail program breaks a long "On Monday, Jane Doe <...> wrote:" into two lines.
        parted = f"{line.rstrip()} {written[number + 1].strip()}" if number + 1 < len(written) else line
        old = _WROTE.match(line) or _WROTE.match(parted) or _BELOW_IS_OLD.match(line) or _HEADERS.match(line)
        if line.rstrip() == "--" or old:
            return number <= LINES_BELOW
    return len(written) <= LINES_BELOW and all(len(line.split()) <= 8 for line in written)


def _resolution(asked: Message, answers: list[tuple[Message, str]]) -> tuple[Message, str] | None:
    """The accepted answer, else the last one of substance by somebody else than who asked, else the last one."""
    for answer in answers:
        if answer[0].accepted:
            return answer
    others = [answer for answer in answers if answer[0].author != asked.author]
    telling = [answer for answer in others if len(answer[1].split()) >= 6]
    candidates = telling or others or answers
    return candidates[-1] if candidates else None


def _on(message: Message) -> str:
    return f" ({message.date[:10]})" if message.date else ""


def _cut(text: str, limit: int) -> str:
    words = text.split()
    if len(words) <= limit:
        return text
    # The lines stay as they were, up to the word that is too many.
    found = re.match(rf"(?:\s*\S+){{{limit}}}", text)
    return f"{found[0] if found else ' '.join(words[:limit])} …"


class _Hider:
    """Names and addresses of a thread's people as stand-ins; their first names too, where they are no common word."""

    def __init__(self, thread: Thread) -> None:
        authors = [*(message.author for message in thread.messages), *thread.people]
        names = list(dict.fromkeys(name for author in authors if (name := _name(author))))
        accounts = {
            m[1] for author in authors for m in _ADDRESS.finditer(author) if m[1].lower() not in _ROLES and len(m[1]) > 3
        }
        # A forum's login is one word.
        accounts |= {name for name in names if " " not in name and len(name) > 4 and name.lower() not in _ROLES}
        self.mask = Mask(people=[name for name in names if len(name.split()) > 1], accounts=sorted(accounts))
        lower = set(re.findall(r"\b[^\W\d_]{3,}\b", " ".join(message.text[:LONGEST_MESSAGE] for message in thread.messages)))
        self.words: dict[str, str] = {}
        for name in names:
            stand_in = self.mask.hide(name) if len(name.split()) > 1 else ""
            for word in re.findall(r"[^\W\d_]{3,}", name):
                # "Will" and "Mark" are names only where nobody writes them small.
                if word[0].isupper() and word.lower() not in lower and word.lower() not in _ROLES:
                    self.words.setdefault(word, stand_in or "PERSON")
        self.pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, self.words))})\b") if self.words else None

    def __call__(self, text: str) -> str:
        text = _PHONE.sub("PHONE", self.mask.hide(cut_secrets(text)))
        return self.pattern.sub(lambda match: self.words[match[0]], text) if self.pattern else text


def _name(author: str) -> str:
    """The name in `Jane Doe <jane@example.org>`, `jane@example.org (Jane Doe)` or `Doe, Jane`."""
    name = re.sub(r"<[^>]*>|[\w.+\-]+@[\w.\-]+|[\"'()]", " ", author)
    last, comma, first = name.partition(",")
    return " ".join((f"{first} {last}" if comma else name).split())
