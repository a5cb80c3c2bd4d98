"""The first shape: tokens, conversations, answers with their events, uploads, usage, feedback, limits."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

OWNER = sa.String(128)
ID = sa.String(64)


def upgrade() -> None:
    op.create_table(
        "tokens",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("owner", OWNER, nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_tokens"),
    )
    op.create_table(
        "pairing_codes",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("owner", OWNER, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_pairing_codes"),
    )
    op.create_table(
        "conversations",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner", OWNER, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("updated", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_owner_updated", "conversations", ["owner", "updated"])
    op.create_table(
        "turns",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("owner", OWNER, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_turns_conversation_id", ondelete="CASCADE"),
    )
    op.create_index("ix_turns_conversation_id_created", "turns", ["conversation_id", "created"])
    op.create_table(
        "answers",
        sa.Column("id", ID, nullable=False),
        sa.Column("turn_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("owner", OWNER, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("request", sa.Text),
        sa.Column("beat", sa.Double, nullable=False),
        sa.Column("seen", sa.Double, nullable=False),
        sa.Column("stop", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_answers_turn_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_answers_conversation_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_answers_turn_id_round", "answers", ["turn_id", "round"])
    op.create_index("ix_answers_conversation_id", "answers", ["conversation_id"])
    op.create_index("ix_answers_status_beat", "answers", ["status", "beat"])
    op.create_table(
        "events",
        sa.Column("answer_id", ID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("answer_id", "number", name="pk_events"),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name="fk_events_answer_id", ondelete="CASCADE"),
    )
    op.create_table(
        "uploads",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner", OWNER, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("bytes", sa.Double, nullable=False),
        sa.Column("lines", sa.Double, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_owner", "uploads", ["owner"])
    op.create_index("ix_uploads_expires", "uploads", ["expires"])
    op.create_table(
        "usage",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("owner", OWNER, nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("input_tokens", sa.Double, nullable=False),
        sa.Column("output_tokens", sa.Double, nullable=False),
        sa.Column("cost_usd", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("day", "owner", "model", "purpose", name="pk_usage"),
    )
    op.create_table(
        "feedback",
        sa.Column("answer_id", ID, nullable=False),
        sa.Column("owner", OWNER, nullable=False),
        sa.Column("helpful", sa.Boolean, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("answer_id", "owner", name="pk_feedback"),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name="fk_feedback_answer_id", ondelete="CASCADE"),
    )
    op.create_index("ix_feedback_owner_created", "feedback", ["owner", "created"])
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rate_limits"),
    )


def downgrade() -> None:
    for table in (
        "rate_limits", "feedback", "usage", "uploads", "events", "answers", "turns", "conversations", "pairing_codes", "tokens",
    ):  # fmt: skip
        op.drop_table(table)
