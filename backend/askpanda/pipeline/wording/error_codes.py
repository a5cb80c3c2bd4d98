"""Answers out of the error catalogue: one code in full, one number in all components, whole lists."""

import re

from askpanda.catalogue import Catalogue, Entry
from askpanda.pipeline.parcels import Brief, Route, Words
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.wording.plain import when_raised
from askpanda.schema.answer import Block, ExpertSections, FollowUp, Party, Sections, UserSections

PARTIES = {
    "user": "the job itself: its code, its options or its choice of input",
    "site": "the site: worker node, batch system, local disk or network",
    "ddm": "data management: files, storage, transfers or replicas",
    "system": "a central service: PanDA server, pilot, harvester or a service of the experiment",
    "unknown": "not one party in particular",
}
_RETRY = {
    "yes": "A new attempt of the same job can succeed.",
    "no": "A new attempt of the unchanged job will fail in the same way.",
    "wait": "A new attempt can succeed, but later, when the cause has gone.",
}


def label(entry: Entry) -> str:
    """`pilot 1324 (SERVICENOTAVAILABLE)`"""
    group = f" ({entry.group})" if entry.group else ""
    return f"{entry.component} {entry.code}{group}, {entry.name}" if entry.name else f"{entry.component} {entry.code}{group}"


def sentence(text: str) -> str:
    """With a full stop at its end."""
    text = text.strip()
    return text if not text or text[-1] in ".!?:" else f"{text}."


def lookup(brief: Brief) -> Words:
    """The entries that the question names."""
    found = entries_asked_by(brief.route, brief.catalogue)
    entities = brief.route.entities
    if len(found) == 1 or (found and entities.component):
        return _whole(brief, found[0], also=found[1:])
    if found:
        return _one_line_each(brief, found)
    return _unknown(brief)


def entries_asked_by(route: Route, catalogue: Catalogue) -> list[Entry]:
    """By component and number, else by number in all components, else by name."""
    entities = route.entities
    if entities.error_code is not None:
        if entities.component:
            entry = catalogue.get(entities.component, entities.error_code)
            return [entry] if entry else []
        found = catalogue.find(entities.error_code)
        if found:
            return found
    for name in route.error_names:
        found = catalogue.by_name(name)
        if found:
            return found
    return []


def _for_next_time(prevention: str) -> str:
    """Most of it is for the reader; what only others can do begins with them: "For sites: ..."."""
    who, colon, what = prevention.partition(": ")
    others = colon and who.startswith("For ") and len(who.split()) <= 5
    return f"For next time, by {who.removeprefix('For ')}: {what}" if others else f"For next time: {prevention}"


def about_a_code(brief: Brief) -> Words | None:
    """The words for a wish about an error that was looked up; None where its whole entry serves."""
    found = entries_asked_by(brief.route, brief.catalogue)
    if len(found) != 1:
        return None
    entry, wish = found[0], brief.route.wish
    cite = brief.cite("error", path_of(entry))
    whose = f"{label(entry)} is usually a problem of {PARTIES[entry.party]}." if entry.party != "unknown" else ""
    sections = Sections()
    if wish == "what_to_do":
        sections.description = f"{_RETRY[entry.retry]} {whose}{cite}"
        sections.user.recommendations = [*entry.user, *(_for_next_time(item) for item in entry.prevention)]
        sections.expert.steps = list(entry.expert)
    elif wish in ("counts", "retry"):
        own = {"user": "Usually yes: ", "unknown": "The code does not tell: "}.get(entry.party, "Usually no: ")
        sections.description = f"{own if wish == 'counts' else ''}{whose or label(entry)} {_RETRY[entry.retry]}{cite}"
        sections.details = "For a certain answer ask on a job's page: its record and log say what happened to that job."
    elif wish == "why":
        sections.description = f"{label(entry)}: {sentence(when_raised(entry.raised))}{cite}"
        sections.user.causes, sections.expert.scenarios = list(entry.causes), list(entry.scenarios)
    else:
        return None
    offers = [FollowUp(question="errors of the last 24 hours", why="Whether jobs have it now, and which")]
    return Words(sections=sections, follow_ups=offers)


_SIDE: dict[Party, re.Pattern[str]] = {
    "site": re.compile(r"\b(?:a |the )?sites?(?:'s)? (?:problem|fault|error|issue)"),
    "user": re.compile(r"\b(?:a |the |my |our )?(?:users?(?:'s)?|job'?s?|my|our|code) (?:problem|fault|error|issue|own fault)"),
    "ddm": re.compile(r"\b(?:storage|ddm|data management|rucio) (?:problem|fault|error|issue)"),
    "system": re.compile(r"\b(?:system|panda|pilot|central|server) (?:problem|fault|issue)"),
}


def _on_whose_side(brief: Brief, entry: Entry) -> str:
    """`No: …`, where it is asked whether an error is a site's, or somebody else's."""
    asked = fold(brief.turn.question)
    named = next((party for party, words in _SIDE.items() if words.search(asked)), None)
    if named is None or entry.party == "unknown":
        return ""
    return f"{'Yes' if named == entry.party else 'No'}: it is usually a problem of {PARTIES[entry.party]}. "


def _whole(brief: Brief, entry: Entry, also: list[Entry]) -> Words:
    cite = brief.cite("error", path_of(entry))
    side = _on_whose_side(brief, entry)
    description = f"{side}**{label(entry)}**: {sentence(entry.message)} {sentence(entry.meaning)}{cite}".replace("  ", " ")
    facts = [f"Category: {entry.category}."] if entry.category else []
    facts.append(f"Responsible: {PARTIES[entry.party]}.")
    if entry.transient is not None:
        facts.append("It can pass without a change to the job." if entry.transient else "It does not pass by itself.")
    facts.append(_RETRY[entry.retry])
    if entry.legacy:
        facts.append("Only older job records carry this code; today's software no longer sets it.")
    if also:
        facts.append("The same name or number is also used by " + "; ".join(label(other) for other in also) + ".")
    recommendations = [*entry.user, *(_for_next_time(item) for item in entry.prevention)]
    # Who wants to know better reads the code: the file and the functions, as the catalogue's writers did.
    analysis = (
        f"{sentence(when_raised(entry.raised))} In the source: `{entry.source}`.".strip()
        if entry.source
        else sentence(when_raised(entry.raised))
    )
    sections = Sections(
        description=description,
        user=UserSections(problem=" ".join(facts), causes=list(entry.causes), recommendations=recommendations),
        expert=ExpertSections(analysis=analysis, steps=list(entry.expert), scenarios=list(entry.scenarios)),
    )
    follow_ups = [
        FollowUp(question=f"What does {key.split('/')[0].replace(':', ' ')} mean?", why="A related error")
        for key in entry.see_also[:2]
        if ":" in key
    ]
    follow_ups.append(
        FollowUp(question=f"Show me all the {entry.component} error codes", why="The whole list of this component")
    )
    return Words(sections=sections, follow_ups=follow_ups)


def _one_line_each(brief: Brief, found: list[Entry]) -> Words:
    number = brief.route.entities.error_code
    asked = f"The number {number}" if number is not None else "This name"
    seen: set[str] = set()
    lines: list[str] = []
    for entry in found:
        if not entry.group and entry.component in seen:
            continue
        seen.add(entry.component)
        lines.append(f"**{label(entry)}**: {sentence(entry.message or entry.meaning)}{brief.cite('error', path_of(entry))}")
    count = len(lines)
    description = (
        f"{asked} stands for {count} different errors, one for each component that uses it; a code only "
        f"means something together "
        "with its component:\n\n" + "\n".join(f"- {line}" for line in lines)
        if count > 1
        else f"{asked} is used by one component: {lines[0]}"
    )
    offers = [
        FollowUp(question=f"What does {entry.component} {entry.code} mean?", why=entry.name or entry.message)
        for entry in found[:3]
        if not entry.group
    ]
    return Words(sections=Sections(description=description), follow_ups=offers, verbatim=True)


def _unknown(brief: Brief) -> Words:
    entities = brief.route.entities
    if entities.error_code is None:
        text = (
            "I do not know which error is meant. Name its component and number, such as `pilot 1305`, or its "
            "name, such as `LOOPINGJOB`."
        )
        return Words(sections=Sections(description=text), verbatim=True)
    component = entities.component or ""
    nearest = brief.catalogue.nearest(component or "pilot", entities.error_code)
    known = "; ".join(f"{label(entry)}: {sentence(entry.message)}" for entry in nearest)
    text = f"The catalogue has no {component} error {entities.error_code}.".replace("  ", " ")
    if known:
        text += f" The nearest ones are {known}"
    offers = [FollowUp(question=f"What does {entry.component} {entry.code} mean?", why=entry.name) for entry in nearest[:2]]
    return Words(sections=Sections(description=text), follow_ups=offers, verbatim=True)


def listing(brief: Brief) -> Words:
    """All codes of a component in numeric order, or all components with their counts."""
    catalogue = brief.catalogue
    component = brief.route.entities.component
    if component is None:
        return _components(brief)
    entries = sorted(catalogue.component(component), key=lambda entry: (entry.code, entry.group))
    if not entries:
        text = f"No code of {component} is known: no public source defines one."
        return Words(sections=Sections(description=text), verbatim=True)
    topic = _topic(brief)
    about = [entry for entry in entries if topic and _is_about(entry, topic)]
    of_all, entries = len(entries), about or entries
    rows = [[entry.code, entry.name, entry.message] for entry in entries]
    current = sum(not entry.legacy for entry in entries)
    older = f"; {len(entries) - current} of them are only met in older records" if current < len(entries) else ""
    cite = brief.cite("error")
    lines = "\n".join(f"- **{entry.code}** {_line(entry)}" for entry in entries)
    if about:
        head = (
            f"**{len(about)}** of the {of_all} error codes of {component} in the catalogue have to do with {topic}, by their "
            f"name, message or meaning; here in numeric order{older}.{cite}"
        )
    else:
        head = f"{component} has {len(entries)} error codes in the catalogue, here in numeric order{older}.{cite}"
        head += f" None has “{topic}” in its name, message or meaning, so these are all." if topic else ""
    block = Block(
        kind="table",
        title=f"Error codes of {component}",
        data={"columns": ["Code", "Name", "Message"], "rows": rows, "count": len(rows)},
    )
    offers = [FollowUp(question=f"What does {component} {entries[0].code} mean?", why="Any of them can be explained")]
    return Words(sections=Sections(description=head, details=lines), blocks=[block], follow_ups=offers, verbatim=True)


_TOPIC = re.compile(
    r"\b(?:ha(?:ve|s|ving) (?:something |anything )?to do with|relat\w+ to|about|concern\w*|regarding|due to|caused by"
    r"|deal\w* with"
    r"|mention\w*|zu tun mit|avoir a voir avec|tienen? que ver con)\s+(?:the |a |an )?([a-z][\w -]{2,40}?)"
    r"(?:\s+(?:problems?|errors?|issues?|failures?|codes?|please|pls))*\W*$"
)


def _topic(brief: Brief) -> str:
    """What the codes of a list shall be about: `stage-out`."""
    match = _TOPIC.search(fold(brief.turn.question))
    topic = match.group(1).strip() if match else ""
    return "" if topic in brief.catalogue.components() else topic


def _is_about(entry: Entry, topic: str) -> bool:
    said = _close(f"{entry.name} {entry.message} {entry.meaning}")
    return all(_close(word).rstrip("s") in said for word in topic.split())


def _close(text: str) -> str:
    """Without what one writes in between, or not: stage-out, stage out and stageout are one."""
    return re.sub(r"(?<=[a-z])[-_ ](?=(?:out|in)\b)", "", text.casefold())


def _line(entry: Entry) -> str:
    name = entry.name or entry.group
    return f"{name}: {sentence(entry.message or entry.meaning)}" + (" (older records only)" if entry.legacy else "")


def _components(brief: Brief) -> Words:
    catalogue = brief.catalogue
    rows: list[list[object]] = []
    lines: list[str] = []
    blocks: list[Block] = []
    for component in catalogue.components():
        entries = sorted(catalogue.component(component), key=lambda entry: (entry.code, entry.group))
        rows.append([component, len(entries)])
        lines.append(f"- **{component}**: {len(entries)} codes, {entries[0].code} to {entries[-1].code}")
        table = [[entry.code, entry.name, entry.message] for entry in entries]
        blocks.append(
            Block(
                kind="table",
                title=f"Error codes of {component}",
                data={"columns": ["Code", "Name", "Message"], "rows": table, "count": len(table)},
            )
        )
    total = sum(int(str(row[1])) for row in rows)
    head = (
        f"The catalogue has {total} error codes of {len(rows)} components; each component's table has "
        f"them in numeric order.{brief.cite('error')}"
    )
    summary = Block(
        kind="table", title="Components", data={"columns": ["Component", "Codes"], "rows": rows, "count": len(rows)}
    )
    offers = [FollowUp(question=f"Show me all the {rows[0][0]} error codes", why="One component in full")]
    return Words(
        sections=Sections(description=head, details="\n".join(lines)),
        blocks=[summary, *blocks],
        follow_ups=offers,
        verbatim=True,
    )


def path_of(entry: Entry) -> str:
    """Where the entry is found: `errors/pilot/1324`."""
    return f"errors/{entry.component}/{entry.code}"
