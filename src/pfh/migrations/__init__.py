"""The schema's history, run by Alembic on both dialects."""
