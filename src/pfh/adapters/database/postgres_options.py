"""How a PostgreSQL server is reached, and the limits that keep one session from holding it.

It exists so that the composition root can build the options without loading the driver.
"""

from __future__ import annotations

from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Final

# A replica that is further behind is not even asked.
REPLICA_LAG_SECONDS_MAX: Final = 10.0
_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresOptions:
    """How the server is reached. Times are seconds; `ssl` None means what the URL says.

    A URL may name several hosts (`a:5432,b:5432`): the one with the wanted role is connected to.
    """

    url: str
    ssl: SSLContext | None = None
    pool_name: str = "primary"
    pool_min: int = 2
    pool_max: int = 10
    application_name: str = "pfh"
    connect_seconds: float = 5.0
    acquire_seconds: float = 5.0
    statement_seconds: float = 30.0
    # Beyond the statement's own limit: a server that does not even say that it gave up is gone.
    answer_seconds: float = 5.0
    lock_seconds: float = 5.0
    idle_in_transaction_seconds: float = 30.0
    undo_seconds: float = 5.0
    cached_statements: int = 512
    attempts_max: int = 6
    first_pause_seconds: float = 0.005
    longest_pause_seconds: float = 0.25

    def connection_settings(self) -> dict[str, Any]:
        """Return how the driver makes a connection, apart from where and to whom."""
        return {
            "timeout": self.connect_seconds,
            "command_timeout": self.statement_seconds + self.answer_seconds,
            "statement_cache_size": self.cached_statements,
            "max_cached_statement_lifetime": 0,
            "server_settings": self.server_settings(),
        }

    def server_settings(self) -> dict[str, str]:
        """Return what every session is told, so that no session can hold the server for ever."""
        return {
            "application_name": self.application_name,
            "statement_timeout": str(int(self.statement_seconds * _MILLISECONDS)),
            "lock_timeout": str(int(self.lock_seconds * _MILLISECONDS)),
            "idle_in_transaction_session_timeout": str(
                int(self.idle_in_transaction_seconds * _MILLISECONDS)
            ),
            "timezone": "UTC",
            "datestyle": "ISO, YMD",
            # Our statements take microseconds; compiling one takes a hundred milliseconds.
            "jit": "off",
        }
