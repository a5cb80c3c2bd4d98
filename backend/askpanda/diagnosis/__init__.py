"""The verdict on a job: which error, which line proves it, whose problem, does a retry help. Rules are data."""
