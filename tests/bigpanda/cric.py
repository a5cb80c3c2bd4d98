"""Records of a deployment's queues, in the shape of CRIC's pandaqueue JSON: a dictionary by queue name.

Queues with jobs come from its sites; its queues say what their records hold beside that, and add queues that have no jobs,
so that conditions on queues have something to tell apart.
"""

from typing import Any

from tests.bigpanda.shape import Shape
from tests.bigpanda.shape import shape as shape_of

Data = dict[str, Any]

#: Fields that only ATLAS's CRIC has.
_OF_ATLAS = ("atlas_site", "hc_param", "tier_level")


def names(shape: Shape | None = None) -> list[str]:
    """Every queue, those with jobs first."""
    shape = shape or shape_of()
    return list(dict.fromkeys([*shape.sites, *shape.queues]))


def record(name: str, shape: Shape | None = None) -> Data:
    """One queue in CRIC's words. KeyError where there is none."""
    shape = shape or shape_of()
    given = dict(shape.queues.get(name, {}))
    site = shape.sites.get(name) or {key: given.pop(key, "") for key in ("gocname", "domain", "ce", "harvester")} | {
        key: given[key] for key in ("site", "cloud", "country", "tier")
    }
    tool = site.get("copytool", "rucio")
    made = {
        "name": name, "nickname": name, "siteid": name, "panda_resource": name, "site": site["site"],
        "panda_site": site["site"], "atlas_site": site["site"],
        "gocname": site["gocname"] or site["site"], "rc_site": site["gocname"] or site["site"],
        "status": site.get("status", "online"), "state": "ACTIVE", "state_comment": "", "state_update": "2026-09-21T07:40:03",
        "cloud": site["cloud"], "country": site["country"], "rc_country": site["country"], "region": site["cloud"],
        "tier": site["tier"], "tier_level": int(site["tier"][1]), "type": "unified", "resource_type": "GRID",
        "harvester": site["harvester"] or "CERN_central_A", "workflow": "pull_ups", "pilot_manager": "Harvester",
        "pilot_version": "3", "python_version": "3",
        "corecount": site.get("corecount", 8), "corepower": site.get("corepower", 10.0), "maxrss": site.get("maxrss", 16000),
        "meanrss": 2000, "minrss": 0, "maxtime": site.get("maxtime", 345600), "mintime": 0, "timefloor": 60,
        "maxwdir": 30000, "maxinputsize": 14336, "maxdiskio": None, "transferringlimit": 2000,
        "copytools": {tool: {"setup": ""}}, "acopytools": {"pr": [tool], "pw": [tool], "pl": [tool]},
        "astorages": {"pr": [site.get("storage", "")], "pw": [site.get("storage", "")]},
        "allow_lan": True, "allow_wan": False, "direct_access_lan": False, "direct_access_wan": False, "use_pcache": False,
        "container_type": "singularity:pilot", "container_options": "", "is_cvmfs": True, "vo_name": shape.vo.lower(),
        "params": {"pilot_rss_grace": 2.0, "allow_altstageout": True}, "hc_param": "AutoExclusion", "capability": "ucore",
        "queues": [{"ce_endpoint": site["ce"], "ce_flavour": "HTCONDOR-CE", "ce_jobmanager": "condor"}],
        "last_modified": "2026-10-02T08:11:52", "pilot_rss_grace": 2.0, "wnconnectivity": "full#IPv4+IPv6", "ce": site["ce"],
        "comment": "", "is_virtual": False,
    }  # fmt: skip
    if not shape.atlas:
        made = {key: value for key, value in made.items() if key not in _OF_ATLAS}
    return made | given


def records(shape: Shape | None = None) -> dict[str, Data]:
    """The whole dictionary."""
    return {name: record(name, shape) for name in names(shape)}
