"""The key of a row: the same row next time, twins apart, memory bounded."""

from __future__ import annotations

import pytest

from pfh.features.imports import row_keys
from pfh.features.imports.formats.statement import StatementRow
from pfh.features.imports.row_keys import OutOfOrder, RowKeys


def row(
    date: str = "2026-03-01",
    amount_minor: int = -320,
    payee: str = "Bakery",
    external_id: str | None = None,
) -> StatementRow:
    return StatementRow(1, date, amount_minor, "EUR", payee, external_id=external_id)


def test_same_row_of_two_files_has_the_same_digest() -> None:
    assert RowKeys().digest(1, row()) == RowKeys().digest(1, row())


def test_digest_fits_a_signed_64_bit_column() -> None:
    assert all(0 <= RowKeys().digest(1, row(amount_minor=n)) < 2**63 for n in range(1, 200))


def test_twins_are_told_apart_and_agree_between_files() -> None:
    first, second = RowKeys(), RowKeys()
    two = [first.digest(1, row()) for _ in range(2)]
    three = [second.digest(1, row()) for _ in range(3)]
    assert len(set(three)) == 3
    assert three[:2] == two


@pytest.mark.parametrize(
    "other",
    [row(amount_minor=-321), row(payee="Baker"), row(external_id="F1")],
    ids=["amount", "payee", "bank id"],
)
def test_what_differs_has_another_digest(other: StatementRow) -> None:
    keys = RowKeys()
    assert keys.digest(1, row()) != keys.digest(1, other)


def test_bank_id_outweighs_the_words() -> None:
    renamed = row(payee="BAKERY 0031", external_id="F1")
    assert RowKeys().digest(1, row(external_id="F1")) == RowKeys().digest(1, renamed)


def test_fields_do_not_run_into_each_other() -> None:
    left = StatementRow(1, "2026-03-01", -1, "EUR", "ab", "c")
    right = StatementRow(1, "2026-03-01", -1, "EUR", "a", "bc")
    assert RowKeys().digest(1, left) != RowKeys().digest(1, right)


def test_long_sorted_file_keeps_a_window_and_stays_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_keys, "_KEPT_MAX", 500)
    monkeypatch.setattr(row_keys, "_PRUNE_EVERY", 100)
    keys = RowKeys()
    digests = set()
    for year in range(1990, 2026):
        for month in range(1, 13):
            for _ in range(3):
                digests.add((year, month, keys.digest(1, row(f"{year}-{month:02}-15"))))
    assert len(digests) == 36 * 12 * 3
    assert len(keys._seen) < 60


def test_row_on_a_forgotten_day_is_refused_and_never_taken_for_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(row_keys, "_KEPT_MAX", 10)
    monkeypatch.setattr(row_keys, "_PRUNE_EVERY", 1)
    keys = RowKeys()
    for year in range(2000, 2026):
        keys.digest(1, row(f"{year}-01-01"))
    with pytest.raises(OutOfOrder):
        keys.digest(1, row("2000-01-01"))
