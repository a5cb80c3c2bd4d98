"""A model's words, kept by what it was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "wordings",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(128), nullable=False),
        sa.Column("conversation_id", sa.String(64)),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("lease", sa.Double, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("key", "owner", name="pk_wordings"),
    )
    op.create_index("ix_wordings_conversation_id", "wordings", ["conversation_id"])
    op.create_index("ix_wordings_created", "wordings", ["created"])


def downgrade() -> None:
    op.drop_table("wordings")
