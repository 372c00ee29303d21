"""The SQL of the audit and of refused addresses."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Final

from pfh.ports.database import Connection, Row, Value

_INSERT: Final = """
    INSERT INTO audit_log (audit_id, occurred_at, actor, action, target, address, correlation_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7)"""
_COMPLETE: Final = """
    UPDATE audit_log SET outcome = $2, detail = $3 WHERE audit_id = $1 AND outcome IS NULL"""
_CALL: Final = """audit_id, occurred_at, actor, action, target, address, correlation_id,
    detail, outcome"""
_PAGE: Final = f"""
    SELECT {_CALL} FROM audit_log WHERE audit_id < $1 ORDER BY audit_id DESC LIMIT $2"""
_BLOCK: Final = "block_id, cidr, reason, created_by, created_at, expires_at"
_FORGET: Final = "DELETE FROM address_blocks WHERE expires_at <= $1"
_COUNT: Final = "SELECT COUNT(*) FROM address_blocks"
_UPSERT: Final = f"""
    INSERT INTO address_blocks ({_BLOCK}) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (cidr) DO UPDATE SET reason = excluded.reason, created_by = excluded.created_by,
        created_at = excluded.created_at, expires_at = excluded.expires_at
    RETURNING {_BLOCK}"""
_LIST: Final = f"""
    SELECT {_BLOCK} FROM address_blocks WHERE expires_at > $1 ORDER BY block_id DESC"""
REMOVE: Final = f"""
    DELETE FROM address_blocks WHERE block_id = $1 AND expires_at > $2 RETURNING {_BLOCK}"""
REMOVE_RANGE: Final = f"""
    DELETE FROM address_blocks WHERE cidr = $1 AND expires_at > $2 RETURNING {_BLOCK}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One call of an operator.

    Attributes:
        audit_id: grows with time.
        occurred_at: when it began, in microseconds.
        actor: see `Operator.name`.
        action: method and route, or the command.
        target: the path with its ids, or what the command was told; never a secret.
        address: where from.
        correlation_id: as in the log.
        detail: a JSON object of what was asked for, None when there is nothing more to say.
        outcome: the HTTP status or `exit N`; None while it runs, or when its process died.
    """

    audit_id: int
    occurred_at: int
    actor: str
    action: str
    target: str
    address: str
    correlation_id: str
    detail: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One refused range, such as `203.0.113.0/24`; instants in microseconds."""

    block_id: int
    cidr: str
    reason: str
    created_by: str
    created_at: int
    expires_at: int


async def insert_call(connection: Connection, *values: Value) -> None:
    """Store the begin of a call: the columns of `AuditRecord` without its end."""
    await connection.execute(_INSERT, *values)


async def complete_call(
    connection: Connection, audit_id: int, outcome: str, detail: str | None
) -> None:
    """Store the end of a call, once."""
    await connection.execute(_COMPLETE, audit_id, outcome, detail)


async def list_calls(connection: Connection, *, before: int, limit: int) -> list[AuditRecord]:
    """Return the calls before an id, the newest first."""
    rows = await connection.fetch_all(_PAGE, before, limit)
    names = AuditRecord.__dataclass_fields__
    return [AuditRecord(**dict(zip(names, row, strict=True))) for row in rows]


async def count_blocks(connection: Connection, *, now: int) -> int:
    """Forget the blocks that have expired and count the others."""
    await connection.execute(_FORGET, now)
    return int(await connection.fetch_value(_COUNT))


async def upsert_block(connection: Connection, block: Block) -> Block:
    """Store a block, or its end and reason where the range is refused already; returns the row."""
    row = await connection.fetch_one(_UPSERT, *astuple(block))
    assert row is not None
    return _block(row)


async def list_blocks(connection: Connection, *, now: int) -> list[Block]:
    """Return the blocks that hold, the newest first."""
    return [_block(row) for row in await connection.fetch_all(_LIST, now)]


async def remove_block(
    connection: Connection, sql: str, what: int | str, *, now: int
) -> Block | None:
    """Remove a block that holds by REMOVE (its id) or REMOVE_RANGE (its range); None without."""
    row = await connection.fetch_one(sql, what, now)
    return None if row is None else _block(row)


def _block(row: Row) -> Block:
    return Block(**dict(zip(Block.__dataclass_fields__, row, strict=True)))
