"""Look-ups that go together fail together when each alone would only wait once more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from pfh.adapters.database.postgres_look_ups import LookUps
from pfh.adapters.database.postgres_units import Accepted
from pfh.ports.database import DatabaseTimeout, DatabaseUnavailable

SELECT = "SELECT 1 FROM t WHERE id = $1"


class Server:
    """Stands for connections, a connection of the driver, and units that ask alone."""

    def __init__(
        self, *, no_connection: Exception | None = None, no_answer: BaseException | None = None
    ) -> None:
        self.accepted = Accepted()
        self.log: list[str] = []
        self._no_connection, self._no_answer = no_connection, no_answer

    async def acquire(self) -> Any:  # noqa: ANN401 -- itself
        self.log.append("acquire")
        if self._no_connection is not None:
            raise self._no_connection
        return self

    async def release(self, _raw: object) -> None:
        self.log.append("release")

    async def undo(self, _raw: object) -> None:
        self.log.append("undo")

    async def fetchmany(self, _text: str, values: Sequence[Any]) -> Sequence[Any]:
        await asyncio.sleep(0)
        if self._no_answer is not None:
            raise self._no_answer
        return [([one],) for one in values]

    async def look_up(self, _sql: str, *arguments: object) -> Sequence[Any]:
        self.log.append("alone")
        return [arguments]


async def ask(server: Server) -> list[Any]:
    port: Any = server
    look_ups = LookUps(port, port)
    return await asyncio.gather(
        *(look_ups.find(SELECT, number) for number in range(3)), return_exceptions=True
    )


async def test_goes_in_one_message_and_gives_the_connection_back() -> None:
    server = Server()
    assert await ask(server) == [(0,), (1,), (2,)]
    assert server.log == ["acquire", "release"]


@pytest.mark.parametrize("kind", [DatabaseTimeout, DatabaseUnavailable])
async def test_nobody_waits_again_when_no_connection_is_to_be_had(kind: type[Exception]) -> None:
    server = Server(no_connection=kind("none"))
    assert [type(one) for one in await ask(server)] == [kind] * 3
    assert server.log == ["acquire"]


async def test_nobody_waits_again_when_the_server_is_silent() -> None:
    server = Server(no_answer=TimeoutError())
    assert [type(one) for one in await ask(server)] == [DatabaseTimeout] * 3
    assert server.log == ["acquire", "undo"]


async def test_each_asks_alone_when_the_message_was_refused() -> None:
    server = Server(no_answer=asyncpg.DataError("$1"))
    assert await ask(server) == [(0,), (1,), (2,)]
    assert server.log == ["acquire", "undo", *["alone"] * 3]


async def test_gives_the_connection_back_when_the_round_is_cut_off() -> None:
    server = Server(no_answer=asyncio.CancelledError())
    assert await ask(server) == [(0,), (1,), (2,)]
    assert server.log[:2] == ["acquire", "undo"]
