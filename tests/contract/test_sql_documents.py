"""The document contract in SQL, on both dialects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.adapters.database.sqlite import open_sqlite
from pfh.adapters.documents.sql import SqlDocuments
from pfh.ports.documents import Documents
from tests.contract.documents_contract import ANN, BEN, DocumentsContract


class TestSqlDocumentsOnSqlite(DocumentsContract):
    @pytest.fixture
    async def documents(self, migrated_sqlite_path: Path) -> AsyncIterator[Documents]:
        database = open_sqlite(migrated_sqlite_path)
        yield SqlDocuments(database)
        await database.close()


class TestSqlDocumentsOnPostgres(DocumentsContract):
    @pytest.fixture
    async def documents(self, migrated_postgres_url: str) -> AsyncIterator[Documents]:
        database = await open_postgres(PostgresOptions(url=migrated_postgres_url))
        documents = SqlDocuments(database)
        for household in (ANN, BEN):
            await documents.forget(household)
        yield documents
        await database.close()
