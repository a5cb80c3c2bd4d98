"""Failed jobs of a task in groups that sum to their number: each job once, under its primary error."""

from dataclasses import dataclass, field
from typing import Any

from askpanda.catalogue import Catalogue
from askpanda.diagnosis import read_record
from askpanda.pipeline.wording.numbers import known
from askpanda.schema.answer import Block
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_identity


@dataclass
class Cluster:
    """Jobs with the same primary error. `text` is the record's own words of the first of them."""

    component: str
    code: int
    name: str = ""
    text: str = ""
    jobs: list[int] = field(default_factory=list)
    sites: dict[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.jobs)

    @property
    def label(self) -> str:
        code = f"{self.component} {self.code}" if self.code else "no error code"
        return f"{code}, {self.name}" if self.name else code


def clusters_of(rows: list[dict[str, Any]], catalogue: Catalogue) -> list[Cluster]:
    """The failed ones of the rows in groups, the largest first; a job that is listed twice counts once."""
    found: dict[tuple[str, int], Cluster] = {}
    seen: set[int] = set()
    for row in rows:
        pandaid = as_identity(row.get("pandaid"))
        if pandaid is None or pandaid in seen or known(row.get("jobstatus")) != "failed":
            continue
        seen.add(pandaid)
        record = read_record(JobEvidence(pandaid=pandaid, job=row), catalogue)
        key = (record.component, record.code) if record else ("", 0)
        cluster = found.get(key)
        if cluster is None:
            entry = catalogue.get(*key) if key[1] else None
            message = record.message if record else ""
            cluster = found[key] = Cluster(
                *key, name=entry.name if entry else "", text=message or (entry.message if entry else "")
            )
        cluster.jobs.append(pandaid)
        site = known(row.get("computingsite"))
        if site:
            cluster.sites[site] = cluster.sites.get(site, 0) + 1
    return sorted(found.values(), key=lambda cluster: (-cluster.count, cluster.component, cluster.code))


def cluster_block(clusters: list[Cluster], title: str) -> Block:
    """Bars with a job to look at in each."""
    groups = [
        {
            "label": cluster.label, "count": cluster.count, "detail": cluster.text, "examples": cluster.jobs[:3],
            "component": cluster.component, "code": cluster.code, "sites": cluster.sites,
        }
        for cluster in clusters
    ]  # fmt: skip
    return Block(
        kind="cluster",
        title=title,
        data={"clusters": groups, "count": sum(cluster.count for cluster in clusters), "unit": "jobs"},
    )
