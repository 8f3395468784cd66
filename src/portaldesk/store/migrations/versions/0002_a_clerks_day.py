"""A clerk's day: the checks of one staff member since yesterday are asked for by every attested check (flags)"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # an earlier form of 0001 made it too
    op.create_index("ix_identity_check_staff_started", "identity_check", ["staff", "started_at"], if_not_exists=True)
