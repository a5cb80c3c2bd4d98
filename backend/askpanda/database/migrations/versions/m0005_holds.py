"""What running calls may cost, and which calls failed, were estimated or have no price."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_COUNTS = ("failed", "estimated", "unpriced")


def upgrade() -> None:
    op.add_column("usage", sa.Column("cached_tokens", sa.Double, nullable=False, server_default="0"))
    for name in _COUNTS:
        op.add_column("usage", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "holds",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("answer_id", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(128), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("input_tokens", sa.Double, nullable=False),
        sa.Column("usd", sa.Double, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
    )
    op.create_index("ix_holds_answer_id", "holds", ["answer_id"])
    op.create_index("ix_holds_expires", "holds", ["expires"])


def downgrade() -> None:
    op.drop_table("holds")
    for name in ("cached_tokens", *_COUNTS):
        op.drop_column("usage", name)
