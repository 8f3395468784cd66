"""Whoever calls: an account may be a proxy's, who is no patient, and so may its permits, addresses and messages be"""

import sqlalchemy as sa
from alembic import op

from portaldesk.store.columns import EVENT_NUMBER

revision = "0007"
down_revision = "0006"

_WHOSE = ("contact_point", "outbox_message", "permit", "portal_account")


def upgrade() -> None:
    for table in _WHOSE:
        _may_be_a_proxys(table)
    _incidents()
    _survivors()
    _closed_addresses()
    _second_factors()
    _letters()
    _proxies()


def _may_be_a_proxys(table: str) -> None:
    """Let `mrn` name an account's holder of either kind: no foreign key can."""
    if op.get_context().dialect.name == "postgresql":
        (key,) = (k["name"] for k in sa.inspect(op.get_bind()).get_foreign_keys(table))
        op.drop_constraint(str(key), table, type_="foreignkey")
        return
    with op.batch_alter_table(table, naming_convention={"fk": "%(table_name)s_%(column_0_name)s_fkey"}) as batch:
        batch.drop_constraint(f"{table}_mrn_fkey", type_="foreignkey")


def _incidents() -> None:
    """What an auditor must look at, and close with an outcome."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "incident",
        sa.Column("changed_seq", number, nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("patient", sa.String(), nullable=True),
        sa.Column("staff", sa.String(), nullable=True),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("opened_seq", number, nullable=False),
        sa.Column("closed_at", sa.String(27), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_incident_kind_staff", "incident", ["kind", "staff", "closed_at"])
    op.create_index("ix_incident_closed", "incident", ["closed_at", "opened_at"])


def _closed_addresses() -> None:
    """Until when an address that was closed still hears of changes."""
    op.add_column("contact_point", sa.Column("notices_until", sa.String(27), nullable=True))


def _survivors() -> None:
    """Of two records that are one person, which goes on."""
    op.add_column("duplicate_verdict", sa.Column("survivor", sa.String(), nullable=True))
    op.create_index("ix_duplicate_b", "duplicate_verdict", ["b"])


def _second_factors() -> None:
    """Authenticator apps of staff, and recovery codes."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "staff_totp",
        sa.Column("changed_seq", number, nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("staff", sa.String(), sa.ForeignKey("staff_member.name"), nullable=False),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("enrolled_at", sa.String(27), nullable=True),
        sa.Column("waiting", sa.String(), nullable=True),
        sa.Column("waiting_since", sa.String(27), nullable=True),
        sa.Column("last_step", number, nullable=False),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("staff"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("changed_seq", number, nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("spent_at", sa.String(27), nullable=True),
        sa.Column("spent_for", sa.String(), nullable=False),
        sa.Column("void_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _letters() -> None:
    """What a letter needs: that a check found all there is on file, and since when a postal address is of age."""
    op.add_column("identity_check", sa.Column("all_there_is", sa.Boolean(), nullable=True))
    op.add_column("patient", sa.Column("address_evidence_from", sa.String(27), nullable=True))


def _proxies() -> None:
    op.create_table(
        "proxy_person",
        sa.Column("changed_seq", EVENT_NUMBER, nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("birth_date", sa.String(10), nullable=True),
        sa.Column("postal_code", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("last_visit", sa.String(10), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("birth_date_evidence_from", sa.String(27), nullable=False),
        sa.Column("postal_code_evidence_from", sa.String(27), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("mrn"),
    )
    op.create_table(
        "proxy",
        sa.Column("changed_seq", EVENT_NUMBER, nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("minor", sa.Boolean(), nullable=False),
        sa.Column("granted_at", sa.String(27), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("check_id", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("permit_id", sa.String(), nullable=True),
        sa.Column("ends_at", sa.String(27), nullable=True),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("ended_why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["mrn"], ["patient.mrn"]),
        sa.ForeignKeyConstraint(["person"], ["proxy_person.mrn"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("person", "mrn", "ended_at"):
        op.create_index(f"ix_proxy_{column}", "proxy", [column])
    for column in ("account", "represented_by", "authority", "document"):
        op.add_column("identity_check", sa.Column(column, sa.String(), nullable=True))
