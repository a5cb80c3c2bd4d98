"""What the monitor's lists say in numbers: errors by code, states, counts by attribute."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from askpanda.pipeline.wording.numbers import known, number, plain
from askpanda.schema.answer import Block


@dataclass(frozen=True)
class ErrorCount:
    """One row of the monitor's `errsByCount`."""

    component: str
    code: int
    count: int
    text: str
    example: int | None


def errors_by_code(pages: dict[str, Any]) -> list[ErrorCount]:
    """All `errsByCount` rows of the pages read, most frequent first; the same code of two pages is counted once."""
    found: dict[tuple[str, int], ErrorCount] = {}
    for page in pages.values():
        rows = page.get("errsByCount") if isinstance(page, dict) else None
        for row in rows if isinstance(rows, list) else []:
            error = _error(row) if isinstance(row, dict) else None
            if error and (error.component, error.code) not in found:
                found[(error.component, error.code)] = error
    return sorted(found.values(), key=lambda error: (-error.count, error.component, error.code))


def _error(row: dict[str, Any]) -> ErrorCount | None:
    component, _, digits = str(row.get("error") or "").partition(":")
    code = number(row.get("codeval")) if row.get("codeval") is not None else number(digits)
    count = number(row.get("count"))
    if not component or code is None or count is None:
        return None
    text = plain(row.get("diag") or row.get("desc"), 160)
    return ErrorCount(component, code, count, text, number(row.get("example_pandaid")))


def error_table(errors: list[ErrorCount], title: str) -> Block:
    rows = [[error.component, error.code, error.count, error.text, error.example] for error in errors]
    return Block(
        kind="table",
        title=title,
        data={"columns": ["Component", "Code", "Jobs", "Message", "Example job"], "rows": rows, "count": len(rows)},
    )


def attribute_counts(pages: dict[str, Any], field: str) -> dict[str, int]:
    """Counts of one attribute out of `selectionsummary`, else counted over the jobs listed, the largest first.

    The monitor lists the values by name (panda-bigmon-core core/pandajob/utils.py job_summary_dict). `jobSummary` of an
    errors page is left alone: it knows failed and holding jobs only.
    """
    for page in pages.values():
        if not isinstance(page, dict):
            continue
        rows = page.get("selectionsummary")
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and row.get("field") == field and isinstance(row.get("list"), list):
                pairs = (
                    (known(item.get("kname")), number(item.get("kvalue"))) for item in row["list"] if isinstance(item, dict)
                )
                found = Counter({name: count for name, count in pairs if name and count is not None})
                return dict(found.most_common())
    counted: Counter[str] = Counter()
    for page in pages.values():
        jobs = page.get("jobs") if isinstance(page, dict) else None
        counted.update(
            known(job.get(field))
            for job in (jobs if isinstance(jobs, list) else [])
            if isinstance(job, dict) and known(job.get(field))
        )
    return dict(counted.most_common())


def state_counts(pages: dict[str, Any]) -> dict[str, int]:
    return attribute_counts(pages, "jobstatus")


def was_read(pages: dict[str, Any], part: str) -> bool:
    """Whether a page with this part came back, be the part empty or not."""
    return any(isinstance(page, dict) and isinstance(page.get(part), list) for page in pages.values())
