"""Requests to act: explained with the exact command and who may do it, never carried out."""

from askpanda.experiments import Experiment
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing.rules import load
from askpanda.schema.answer import Block, FollowUp, Sections, UserSections


def how_here(experiment: Experiment, action: str) -> dict[str, str]:
    """title, task, job, who and note of an action, as it is done in the experiment."""
    how: dict[str, str] = load("actions")[action]
    instead = next((found for name, found in experiment.instead.items() if name == action), None)
    return {**how, **instead.model_dump(exclude_none=True)} if instead else how


def action_request(brief: Brief) -> Words:
    """How to do what was asked for."""
    entities = brief.route.entities
    action = entities.action or "change"
    how = how_here(brief.experiment, action)
    task = entities.task_ids[0] if entities.task_ids else _task_of_page(brief)
    of_job = bool(entities.job_ids) and not entities.task_ids and entities.action != "set_queue_status"
    text = how["job"] if of_job and how["job"] else how["task"]
    command = text.format(task=task or "TASK_ID", job=next(iter(entities.job_ids), "JOB_ID"))
    if of_job and task:
        command = command.replace("TASK_ID", str(task))
    document = brief.cite("document")
    description = (
        f"I only read and explain; {how['title']} is something that I never do, and nothing was changed. "
        f"This is how it is done{document}: {command}"
    )
    recommendations = [f"Who may do it: {how['who']}"]
    if how["note"]:
        recommendations.append(how["note"])
    recommendations.append("The commands come with the PanDA client and need a valid proxy or token.")
    blocks = [
        Block(kind="code", title="Command", data={"language": "bash", "code": piece})
        for piece in command.split("`")[1::2]
        if piece.startswith(("pbook ", "rucio ", "bps "))
    ]
    offers = []
    if entities.job_ids:
        offers.append(FollowUp(question=f"Why did job {entities.job_ids[0]} fail?", why="Whether a retry can help at all"))
    if task:
        offers.append(FollowUp(question=f"What is happening with task {task}?", why="Its state and files"))
    return Words(
        sections=Sections(description=description, user=UserSections(recommendations=recommendations)),
        blocks=blocks[:2],
        follow_ups=offers,
        verbatim=True,
    )


def _task_of_page(brief: Brief) -> int | None:
    page = brief.turn.request.context
    of_page = not brief.route.entities.job_ids or brief.route.entities.job_ids == [page.pandaid]
    return page.jeditaskid if of_page else None
