"""The catalogue: look an error up by component and number, by number, by name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from askpanda.catalogue.entry import SCRIPTS, Entry
from askpanda.catalogue.names import COMPONENTS, resolve
from askpanda.catalogue.reading import read_entries
from askpanda.errors import ConfigurationError


class Catalogue:
    """Every error code of every component. Component names are taken as people and records write them (`exe`, `trans`,
    `task buffer`, `superrorcode`, `Harvester worker`, a worker-node script such as `runGen`)."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Raises ConfigurationError when a number is there twice for the same component and script."""
        self._entries = sorted(entries, key=_rank)
        self._by_code: dict[int, list[Entry]] = defaultdict(list)
        self._by_name: dict[str, list[Entry]] = defaultdict(list)
        self._by_component: dict[str, list[Entry]] = defaultdict(list)
        seen: set[tuple[str, str, int]] = set()
        for entry in self._entries:
            key = (entry.component, entry.group, entry.code)
            if key in seen:
                raise ConfigurationError(f"The error catalogue has {entry.key} twice.")
            seen.add(key)
            self._by_code[entry.code].append(entry)
            self._by_component[entry.component].append(entry)
            for name in dict.fromkeys(_fold(word) for word in (entry.name, *entry.aliases)):
                if name:
                    self._by_name[name].append(entry)
        for of_component in self._by_component.values():
            of_component.sort(key=lambda entry: (entry.code, *_rank(entry)))

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """All entries: today's codes, then those of old records, each component by component in the monitor's order."""
        return iter(self._entries)

    def get(self, component: str, code: int) -> Entry | None:
        """The entry of one code, None when it is not listed.

        `executor` 5100 to 5799 is the worker-node script's entry; a script's own name takes its short exit status too
        (`runGen` 18 is executor 5318). Where several scripts of old records share a number, the first of SCRIPTS is
        given and `find` has them all. A negative pilot code, by which the pilot says "recoverable", is its absolute
        value.
        """
        resolved = resolve(component)
        if resolved is None:
            return None
        name, script = resolved
        if name == "pilot":
            code = abs(code)
        if script and 0 < code < 100:
            full_code = 5100 + 100 * SCRIPTS.index(script) + code
            current = next((entry for entry in self._by_code.get(full_code, ()) if entry.component == name), None)
            if current is not None:
                return current
        candidates = (entry for entry in self._by_code.get(code, ()) if entry.component == name)
        return next((entry for entry in candidates if not script or entry.group == script), None)

    def find(self, code: int) -> list[Entry]:
        """Every entry with this number, the most telling component first, current ones before old ones."""
        return list(self._by_code.get(code, ()))

    def by_name(self, word: str) -> list[Entry]:
        """Entries whose name or alias is `word`; case, blanks, hyphens and underscores do not count."""
        return list(self._by_name.get(_fold(word), ()))

    def component(self, name: str) -> list[Entry]:
        """All entries of a component (or of one worker-node script), old ones too, ascending by code."""
        resolved = resolve(name)
        if resolved is None:
            return []
        return [entry for entry in self._by_component.get(resolved[0], ()) if not resolved[1] or entry.group == resolved[1]]

    def listing(self, component: str) -> list[Entry]:
        """The codes that today's software sets, ascending."""
        return [entry for entry in self.component(component) if not entry.legacy]

    def components(self) -> list[str]:
        """The components that have entries, in the monitor's order."""
        return [name for name in COMPONENTS if self._by_component.get(name)]

    def nearest(self, component: str, code: int, n: int = 3) -> list[Entry]:
        """Up to `n` entries that may have been meant: the closest numbers of the component, or, for a name that is no
        component, the same number elsewhere and then the closest numbers anywhere."""
        pool = self.component(component)
        same = [] if pool else self.find(code)
        rest = (entry for entry in pool or self._entries if entry not in same)
        return [*same, *sorted(rest, key=lambda entry: (abs(entry.code - code), *_rank(entry)))][: max(n, 0)]


def _rank(entry: Entry) -> tuple[bool, int, bool, int, int]:
    script = SCRIPTS.index(entry.group) if entry.group else -1
    return entry.legacy, COMPONENTS.index(entry.component), bool(entry.group), script, entry.code


def _fold(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())


def load(folder: Traversable | None = None) -> Catalogue:
    """The catalogue of the corpus, read once per process, or that of another `folder` of YAML files.

    Raises ConfigurationError, naming file and code, when the files break the rules.
    """
    return _of_the_corpus() if folder is None else Catalogue(read_entries(folder))


@cache
def _of_the_corpus() -> Catalogue:
    return Catalogue(read_entries(files("askpanda_corpus") / "errors"))
