"""Verdicts by signature, with counts by day and queue, shared by all owners."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

HASH = sa.String(32)
SIGNATURE = sa.String(200)


def upgrade() -> None:
    op.create_table(
        "verdicts",
        sa.Column("monitor", HASH, nullable=False),
        sa.Column("signature", SIGNATURE, nullable=False),
        sa.Column("component", sa.String(32), nullable=False),
        sa.Column("code", sa.Integer, nullable=False),
        sa.Column("party", sa.String(16), nullable=False),
        sa.Column("transient", sa.Boolean),
        sa.Column("retry", sa.String(16), nullable=False),
        sa.Column("first", sa.Double, nullable=False),
        sa.Column("last", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("monitor", "signature", name="pk_verdicts"),
    )
    op.create_table(
        "verdict_days",
        sa.Column("monitor", HASH, nullable=False),
        sa.Column("signature", SIGNATURE, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("jobs", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("monitor", "signature", "day", "site", name="pk_verdict_days"),
    )
    op.create_index("ix_verdict_days_day", "verdict_days", ["day"])
    op.create_table(
        "verdict_jobs",
        sa.Column("job", HASH, nullable=False),
        sa.Column("task", HASH, nullable=False),
        sa.Column("monitor", HASH, nullable=False),
        sa.Column("signature", SIGNATURE, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("sure", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_verdict_jobs"),
    )
    op.create_index("ix_verdict_jobs_monitor_signature_day", "verdict_jobs", ["monitor", "signature", "day"])
    op.create_index("ix_verdict_jobs_day", "verdict_jobs", ["day"])


def downgrade() -> None:
    for table in ("verdict_jobs", "verdict_days", "verdicts"):
        op.drop_table(table)
