"""The rules: what a line of a log means. They are data (`rules/*.yaml`); a new failure is a new entry, not new code.

A rule has
    id        stable word, part of signatures
    role      cause | consequence | harmless | context | stage | recovery | identity
    find      regular expression (or a list) that is searched for, on one line, in bytes
    read      optional regular expression with named groups, run on the found line; its values fill `says`
    above     optional regular expression that the line above must match
    must      optional regular expression that the found line must match as well: for what is slow to search for everywhere
    files     kinds of files it counts in (`files.yaml`); all where absent
    weight    0 to 100, how well the line explains a failure by itself
    codes     component:code (or component:*) that the line is at home with; raises its rank, decides nothing alone.
              Of a harmless rule: errors with which the line is not harmless
    carrier   true: the line carries somebody else's words; a rule that knows these words explains it instead
    generic   true: what any program writes when it fails; never a cause by itself
    soft      true: programs often go on after such a line (by default a matter of its kind)
    only      true: the rule counts only beside one of its `codes`
    follows   kinds (or "any"): with a cause of one of these kinds shortly before, or in the record, the line follows from it
    lacks     group of `read` that names what is not there: a line before that could not get it, and names it too, is the cause
    brings    what the failed step would have brought (a group that others lack): missing such a thing later follows from it
    pick      first | last | burst: which of several occurrences is the telling one (a kill: the first; a crash: the last;
              messages that a program hands up from part to part: the first of those that stand together last)
    stage     stage that begins here (role stage), or in which the line counts (others)
    party, transient, retry, kind      what the cause means for the verdict; absent: the catalogue decides
    says      sentence with {names} from `read` and from the record
    user, expert                       recommendations and checks that this cause adds
    example, not                       a line that must match, a line that must not
    source    where the line is written: repository path, or the program it belongs to

Newlines never match: `\\s` and negated classes are narrowed to one line when a rule is loaded.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast, get_args

import re2
import yaml

from askpanda.schema.answer import Advice as RetryAdvice
from askpanda.schema.answer import Party

Role = Literal["cause", "consequence", "harmless", "context", "stage", "recovery", "identity"]
Stage = Literal["start", "stagein", "setup", "payload", "stageout", "log", "end"]
FIELDS = {
    "id", "role", "find", "must", "above", "read", "files", "weight", "codes", "only", "pick", "stage", "party", "transient",
    "retry", "kind", "says", "user", "expert", "example", "not", "source", "generic", "carrier", "soft", "follows", "lacks",
    "brings",
}  # fmt: skip
#: Kinds of trouble that programs often survive: such a line counts less the longer the program went on behind it.
SOFT_KINDS = {
    "", "arguments", "athena", "authorisation", "central", "checksum", "configuration", "database", "input", "input-content",
    "merge", "network", "proxy", "quota", "remoteio", "replica", "root", "software", "transfer", "user-code",
}  # fmt: skip
_NEGATED = re.compile(r"(?<!\\)\[\^(?!\\n)")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, ready to use; `number` is its place in the list and its id in the scanning database."""

    number: int
    id: str
    role: Role
    find: tuple[str, ...]
    must: Any
    above: Any
    read: Any
    files: frozenset[str]
    weight: int
    codes: frozenset[str]
    only: bool
    pick: Literal["first", "last", "burst"]
    stage: Stage | None
    party: Party | None
    transient: bool | None
    retry: RetryAdvice | None
    kind: str
    says: tuple[str, ...]
    user: tuple[str, ...]
    expert: tuple[str, ...]
    example: tuple[str, ...]
    counter: tuple[str, ...]
    source: str
    generic: bool
    carrier: bool
    soft: bool
    follows: frozenset[str]
    lacks: str
    brings: frozenset[str]
    group: str

    def fits(self, component: str, code: int) -> bool:
        """Is the rule at home with this error?"""
        return f"{component}:{code}" in self.codes or f"{component}:*" in self.codes


class RuleError(ValueError):
    """A rule file says something that cannot be used; the message names file and rule."""


def one_line(pattern: str) -> str:
    """The pattern, unable to run over the end of a line."""
    return _NEGATED.sub(r"[^\\n", pattern).replace(r"\s", "[ \\t]")


def _words(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(word) for word in value)


def _rule(number: int, group: str, raw: dict[str, Any]) -> Rule:
    name = f"{group}: {raw.get('id', raw)}"
    strange = set(raw) - FIELDS
    if strange:
        raise RuleError(f"{name}: unknown fields {sorted(strange)}")
    role = raw.get("role", "cause")
    if role not in get_args(Role) or not raw.get("id") or not raw.get("find"):
        raise RuleError(f"{name}: needs id, find and a known role")
    finds = tuple(one_line(pattern) for pattern in _words(raw["find"]))
    try:
        must = re2.compile(one_line(raw["must"])) if raw.get("must") else None
        above = re2.compile(one_line(raw["above"])) if raw.get("above") else None
        read = re2.compile(one_line(raw["read"])) if raw.get("read") else None
    except re2.error as error:
        raise RuleError(f"{name}: {error}") from error
    if raw.get("lacks") and (read is None or raw["lacks"] not in read.groupindex):
        raise RuleError(f"{name}: lacks names a group that its read does not have")
    return Rule(
        number=number,
        id=raw["id"],
        role=cast("Role", role),
        find=finds,
        must=must,
        above=above,
        read=read,
        files=frozenset(_words(raw.get("files"))),
        weight=int(raw.get("weight", {"cause": 70, "consequence": 20}.get(role, 0))),
        codes=frozenset(_words(raw.get("codes"))),
        only=bool(raw.get("only", False)),
        pick=raw.get("pick", "first"),
        stage=raw.get("stage"),
        party=raw.get("party"),
        transient=raw.get("transient"),
        retry=raw.get("retry"),
        kind=raw.get("kind", ""),
        says=_words(raw.get("says")),
        user=_words(raw.get("user")),
        expert=_words(raw.get("expert")),
        example=_words(raw.get("example")),
        counter=_words(raw.get("not")),
        source=raw.get("source", ""),
        generic=bool(raw.get("generic", False)),
        carrier=bool(raw.get("carrier", False)),
        soft=bool(raw.get("soft", raw.get("generic", False) or raw.get("kind", "") in SOFT_KINDS)),
        follows=frozenset(_words(raw.get("follows"))),
        lacks=raw.get("lacks", ""),
        brings=frozenset(_words(raw.get("brings"))),
        group=group,
    )


@cache
def load() -> tuple[Rule, ...]:
    """All rules, in the order of file names and of their place in the file. Raises RuleError for a broken file."""
    rules: list[Rule] = []
    folder = files("askpanda.diagnosis").joinpath("rules")
    for path in sorted(folder.iterdir(), key=lambda item: item.name):
        if not path.name.endswith(".yaml"):
            continue
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where libyaml is there
        for raw in yaml.load(path.read_bytes(), Loader=loader) or []:  # noqa: S506 (a safe loader either way)
            rules.append(_rule(len(rules), path.name.removesuffix(".yaml"), raw))
    names = [rule.id for rule in rules]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise RuleError(f"rules with the same id: {sorted(twice)}")
    return tuple(rules)


@cache
def by_id() -> dict[str, Rule]:
    """The rules by their id."""
    return {rule.id: rule for rule in load()}
