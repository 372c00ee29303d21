"""`pfh mail` shows what was not sent, without addresses, and tries it again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pfh.adapters.database.sqlite import open_sqlite
from pfh.entry.cli.main import build_app
from pfh.features.mail.api import Letter, post_letter
from pfh.ports.database import Connection


async def bury_one(path: Path) -> None:
    database = open_sqlite(path)
    letter = Letter(mail_id=77, kind="password_changed", recipient="ann@example.org")

    async def unit(connection: Connection) -> None:
        await post_letter(connection, letter, now=1)
        await connection.execute(
            "UPDATE mail_outbox SET state = 'dead', last_error = 'answered 400', attempts = 3"
        )

    await database.write(unit)
    await database.close()


def test_lists_dead_letters_and_tries_one_again(
    migrated_sqlite_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = migrated_sqlite_path.rename(migrated_sqlite_path.with_name("pfh.sqlite"))
    monkeypatch.setenv("PFH_DATA_DIR", str(books.parent))
    monkeypatch.setenv("COLUMNS", "200")
    asyncio.run(bury_one(books))

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(build_app(), ["mail", *arguments])
        return done.exit_code, done.output

    code, output = run("list")
    assert (code, "77" in output, "answered 400" in output) == (0, True, True)
    assert "ann@example.org" not in output
    assert run("retry", "77") == (0, "1 to be sent again\n")
    assert "due" in run("list")[1]
    code, output = run("retry", "77")
    assert (code, "is due" in output) == (1, True)
    assert run("retry", "78")[0] == 1
    assert run("retry", "seven")[0] == 2
    assert run("retry") == (0, "0 to be sent again\n")
