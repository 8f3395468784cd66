"""Mail that arrives: what delivery, bounces and bulk runs have to remember"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _tries()
    _bounces()


def _tries() -> None:
    """When a message is tried again, and since when it is given up, which stood in its last error until now."""
    op.add_column("outbox_message", sa.Column("next_try_at", sa.String(27), nullable=True))
    op.add_column("outbox_message", sa.Column("failed_at", sa.String(27), nullable=True))
    op.execute(
        "UPDATE outbox_message SET failed_at = created_at, last_error = substr(last_error, 11) "
        "WHERE last_error LIKE 'given up: %'"
    )


def _bounces() -> None:
    """Which mails came back, each counted once."""
    op.add_column("outbox_message", sa.Column("bounced_at", sa.String(27), nullable=True))
    op.add_column("outbox_message", sa.Column("bounce_status", sa.String(), nullable=True))
