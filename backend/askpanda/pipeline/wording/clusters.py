"""Failed jobs of a task in groups that sum to their number, with what the jobs of each have in common."""

from askpanda.diagnosis import Cluster, shared
from askpanda.schema.answer import Block


def in_common(cluster: Cluster) -> str:
    """What only this group's jobs share (their site apart, which is said with its counts), and when they failed."""
    site = max(cluster.sites, key=lambda name: cluster.sites[name]) if cluster.sites else ""
    told = [common for common in cluster.common if (common.what, common.value) != ("site", site)]
    return " ".join([*shared(told), *cluster.when()])


def _ended(text: str) -> str:
    """The jobs' own text ends as it comes; what is said after it begins a sentence."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def cluster_block(clusters: list[Cluster], title: str) -> Block:
    """Bars with a job to look at in each."""
    groups = [
        {
            "label": cluster.label, "count": cluster.count, "share": round(cluster.share, 4),
            "detail": " ".join(_ended(part) for part in (cluster.text, *cluster.sentences()) if part),
            "examples": cluster.examples[:3],
            "component": cluster.component, "code": cluster.code, "sites": cluster.sites, "signature": cluster.signature,
            "common": [
                {"what": common.what, "value": common.value, "share": round(common.share, 4), "others": round(common.others, 4)}
                for common in cluster.common
            ],
        }
        for cluster in clusters
    ]  # fmt: skip
    return Block(
        kind="cluster",
        title=title,
        data={"clusters": groups, "count": sum(cluster.count for cluster in clusters), "unit": "jobs"},
    )
