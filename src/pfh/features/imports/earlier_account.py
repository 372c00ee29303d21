"""Where the rows of a table that names no account went before.

A bank's CSV file seldom says whose it is. Without this, each month's file would get an account of
its own, and the same file again would be booked again beside the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from pfh.core.errors import Problem
from pfh.features.accounts import api as accounts
from pfh.features.imports import store
from pfh.features.imports.imported_file import decode_findings
from pfh.features.imports.store import ImportRecord
from pfh.ports.database import Connection

# As many of the latest imports are looked through; a bank's file of each month is among them.
_IMPORTS_SEEN = 100
_LATEST = 2**63 - 1
# The key of the account of a file that names none.
NO_ACCOUNT = ""


async def earlier_account(
    connection: Connection, record: ImportRecord, fingerprint: str
) -> int | None:
    """Return the one open account to which all earlier tables of this shape went.

    None when there is no such import that still stands, or when they went to several accounts: then
    only the person knows.
    """
    known = await _earlier_ids(connection, record.household_id, record.import_id, fingerprint)
    if len(known) != 1:
        return None
    found = await _open_accounts(connection, record.household_id, known)
    return found[0].account_id if found else None


async def earlier_accounts(
    connection: Connection, household_id: int, fingerprint: str
) -> list[accounts.AccountRecord]:
    """Return the open accounts to which earlier tables of this shape went, the latest first."""
    known = await _earlier_ids(connection, household_id, _LATEST, fingerprint)
    return await _open_accounts(connection, household_id, known)


async def _earlier_ids(
    connection: Connection, household_id: int, before: int, fingerprint: str
) -> list[int]:
    """Return whose ids the imports that still stand tell, the latest first, each once."""
    found: dict[int, None] = {}
    for earlier in await store.list_imports(
        connection, household_id, before=before, limit=_IMPORTS_SEEN
    ):
        if earlier.status != "committed":
            continue
        findings = decode_findings(earlier.findings)
        if findings.csv is not None and findings.csv.fingerprint == fingerprint:
            # Imports of earlier versions do not tell which account they made.
            ids = (one.account_id for one in findings.accounts if one.key == NO_ACCOUNT)
            found |= {int(account_id): None for account_id in ids if account_id is not None}
    return list(found)


async def _open_accounts(
    connection: Connection, household_id: int, account_ids: Sequence[int]
) -> list[accounts.AccountRecord]:
    found = []
    for account_id in account_ids:
        # One may have been closed or removed since.
        with suppress(Problem):
            found.append(await accounts.open_real_account(connection, household_id, account_id))
    return found
