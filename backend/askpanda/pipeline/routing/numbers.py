"""Job and task ids, and bare codes, out of any way of writing them.

At ATLAS PandaIDs have ten digits today (nine in older records), JEDI task ids eight (six and more in older ones): where no
word says what a number is, its size does. A young PanDA begins at 1: what is called a job or a task right before it is one,
however short. Digits inside file and dataset names are never ids.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

JOB_FLOOR = 1_000_000_000
JOB_CEILING = 100_000_000_000
#: A number that is called a job or task is taken for one up to this; beyond, nothing in PanDA counts so far.
ID_LIMIT = 10**15
TASK_FLOOR = 1_000_000

URL = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w.-])(?:[\w-]{1,40}\.){1,5}[a-z]{2,10}(?::\d{1,5})?/{1,2}(?:jobs?|tasks?|tasknew|filebrowser|errors)[/?]\S*"
    r"|(?<![\w.])/(?:jobs?|tasks?|filebrowser|jobstatuslog|taskstatuslog|errors|prmonplots)[/?]\S*",
    re.I,
)
_PATH_JOB = re.compile(r"/(?:job|jobstatuslog|jobrelationships|prmonplots|getprmonplotsdata)/+(\d{1,12})(?!\d)", re.I)
_PATH_TASK = re.compile(r"/(?:task|tasknew|taskstatuslog|tasklogs|taskprofile|getjobsummaryfortask)/+(\d{1,12})(?!\d)", re.I)
_PAIR = re.compile(
    r"\b(panda_?ids?|pids?|jobs?|tasks?|job_?ids?|jedi_?task_?ids?|task_?ids?|tids?)\s*[=:]\s*(\d{4,12}(?:\s*[,|]\s*\d{4,12})*)",
    re.I,
)
_GROUPED = re.compile(r"(?<![\w.,])(\d{1,3})([,.'’_\u00a0\u202f ])(\d{3})((?:\2\d{3})+)(?![\w]|[.,]\d)")
_PLAIN = re.compile(
    r"(?<![\w.%/=:_-])(?:#\s*)?(?:(?:job|task|id|pandaid|jobid|taskid|pid|tid)[#:-]?)?(\d{3,15})"
    r"(?![\w%]|[.:/]\d|\.[a-z]{1,5}\d|[-_]\w)",
    re.I,
)
#: `job 812`, `task #57`: short, and called what it is; what follows shows that it counts nothing (unlike `job 2 of 3`).
_CALLED = re.compile(
    r"\b(?:(?P<job>job|panda\s?-?id|trabajo|auftrag)|(?P<task>task|t[aâ]che|tarea|aufgabe))(?:\s+(?:id|number|nr|no)\b\.?)?"
    r"\s*#?\s*(?P<number>[1-9]\d{0,3})(?=['’]s\b|\s*(?:[?!,;:)\"”]|\.(?!\d)|$)|\s+(?:an?|are|ask|at|aus|crash\w*|did|die[ds]?|do|does|doing"
    r"|ended?|est|est[aá]|ein|fall\w*|fail\w*|fehl\w*|finish\w*|from|ha[tsd]?|in|ist|is|kill\w*|laufen|now|on|progress\w*|run\w*|so|status"
    r"|still|stop\w*|stuck|to|unsuccessful|wait\w*|was|went|y|and|et|und)\b)",
    re.I,
)
#: A number of bytes, seconds or events is no id, however long it is.
_UNIT = re.compile(r"\s?(?:bytes?|octets?|[kmgt]i?b|events?|evts?|seconds?|secs?|ms|minutes?|cores?|lines?)\b", re.I)
#: The folder that a job's logs are unpacked from: `tarball_PandaJob_6519134287_RO-16-UAIC`.
_TARBALL = re.compile(r"PandaJob_(\d{9,12})(?!\d)", re.I)
#: Numbers of something else: of a batch system, a port, a request, a run, a ticket.
_NO_ID = re.compile(
    r"\b(?:batch(?:\s?-?ids?)?|ports?|dsids?|runs? (?:number|no\.?)|run ?numbers?|ggus|tickets?|req(?:uest)?\s?-?ids?|requests?"
    r"|phone|tel\.?|seed|events?|bytes)\s*(?:is\s|[:=#]|n[or]\.?|of\s)?\s*#?\s*$",
    re.I,
)
#: `how many 1305s did we get?`
_CODES_COUNTED = re.compile(r"(?<=\bmany )(\d{3,5})s\b")
#: The time of a log's line, with its thousandths.
_CLOCK = re.compile(r"\b\d\d:\d\d:\d\d[.,]\d{1,6}\b")
_DATE = re.compile(r"20[0-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_TOKEN = re.compile(r"\S+")
#: `the failed jobs of 45724002`: what jobs belong to is a task.
_JOBS_OF = re.compile(
    r"\b(?:jobs\b(?:\s+\w+){0,2}|trabajos|travaux|auftr[aä]ge)\s+"
    r"(?:of|in|from|for|de|du|von|aus|der|della?|da|do)(?:\s+(?:the|la|der|el|il|a))?\s+#?\s*$",
    re.I,
)
_DIGITS_OF_A_FILE = re.compile(r"\.(?:_?\d{5}|[A-Za-z]\w{0,40}\d{5})")
_NOUN = re.compile(
    r"\b(?P<job>jobs?(?:\s*ids?)?|panda\s*-?ids?|pids?|trabajos?|travau?x?|auftr[aä]ge?|pandajobs?)\b"
    r"|\b(?P<task>(?:jedi\s*-?\s*)?tasks?(?:\s*ids?)?|tids?|t[aâ]ches?|tareas?|tarefas?|aufgaben?|jedi)\b"
    r"|\b(?P<other>job\s?-?sets?|requests?|reqid|workers?|attempts?|errors?|codes?|lines?|events?|files?|batch|pilots?|exit|signal"
    r"|ggus|tickets?|priority|cores?|transform\w*|executor|exe|trans|ddm|dataservice|task\s*-?buffer|dispatcher|jobdispatcher"
    r"|supervisor|brokerage|athena|pilotexit|wrapper|erreurs?|fehler\w*|errores?|c[oó]digos?)\b",
    re.I,
)


@dataclass
class Numbers:
    """Ids in the order of the question, without repeats; `codes` are smaller bare numbers that may be error codes."""

    job_ids: list[int] = field(default_factory=list)
    task_ids: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def add_job(self, number: int) -> None:
        if 0 < number < ID_LIMIT and number not in self.job_ids:
            self.job_ids.append(number)

    def add_task(self, number: int) -> None:
        if 0 < number < ID_LIMIT and number not in self.task_ids:
            self.task_ids.append(number)


def find_numbers(question: str) -> Numbers:
    """All ids and code-like numbers of a question."""
    found = Numbers()
    for match in _TARBALL.finditer(question):
        found.add_job(int(match.group(1)))
    rest = URL.sub(lambda match: _from_url(match.group(), found), _CLOCK.sub(" ", question))
    rest = _PAIR.sub(lambda match: _from_pair(match, found), rest)
    rest = _CODES_COUNTED.sub(r"\1", rest)
    rest = re.sub(r"task\s*-?\s*buffer", "taskbuffer", rest, flags=re.I)
    rest = _TOKEN.sub(_without_file, rest)
    rest = _GROUPED.sub(_join_groups, re.sub(r"(?<=\d{6})/(?=\d{6})", ", ", rest))
    rest = _CALLED.sub(lambda match: _from_call(match, found), rest)
    nouns = [(match.start(), match.end(), str(match.lastgroup)) for match in _NOUN.finditer(rest)]
    previous_end, previous_kind = -1, ""
    for match in _PLAIN.finditer(rest):
        digits = match.group(1)
        number = int(digits)
        before = rest[max(0, match.start() - 24) : match.start()]
        if digits.startswith("0") or _UNIT.match(rest, match.end()) or _NO_ID.search(before):
            continue
        glued = re.match(r"#?\s*(job|panda|task|pid|tid)", match.group(0), re.I)
        if glued:
            kind = "task" if glued.group(1).lower() in ("task", "tid") else "job"
        else:
            kind = _named(rest, nouns, match.start(), match.end(), _by_size(number))
            if not kind and _DATE.fullmatch(digits) and re.search(r"[A-Za-z]\s+$", before):
                continue
            if kind == "job" and _by_size(number) == "task" and _JOBS_OF.search(before):
                kind = "task"
            if not kind and previous_kind and _is_list_gap(rest[previous_end : match.start()]):
                kind = previous_kind if (number >= TASK_FLOOR or previous_kind == "other") else ""
        _file_number(found, number, kind)
        previous_end, previous_kind = match.end(), kind or _by_size(number)
    return found


def _file_number(found: Numbers, number: int, kind: str) -> None:
    size = _by_size(number)
    if kind == "job" and number >= 10_000:
        found.add_job(number)
    elif kind == "task" and number >= 1_000:
        found.add_task(number)
    elif kind == "other" and number < TASK_FLOOR:
        found.codes.append(number)
    elif size == "job":
        found.add_job(number)
    elif size == "task":
        found.add_task(number)
    elif number < 100_000:
        found.codes.append(number)


def _by_size(number: int) -> str:
    if JOB_FLOOR <= number < JOB_CEILING:
        return "job"
    return "task" if TASK_FLOOR <= number < JOB_FLOOR else ""


def _named(text: str, nouns: list[tuple[int, int, str]], start: int, end: int, size: str) -> str:
    """What the nearest noun before the number calls it; else one right behind it (`6519134287 is a job`).

    A small number two words after `jobs` counts something; one of an id's size is an id all the same.
    """
    before = [noun for noun in nouns if noun[1] <= start and start - noun[1] <= 24]
    if before:
        between = text[before[-1][1] : start]
        # a sentence's end, or another number, cuts the noun off from ours; a list goes on by the caller's rule
        said = re.sub(r"\b(?:ids?|number|nr|no|is|the|with|panda)\b\.?|[#:=°]", " ", between, flags=re.I).split()
        near = bool(size) or len(said) <= 1
        if not re.search(r"[.!?;]\s|\d", between) and len(between.split()) <= 3 and near:
            return before[-1][2]
    after = [noun for noun in nouns if noun[0] >= end and noun[0] - end <= 3]
    if after and after[0][2] in ("job", "task") and re.fullmatch(r"[\s'-]{0,2}", text[end : after[0][0]]):
        return after[0][2]
    return ""


def _is_list_gap(gap: str) -> bool:
    return re.fullmatch(r"\s*(?:[,;/&+|]|and|or|et|ou|und|oder|y|o|e|vs\.?|versus|with|#|\s)*\s*", gap, re.I) is not None


def _join_groups(match: re.Match[str]) -> str:
    joined = match.group(1) + match.group(3) + re.sub(r"\D", "", match.group(4))
    number = int(joined)
    if match.group(2) == " " and number < JOB_FLOOR:
        return match.group(0)  # three small numbers side by side, rather than one
    return joined if TASK_FLOOR <= number < JOB_CEILING else match.group(0)


def _without_file(match: re.Match[str]) -> str:
    """A file or dataset name vanishes with its digits; `job6519134287.` at a sentence's end is no file name."""
    token = match.group()
    return " " if _DIGITS_OF_A_FILE.search(token) and re.search(r"[A-Za-z_]", token) else token


def _from_url(url: str, found: Numbers) -> str:
    for match in _PATH_JOB.finditer(url):
        found.add_job(int(match.group(1)))
    for match in _PATH_TASK.finditer(url):
        found.add_task(int(match.group(1)))
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return " "
    for key, values in query.items():
        for digits in re.findall(r"(?<!\d)\d{1,12}(?!\d)", " ".join(values)):
            if key.lower() == "pandaid":
                found.add_job(int(digits))
            elif key.lower() in ("jeditaskid", "taskid"):
                found.add_task(int(digits))
    return " "


def _from_call(match: re.Match[str], found: Numbers) -> str:
    if match["job"]:
        found.add_job(int(match["number"]))
    else:
        found.add_task(int(match["number"]))
    return f"{match['job'] or match['task']} "


def _from_pair(match: re.Match[str], found: Numbers) -> str:
    for digits in re.findall(r"\d+", match.group(2)):
        if match.group(1).lower().startswith(("task", "jedi", "tid")):
            found.add_task(int(digits))
        else:
            found.add_job(int(digits))
    return " "
