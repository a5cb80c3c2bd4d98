"""Several jobs or tasks that are asked about together: named at once, named beside the page's own, or spoken of before."""

from askpanda.pipeline.routing.conversation import OF_A_JOB, OF_A_TASK, Before
from askpanda.pipeline.routing.entities import many_said
from askpanda.schema.answer import Entities, Intent
from askpanda.schema.ask import PageContext


def beside_the_pages(entities: Entities, page: PageContext, about: Intent, known: set[str]) -> None:
    """`Compare this task with 46620107` is of the page's task too, which comes first; the same of a job."""
    if "compares" not in known or not known & {"this", "one_task", "one_job"}:
        return
    if about in OF_A_TASK and entities.task_ids and page.jeditaskid and not page.pandaid:
        entities.task_ids = list(dict.fromkeys([page.jeditaskid, *entities.task_ids]))
    if about in OF_A_JOB and entities.job_ids and page.pandaid:
        entities.job_ids = list(dict.fromkeys([page.pandaid, *entities.job_ids]))


def are_tasks(about: Intent, named: Entities) -> bool:
    """Whether several tasks are asked about, each as a whole: no error, time or place of their jobs."""
    part = named.window or named.site or named.queue or named.cloud or named.error_code is not None
    whole = about in OF_A_TASK or (about == "statistics" and named.object in ("jobs", "errors", None))
    return whole and len(named.task_ids) > 1 and not (part or named.job_ids)


def tasks_meant(question: str, before: Before, known: set[str], intent: Intent) -> list[int]:
    """`Compare them`, `these three tasks`: those of the tasks that the answers before have named; none for anything else."""
    of_tasks = "those_tasks" in known or ("both" in known and before.intent in OF_A_TASK)
    if not of_tasks or intent not in (*OF_A_TASK, "followup", "documentation", "statistics"):
        return []
    counted = many_said(question)
    meant = before.tasks[-counted:] if counted else before.tasks
    return meant if len(meant) > 1 else []
