"""Logs that the monitor only links to: those of a store that its file browser does not open.

The pilot gives the place of its log as the job's `pilotid`; where that is a `pilotlog.txt`, the payload's output lies beside
it, and the job's page links to all three (core/views.py jobInfo, `stdout`). Logs in S3 the file browser reads itself.
"""

from typing import Any

from askpanda.schema.values import as_text

_OF_THE_PILOT = "pilotlog.txt"
_BESIDE = ("payload.stdout", "payload.stderr", _OF_THE_PILOT)


def log_links(job: dict[str, Any]) -> dict[str, str]:
    """Name and address of each; empty where the file browser is the place to look.

    >>> log_links({"pilotid": "https://store.example.org/logs/Q/PandaJob_1/pilotlog.txt|K8S|PR|3.12"})["payload.stderr"]
    'https://store.example.org/logs/Q/PandaJob_1/payload.stderr'
    """
    place = as_text(job.get("pilotid")).split("|")[0]
    if not place.startswith(("https://", "http://")) or not place.endswith(f"/{_OF_THE_PILOT}"):
        return {}
    if "{" in place or "s3" in place or len(place) > 500:
        return {}
    folder = place.removesuffix(_OF_THE_PILOT)
    return {name: folder + name for name in _BESIDE}
