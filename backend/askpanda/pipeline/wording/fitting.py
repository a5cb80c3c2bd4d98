"""Our own words, written for all of PanDA, fitted to one experiment: what speaks of something it does not have is left out."""

import re
from collections.abc import Collection

from askpanda.experiments import Experiment
from askpanda.pipeline.checking.sentences import split
from askpanda.pipeline.wording.render import LISTS, NAMES, get, with_section
from askpanda.schema.answer import Sections

#: Places where problems of ATLAS are reported. What documents say of all else that an experiment does not have is history,
#: or somebody else's; where to write would be followed.
ADDRESSES = frozenset({"GGUS", "DAST", "ATLASPANDA"})


def fitted(
    sections: Sections, experiment: Experiment, question: str, facts: str, only: Collection[str] | None = None
) -> Sections:
    """Without the sentences and items that name something of `experiment.absent`, or of that and `only`.

    What the question itself names, or the record and the logs (`facts`), stays: then it is there after all. A section that
    would be left with nothing stays as it is.
    """
    known = f"{question}\n{facts}".casefold()
    words = [word for word in experiment.absent if only is None or word in only]
    absent = [word for word in words if word.casefold() not in known]
    if not absent:
        return sections
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, absent))})(?:'s|s)?(?![\w-])", re.I)
    for name in NAMES:
        value = get(sections, name)
        if isinstance(value, list):
            kept = [text for item in value if (text := _without(item, pattern))]
        else:
            kept = [text] if (text := _without(value, pattern)) else []
        if kept and name in LISTS:
            sections = with_section(sections, name, kept)
        elif kept:
            sections = with_section(sections, name, kept[0])
    return sections


def _without(text: str, pattern: "re.Pattern[str]") -> str:
    if not text or not pattern.search(text):
        return text
    return "".join(unit for unit in split(text) if not pattern.search(unit)).strip()
