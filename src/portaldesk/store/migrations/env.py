"""Alembic's entry: runs the migrations on the connection that store/schema.py hands in."""

from alembic import context
from sqlmodel import SQLModel

from portaldesk.store.tables import build_all

build_all()

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
