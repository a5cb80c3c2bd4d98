"""Our own collection of failed jobs, with labels, for measuring the diagnosis. See README.md."""

from tests.cases.jobs.casebook import Case, Mark, case, cases, causes, half_of, ids

__all__ = ["Case", "Mark", "case", "cases", "causes", "half_of", "ids"]
