"""Where the rows of a table that names no account went before.

A bank's CSV file seldom says whose it is. Without this, each month's file would get an account of
its own, and the same file again would be booked again beside the first.
"""

from __future__ import annotations

from pfh.core.errors import Problem
from pfh.features.accounts import api as accounts
from pfh.features.imports import store
from pfh.features.imports.imported_file import decode_findings
from pfh.features.imports.store import ImportRecord
from pfh.ports.database import Connection

# As many of the latest imports are looked through; a bank's file of each month is among them.
_IMPORTS_SEEN = 100
# The key of the account of a file that names none.
NO_ACCOUNT = ""


async def earlier_account(
    connection: Connection, record: ImportRecord, fingerprint: str
) -> int | None:
    """Return the one open account to which all earlier tables of this shape went.

    None when there is no such import that still stands, or when they went to several accounts: then
    only the person knows.
    """
    found: set[str | None] = set()
    for earlier in await store.list_imports(
        connection, record.household_id, before=record.import_id, limit=_IMPORTS_SEEN
    ):
        if earlier.status != "committed":
            continue
        findings = decode_findings(earlier.findings)
        if findings.csv is not None and findings.csv.fingerprint == fingerprint:
            found |= {one.account_id for one in findings.accounts if one.key == NO_ACCOUNT}
    # Imports of earlier versions do not tell which account they made.
    known = [int(account_id) for account_id in found if account_id is not None]
    if len(known) != 1:
        return None
    try:
        account = await accounts.open_real_account(connection, record.household_id, known[0])
    except Problem:
        # Closed or removed since.
        return None
    return account.account_id
