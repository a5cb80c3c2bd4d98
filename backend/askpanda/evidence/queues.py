"""PanDA queues and their settings: records by name, which queues a site has, what a field of a record holds.

A record is CRIC's (facts: CRIC pandaqueue JSON): scalars, lists, dictionaries (`copytools` {tool: {…}}, `acopytools`
{activity: [tool]}). The monitor's `/sites/?json` sends the same records as a list.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Any

Record = dict[str, Any]

#: Fields that group queues into sites, the most telling first.
SITE_FIELDS = ("site", "panda_site", "atlas_site", "rc_site", "rc", "gocname")
_NAME_FIELDS = ("name", "nickname", "siteid", "panda_resource")
#: A name goes on after one of these: BNL-ATLAS and BNL_OSG belong to BNL, BNLX does not.
_JOINTS = "-_./ "
#: A field with more different words than these holds free text, names or numbers.
FEW = 80


@dataclass(frozen=True)
class Queues:
    """All queues of a source. `as_of` is when they were read (UTC, ISO), `warning` a sentence where they are old."""

    records: dict[str, Record] = field(default_factory=dict)
    source: str = ""
    as_of: str = ""
    path: str = ""  # the citation's path: `cric`, or the monitor's list
    warning: str = ""

    def __deepcopy__(self, memo: object) -> "Queues":
        """Never changed once made, and some megabytes."""
        return self

    @cached_property
    def fields(self) -> dict[str, int]:
        """Field → how many queues have it filled."""
        counts: dict[str, int] = {}
        for record in self.records.values():
            for name, value in record.items():
                counts[name] = counts.get(name, 0) + filled(value)
        return counts

    def named(self, name: str) -> str | None:
        """A queue by its name, whatever its case."""
        wanted = name.casefold()
        return next((queue for queue in self.records if queue.casefold() == wanted), None)

    def of_place(self, place: str, *, as_queue: bool = False) -> list[str]:
        """The queues that a name stands for, in alphabetical order; a site's name stands for all of its queues.

        A queue's name stands for its whole site too (BNL is one of the queues of BNL-ATLAS), unless it was called a queue.

            >>> queues.of_place("BNL")
            ['BNL', 'BNL_OSG_SPOT']
            >>> queues.of_place("BNL", as_queue=True)
            ['BNL']
        """
        wanted = place.strip().casefold()
        own = self.named(place)
        if not wanted or (as_queue and own):
            return [own] if own else []
        of_site = {queue for queue, record in self.records.items() if wanted in self._sites(record)}
        if own:
            site = site_of(self.records[own]).casefold()
            of_site |= {queue for queue, record in self.records.items() if site and site_of(record).casefold() == site} | {own}
        if not of_site:
            of_site = {
                queue for queue, record in self.records.items() if any(_begins(name, wanted) for name in self._sites(record))
            }
        of_site = of_site or {queue for queue in self.records if _begins(queue.casefold(), wanted)}
        return sorted(of_site, key=str.casefold)

    def is_site(self, name: str) -> bool:
        """Whether a record names its site so, whatever its case."""
        return name.casefold() in self._all_sites

    @cached_property
    def _all_sites(self) -> frozenset[str]:
        return frozenset(site for record in self.records.values() for site in self._sites(record))

    def nearest(self, name: str) -> list[str]:
        """Three names of queues or sites that are most like this one, if any are."""
        known = {one.casefold(): one for one in [*self.records, *map(site_of, self.records.values())] if one}
        return [known[near] for near in get_close_matches(name.casefold(), known, 3, 0.5)]

    def of_cloud(self, cloud: str) -> list[str]:
        """The queues of a cloud, in alphabetical order."""
        found = (name for name, record in self.records.items() if str(record.get("cloud")).casefold() == cloud.casefold())
        return sorted(found, key=str.casefold)

    @staticmethod
    def _sites(record: Record) -> list[str]:
        return [str(record[name]).casefold() for name in SITE_FIELDS if isinstance(record.get(name), str) and record[name]]

    def vocabulary(self, name: str) -> dict[str, str]:
        """Words that stand in a field, folded → as written; numbers are left out. Of copy tools, their names."""
        words = self._vocabularies.get(name)
        if words is None:
            words = {}
            for record in self.records.values():
                for value in tools_of(record) if name == "copytools" else atoms(record.get(name)):
                    if isinstance(value, str):
                        for word in (value, *re.split(r"[:;,#|+\s]+", value)):
                            if len(word) > 1 and not word.replace(".", "").isdigit():
                                words.setdefault(word.casefold(), word)
            self._vocabularies[name] = words
        return words

    @cached_property
    def _vocabularies(self) -> dict[str, dict[str, str]]:
        return {}

    def values(self, name: str) -> dict[str, int]:
        """The different values of a field, as written, and how many queues have each; the most frequent first."""
        counts: dict[str, int] = {}
        for record in self.records.values():
            given = tools_of(record) if name == "copytools" else atoms(record.get(name))
            for value in {str(shown(one)) for one in given}:
                counts[value] = counts.get(value, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].casefold())))

    @cached_property
    def switches(self) -> frozenset[str]:
        """Fields that are true or false."""
        return frozenset(name for record in self.records.values() for name, value in record.items() if isinstance(value, bool))


def _begins(name: str, wanted: str) -> bool:
    return name.startswith(wanted) and name[len(wanted) : len(wanted) + 1] in (*_JOINTS, "")


def site_of(record: Mapping[str, Any]) -> str:
    """The site that a queue belongs to, as its record says; "" where it does not."""
    return next((str(record[name]) for name in SITE_FIELDS if isinstance(record.get(name), str) and record[name]), "")


def from_mapping(value: Any) -> dict[str, Record]:
    """Records of CRIC's dictionary; empty for anything else."""
    if not isinstance(value, dict):
        return {}
    return {str(name): record for name, record in value.items() if isinstance(record, dict)}


def from_list(rows: Iterable[Any]) -> dict[str, Record]:
    """Records of the monitor's list, by whatever field names the queue; rows without a name are left out."""
    records: dict[str, Record] = {}
    for row in rows:
        if isinstance(row, dict):
            name = next((row[key] for key in _NAME_FIELDS if isinstance(row.get(key), str) and row[key]), None)
            if name:
                records.setdefault(name, row)
    return records


def filled(value: Any) -> bool:
    """Whether a field says anything; 0 and False do."""
    return value is not None and value != "" and value != [] and value != {}


def atoms(value: Any, depth: int = 4) -> Iterator[Any]:
    """The single values of a field: a dictionary of dictionaries counts by its keys (copytools), another by its values."""
    if isinstance(value, dict):
        if value and all(isinstance(inner, dict) for inner in value.values()):
            yield from value
        elif depth:
            for inner in value.values():
                yield from atoms(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value if depth else ():
            yield from atoms(inner, depth - 1)
    elif filled(value):
        yield value


def tools_of(record: Mapping[str, Any]) -> list[str]:
    """Copy tools of a queue: `copytools`, else those that its activities name; the old single `copytool` last."""
    tools = [str(tool) for tool in atoms(record.get("copytools"))] or [str(tool) for tool in atoms(record.get("acopytools"))]
    tools = tools or [str(tool) for tool in atoms(record.get("copytool"))]
    return list(dict.fromkeys(tools))


def shown(value: Any) -> str | int | float:
    """A field for a table's cell: numbers stay numbers, dictionaries and lists become one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    if isinstance(value, dict):
        if value and all(isinstance(inner, dict) for inner in value.values()):
            return ", ".join(map(str, value))
        return "; ".join(f"{name}: {shown(inner)}" for name, inner in value.items() if filled(inner))
    if isinstance(value, list):
        return ", ".join(str(shown(inner)) for inner in value if filled(inner))
    return " ".join(str(value).split()) if filled(value) else ""
