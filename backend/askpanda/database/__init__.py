"""What outlives a request: conversations, running answers, uploads, tokens, usage, feedback.

`Database` opens it; beside it stands one module of functions per kind of record. Every function that reads or changes a
personal record takes the owner and asks for it. Times are seconds since 1970 (UTC).
"""

from askpanda.database.engine import Database, iso

__all__ = ["Database", "iso"]
