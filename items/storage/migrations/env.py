"""Alembic's environment: it runs the revisions on the connection that it is given, and imports no floor."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
