"""A stream of N lifelike entries over ten years, in the order of their dates.

It exists so that every benchmark and every peer reads the same book. Only `Random.random` is used,
whose sequence Python promises to keep, so one seed gives the same bytes on every version. One day
is held in memory at a time, so the size of the book does not matter.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Final, NamedTuple

from bench.vocabulary import (
    ACCOUNTS,
    BLUE,
    CHECKING,
    DOLLAR,
    EVERYDAY,
    FIRST,
    IRREGULAR_INCOME,
    LAST,
    MEMOS,
    MONTHLY,
    TRANSFER_PAYEE,
    TRANSFERS,
    Spending,
)

START: Final = date(2016, 1, 1)
END: Final = date(2025, 12, 31)
DAYS: Final = (END - START).days + 1
SEED: Final = 20260101
TRANSFER_SHARE: Final = 0.09
INCOME_SHARE: Final = 0.015
SPLIT_SHARE: Final = 0.05
DOLLAR_SHARE: Final = 0.03
# Of the entries in the second currency, the part that buys dollars instead of spending them.
_EXCHANGE_SHARE: Final = 0.1
_MONTHLY_SHARE_MAX: Final = 0.3


class Entry(NamedTuple):
    """One entry, from the side of `account`.

    Either `legs` holds (category, minor units of the account's currency) with money out positive
    and money in negative, or `target` is the account that a transfer of `-moved_minor` goes to.
    `account` and `target` are indexes into `ACCOUNTS`; `received_minor` is in the currency of
    `target` and differs from what was sent only when the currencies differ.
    """

    day: str
    payee: str
    memo: str
    account: int
    legs: tuple[tuple[str, int], ...]
    target: int = -1
    sent_minor: int = 0
    received_minor: int = 0

    def total_minor(self) -> int:
        """Return what leaves `account`, in minor units of its currency; negative is money in."""
        return self.sent_minor if self.target >= 0 else sum(leg[1] for leg in self.legs)


class _Shop(NamedTuple):
    """A category of `EVERYDAY` with its shops, the likeliest first."""

    spending: Spending
    payees: list[str]
    chances: list[float]


def _shops(random: Random) -> list[_Shop]:
    """Invent the payees: different within the whole book, some visited far more than others."""
    shops, used = [], set()
    for spending in EVERYDAY:
        payees: list[str] = []
        last_word = spending.category.split(":")[1]
        while len(payees) < spending.payees:
            first = FIRST[int(random.random() * len(FIRST))]
            name = f"{first} {LAST[int(random.random() * len(LAST))]} {last_word}"
            if name not in used:
                used.add(name)
                payees.append(name)
        shops.append(
            _Shop(spending, payees, _chances([1 / rank for rank in range(1, len(payees) + 1)]))
        )
    return shops


def _chances(weights: list[float]) -> list[float]:
    """Return cumulative weights up to 1, to be searched by `bisect`."""
    total = sum(weights)
    return [part / total for part in accumulate(weights)][:-1]


class _Household:
    """The dice and tables of one book."""

    def __init__(self, entries: int, seed: int) -> None:
        self.random = Random(seed).random
        self.shops = _shops(Random(seed + 1))
        self.shop_chances = _chances([shop.spending.weight for shop in self.shops])
        self.transfer_chances = _chances([row[0] for row in TRANSFERS])
        months = 120
        kept = min(len(MONTHLY), int(entries * _MONTHLY_SHARE_MAX / months))
        self.monthly = MONTHLY[:kept]
        # The shares are of all entries, but only the everyday ones are split or in dollars.
        dice = max(1, entries - kept * months)
        everyday = 1 - (TRANSFER_SHARE * entries / dice + INCOME_SHARE)
        self.transfer_chance = TRANSFER_SHARE * entries / dice
        self.income_chance = self.transfer_chance + INCOME_SHARE
        self.dollar_chance = DOLLAR_SHARE * entries / dice / everyday
        self.split_chance = SPLIT_SHARE * entries / dice / (everyday * (1 - self.dollar_chance))

    def fixed(self, day: date) -> Iterator[Entry]:
        """Yield what is due on this day of every month, dearer by 2.5 % a year."""
        grown = 1.025 ** (day.year - START.year)
        for due, category, payee, first_minor, account in self.monthly:
            if due == day.day:
                memo = day.isoformat()[:7] if first_minor < 0 else ""
                legs = ((category, round(first_minor * grown)),)
                yield Entry(day.isoformat(), payee, memo, account, legs)

    def chance(self, day: str) -> Entry:
        """Return one entry by chance: a transfer, irregular income or everyday spending."""
        random = self.random
        kind = random()
        if kind < self.transfer_chance:
            return self.transfer(day)
        if kind < self.income_chance:
            category, payee, account = IRREGULAR_INCOME[int(random() * len(IRREGULAR_INCOME))]
            return Entry(day, payee, "", account, ((category, -int(500 + random() * 59500)),))
        if random() < self.dollar_chance:
            return self.in_dollars(day)
        shop, amount_minor = self.purchase()
        spending = shop.spending
        account = spending.accounts[int(len(spending.accounts) * random() ** 1.6)]
        payee = shop.payees[bisect(shop.chances, random())]
        memo = MEMOS[int(random() * len(MEMOS))]
        if random() < self.split_chance:
            return Entry(day, payee, memo, account, self.split(spending.category, amount_minor))
        return Entry(day, payee, memo, account, ((spending.category, amount_minor),))

    def purchase(self) -> tuple[_Shop, int]:
        """Return a shop and what is spent there: many small amounts, few large ones."""
        shop = self.shops[bisect(self.shop_chances, self.random())]
        low, high = shop.spending.low, shop.spending.high
        return shop, int(low + (high - low) * self.random() ** 2.5)

    def split(self, category: str, total_minor: int) -> tuple[tuple[str, int], ...]:
        """Divide an amount over 2 to 4 categories, each part at least one minor unit."""
        parts = [(category, total_minor)]
        for _ in range(1 + int(self.random() * 3)):
            other = self.shops[bisect(self.shop_chances, self.random())].spending.category
            rest = parts[-1][1]
            taken = max(1, int(rest * (0.2 + 0.4 * self.random())))
            parts[-1] = (parts[-1][0], taken)
            parts.append((other, max(1, rest - taken)))
        return tuple(parts)

    def transfer(self, day: str) -> Entry:
        """Move money between two accounts of one currency."""
        _, source, target, low, high = TRANSFERS[bisect(self.transfer_chances, self.random())]
        moved = int(low + (high - low) * self.random())
        memo = f"to {ACCOUNTS[target].name}"
        return Entry(day, TRANSFER_PAYEE, memo, source, (), target, moved, moved)

    def in_dollars(self, day: str) -> Entry:
        """Buy dollars with euros, or spend dollars."""
        if self.random() < _EXCHANGE_SHARE:
            sent = int(10000 + self.random() * 90000)
            received = int(sent * (1.05 + 0.2 * self.random()))
            source = CHECKING if self.random() < 0.7 else BLUE
            memo = "to Dollar Account"
            return Entry(day, TRANSFER_PAYEE, memo, source, (), DOLLAR, sent, received)
        shop, amount_minor = self.purchase()
        payee = shop.payees[bisect(shop.chances, self.random())]
        return Entry(day, payee, "", DOLLAR, ((shop.spending.category, amount_minor),))


def generate(entries: int, seed: int = SEED) -> Iterator[Entry]:
    """Yield exactly `entries` entries from 2016-01-01 to 2025-12-31, sorted by day.

    About 9 % are transfers, 5 % are split, 3 % are in dollars. The same arguments give the same
    stream.
    """
    household = _Household(entries, seed)
    written = 0
    for offset in range(DAYS):
        day = START + timedelta(days=offset)
        for entry in household.fixed(day):
            if written < entries:
                yield entry
                written += 1
        text = day.isoformat()
        due = entries * (offset + 1) // DAYS
        while written < due:
            yield household.chance(text)
            written += 1
