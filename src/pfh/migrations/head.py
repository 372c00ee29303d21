"""The newest revision, known without importing Alembic, so that readiness and start stay fast."""

HEAD = "20261127_keep_account_totals"
