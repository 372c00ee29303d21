"""The generated books of `bench/`: a benchmark is worth what its data is worth."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from bench.formats import account_file, decimal, write_book
from bench.generate import FORMATS, main
from bench.household import END, START, Entry, generate
from bench.vocabulary import ACCOUNTS, DOLLAR, EXPENSE_CATEGORIES, INCOME_CATEGORIES

ENTRIES = 20_000
# One seed must give these bytes on every Python version and machine.
CSV_DIGEST_OF_1000 = "ff033918458cf2defb9ef0b1e5430b7150b5e48601ee45638a0caea96a5c223c"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    assert write_book(generate(ENTRIES), folder, FORMATS) == ENTRIES
    return folder


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return list(generate(ENTRIES))


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.*"))
    }


def test_writes_the_same_bytes_when_the_seed_is_the_same(tmp_path: Path) -> None:
    for name in ("first", "second"):
        main(["--entries", "1000", "--output", str(tmp_path / name)])
    assert files(tmp_path / "first") == files(tmp_path / "second")
    assert files(tmp_path / "first")["book.csv"] == CSV_DIGEST_OF_1000


def test_writes_other_bytes_when_the_seed_is_another(tmp_path: Path) -> None:
    write_book(generate(100, 1), tmp_path / "one", ["jsonl"])
    write_book(generate(100, 2), tmp_path / "two", ["jsonl"])
    assert files(tmp_path / "one") != files(tmp_path / "two")


@pytest.mark.parametrize("count", [0, 1, 7, 365, 1000, 4321])
def test_yields_exactly_what_was_asked_when_the_book_is_small(count: int) -> None:
    days = [entry.day for entry in generate(count)]
    assert len(days) == count
    assert days == sorted(days)
    assert all(START.isoformat() <= day <= END.isoformat() for day in days)


def test_streams_when_the_book_is_huge() -> None:
    first = list(islice(generate(10**12), 3))
    assert [entry.day for entry in first] == [START.isoformat()] * 3


def test_has_the_promised_shares_when_the_book_is_large(entries: list[Entry]) -> None:
    transfers = [entry for entry in entries if entry.target >= 0 and entry.target != DOLLAR]
    splits = [entry for entry in entries if len(entry.legs) > 1]
    dollars = [entry for entry in entries if DOLLAR in {entry.account, entry.target}]
    assert len(transfers) / ENTRIES == pytest.approx(0.09, abs=0.01)
    assert len(splits) / ENTRIES == pytest.approx(0.05, abs=0.005)
    assert len(dollars) / ENTRIES == pytest.approx(0.03, abs=0.005)
    assert {leg[0] for entry in entries for leg in entry.legs} == set(
        INCOME_CATEGORIES + EXPENSE_CATEGORIES
    )
    assert len(INCOME_CATEGORIES + EXPENSE_CATEGORIES) == 60
    assert len(ACCOUNTS) == 8
    assert len({entry.payee for entry in entries}) == pytest.approx(400, abs=5)
    assert {entry.account for entry in entries} == set(range(8))


def test_has_no_empty_amount_when_entries_are_drawn(entries: list[Entry]) -> None:
    for entry in entries:
        assert all(leg[1] != 0 for leg in entry.legs)
        assert (entry.target >= 0) != bool(entry.legs)
        if entry.target >= 0:
            assert entry.sent_minor > 0
            same = ACCOUNTS[entry.account].currency == ACCOUNTS[entry.target].currency
            assert (entry.sent_minor == entry.received_minor) is same
            assert entry.account != entry.target


@pytest.mark.parametrize(
    ("minor", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-12345, "-123.45")]
)
def test_writes_decimals_when_amounts_are_small_or_negative(minor: int, text: str) -> None:
    assert decimal(minor) == text


def balances_of(entries: list[Entry]) -> dict[str, Decimal]:
    balances: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        balances[ACCOUNTS[entry.account].name] -= Decimal(entry.total_minor()) / 100
        if entry.target >= 0:
            balances[ACCOUNTS[entry.target].name] += Decimal(entry.received_minor) / 100
    return dict(balances)


def test_csv_gives_the_balances_when_its_rows_are_added(book: Path, entries: list[Entry]) -> None:
    balances: dict[str, Decimal] = defaultdict(Decimal)
    currencies = {account.name: account.currency for account in ACCOUNTS}
    rows_per_account: dict[str, int] = defaultdict(int)
    with (book / "book.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            balances[row["account"]] += Decimal(row["amount"])
            rows_per_account[row["account"]] += 1
            assert row["currency"] == currencies[row["account"]]
    assert dict(balances) == balances_of(entries)
    for index, account in enumerate(ACCOUNTS):
        path = book / "csv" / f"{account_file(index)}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            assert sum(1 for _ in csv.DictReader(file)) == rows_per_account[account.name]


def test_ofx_closes_with_the_balance_when_its_rows_are_added(
    book: Path, entries: list[Entry]
) -> None:
    expected = balances_of(entries)
    for index, account in enumerate(ACCOUNTS):
        text = (book / "ofx" / f"{account_file(index)}.ofx").read_text(encoding="ascii")
        amounts = [Decimal(value) for value in re.findall(r"<TRNAMT>(.+)", text)]
        identifiers = re.findall(r"<FITID>(.+)", text)
        assert re.findall(r"<BALAMT>(.+)", text) == [str(sum(amounts))]
        assert sum(amounts) == expected[account.name]
        assert len(set(identifiers)) == len(amounts)
        assert text.endswith("</OFX>\n")


def journal_sums(text: str) -> Iterator[dict[str, Decimal]]:
    for block in text.split("\n\n"):
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for line in block.splitlines():
            if found := re.match(r"\s+\S+  (-?[\d.]+) (EUR|USD)(?: @@ ([\d.]+) (EUR|USD))?$", line):
                amount, unit, cost, cost_unit = found.groups()
                sums[cost_unit or unit] += Decimal(cost or amount)
        if sums:
            yield sums


@pytest.mark.parametrize("name", ["book.journal", "book.beancount"])
def test_journals_balance_when_every_entry_is_added(book: Path, name: str) -> None:
    sums = list(journal_sums((book / name).read_text(encoding="utf-8")))
    assert len(sums) == ENTRIES
    assert all(value == 0 for entry in sums for value in entry.values())


def test_jsonl_holds_every_entry_when_read_back(book: Path, entries: list[Entry]) -> None:
    lines = (book / "book.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)[:4] for line in lines] == [list(entry[:4]) for entry in entries]


def test_refuses_when_a_format_is_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--output", str(tmp_path), "--formats", "csv,pdf"])
    assert "unknown formats: pdf" in capsys.readouterr().err
