"""What every bulk adapter promises: one order, one snapshot, rows and their mark together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import pytest

from pfh.migrations.head import HEAD
from pfh.ports.bulk import MOVING, BulkReader, BulkRow, BulkWriter, Key
from pfh.ports.database import Connection, Database, DatabaseTimeout
from pfh.runtime.move.tables import all_tables, moved_tables
from pfh.runtime.schema import revision

TABLES = {table.name: table for table in all_tables()}
HOUSEHOLD = (7, "Home", "EUR", 1)
# By code point, which no locale sorts like this.
NAMES = ["", "B", "Z", "a", "b c", "bc", "ß", "é", "中", "\U0001f600"]


@dataclass
class Subject:
    """A migrated, empty database, opened three times."""

    reader: BulkReader
    writer: BulkWriter
    database: Database

    async def run(self, sql: str, *arguments: int | str) -> int:
        """Change rows beside the adapter."""
        return await self.database.write(lambda connection: connection.execute(sql, *arguments))


async def read(reader: BulkReader, name: str, after: Key | None = None) -> list[BulkRow]:
    return [row async for piece in reader.rows(TABLES[name], after=after, limit=3) for row in piece]


def rates(*commodities: str) -> list[BulkRow]:
    return [(7, code, "EUR", "2026-01-31", "1.5", "entered", 5) for code in commodities]


class BulkContract(ABC):
    """Derive, and give a fixture `subject`."""

    @pytest.fixture
    @abstractmethod
    async def subject(self, request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 -- yields
        """Yield an open subject."""

    async def test_rows_come_in_the_order_of_code_points_and_go_on_behind_a_key(
        self, subject: Subject
    ) -> None:
        await subject.writer.append(TABLES["households"], [HOUSEHOLD], "mark")
        await subject.writer.append(TABLES["rates"], rates(*reversed(NAMES)), "mark")
        rows = await read(subject.reader, "rates")
        assert rows == rates(*NAMES)
        for place, row in enumerate(rows):
            key = TABLES["rates"].key_of(row)
            assert await read(subject.reader, "rates", key) == rows[place + 1 :]
        assert await subject.reader.count(TABLES["rates"]) == len(NAMES)

    async def test_bytes_nulls_and_numbers_of_64_bits_stay_what_they_are(
        self, subject: Subject
    ) -> None:
        keys = [bytes([first]) * 32 for first in (0, 1, 127, 128, 255)]
        rows: list[BulkRow] = [(1, key, b"\x00", 201, b"", -(2**63)) for key in keys]
        await subject.writer.append(TABLES["idempotency_keys"], rows, "mark")
        assert await read(subject.reader, "idempotency_keys") == rows
        account = (9, 7, "asset", "checking", "A", "a", None, "EUR", None, 2**63 - 1, 1, 1, None)
        await subject.writer.append(TABLES["accounts"], [(*account, None)], "mark")
        assert await read(subject.reader, "accounts") == [(*account, None)]

    async def test_rows_and_their_mark_are_stored_together_or_not_at_all(
        self, subject: Subject
    ) -> None:
        households = TABLES["households"]
        await subject.writer.append(households, [HOUSEHOLD], "one row")
        with pytest.raises(Exception):  # noqa: B017, PT011 -- the adapter's own
            await subject.writer.append(households, [(8, "H", "EUR", 1), HOUSEHOLD], "three rows")
        assert (await subject.writer.marks() or {})["households"] == "one row"
        assert await read(subject.reader, "households") == [HOUSEHOLD]
        await subject.writer.mark("households", "done")
        marks = await subject.writer.marks() or {}
        assert (marks["source"], marks["households"]) == ("s", "done")

    async def test_rows_may_come_before_those_they_point_at_until_it_is_sealed(
        self, subject: Subject
    ) -> None:
        payees: list[BulkRow] = [(n, 7, f"P{n}", f"p{n}", n + 1, 1) for n in (1, 2)]
        await subject.writer.append(TABLES["payees"], payees, "mark")
        faults = await subject.writer.seal(all_tables())
        assert faults
        assert all(fault.startswith("payees: a row points at none") for fault in faults)
        await subject.writer.append(TABLES["households"], [HOUSEHOLD], "mark")
        await subject.writer.append(TABLES["payees"], [(3, 7, "P3", "p3", None, 1)], "mark")
        assert await subject.writer.seal(all_tables()) == []

    async def test_is_no_installation_until_it_is_released(self, subject: Subject) -> None:
        assert await subject.database.read(revision) == MOVING
        await subject.writer.append(TABLES["households"], [HOUSEHOLD], "mark")
        await subject.writer.clear(moved_tables(), {"source": "another"})
        assert (await subject.writer.marks() or {})["source"] == "another"
        assert "households" not in (await subject.writer.marks() or {})
        assert await read(subject.reader, "households") == []
        assert await subject.writer.seal(all_tables()) == []
        await subject.writer.release(HEAD)
        assert await subject.writer.marks() is None
        assert await subject.database.read(revision) == HEAD
        assert {table.name for table in all_tables()} <= await subject.reader.present()
        assert "move_marks" not in await subject.reader.present()

    async def test_counter_goes_on_beyond_the_rows(self, subject: Subject) -> None:
        moved = (900, 1, 7, 1, "T", 1, 1, None, "c", None, None, 1, "{}", b"p", b"h")
        await subject.writer.append(TABLES["events"], [moved], "mark")
        await subject.writer.seal(all_tables())
        await subject.run(
            "INSERT INTO events (event_id, household_id, household_seq, type, version, subject_id,"
            " correlation_id, occurred_at, payload, prev_hash, hash)"
            " SELECT 2, 7, 2, 'T', 1, 1, 'c', 1, '{}', prev_hash, hash FROM events"
        )
        assert [row[0] for row in await read(subject.reader, "events")] == [900, 901]

    async def test_held_reader_sees_one_snapshot_and_keeps_writers_out(
        self, subject: Subject
    ) -> None:
        await subject.writer.append(TABLES["households"], [HOUSEHOLD], "mark")
        async with self.held(subject):
            assert await read(subject.reader, "households") == [HOUSEHOLD]
            with pytest.raises(DatabaseTimeout):
                await subject.run("UPDATE households SET name = 'other'")

            async def unit(connection: Connection) -> str:
                return str(await connection.fetch_value("SELECT name FROM households"))

            assert await subject.reader.database.read(unit) == "Home"
            with pytest.raises(RuntimeError):
                await subject.reader.database.write(unit)
        assert await subject.run("UPDATE households SET name = 'other'") == 1

    def held(self, subject: Subject) -> Any:  # noqa: ANN401 -- a context manager
        """Hold the reader while the subject's other connections stay open."""
        return subject.reader.hold(moved_tables())
