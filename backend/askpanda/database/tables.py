"""The tables, once. Migrations bring a database to this shape; a test holds the two together."""

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)  # fmt: skip

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

OWNER = String(128)
ID = String(64)
HASH = String(32)
SIGNATURE = String(200)

#: One row per token that was ever handed out; only its hash is kept.
tokens = Table(
    "tokens",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("owner", OWNER, nullable=False),
    Column("name", String(128), nullable=False),
    Column("created", Double, nullable=False),
)

pairing_codes = Table(
    "pairing_codes",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("owner", OWNER, nullable=False),
    Column("expires", Double, nullable=False),
    Column("tries", Integer, nullable=False),  # wrong tries that are left
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", ID, primary_key=True),
    Column("owner", OWNER, nullable=False),
    Column("title", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Index(None, "owner", "updated"),
)

#: What somebody asked. A turn has one answer per round of `needs` and `continues`; the last one is the one that counts.
turns = Table(
    "turns",
    metadata,
    Column("id", ID, primary_key=True),
    Column("conversation_id", ID, ForeignKey(conversations.c.id, ondelete="CASCADE"), nullable=False),
    Column("owner", OWNER, nullable=False),
    Column("question", Text, nullable=False),
    Column("created", Double, nullable=False),
    Index(None, "conversation_id", "created"),
)

#: An answer, running or done. Its content is its events; the last one, `done`, holds the whole Answer.
answers = Table(
    "answers",
    metadata,
    Column("id", ID, primary_key=True),
    Column("turn_id", ID, ForeignKey(turns.c.id, ondelete="CASCADE"), nullable=False),
    Column("conversation_id", ID, ForeignKey(conversations.c.id, ondelete="CASCADE"), nullable=False),
    Column("owner", OWNER, nullable=False),
    Column("round", Integer, nullable=False),
    Column("status", String(16), nullable=False),  # running, or an Answer's status
    Column("created", Double, nullable=False),
    Column("request", Text),  # the merged request, while the answer runs or waits for resources
    Column("beat", Double, nullable=False),  # last sign of the worker that runs it
    Column("seen", Double, nullable=False),  # last sign of a reader that follows it by its events
    Column("stop", Boolean, nullable=False),
    Column("compares", ID),  # the answer whose evidence another model words here; both go with their turn
    Column("model", String(200), nullable=False, server_default=""),  # who words a comparison
    Column("words", Text, nullable=False, server_default=""),  # question and answer in small letters, to be searched
    Column("gist", Text, nullable=False, server_default=""),  # what later questions need to know of it, JSON of a Gist
    Index(None, "turn_id", "round"),
    Index(None, "compares"),
    Index(None, "conversation_id"),
    Index(None, "status", "beat"),
)

events = Table(
    "events",
    metadata,
    Column("answer_id", ID, ForeignKey(answers.c.id, ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", String(16), nullable=False),
    Column("data", Text, nullable=False),
    PrimaryKeyConstraint("answer_id", "number"),
)

#: What a model was, or would have been, given to word an answer: another model may word the same later.
evidence = Table(
    "evidence",
    metadata,
    Column("answer_id", ID, ForeignKey(answers.c.id, ondelete="CASCADE"), primary_key=True),
    Column("data", Text, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", ID, primary_key=True),
    Column("owner", OWNER, nullable=False),
    Column("name", Text, nullable=False),
    Column("bytes", Double, nullable=False),
    Column("lines", Double, nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Index(None, "owner"),
    Index(None, "expires"),
)

usage = Table(
    "usage",
    metadata,
    Column("day", String(10), nullable=False),  # UTC, 2026-11-23
    Column("owner", OWNER, nullable=False),
    Column("model", String(200), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("calls", Integer, nullable=False),
    Column("input_tokens", Double, nullable=False),
    Column("output_tokens", Double, nullable=False),
    Column("cost_usd", Double, nullable=False),
    Column("cached_tokens", Double, nullable=False, server_default="0"),
    Column("failed", Integer, nullable=False, server_default="0"),  # calls, as in the next two
    Column("estimated", Integer, nullable=False, server_default="0"),
    Column("unpriced", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("day", "owner", "model", "purpose"),
)

#: What calls that are being made are expected to cost, so that many at once do not pass a budget that each of them sees.
holds = Table(
    "holds",
    metadata,
    Column("id", ID, primary_key=True),
    Column("answer_id", ID, nullable=False),  # goes when this answer's usage is kept
    Column("owner", OWNER, nullable=False),
    Column("model", String(200), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("input_tokens", Double, nullable=False),
    Column("usd", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Index(None, "answer_id"),
    Index(None, "expires"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("answer_id", ID, ForeignKey(answers.c.id, ondelete="CASCADE"), nullable=False),
    Column("owner", OWNER, nullable=False),
    Column("helpful", Boolean, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created", Double, nullable=False),
    PrimaryKeyConstraint("answer_id", "owner"),
    Index(None, "owner", "created"),
)

#: Counters of the rate limits, shared by the workers.
rate_limits = Table(
    "rate_limits",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("expires", Double, nullable=False),
)

#: Verdicts that were reached, by signature: shared by all owners, so nothing of anybody's text, path or name stands here.
#: `monitor` is a hash of its address, times are those at which the jobs ended.
verdicts = Table(
    "verdicts",
    metadata,
    Column("monitor", HASH, nullable=False),
    Column("signature", SIGNATURE, nullable=False),
    Column("component", String(32), nullable=False),
    Column("code", Integer, nullable=False),
    Column("party", String(16), nullable=False),
    Column("transient", Boolean),
    Column("retry", String(16), nullable=False),
    Column("first", Double, nullable=False),
    Column("last", Double, nullable=False),
    PrimaryKeyConstraint("monitor", "signature"),
)

#: How many jobs had a verdict, by the day (UTC) on which they ended and the queue.
verdict_days = Table(
    "verdict_days",
    metadata,
    Column("monitor", HASH, nullable=False),
    Column("signature", SIGNATURE, nullable=False),
    Column("day", String(10), nullable=False),
    Column("site", String(64), nullable=False),
    Column("jobs", Integer, nullable=False),
    PrimaryKeyConstraint("monitor", "signature", "day", "site"),
    Index(None, "day"),
)

#: Which jobs were counted, as hashes, so that each counts once; `sure` says that a log of it was read.
verdict_jobs = Table(
    "verdict_jobs",
    metadata,
    Column("job", HASH, primary_key=True),
    Column("task", HASH, nullable=False),
    Column("monitor", HASH, nullable=False),
    Column("signature", SIGNATURE, nullable=False),
    Column("day", String(10), nullable=False),
    Column("site", String(64), nullable=False),
    Column("sure", Boolean, nullable=False),
    Index(None, "monitor", "signature", "day"),
    Index(None, "day"),
)

#: A model's words by what it was asked; without an owner where nothing of one person is in the question.
wordings = Table(
    "wordings",
    metadata,
    Column("key", String(64), nullable=False),
    Column("owner", OWNER, nullable=False),
    Column("conversation_id", ID),
    Column("text", Text, nullable=False),  # as far as they are made
    Column("holder", ID, nullable=False),  # the answer that makes them
    Column("lease", Double, nullable=False),  # until when it is believed to; 0 once they are all there
    Column("created", Double, nullable=False),
    PrimaryKeyConstraint("key", "owner"),
    Index(None, "conversation_id"),
    Index(None, "created"),
)
