"""CRIC's records of the local queues, in the shape of its pandaqueue JSON: a dictionary by queue name.

Queues with jobs come from data/sites.yaml; data/cric.yaml says what their records hold beside that, and adds queues that
have no jobs, so that conditions on queues have something to tell apart.
"""

from functools import cache
from typing import Any

import yaml

from tests.bigpanda import casebook

Data = dict[str, Any]


@cache
def _given() -> dict[str, Data]:
    loaded: dict[str, Data] = yaml.safe_load((casebook.HERE / "data" / "cric.yaml").read_text(encoding="utf-8"))
    return loaded


def names() -> list[str]:
    """Every queue, those with jobs first."""
    return list(dict.fromkeys([*casebook.sites(), *_given()]))


def record(name: str) -> Data:
    """One queue in CRIC's words. KeyError where there is none."""
    given = dict(_given().get(name, {}))
    site = casebook.sites().get(name) or {key: given.pop(key, "") for key in ("gocname", "domain", "ce", "harvester")} | {
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
        "container_type": "singularity:pilot", "container_options": "", "is_cvmfs": True, "vo_name": "atlas",
        "params": {"pilot_rss_grace": 2.0, "allow_altstageout": True}, "hc_param": "AutoExclusion", "capability": "ucore",
        "queues": [{"ce_endpoint": site["ce"], "ce_flavour": "HTCONDOR-CE", "ce_jobmanager": "condor"}],
        "last_modified": "2026-10-02T08:11:52", "pilot_rss_grace": 2.0, "wnconnectivity": "full#IPv4+IPv6", "ce": site["ce"],
        "comment": "", "is_virtual": False,
    }  # fmt: skip
    return made | given


def records() -> dict[str, Data]:
    """The whole dictionary."""
    return {name: record(name) for name in names()}
