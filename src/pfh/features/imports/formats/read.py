"""The one door: a file in, a statement out, whatever its format.

It exists so that the pipeline neither knows formats nor holds a file in memory: it takes batches of
rows and asks at the end what was read, left out and wrong.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from pfh.core.errors import Problem
from pfh.features.imports.formats.csv_guess import Guess, guess_text, refit
from pfh.features.imports.formats.csv_mapping import Mapping, check_mapping
from pfh.features.imports.formats.csv_rows import read_rows as read_table
from pfh.features.imports.formats.detect import detect_text
from pfh.features.imports.formats.encoding import Encoding, detect_encoding
from pfh.features.imports.formats.ofx import read_rows as read_ofx
from pfh.features.imports.formats.statement import (
    FILE_FIELD,
    Caution,
    Format,
    Item,
    Note,
    RowError,
    StatementAccount,
    StatementBalance,
    StatementRow,
)
from pfh.features.imports.formats.stream import CHUNK_BYTES, GuardedStream, read_head

ERRORS_KEPT: Final = 1_000
NOTES_KEPT: Final = 100
ACCOUNTS_KEPT: Final = 1_000
BATCH_ROWS: Final = 1_000
_ACCOUNT_OF: Final = itemgetter(StatementRow._fields.index("account"))


class Statement:
    """A file being read.

    Attributes:
        format: what was detected.
        encoding: codec name of the text.
        guess: for a CSV, how its columns are read and how sure that is; None for OFX.
        accounts: those met so far, in order of appearance.
        balances: the ledger balances that the file states.
        errors: the first 1,000; `error_count` has them all.
        notes: the first 100 lines left out on purpose; `note_count` has them all.
        warnings: sentences about the whole file, for the person to check.
        rows_read: movements met so far: rows given, rows with an error, and rows left out because
            they
            never happened (declined) or are a balance written like a movement.
        rows_given: rows handed out by `batches`.
    """

    def __init__(self, format_: Format, encoding: Encoding, raw: GuardedStream) -> None:
        """Made by `open_statement`."""
        self.format = format_
        self.encoding = encoding.name
        self.guess: Guess | None = None
        self.accounts: dict[StatementAccount, None] = {}
        self.balances: list[StatementBalance] = []
        self.errors: list[RowError] = []
        self.error_count = 0
        self.notes: list[Note] = []
        self.note_count = 0
        self.warnings: list[str] = []
        self.rows_read = 0
        self.rows_given = 0
        self._raw = raw
        self._rows: Iterable[StatementRow] = ()
        self._stopped = False
        self._owned: BinaryIO | None = None

    @property
    def bytes_read(self) -> int:
        """Return how much of the file was read, for a progress bar."""
        return self._raw.bytes_read

    def give(self, rows: Iterable[StatementRow]) -> None:
        """Take the rows that `batches` will hand out."""
        self._rows = rows

    def batches(self, size: int = BATCH_ROWS) -> Iterator[list[StatementRow]]:
        """Yield lists of at most `size` rows, once; errors and notes are collected aside.

        A reason to stop in the middle of the file becomes an error of the file; what was read
        before it is given.
        """
        rows = iter(self._rows)
        line = 0
        while not self._stopped:
            batch = self._take(rows, size, line)
            if not batch:
                break
            self.rows_read += len(batch)
            self.rows_given += len(batch)
            for account in dict.fromkeys(map(_ACCOUNT_OF, batch)):
                self._meet(account)
            line = batch[-1].line
            yield batch
        if self._raw.had_nul:
            self._raw.had_nul = False
            self.warnings.append("The file holds NUL bytes; they were read as blanks.")

    def _take(self, rows: Iterator[StatementRow], size: int, last_line: int) -> list[StatementRow]:
        batch: list[StatementRow] = []
        try:
            # `extend` keeps what came before a problem; a list made in one call would lose it.
            batch.extend(islice(rows, size))
        except Problem as problem:
            self._stopped = True
            line = batch[-1].line if batch else last_line
            self.collect(RowError(line, FILE_FIELD, problem.detail))
        return batch

    def _meet(self, account: StatementAccount | None) -> None:
        if account is not None and len(self.accounts) < ACCOUNTS_KEPT:
            self.accounts[account] = None

    def collect(self, item: Item) -> None:
        """Keep an error, a note, a balance or an account that a reader reports."""
        if isinstance(item, RowError):
            self.error_count += 1
            self.rows_read += item.field != FILE_FIELD
            if len(self.errors) < ERRORS_KEPT:
                self.errors.append(item)
        elif isinstance(item, Note):
            self.note_count += 1
            self.rows_read += item.counted
            if len(self.notes) < NOTES_KEPT:
                self.notes.append(item)
        elif isinstance(item, StatementAccount):
            self._meet(item)
        elif isinstance(item, Caution):
            self.warnings.append(item.text)
        elif isinstance(item, StatementBalance):
            self._meet(item.account)
            self.balances.append(item)

    def close(self) -> None:
        """Close the file if it was opened here."""
        if self._owned is not None:
            self._owned.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_statement(
    source: Path | BinaryIO,
    *,
    mapping: Mapping | None = None,
    currency: str | None = None,
    file_name: str | None = None,
) -> Statement:
    """Detect the format of a file and get ready to read it.

    Args:
        source: a path, or a binary file (it need not seek; the caller closes it).
        mapping: for a CSV, how to read its columns; guessed when None.
        currency: of rows that do not say theirs (usually the account's); without it and without one
            in the file, every such row is an error.
        file_name: the name the person knows; the path's own when None.

    Returns:
        A statement; use it in a `with` block, take `batches()`, then look at the rest.

    Raises:
        FileEmpty, FormatUnsupported, FileUnsafe: the file cannot be read at all.
        TableUnclear: a table without recognisable dates and amounts.
        MappingUnfit: the given mapping does not fit the file.
        CurrencyUnknown: `currency` is none that we know.
    """
    if isinstance(source, Path):
        opened = source.open("rb")
        try:
            statement = _open(opened, mapping, currency, file_name or source.name)
        except BaseException:
            opened.close()
            raise
        statement._owned = opened  # noqa: SLF001 -- The statement is made in this module alone.
        return statement
    return _open(source, mapping, currency, file_name or "")


def _open(
    source: BinaryIO, mapping: Mapping | None, currency: str | None, file_name: str
) -> Statement:
    head, whole = read_head(source)
    encoding = detect_encoding(head, whole=whole)
    format_ = detect_text(head, encoding, file_name)
    is_table = format_ is Format.CSV
    wide = encoding.name.startswith(("utf-16", "utf-32"))
    sample = head.decode(encoding.name, errors=encoding.errors).lstrip("\ufeff")
    raw = GuardedStream(
        head, source, keep_nul=wide, **({} if is_table else {"line_bytes_max": None})
    )
    text = io.TextIOWrapper(
        io.BufferedReader(raw, CHUNK_BYTES),
        encoding=encoding.name,
        errors=encoding.errors,
        newline="\n" if "\n" in sample else "",
    )
    statement = Statement(format_, encoding, raw)
    if not is_table:
        statement.give(read_ofx(text, currency, statement.collect))
        return statement
    if mapping is None:
        guess = guess_text(sample, whole=whole, currency=currency)
    else:
        check_mapping(mapping)
        guess = refit(sample, mapping, whole=whole)
    statement.give(read_table(text, guess.mapping, currency, statement.collect))
    statement.guess = guess
    statement.warnings.extend(guess.warnings)
    if not encoding.sure:
        statement.warnings.append(f"The letters were read as {encoding.name}: check accents.")
    return statement
