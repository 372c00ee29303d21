"""A hub with an outbox, on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.integration.identity.conftest import hub

__all__ = ("hub",)
