"""Who asks, as jobs and tasks name their owners.

Pages of the monitor name the signed-in user by the first name only (panda-bigmon-core templates/_base_core.html), which
many may share. The user's own page lists the tasks of the signed-in user, with the whole name that they were sent under.
"""

from typing import Any

from askpanda.pipeline.paths import OWN_TASKS
from askpanda.pipeline.selection import is_whole_name
from askpanda.schema.values import as_text


def own_tasks(pages: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The tasks of the signed-in user; None where that page was not read."""
    page = pages.get(OWN_TASKS)
    tasks = page.get("tasks") if isinstance(page, dict) else None
    return [task for task in tasks if isinstance(task, dict)] if isinstance(tasks, list) else None


def whole_name(viewer: str, pages: dict[str, Any]) -> str:
    """`Lena Berg` for `Lena`; several names joined by `|`, as a filter takes them. The page's word where nothing tells more."""
    if not viewer or is_whole_name(viewer):
        return viewer
    names = dict.fromkeys(as_text(task.get("username")) for task in own_tasks(pages) or [])
    # whoever is signed in has that first name; other names would be somebody else's tasks
    mine = [name for name in names if viewer.casefold() in name.casefold()]
    return "|".join(mine) or viewer
