"""Requests to act: explained with the exact command and who may do it, never carried out."""

import re
from typing import Any

from askpanda.experiments import Experiment
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing.rules import concepts_in, load
from askpanda.pipeline.routing.text import fold
from askpanda.schema.answer import Block, FollowUp, Sections, UserSections


def how_here(experiment: Experiment, action: str) -> dict[str, Any]:
    """title, task, job, who, note and cases of an action, as it is done in the experiment."""
    how: dict[str, Any] = load("actions")[action]
    instead = next((found for name, found in experiment.instead.items() if name == action), None)
    return {**how, "cases": [], **instead.model_dump(exclude_none=True)} if instead else how


def filled(text: str, tasks: list[int], job: int | None = None, site: str = "") -> str:
    """A text of actions.yaml about these tasks."""
    one = tasks[0] if tasks else "TASK_ID"
    several = len(tasks) > 1
    return text.format(
        task=",".join(map(str, tasks)) if several else one, listed=tasks if several else one, job=job or "JOB_ID", site=site
    )


def action_request(brief: Brief) -> Words:
    """How to do what was asked for, or who may do it."""
    entities = brief.route.entities
    action = entities.action or "change"
    how = _case(brief, how_here(brief.experiment, action))
    of_page = _task_of_page(brief)
    tasks = list(entities.task_ids) or ([of_page] if of_page else [])
    of_job = bool(entities.job_ids) and not entities.task_ids and entities.action != "set_queue_status"
    text = how["job"] if of_job and how["job"] else how["task"]
    command = filled(text, tasks, next(iter(entities.job_ids), None), entities.queue or entities.site or "")
    if of_job and tasks:
        command = command.replace("TASK_ID", str(tasks[0]))
    document = brief.cite("document")
    asks_who = "may_act" in concepts_in(fold(brief.turn.question))
    never = f"I only read and explain; {how['title']} is something that I never do, and nothing was changed."
    who = f"Who may do it: {how['who']}"
    description = f"{f'{who}{document} ' if asks_who else ''}{never} This is how it is done{document}: {command}"
    recommendations = [] if asks_who else [who]
    if how["note"]:
        recommendations.append(how["note"])
    if _COMMAND.search(command):
        recommendations.append("The commands come with the PanDA client and need a valid proxy or token.")
    blocks = [
        Block(kind="code", title="Command", data={"language": "bash", "code": piece})
        for piece in command.split("`")[1::2]
        if piece.startswith(("pbook ", "rucio ", "bps "))
    ]
    return Words(
        sections=Sections(description=description, user=UserSections(recommendations=recommendations)),
        blocks=blocks[:2],
        follow_ups=_offers(brief, tasks),
        verbatim=True,
    )


_COMMAND = re.compile(r"`(?:pbook|rucio|kill|retry) ?")


def _case(brief: Brief, how: dict[str, Any]) -> dict[str, Any]:
    """The action as the question has it: which way something is to be moved, what of a task is to be changed."""
    place = brief.route.entities.queue or brief.route.entities.site or ""
    folded = fold(brief.turn.question)
    for case in how.get("cases", ()):
        asked = case["asked"]
        if case.get("of_a_site"):
            if not place:
                continue
            asked = rf"(?:{asked})(?: (?:the )?(?:site|queue))? {re.escape(fold(place))}(?![\w-])"
        if re.search(asked, folded):
            return {**how, **case}
    return how


def _offers(brief: Brief, tasks: list[int]) -> list[FollowUp]:
    """Questions about what was to be acted on; a job that runs did not fail."""
    jobs, page = brief.route.entities.job_ids, brief.turn.request.context
    offers = []
    if jobs:
        ended = page.pandaid == jobs[0] and page.status in ("failed", "closed", "cancelled")
        failed = ended or brief.route.entities.action == "retry"
        asked = f"Why did job {jobs[0]} fail?" if failed else f"What is happening with job {jobs[0]}?"
        offers.append(FollowUp(question=asked, why="Whether a retry can help at all" if failed else "Its state and its task"))
    if tasks:
        offers.append(FollowUp(question=f"What is happening with task {tasks[0]}?", why="Its state and files"))
    return offers


def _task_of_page(brief: Brief) -> int | None:
    page = brief.turn.request.context
    of_page = not brief.route.entities.job_ids or brief.route.entities.job_ids == [page.pandaid]
    return page.jeditaskid if of_page else None
