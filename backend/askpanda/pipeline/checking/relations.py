"""What a sentence says of names to each other, held against what the evidence says of them.

Which job was where and failed of what, which code has which name, from where to where a file went, what the record has as
worker node or cloud, in which state something is, and which of two ways it was (stage-in or stage-out, over a limit or under).
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from askpanda.pipeline.checking.names import Found, Names
from askpanda.pipeline.routing.rules import load

#: Pairs of classes of which the first has only some of the second.
_PAIRS = (("job", "place"), ("job", "code"), ("job", "attempt"), ("attempt", "place"), ("attempt", "code"), ("code", "place"))
_RAN, _TO = ("computingsite",), ("destinationse", "destinationsite")
_CALLED = re.compile(r"\b(\d{3,6}) (?:is|means|is called|heißt|est|se llama|ist) [`*]*([A-Z][A-Z0-9_]{4,})\b")
_TYPED = re.compile(r"\b(input|output|log)(?: dataset| data set| container)? +[`*]*([\w.:-]{15,})", re.I)
_YES_NO = re.compile(r"\b([a-z]+(?:_[a-z]+)+)`?[ :=]*(?:is |set to )?`?(yes|no|true|false)\b", re.I)
#: The job, or its payload, ended with a code.
_ENDED_WITH = re.compile(
    r"\b(?:killed|failed|ended|stopped|died)\b[^.;]{0,40}\bwith\b(?![^.;\d]*\b(?:exit|signal|status|memory)\b)"
    r"[^.;\d]{0,30}(\d{2,5})\b(?! ?(?:s|MB|GB|kB|%)\b)",
    re.I,
)
_KEYED = re.compile(r"\((\w{4,})\)=(\w{6,})\b")
_LONG_WORD = re.compile(r"\b[^\W\d_]{7,}\b")
#: A job's site, in the plainest words.
_RAN_AT = re.compile(
    r"\b(?:ran|runs|running|failed|executed|exécuté|échoué|tourné|lief|läuft|ejecutó|falló)"
    r" (?:at|on|in|sur|à|auf|en) (?:the site )?([A-Z][A-Z0-9]+(?:[-_]\w+)*)(?![\w-])"
)
_STATE = re.compile(r"\b(?:Job|Task) \d+ is \*\*(\w+)\*\*|\b[Tt]he task is \*\*(\w+)\*\*")


@cache
def _compiled() -> dict[str, Any]:
    rules = load("labels")
    name_there = r"([A-Z][\w.:-]*\w|[a-z][\w-]*[.\d][\w.:-]*\w)(?!\w)"
    place_of = r"(?:the |le |la |den |der |dem |el )?(?:site |storage |queue |stockage |endpoint |standort |sitio )?[`*]*$"
    named = {
        name: (
            re.compile(rf"(?<!\w)(?:{'|'.join(rule['lead'])})(?: is| was| name)?[ :=`*]+{name_there}"),
            re.compile(rf"\b([A-Z][A-Z0-9]+) (?:{'|'.join(rule['behind'])})\b") if rule.get("behind") else None,
            frozenset(rule.get("fields", ())),
            frozenset(rule.get("never", ())),
        )
        for name, rule in rules["named"].items()
    }
    parts = {
        part: (re.compile(rf"(?<!\w)(?:{'|'.join(rule['lead'])}) {place_of}", re.I),
               re.compile(rule["words"], re.I), re.compile(rule["unless"], re.I) if rule.get("unless") else None)
        for part, rule in rules["parts"].items()
    }  # fmt: skip
    opposites = [(re.compile(rule["a"], re.I), re.compile(rule["b"], re.I)) for rule in rules["opposites"].values()]
    states = {
        state: re.compile(rf"{rules['subject']}(?:{'|'.join(words)})", re.I) for state, words in rules["states_of"].items()
    }
    return {
        "named": named, "parts": parts, "opposites": opposites, "states": states,
        "conditional": re.compile(rules["conditional"], re.I), "every": re.compile(rules["every"], re.I),
        "neither": re.compile(rules["neither"], re.I),
        "other": re.compile(rules["the_other"], re.I),
        "closed": re.compile(rf"(?<![\w-])(?:{'|'.join(rules['only_if_there'])})(?![\w-])", re.I),
    }  # fmt: skip


class Relations:
    """`told`: the found names of each item and row of a table that tells of one thing."""

    def __init__(
        self,
        names: Names,
        own: str,
        focus: str,
        record: dict[str, str],
        settings: dict[str, str],
        told: Iterable[dict[str, set[str]]],
        codes: frozenset[str],
    ) -> None:
        self._names = names
        self._of: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._alone: set[str] = set()
        self._items: list[dict[str, set[str]]] = []
        self._types = {name: type_.lower() for type_, name in _TYPED.findall(own)}
        self._codes = codes
        for item in told:
            if len(item.get("alone", ())) == 1 and "text" in item:
                self._items.append(item)
            self._alone |= item.get("alone", set())
            for first, second in _PAIRS:
                for one in item.get(first, ()):
                    self._of[first, second][one] |= item.get(second, set())
                for other in item.get(second, ()):
                    self._of[second, first][other] |= item.get(first, set())
        self._values = {**settings, **record}
        self._own = own
        self._keyed = {(key.casefold(), value.casefold()) for key, value in _KEYED.findall(own)}
        self._parts = self._parts_of(own, record)
        ways = [way for one, other in _compiled()["opposites"] for way in ((one, other), (other, one))]
        self._ways = [(one, other) for one, other in ways if one.search(focus) and not other.search(focus)]
        match = _STATE.search(own)
        self._state = (next((group for group in match.groups() if group), "") if match else "") or record.get("jobstatus", "")
        if self._state not in load("labels")["agreeing"]:
            self._state = ""

    def _parts_of(self, own: str, record: dict[str, str]) -> dict[str, set[str]]:
        parts: dict[str, set[str]] = defaultdict(set)
        for place, part in self._led(own):
            parts[place].add(part)
        for fields, part in ((_RAN, "ran"), (_TO, "destination")):
            for field in fields:
                if record.get(field):
                    parts[record[field].rpartition(":")[2]].add(part)
        return parts

    def _led(self, text: str) -> list[tuple[str, str]]:
        """(place, part) by the word right before it."""
        out = []
        for match in self._names.places.finditer(text) if self._names.places else ():
            start, place = match.start(), match[0]
            for part, (lead, _, _) in _compiled()["parts"].items():
                if lead.search(text[max(0, start - 30) : start]):
                    out.append((place, part))
        return out

    def wrong(self, sentence: str, found: Found, has_word: Any) -> list[str]:
        """What the sentence says of names that they are not."""
        rules = _compiled()
        wrong = self._other_names(sentence, found) + self._other_owners(sentence, found)
        wrong += self._of_another_key(sentence)
        wrong += [word for word in rules["closed"].findall(sentence) if not has_word(word)]
        for lead, behind, fields, never in rules["named"].values():
            of_others = " ".join(self._values[field] for field in never if field in self._values).casefold()
            wrong += [
                name
                for name in lead.findall(sentence)
                if never and re.search(rf"(?<![\w.]){re.escape(name.casefold())}(?!\w)", of_others)
            ]
            values = " ".join(self._values[field] for field in fields if field in self._values).casefold()
            if values:
                said = lead.findall(sentence) + (behind.findall(sentence) if behind else [])
                wrong += [name for name in said if not re.search(rf"(?<![\w]){re.escape(name.casefold())}(?!\w)", values)]
        wrong += [
            f"{type_} {name}"
            for type_, name in _TYPED.findall(sentence)
            if self._types.get(name, type_.lower()) != type_.lower()
        ]
        wrong += [
            f"{name} {value}"
            for name, value in _YES_NO.findall(sentence)
            if self._values.get(name, value).lower() != value.lower()
        ]
        if self._codes:
            wrong += [
                code
                for code in _ENDED_WITH.findall(sentence)
                if code not in self._codes and (code in self._names.codes or len(code) == 4)
            ]
        site = self._values.get("computingsite", "")
        ran = {site, *(place for place, parts in self._parts.items() if "ran" in parts)}
        wrong += [name for name in _RAN_AT.findall(sentence) if site and name not in ran]
        for place, part in self._led(sentence):
            _, words, unless = rules["parts"][part]
            known = self._parts.get(place, set())
            if known and part not in known and words.search(sentence) and not (unless and unless.search(sentence)):
                wrong.append(f"{part} {place}")
        said = " ".join(sentence.casefold().split())
        wrong += self._of_another_job(said, found)
        for one, other in self._ways:
            match = other.search(said)
            if match and not one.search(said[: match.start()] + said[match.end() :]):
                wrong.append(f"not {match[0]}")
        if self._state and not rules["conditional"].search(said):
            agreeing = load("labels")["agreeing"].get(self._state, [self._state])
            wrong += [
                f"is {state}"
                for state, pattern in rules["states"].items()
                if pattern.search(sentence) and state not in agreeing and self._state != state
            ]
        return wrong

    def _of_another_key(self, sentence: str) -> list[str]:
        """A value of `checksum (catalog)=3f0d91aa` that is given as the one of another key."""
        said = sentence.casefold()
        keys = {key for key, _ in self._keyed if key in said}
        return [
            value
            for key, value in self._keyed
            if len(keys) == 1
            and value in said
            and key not in keys
            and not any(other in keys and same == value for other, same in self._keyed)
            and not any(other in keys and same in said for other, same in self._keyed)
        ]

    def _of_another_job(self, said: str, found: Found) -> list[str]:
        """What happened to another one of several jobs, or goes against what is said of this one."""
        names = {name for kind in ("job", "place") for _, _, name in found.get(kind, [])}
        if not names and len(self._items) > 1:
            return self._not_of_each(said)
        of = [item for item in self._items if names & (item["job"] | item.get("place", set()))]
        if len(of) != 1 or len(self._items) < 2:
            return []
        its = " ".join(of[0]["text"])
        others = " ".join(text for item in self._items if item is not of[0] for text in item["text"])
        wrong: list[str] = []
        own, foreign = (set(_LONG_WORD.findall(text)) for text in (its, others))
        spoken = set(_LONG_WORD.findall(said))
        if len(spoken & (foreign - own)) > 1 and not spoken & (own - foreign):
            wrong.append(f"what happened to another job than {sorted(of[0]['job'])[0]}")
        for one, other in _compiled()["opposites"]:
            for this, opposite in ((one, other), (other, one)):
                if opposite.search(said) and not this.search(said) and this.search(its) and not opposite.search(its):
                    wrong.append(f"not as of {sorted(of[0]['job'])[0]}")
                elif this is one and this.search(said) and not this.search(its) and this.search(others):
                    wrong.append(f"of another job than {sorted(of[0]['job'])[0]}")
        return wrong

    def _not_of_each(self, said: str) -> list[str]:
        """What is said of both or of neither, and of one of them goes the other way."""
        every, neither = _compiled()["every"].search(said), _compiled()["neither"].search(said)
        wrong: list[str] = []
        for one, other in _compiled()["opposites"] if every or neither else ():
            for this, opposite in ((one, other), (other, one)):
                if this.search(said) and not opposite.search(said):
                    against = this if neither else opposite
                    with_ = opposite if neither else this
                    texts = [" ".join(item["text"]) for item in self._items]
                    wrong += ["not of each"] if any(against.search(text) and not with_.search(text) for text in texts) else []
        return wrong

    def _other_names(self, sentence: str, found: Found) -> list[str]:
        """The name of one error with the code of another."""
        known_codes = {code for of in self._names.names.values() for code in of}
        called = [
            (match[1], match[2])
            for match in _CALLED.finditer(sentence)
            if match[1] in known_codes and match[2] not in self._names.names and not match[2].isdigit()
        ]
        if called:
            return [f"{code} {name}" for code, name in called]
        named = [
            (match.start(), match[0])
            for match in re.finditer(r"\b[A-Za-z][A-Za-z0-9_]{4,}\b", sentence)
            if match[0] in self._names.names
        ]
        if not named:
            return []
        codes = [(start, code) for start, _, code in found.get("code", [])]
        beside = [
            (match.start(1), match[1]) for at, _ in named for match in re.finditer(r"(\d{2,6})[^\w\n.]{1,3}$", sentence[:at])
        ]
        codes = sorted({*codes, *beside})
        if len(codes) == len(named):
            pairs: Sequence[tuple[str, str]] = [(code, name) for (_, code), (_, name) in zip(codes, named, strict=True)]
            return [f"{code} {name}" for code, name in pairs if code not in self._names.names[name]]
        said = {code for _, code in codes}
        return [name for _, name in named if said and not said & self._names.names[name]]

    def _other_owners(self, sentence: str, found: Found) -> list[str]:
        wrong: list[str] = []
        for first, second in _PAIRS:
            ones, others = _distinct(found.get(first, [])), _distinct(found.get(second, []))
            known = self._of[first, second]
            if not others or len(known) < 2:
                continue
            if not ones and first == "job" and len(self._alone) > 1 and _compiled()["every"].search(sentence):
                of_each = [known[job] for job in self._alone if known.get(job)]
                wrong += [f"all {other}" for other in others if len(others) == 1 and any(other not in of for of in of_each)]
            elif len(ones) == len(others):
                wrong += [
                    f"{one} {other}" for one, other in zip(ones, others, strict=True) if self._of_another(known, one, other)
                ]
            elif len(ones) == 1 and not _compiled()["other"].search(sentence):
                wrong += [f"{ones[0]} {other}" for other in others if self._of_another(known, ones[0], other)]
            elif ones and len(others) == 1 and all(self._of_another(known, one, others[0]) for one in ones):
                wrong.append(f"{others[0]} of {ones[0]}")
        return wrong

    def is_of_others(self, first: str, ones: set[str], second: str, other: str) -> bool:
        """Whether none of `ones` has `other`, and something else of their class has it."""
        known = self._of[first, second]
        return all(self._of_another(known, one, other) for one in ones)

    @staticmethod
    def _of_another(known: dict[str, set[str]], one: str, other: str) -> bool:
        its = known.get(one, set())
        return bool(its) and other not in its and any(other in of for name, of in known.items() if name != one)


def _distinct(found: Sequence[tuple[int, int, str]]) -> list[str]:
    return list(dict.fromkeys(name for _, _, name in found))


def settings_of(tables: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The values of a queue's settings, by field."""
    return {
        str(row[0]): row[1] if isinstance(row[1], str) else json.dumps(row[1])
        for made in tables
        if made["columns"][:2] == ["Field", "Value"]
        for row in made["rows"]
        if len(row) > 1
    }
