"""The first store"""

from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("staff", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("patient", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("check_id", sa.String(), nullable=True),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index("ix_audit_action", ["action", "seq"], unique=False)
        batch_op.create_index("ix_audit_at", ["at"], unique=False)
        batch_op.create_index("ix_audit_patient", ["patient", "seq"], unique=False)
        batch_op.create_index("ix_audit_session", ["session", "seq"], unique=False)
        batch_op.create_index("ix_audit_staff", ["staff", "seq"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit_seal",
        sa.Column("row_key", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("row_key", "seq"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("audit_seal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_seal_seq"), ["seq"], unique=False)

    op.create_table(
        "patient",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("other_names", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.String(10), nullable=True),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("postal_code", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("last_visit", sa.String(10), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("merged_into", sa.String(), nullable=True),
        sa.Column("birth_date_evidence_from", sa.String(27), nullable=False),
        sa.Column("postal_code_evidence_from", sa.String(27), nullable=False),
        sa.Column("imported_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("mrn"),
    )
    op.create_table(
        "settings",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("values_json", sa.Text(), nullable=False),
        sa.Column("accepted_clock", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "staff_member",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(27), nullable=True),
        sa.Column("credentialed_by", sa.String(), nullable=False),
        sa.Column("credentialed_at", sa.String(27), nullable=False),
        sa.Column("own_mrn", sa.String(), nullable=True),
        sa.Column("linked", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "contact_point",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.Column("evidence_from", sa.String(27), nullable=False),
        sa.Column("confirmed_at", sa.String(27), nullable=True),
        sa.Column("confirmed_how", sa.String(), nullable=False),
        sa.Column("bounced_at", sa.String(27), nullable=True),
        sa.Column("do_not_use", sa.Boolean(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mrn"],
            ["patient.mrn"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("contact_point", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_point_key"), ["key"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_point_mrn"), ["mrn"], unique=False)

    op.create_table(
        "duplicate_verdict",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("a", sa.String(), nullable=False),
        sa.Column("b", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("judged_on", sa.String(), nullable=False),
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["a"],
            ["patient.mrn"],
        ),
        sa.ForeignKeyConstraint(
            ["b"],
            ["patient.mrn"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("duplicate_verdict", schema=None) as batch_op:
        batch_op.create_index("ix_duplicate_pair", ["a", "b"], unique=False)

    op.create_table(
        "identity_check",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("patient", sa.String(), nullable=False),
        sa.Column("staff", sa.String(), nullable=True),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("ask_order", sa.Text(), nullable=False),
        sa.Column("spoiled", sa.Text(), nullable=False),
        sa.Column("code_id", sa.String(), nullable=True),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("ended_why", sa.String(), nullable=False),
        sa.Column("failed_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(
            ["patient"],
            ["patient.mrn"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("identity_check", schema=None) as batch_op:
        batch_op.create_index("ix_identity_check_patient_started", ["patient", "started_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_check_session"), ["session"], unique=False)

    op.create_table(
        "outbox_message",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("to_address", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=True),
        sa.Column("permit_id", sa.String(), nullable=True),
        sa.Column("variables", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("sent_at", sa.String(27), nullable=True),
        sa.Column("dropped_why", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.String(27), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mrn"],
            ["patient.mrn"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_message_credential_id"), ["credential_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_message_mrn"), ["mrn"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_message_sent_at"), ["sent_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_message_to_address"), ["to_address"], unique=False)

    op.create_table(
        "patient_name",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mrn"],
            ["patient.mrn"],
        ),
        sa.PrimaryKeyConstraint("key", "mrn"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("patient_name", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_name_mrn"), ["mrn"], unique=False)

    op.create_table(
        "permit",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("ground_id", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("staff", sa.String(), nullable=True),
        sa.Column("issued_at", sa.String(27), nullable=False),
        sa.Column("spent_seq", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mrn"],
            ["patient.mrn"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("permit", schema=None) as batch_op:
        batch_op.create_index("ix_permit_ground", ["ground", "ground_id", "action"], unique=False)

    op.create_table(
        "portal_account",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("locked_until", sa.String(27), nullable=True),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("activated_at", sa.String(27), nullable=True),
        sa.Column("contact_changed_at", sa.String(27), nullable=True),
        sa.Column("permit_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mrn"],
            ["patient.mrn"],
        ),
        sa.PrimaryKeyConstraint("mrn"),
        sa.UniqueConstraint("username"),
    )
    with op.batch_alter_table("portal_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_portal_account_email"), ["email"], unique=False)

    op.create_table(
        "staff_session",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("os_caller", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("ended_why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff"],
            ["staff_member.name"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_staff"), ["staff"], unique=False)

    op.create_table(
        "staff_token",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("only", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff"],
            ["staff_member.name"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("staff_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_token_staff"), ["staff"], unique=False)

    op.create_table(
        "change_request",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("new_value", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("check_id", sa.String(), nullable=False),
        sa.Column("permit_id", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("requested_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("rests_on_photo_id", sa.Boolean(), nullable=False),
        sa.Column("codes_sent", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.String(27), nullable=True),
        sa.Column("confirmed_how", sa.String(), nullable=False),
        sa.Column("old_told_at", sa.String(27), nullable=True),
        sa.Column("waits_until", sa.String(27), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.String(27), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=False),
        sa.Column("independent", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mrn"],
            ["portal_account.mrn"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("change_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_request_check_id"), ["check_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_request_mrn"), ["mrn"], unique=False)

    op.create_table(
        "password_history",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("set_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["mrn"],
            ["portal_account.mrn"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("password_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_history_mrn"), ["mrn"], unique=False)

    op.create_table(
        "portal_session",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("ended_why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mrn"],
            ["portal_account.mrn"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("portal_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_portal_session_mrn"), ["mrn"], unique=False)

    op.create_table(
        "recovery_credential",
        sa.Column("changed_seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("issued_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("bound_to", sa.String(), nullable=False),
        sa.Column("sent_to", sa.String(), nullable=True),
        sa.Column("check_id", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("permit_id", sa.String(), nullable=True),
        sa.Column("call_code_hash", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=True),
        sa.Column("redeemed_at", sa.String(27), nullable=True),
        sa.Column("revoked_at", sa.String(27), nullable=True),
        sa.Column("superseded_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mrn"],
            ["portal_account.mrn"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret_hash"),
    )
    with op.batch_alter_table("recovery_credential", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_credential_mrn"), ["mrn"], unique=False)
        batch_op.create_index(batch_op.f("ix_recovery_credential_reference"), ["reference"], unique=False)
        batch_op.create_index("ux_credential_permit_kind", ["permit_id", "kind"], unique=True)
