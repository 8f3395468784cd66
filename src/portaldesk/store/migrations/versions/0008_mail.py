"""Mail that arrives: what delivery, bounces and bulk runs have to remember"""

import sqlalchemy as sa
from alembic import op

from portaldesk.store.columns import EVENT_NUMBER

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _tries()
    _unsent()
    _bounces()
    _bulk_runs()
    _birth_dates()


def _tries() -> None:
    """When a message is tried again, and since when it is given up, which stood in its last error until now."""
    op.add_column("outbox_message", sa.Column("next_try_at", sa.String(27), nullable=True))
    op.add_column("outbox_message", sa.Column("failed_at", sa.String(27), nullable=True))
    op.execute(
        "UPDATE outbox_message SET failed_at = created_at, last_error = substr(last_error, 11) "
        "WHERE last_error LIKE 'given up: %'"
    )


def _unsent() -> None:
    """What waits is many by now: a command must find its own messages among them."""
    op.drop_index("ix_outbox_message_sent_at", "outbox_message")
    op.create_index("ix_outbox_message_unsent", "outbox_message", ["sent_at", "changed_seq"])


def _bounces() -> None:
    """Which mails came back, each counted once."""
    op.add_column("outbox_message", sa.Column("bounced_at", sa.String(27), nullable=True))
    op.add_column("outbox_message", sa.Column("bounce_status", sa.String(), nullable=True))


def _bulk_runs() -> None:
    """What a bulk run is about, and whether it is finished."""
    op.create_table(
        "bulk_run",
        sa.Column("changed_seq", EVENT_NUMBER, nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("finished_at", sa.String(27), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_bulk_run_finished", "bulk_run", ["finished_at", "started_at"])


def _birth_dates() -> None:
    """Who was born on a patient's day is looked for on every call: among a million without reading them all."""
    op.create_index("ix_patient_birth_date", "patient", ["birth_date"])
