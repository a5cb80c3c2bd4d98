"""Whether the signature is the same for the jobs of one cause and another one for another cause, on our own failed jobs."""

from benchmarks.figure import Figure
from tests.cases.jobs.signatures import agreement, signed


def figures() -> list[Figure]:
    """Shares of pairs of jobs, per half."""
    found: list[Figure] = []
    for half in ("held", "tune"):
        got = agreement(signed(half))
        same, without, apart = got.counts
        found += [
            Figure(f"signature {half}: same for one cause", "", [got.same], note=f"{same} pairs of jobs"),
            Figure(f"signature {half}: same with and without logs", "", [got.without_log], note=f"{without} pairs of jobs"),
            Figure(f"signature {half}: different for two causes", "", [got.apart], note=f"{apart} pairs of causes"),
        ]
    return found
