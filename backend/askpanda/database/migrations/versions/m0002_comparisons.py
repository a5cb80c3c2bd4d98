"""Answers can be compared, searched, and remembered by their gist; what they were worded from is kept beside them."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.String(64)


def upgrade() -> None:
    # Not in alembic's batch mode: on SQLite that drops the old table, and with it, by cascade, every event of every answer.
    op.add_column("answers", sa.Column("compares", ID, nullable=True))
    op.add_column("answers", sa.Column("model", sa.String(200), nullable=False, server_default=""))
    op.add_column("answers", sa.Column("words", sa.Text, nullable=False, server_default=""))
    op.add_column("answers", sa.Column("gist", sa.Text, nullable=False, server_default=""))
    op.create_index("ix_answers_compares", "answers", ["compares"])
    op.create_table(
        "evidence",
        sa.Column("answer_id", ID, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name="fk_evidence_answer_id_answers", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("answer_id", name="pk_evidence"),
    )
    _fill_words()


def _fill_words() -> None:
    """Answers of before are found too. Their gist stays empty: of them later turns remember the question."""
    here = op.get_bind()
    rows = here.execute(
        sa.text(
            "SELECT answers.id, turns.question, events.data FROM answers JOIN turns ON turns.id = answers.turn_id "
            "LEFT JOIN events ON events.answer_id = answers.id AND events.name = 'done'"
        )
    ).all()
    for row in rows:
        here.execute(
            sa.text("UPDATE answers SET words = :words WHERE id = :id"),
            {"id": row.id, "words": f"{row.question}\n{_text(row.data)}".casefold()},
        )


def _text(data: str | None) -> str:
    try:
        answer: Any = json.loads(data or "{}")
    except ValueError:
        return ""
    return str(answer.get("text", "")) if isinstance(answer, dict) else ""


def downgrade() -> None:
    op.drop_table("evidence")
    op.drop_index("ix_answers_compares", "answers")
    for name in ("compares", "model", "words", "gist"):
        op.drop_column("answers", name)
