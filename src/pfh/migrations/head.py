"""The newest revision, known without importing Alembic, so that readiness and start stay fast."""

HEAD = "20261123_sort_by_code_point"
