"""What does not come every month: trips, a repair, presents, a refund, things to review.

It exists because a household without surprises shows nothing of what the product is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from pfh.features.demo import household as home
from pfh.features.demo.calendar import YEARS, Calendar, grown
from pfh.features.demo.dice import Dice
from pfh.features.demo.records import CategoryPath, DemoTransaction

_TRIP_MONTH: Final = 6
_TRIP_DAYS: Final = 11
_BOOKED_BEFORE_DAYS: Final = 75
_CHRISTMAS_MONTH: Final = 12
# What a euro bought, in ten-thousandths of a dollar: at the exchange office and on the card.
_OFFICE_RATE: Final = 10_640
_CARD_RATE: Final = 10_890
_EXCHANGED_MINOR: Final = 80_000
_ACROSS: Final = "boston"


def plan_occasions(calendar: Calendar) -> Iterator[DemoTransaction]:
    """Yield every occasion of the span, in no particular order and also a little beyond today."""
    years = range(calendar.today.year - YEARS, calendar.today.year + 1)
    starts = [date(year, _TRIP_MONTH, 12) for year in years]
    travelled = [start for start in starts if _fits(calendar, start)]
    for number, start in enumerate(travelled):
        yield from _trip_by_train(calendar, start, "lisbon" if number % 2 == 0 else "lakes")
    # The latest summer is the one abroad in another currency, two months after the other trip.
    abroad = [start + timedelta(days=70) for start in starts]
    yield from _trip_across(calendar, [start for start in abroad if _fits(calendar, start)][-1])
    for year in years:
        yield from _presents(calendar, year)
    yield from _once(calendar)
    yield from _to_review(calendar)


def _fits(calendar: Calendar, start: date) -> bool:
    """Return whether a trip lies within the span, from its booking to the day after."""
    booked = start - timedelta(days=_BOOKED_BEFORE_DAYS)
    return calendar.first_day <= booked and start + timedelta(days=_TRIP_DAYS) < calendar.today


def _trip_by_train(calendar: Calendar, start: date, place: str) -> Iterator[DemoTransaction]:
    """Yield a week away in the household's own currency, all with one tag."""
    dice = Dice(calendar.seed, "trip", start)
    tags = (f"{place}-{start.year}",)

    def spend(
        offset: int, category: CategoryPath, payee: str, amount_minor: int
    ) -> DemoTransaction:
        return DemoTransaction(
            start + timedelta(days=offset), "expense", amount_minor, home.CARD, payee, payee,
            category, tags=tags,
        )  # fmt: skip

    yield spend(-_BOOKED_BEFORE_DAYS, home.FLIGHTS, "Skylark Air", dice.amount(28_000, 39_000))
    yield spend(7, home.HOTELS, "Casa Azulejo", dice.amount(56_000, 71_000))
    for offset in range(7):
        yield spend(offset, home.TRIP_FOOD, "Mercado Ribeira", dice.amount(2_800, 6_900))
        if offset % 2:
            yield spend(offset, home.ACTIVITIES, "City Tours", dice.amount(1_400, 4_800))


def _trip_across(calendar: Calendar, start: date) -> Iterator[DemoTransaction]:
    """Yield a trip paid from exchanged dollars and, for the large bills, from the card in euros.

    Example: 800.00 EUR at 1.0640 are 851.20 USD of cash.
    """
    dice = Dice(calendar.seed, "trip across", start)
    tags = (f"{_ACROSS}-{start.year}",)
    booked = start - timedelta(days=_BOOKED_BEFORE_DAYS)
    yield DemoTransaction(
        booked, "expense", dice.amount(118_000, 132_000), home.CARD, "Two flights to Boston",
        "Skylark Air", home.FLIGHTS, tags=tags,
    )  # fmt: skip
    yield DemoTransaction(
        start - timedelta(days=5), "transfer", _EXCHANGED_MINOR, home.JOINT, "Dollars for Boston",
        transfer_account=home.DOLLARS, received_minor=_EXCHANGED_MINOR * _OFFICE_RATE // 10_000,
        tags=tags,
    )  # fmt: skip
    left_minor = _EXCHANGED_MINOR * _OFFICE_RATE // 10_000
    for offset in range(_TRIP_DAYS):
        day = start + timedelta(days=offset)
        for payee, category, low, high in (
            ("Harborview Diner", home.TRIP_FOOD, 1_900, 4_400),
            ("Liberty Cabs", home.ACTIVITIES, 1_100, 3_200),
            ("Bay Museum", home.ACTIVITIES, 1_800, 4_200),
        ):
            amount_minor = dice.amount(low, high)
            if dice.happens(0.75) and amount_minor < left_minor:
                left_minor -= amount_minor
                yield DemoTransaction(
                    day, "expense", amount_minor, home.DOLLARS, payee, payee, category, tags=tags
                )
    for offset, payee, category, dollars_minor in (
        (4, "Cape Breeze Rentals", home.ACTIVITIES, dice.amount(16_000, 22_000)),
        (8, "Lobster Dock", home.TRIP_FOOD, dice.amount(9_000, 13_000)),
        (10, "Beacon Street Inn", home.HOTELS, dice.amount(108_000, 124_000)),
    ):
        euros_minor = (dollars_minor * 10_000 + _CARD_RATE // 2) // _CARD_RATE
        yield DemoTransaction(
            start + timedelta(days=offset), "expense", euros_minor, home.CARD, payee, payee,
            category, notes=f"{home.TRIP_CURRENCY} {dollars_minor // 100}.{dollars_minor % 100:02d}"
            f" at {_CARD_RATE // 10_000}.{_CARD_RATE % 10_000:04d}", tags=tags,
        )  # fmt: skip


def _presents(calendar: Calendar, year: int) -> Iterator[DemoTransaction]:
    """Yield the presents of December and a festive dinner."""
    for number, payee in enumerate(
        (
            "Paperkite",
            "Page & Spine",
            "Nord & Wool",
            "Clay & Glaze Studio",
            "Bright Basics",
            "Paperkite",
        )
    ):
        day = date(year, _CHRISTMAS_MONTH, 4 + 3 * number)
        dice = Dice(calendar.seed, "presents", day)
        amount_minor = grown(dice.amount(2_200, 9_400), calendar, day)
        yield DemoTransaction(
            day, "expense", amount_minor, home.CARD, "Present", payee, home.GIFTS,
            tags=(f"christmas-{year}",),
        )  # fmt: skip
    yield DemoTransaction(
        date(year, _CHRISTMAS_MONTH, 26), "expense", 14_850, home.CARD, "Dinner with the family",
        "The Copper Pot", home.RESTAURANTS, tags=(f"christmas-{year}",),
    )  # fmt: skip


def _once(calendar: Calendar) -> Iterator[DemoTransaction]:
    """Yield the things that happened once, placed by their distance from the first day or today."""
    first, today = calendar.first_day, calendar.today

    def buy(
        day: date, account: str, payee: str, category: CategoryPath, amount_minor: int
    ) -> DemoTransaction:
        return DemoTransaction(day, "expense", amount_minor, account, payee, payee, category)

    yield buy(first + timedelta(days=143), home.CARD, "Voltique", home.ELECTRONICS, 64_900)
    yield buy(first + timedelta(days=260), home.JOINT, "Torque Garage", home.CAR_REPAIR, 38_640)
    yield buy(first + timedelta(days=402), home.JOINT, "Oak & Loom", home.FURNITURE, 89_000)
    yield buy(first + timedelta(days=517), home.CARD, "Torque Garage", home.CAR_REPAIR, 24_915)
    yield buy(first + timedelta(days=688), home.CARD, "Voltique", home.ELECTRONICS, 129_900)
    yield buy(first + timedelta(days=760), home.JOINT, "Dr. Halvorsen Dental", home.DOCTOR, 46_200)
    yield buy(today - timedelta(days=130), home.JOINT, "Torque Garage", home.CAR_REPAIR, 118_460)
    for vet_day in (first + timedelta(days=96), first + timedelta(days=466), today - timedelta(28)):
        yield buy(vet_day, home.CARD, "Dr. Fenn Veterinary", home.PETS, 8_740)
    jacket_day = today - timedelta(days=47)
    yield buy(jacket_day, home.CARD, "Nord & Wool", home.CLOTHING, 12_990)
    yield DemoTransaction(
        jacket_day + timedelta(days=9), "income", 12_990, home.CARD, "Refund: jacket returned",
        "Nord & Wool", home.CLOTHING,
    )  # fmt: skip


def _to_review(calendar: Calendar) -> Iterator[DemoTransaction]:
    """Yield what no rule has put into a category, as a bank prints it; the latest are pending."""
    for before, amount_minor, account, text in (
        (1, 2_340, home.CARD, "POS 8841 KIOSK CENTRAL"),
        (2, 5_999, home.CARD, "WEB*ORDERHUB 7729-441"),
        (6, 1_850, home.LEO, "SUMPAY*CLUB FUND"),
        (11, 4_400, home.CARD, "POS 1029 FARM GATE"),
        (19, 7_215, home.JOINT, "DIRECT DEBIT 5520-19 VERANO"),
        (33, 3_000, home.JOINT, "STANDING ORDER K. AMADI"),
    ):
        yield DemoTransaction(
            calendar.today - timedelta(days=before), "expense", amount_minor, account, text
        )
