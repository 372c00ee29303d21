"""Everything of a row but its date and amount, compiled once for a mapping.

It exists because most files have few of these columns: a mapping without them costs one constant a
row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from pfh.features.imports.formats.csv_cells import Cells
from pfh.features.imports.formats.csv_mapping import Mapping
from pfh.features.imports.formats.statement import RowKind, StatementAccount, Trade

Texts = Callable[[list[str], int], tuple[str, str]]
"""Takes the cells and the amount: money in names its payer, where the file has both sides."""
Fields = Callable[[list[str]], tuple[object, ...]]
_ACCOUNTS_REMEMBERED: Final = 1_000
_TEXT_MAX: Final = 1_000


def compile_texts(mapping: Mapping) -> Texts:
    """Return a reader of payee and memo."""
    payees, memos = mapping.payee, mapping.memo
    if mapping.kind == "investment":
        return _traded(mapping)
    if mapping.payer is not None:
        return _two_sides(mapping, mapping.payer)
    if len(payees) == 1 and not memos:
        only = payees[0]
        return lambda cells, _: (one_line(cells[only]), "")
    if len(payees) == 1 and len(memos) == 1:
        return _pair(payees[0], memos[0])

    def texts(cells: list[str], _: int) -> tuple[str, str]:
        payee = next((text for column in payees if (text := one_line(cells[column]))), "")
        # One text stands once, whatever number of columns repeats it.
        parts = dict.fromkeys(text for column in memos if (text := one_line(cells[column])))
        parts.pop(payee, None)
        memo = " ".join(parts)
        return (payee, memo) if payee else (memo, "")

    return texts


def _two_sides(mapping: Mapping, payer: int) -> Texts:
    out = compile_texts(msgspec.structs.replace(mapping, payer=None))
    inward = compile_texts(
        msgspec.structs.replace(mapping, payer=None, payee=(payer, *mapping.payee[1:]))
    )
    return lambda cells, minor: (inward if minor > 0 else out)(cells, minor)


def _traded(mapping: Mapping) -> Texts:
    """Return a reader that names a trade by its action and security when nothing else does."""
    plain = compile_texts(msgspec.structs.replace(mapping, kind="bank"))
    columns = [c for c in (mapping.action, mapping.security) if c is not None]

    def texts(cells: list[str], minor: int) -> tuple[str, str]:
        payee, memo = plain(cells, minor)
        return payee or " ".join(t for c in columns if (t := one_line(cells[c]))), memo

    return texts


def _pair(first: int, second: int) -> Texts:
    """Return the reader of the most frequent shape, without calls for the usual texts."""

    def texts(cells: list[str], _: int) -> tuple[str, str]:
        payee, memo = cells[first].strip(), cells[second].strip()
        if "  " in payee or "\n" in payee:
            payee = " ".join(payee.split())
        if "  " in memo or "\n" in memo:
            memo = " ".join(memo.split())
        if not payee:
            return memo, ""
        return payee, "" if memo == payee else memo

    return texts


def one_line(text: str) -> str:
    """Return the text without line ends and repeated blanks."""
    text = text.strip()
    return " ".join(text.split()) if "  " in text or "\n" in text else text


def compile_fields(mapping: Mapping, cells_of: Cells) -> Fields:
    """Return a reader of what follows the memo in `StatementRow`."""
    readers: list[Callable[[list[str]], object]] = [
        _text(mapping.external_id),
        _category(mapping.category),
        _account(mapping, cells_of),
        _text(mapping.reference),
        _kind(mapping),
        _nothing if mapping.balance is None else cells_of.balance,
        _tags(mapping.tags),
        _trade(mapping),
    ]
    constant = (None, None, None, None, RowKind.TRANSACTION, None, (), None)
    changing = [at for at, read in enumerate(readers) if read not in _CONSTANTS]
    if not changing:
        return lambda _: constant
    if len(changing) == 1:
        at, read = changing[0], readers[changing[0]]
        before, after = constant[:at], constant[at + 1 :]
        return lambda cells: (*before, read(cells), *after)
    pairs = [(at, readers[at]) for at in changing]

    def fields(cells: list[str]) -> tuple[object, ...]:
        values: list[object] = [*constant]
        for at, read in pairs:
            values[at] = read(cells)
        return tuple(values)

    return fields


def _nothing(_: list[str]) -> None:
    return None


def _no_tags(_: list[str]) -> tuple[str, ...]:
    return ()


def _transaction(_: list[str]) -> RowKind:
    return RowKind.TRANSACTION


_CONSTANTS: Final = (_nothing, _no_tags, _transaction)


def _text(column: int | None) -> Callable[[list[str]], object]:
    if column is None:
        return _nothing
    return lambda cells: cells[column].strip()[:_TEXT_MAX] or None


def _category(columns: tuple[int, ...]) -> Callable[[list[str]], object]:
    if not columns:
        return _nothing
    if len(columns) == 1:
        return _text(columns[0])
    return lambda cells: ":".join(t for c in columns if (t := cells[c].strip()))[:_TEXT_MAX] or None


def _account(mapping: Mapping, cells_of: Cells) -> Callable[[list[str]], object]:
    column = mapping.account
    if column is None:
        return _nothing
    known: dict[str, StatementAccount | None] = {}

    def account(cells: list[str]) -> StatementAccount | None:
        text = cells[column]
        if text in known:
            return known[text]
        # A quote that was never opened belongs to the file, not to the account.
        name = text.strip(" \"'")[:200]
        # Where each row says its currency, the default says nothing about the account.
        code = "" if mapping.currency is not None else cells_of.code or ""
        found = StatementAccount(name, "", code) if name else None
        if len(known) < _ACCOUNTS_REMEMBERED:
            known[text] = found
        return found

    return account


def _kind(mapping: Mapping) -> Callable[[list[str]], object]:
    if mapping.kind != "investment":
        return _transaction
    columns = [c for c in (mapping.security, mapping.quantity) if c is not None]

    def kind(cells: list[str]) -> RowKind:
        traded = any(cells[column].strip() for column in columns)
        return RowKind.TRADE if traded else RowKind.TRANSACTION

    return kind


def _tags(column: int | None) -> Callable[[list[str]], object]:
    if column is None:
        return _no_tags

    def tags(cells: list[str]) -> tuple[str, ...]:
        text = cells[column]
        if not text:
            return ()
        for separator in ("|", ";", ","):
            if separator in text:
                return tuple(t for part in text[:_TEXT_MAX].split(separator) if (t := part.strip()))
        return (text.strip()[:_TEXT_MAX],) if text.strip() else ()

    return tags


def _trade(mapping: Mapping) -> Callable[[list[str]], object]:
    if mapping.kind != "investment":
        return _nothing
    columns = (mapping.action, mapping.security, mapping.quantity, mapping.unit_price)

    def trade(cells: list[str]) -> Trade | None:
        values = [cells[c].strip()[:_TEXT_MAX] if c is not None else "" for c in columns]
        return Trade(*values) if values[1] or values[2] else None

    return trade
