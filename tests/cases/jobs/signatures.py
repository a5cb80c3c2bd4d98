"""Do the jobs of one cause have one signature, and those of two causes two? `make bench ONLY=signatures` prints it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from tests.cases.jobs.casebook import Case, Half, cases, causes
from tests.cases.jobs.score import Diagnose, ours


@dataclass(frozen=True, slots=True)
class Signed:
    """A case's signature; `form` is the wording that its cause has in it, `logs` whether there were any."""

    cause: str
    form: int
    logs: bool
    signature: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """Shares of pairs, 0 to 1.

    `same`: pairs of one cause and wording, both with logs, that agree. `without_log`: pairs of one cause, one of them
    without logs, that agree. `apart`: pairs of two causes that share no signature.
    """

    same: float
    without_log: float
    apart: float
    counts: tuple[int, int, int]


def signed(half: Half, diagnose: Diagnose | None = None) -> list[Signed]:
    """Every case of a half with its signature."""
    call = diagnose or ours()
    found = []
    for one in cases(half):
        verdict = call(one.evidence())
        found.append(Signed(one.cause, _form(one), any(one.logs.values()), verdict.signature if verdict else ""))
    return found


def _form(one: Case) -> int:
    return int(one.id.rpartition(".")[2]) % len(causes()[one.cause].get("forms", [None]))


def agreement(found: Iterable[Signed]) -> Agreement:
    """How far signatures agree within causes, and differ between them."""
    by_cause: dict[str, list[Signed]] = defaultdict(list)
    for one in found:
        by_cause[one.cause].append(one)
    pairs = [pair for jobs in by_cause.values() for pair in combinations(jobs, 2) if pair[0].form == pair[1].form]
    with_logs = [first.signature == second.signature for first, second in pairs if first.logs and second.logs]
    without = [first.signature == second.signature for first, second in pairs if first.logs != second.logs]
    signatures = [{one.signature for one in jobs} for jobs in by_cause.values()]
    apart = [first.isdisjoint(second) for first, second in combinations(signatures, 2)]
    return Agreement(_share(with_logs), _share(without), _share(apart), (len(with_logs), len(without), len(apart)))


def _share(right: list[bool]) -> float:
    return sum(right) / len(right) if right else 0.0
