"""Tables of many banks and programs are read as their owners would read them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import NamedTuple

import pytest

from pfh.features.imports.formats.read import open_statement

_TABLES = Path(__file__).with_name("bank_tables.txt")


class Table(NamedTuple):
    """A file and its movements as "date minor-units currency payee"."""

    name: str
    currency: str | None
    text: str
    rows: list[str]


def _tables() -> list[Table]:
    tables = []
    for part in _TABLES.read_text(encoding="utf-8").split("\n>> ")[1:]:
        head, _, body = part.partition("\n")
        text, _, rows = body.partition("\n<<\n")
        name, _, currency = head.partition(" ")
        wanted = [line for line in rows.splitlines() if line]
        tables.append(Table(name, currency or None, text + "\n", wanted))
    return tables


@pytest.mark.parametrize("table", _tables(), ids=lambda table: table.name)
def test_table_gives_dates_amounts_and_payees_when_bank_writes_its_own_layout(table: Table) -> None:
    source = io.BytesIO(table.text.encode())
    statement = open_statement(source, currency=table.currency, file_name=f"{table.name}.csv")
    rows = [row for batch in statement.batches() for row in batch]
    assert statement.errors == []
    got = [f"{row.date} {row.amount_minor} {row.commodity} {row.payee}" for row in rows]
    assert len(got) == len(table.rows)
    for line, wanted in zip(got, table.rows, strict=True):
        # A meaning without a payee leaves it open.
        assert line == wanted or (wanted.count(" ") == 2 and line.startswith(f"{wanted} "))


@pytest.mark.parametrize("table", _tables(), ids=lambda table: table.name)
def test_table_gives_the_same_rows_when_its_mapping_is_used_again(table: Table) -> None:
    first = open_statement(io.BytesIO(table.text.encode()), currency=table.currency)
    assert first.guess is not None
    rows = [row for batch in first.batches() for row in batch]
    again = open_statement(
        io.BytesIO(table.text.encode()), mapping=first.guess.mapping, currency=table.currency
    )
    assert [row for batch in again.batches(7) for row in batch] == rows
    assert again.guess is not None
    assert again.guess.fingerprint == first.guess.fingerprint
