"""The settings of PostgreSQL: the servers that take the writes, and the replica of the reads.

Several hosts may be named for either: after a failover the hub finds the one with the role again,
and needs no restart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from pfh.runtime import setting_values as read
from pfh.runtime.setting_reader import Reader
from pfh.runtime.setting_values import Setting

POSTGRES_HOST: Final = Setting(
    "POSTGRES_HOST",
    read.name_list,
    "none: SQLite",
    "PostgreSQL server; when set, the books are kept there and not in SQLite. Of several, separated"
    " by commas, the one that takes writes is used, also after a failover.",
)
POSTGRES_PORT: Final = Setting(
    "POSTGRES_PORT", read.port_list, "5432", "Its TCP port; one for all hosts, or one for each."
)
POSTGRES_DB: Final = Setting(
    "POSTGRES_DB", read.any_text, "required", "The database on that server."
)
POSTGRES_USER: Final = Setting(
    "POSTGRES_USER", read.any_text, "required", "The role that signs in."
)
POSTGRES_PASSWORD: Final = Setting(
    "POSTGRES_PASSWORD",
    read.safe_password,
    "required",
    "The role's password; or name a file in POSTGRES_PASSWORD_FILE.",
    secret=True,
)
POSTGRES_POOL_SIZE: Final = Setting(
    "POSTGRES_POOL_SIZE",
    read.whole_number(1, 200),
    "10",
    "Most connections of one process; as many again to a replica.",
)
POSTGRES_READ_HOST: Final = Setting(
    "POSTGRES_READ_HOST",
    read.name_list,
    "none: the primary",
    "Streaming replica of the same database, for lists, reports and exports; of several, one that"
    " is a replica is used.",
)
POSTGRES_READ_PORT: Final = Setting(
    "POSTGRES_READ_PORT",
    read.port_list,
    "5432",
    "Its TCP port; one for all hosts, or one for each.",
)
POSTGRES_TLS: Final = Setting(
    "POSTGRES_TLS",
    read.one_of("off", "on"),
    "off",
    "on: speak TLS to all, and believe only a certificate that names the host; off: TLS where the"
    " server offers it, and any certificate.",
)
POSTGRES_CA_FILE: Final = Setting(
    "POSTGRES_CA_FILE",
    read.folder,
    "the system's",
    "PEM file of the authorities whose certificates all may show.",
)
POSTGRES_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    POSTGRES_HOST, POSTGRES_PORT, POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD,
    POSTGRES_POOL_SIZE, POSTGRES_READ_HOST, POSTGRES_READ_PORT, POSTGRES_TLS, POSTGRES_CA_FILE,
)  # fmt: skip
_DEFAULT_PORTS: Final = (5432,)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSettings:
    """The books are on a PostgreSQL server; no field can be half set.

    `places` are hosts with their ports, of which one takes the writes; `read_places` the same for
    the replica, empty when there is none.
    """

    places: tuple[tuple[str, int], ...]
    database: str
    user: str
    password: str = field(repr=False)
    pool_size: int
    read_places: tuple[tuple[str, int], ...] = ()
    tls: bool = False
    ca_file: Path | None = None

    @property
    def url(self) -> str:
        """The address for the driver, password included: never log it."""
        return self._url(self.places)

    @property
    def read_url(self) -> str | None:
        """The address of the replica, password included, or None."""
        return self._url(self.read_places) if self.read_places else None

    @property
    def migration_url(self) -> str:
        """The address for the migrations' engine, password included: never log it."""
        return self.url.replace("postgresql://", "postgresql+asyncpg://", 1)

    @property
    def address(self) -> str:
        """Where the books are, for people: `a:5432,b:5432/hub`."""
        return f"{_hosts(self.places)}/{self.database}"

    @property
    def read_address(self) -> str:
        """Where the replica is, for people."""
        return f"{_hosts(self.read_places)}/{self.database}"

    def _url(self, places: tuple[tuple[str, int], ...]) -> str:
        user, password = quote(self.user, safe=""), quote(self.password, safe="")
        address = f"{user}:{password}@{_hosts(places)}/{quote(self.database, safe='')}"
        tls = {"sslmode": "verify-full"} if self.tls else {}
        if self.ca_file is not None:
            tls["sslrootcert"] = str(self.ca_file)
        return f"postgresql://{address}{'?' if tls else ''}{urlencode(tls)}"


def read_postgres(reader: Reader) -> PostgresSettings | None:
    """Read what is set, None without a host; half a server is a mistake."""
    if not reader.is_set(POSTGRES_HOST):
        rest = tuple(one for one in POSTGRES_SETTINGS if one is not POSTGRES_POOL_SIZE)
        reader.require_absent(rest, unless=POSTGRES_HOST)
        return None
    if not reader.is_set(POSTGRES_READ_HOST):
        reader.require_absent((POSTGRES_READ_PORT,), unless=POSTGRES_READ_HOST)
    return PostgresSettings(
        places=_places(reader, POSTGRES_HOST, POSTGRES_PORT),
        database=reader.required(POSTGRES_DB, ""),
        user=reader.required(POSTGRES_USER, ""),
        password=reader.secret(POSTGRES_PASSWORD, required=True) or "",
        pool_size=reader.value(POSTGRES_POOL_SIZE, 10),
        read_places=_places(reader, POSTGRES_READ_HOST, POSTGRES_READ_PORT),
        tls=reader.value(POSTGRES_TLS, "off") == "on",
        ca_file=reader.authorities(POSTGRES_CA_FILE, tls=POSTGRES_TLS),
    )


def _places(
    reader: Reader, host: Setting[tuple[str, ...]], port: Setting[tuple[int, ...]]
) -> tuple[tuple[str, int], ...]:
    """Put each host together with its port."""
    hosts, ports = reader.value(host, ()), reader.value(port, _DEFAULT_PORTS)
    if len(ports) == 1:
        ports = ports * len(hosts)
    if len(ports) != len(hosts):
        reader.mistake(
            f"{port.name} has {len(ports)} ports for {len(hosts)} hosts in {host.name}: give one"
            " for all, or one for each."
        )
    return tuple(zip(hosts, ports, strict=False))


def _hosts(places: tuple[tuple[str, int], ...]) -> str:
    shown = [(f"[{host}]" if ":" in host else host, port) for host, port in places]
    return ",".join(f"{host}:{port}" for host, port in shown)
