"""Long records: auditors' lists are served by indexes, and a proof reads seals in the order of their events"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("ix_audit_action_outcome", "audit_event", ["action", "outcome", "seq"])
    op.create_index("ix_audit_staff_action", "audit_event", ["staff", "action", "seq"])
    op.drop_index("ix_audit_at", "audit_event")
    op.create_index("ix_audit_at", "audit_event", ["at", "seq"])
    op.drop_index("ix_audit_seal_seq", "audit_seal")
    op.create_index("ix_audit_seal_seq", "audit_seal", ["seq", "row_key", "seal"])
