"""Event numbers have 64 bits on every engine: on PostgreSQL they ended at 2,147,483,647"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        return
    catalogue = sa.inspect(op.get_bind())
    for table in catalogue.get_table_names():
        names = [column["name"] for column in catalogue.get_columns(table)]
        numbers = [name for name in names if name == "seq" or name.endswith("_seq")]
        if numbers:  # one statement, for each copies the whole table
            op.execute(f"ALTER TABLE {table} " + ", ".join(f"ALTER COLUMN {name} TYPE bigint" for name in numbers))
