"""Whoever calls: an account may be a proxy's, who is no patient, and so may its permits, addresses and messages be"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_WHOSE = ("contact_point", "outbox_message", "permit", "portal_account")


def upgrade() -> None:
    for table in _WHOSE:
        _may_be_a_proxys(table)


def _may_be_a_proxys(table: str) -> None:
    """Let `mrn` name an account's holder of either kind: no foreign key can."""
    if op.get_context().dialect.name == "postgresql":
        (key,) = (k["name"] for k in sa.inspect(op.get_bind()).get_foreign_keys(table))
        op.drop_constraint(str(key), table, type_="foreignkey")
        return
    with op.batch_alter_table(table, naming_convention={"fk": "%(table_name)s_%(column_0_name)s_fkey"}) as batch:
        batch.drop_constraint(f"{table}_mrn_fkey", type_="foreignkey")
