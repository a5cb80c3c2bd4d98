"""What is known of one thing (job, task, queue, site, log), gathered into typed evidence."""

from askpanda.evidence.facts import Fact, job_facts
from askpanda.evidence.gather import gather_job
from askpanda.evidence.local import from_files
from askpanda.evidence.paths import file_path, job_path, listing_path, parse, task_path, wanted

__all__ = [
    "Fact",
    "file_path",
    "from_files",
    "gather_job",
    "job_facts",
    "job_path",
    "listing_path",
    "parse",
    "task_path",
    "wanted",
]
