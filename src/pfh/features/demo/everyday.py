"""What a household buys from day to day, with a rhythm of weekdays and seasons.

It exists as a table of habits, because a habit is what a person recognises in their own figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from pfh.features.demo import household as home
from pfh.features.demo.calendar import SATURDAY, Calendar, grown
from pfh.features.demo.dice import Dice
from pfh.features.demo.records import CategoryPath, DemoSplit, DemoTransaction

_EVEN: Final = (1.0,) * 7
_WEEKDAYS: Final = (1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)
_WEEKEND: Final = (0.2, 0.2, 0.2, 0.4, 1.6, 3.2, 1.2)
_SHOP_DAYS: Final = (0.8, 0.8, 0.8, 1.0, 1.2, 2.4, 0.0)
# On Saturdays the supermarket's bill is often divided, sometimes with cat food in it.
_SPLIT_CHANCE: Final = 0.4
_PET_CHANCE: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Habit:
    """Something bought again and again: `chance` a day, times the factor of the weekday."""

    category: CategoryPath
    chance: float
    rhythm: tuple[float, ...]
    low_minor: int
    high_minor: int
    accounts: tuple[str, ...]
    payees: tuple[str, ...]
    description: str = ""


_CARD: Final = (home.CARD,)
_HABITS: Final = (
    _Habit(home.GROCERIES, 0.94, (0, 0, 0, 0, 0, 1, 0), 6_200, 11_800, _CARD,
           ("Greenleaf Market", "Greenleaf Market", "Corner Basket"), "Weekly shop"),
    _Habit(home.GROCERIES, 0.30, (1, 1.2, 1, 1.2, 0.6, 0, 0), 1_150, 4_200,
           (home.CARD, home.CASH, home.CARD),
           ("Corner Basket", "Greenleaf Market", "Old Mill Bakery", "Harvest Stall"), "Groceries"),
    _Habit(home.RESTAURANTS, 0.13, _WEEKEND, 2_600, 7_400, _CARD,
           ("Trattoria Luna", "Saffron Garden", "The Copper Pot", "Noodle Lane", "Blue Door"),
           "Dinner out"),
    _Habit(home.RESTAURANTS, 0.11, _WEEKDAYS, 850, 1_650, (home.LEO, home.CARD),
           ("Canteen Five", "Noodle Lane", "Wrap & Roll"), "Lunch"),
    _Habit(home.COFFEE, 0.17, _WEEKDAYS, 290, 720, (home.CASH, home.LEO),
           ("Daily Grind", "Station Kiosk", "Old Mill Bakery"), "Coffee"),
    _Habit(home.COFFEE, 0.42, (0, 0, 0, 0, 0, 0, 1), 520, 1_450, (home.CASH,),
           ("Old Mill Bakery",), "Sunday rolls"),
    _Habit(home.FUEL, 0.07, (1.2, 0.6, 0.6, 0.8, 1.4, 1.6, 0.8), 4_900, 7_600, _CARD,
           ("Crossroads Fuel", "Northgate Station"), "Fuel"),
    _Habit(home.PARKING, 0.035, _SHOP_DAYS, 200, 1_200, (home.CASH, home.CARD),
           ("Central Parking",), "Parking"),
    _Habit(home.PUBLIC_TRANSPORT, 0.035, _EVEN, 320, 1_180, _CARD, ("Metro Transit",), "Tickets"),
    _Habit(home.HOUSEHOLD, 0.05, _SHOP_DAYS, 890, 5_400, _CARD,
           ("Hammer & Home", "Bright Basics", "Corner Basket"), "For the flat"),
    _Habit(home.PHARMACY, 0.036, _SHOP_DAYS, 490, 3_600, (home.CARD, home.CASH),
           ("Lindenhof Pharmacy",), "Pharmacy"),
    _Habit(home.CLOTHING, 0.03, _SHOP_DAYS, 2_490, 13_900, _CARD,
           ("Threadbare", "Nord & Wool", "Fleet Shoes"), "Clothes"),
    _Habit(home.BOOKS, 0.03, _EVEN, 890, 3_450, (home.LEO, home.CARD),
           ("Page & Spine", "Second Chapter"), "Books"),
    _Habit(home.HOBBIES, 0.04, _EVEN, 1_200, 7_800, (home.LEO, home.CARD),
           ("Clay & Glaze Studio", "Trailhead Outdoor", "String Theory Guitars"), "Hobby"),
    _Habit(home.CULTURE, 0.032, _WEEKEND, 1_180, 6_400, _CARD,
           ("Palace Cinema", "Riverside Hall"), "Tickets"),
    _Habit(home.HAIRDRESSER, 0.024, _SHOP_DAYS, 2_600, 6_200, (home.CASH, home.LEO),
           ("Salon Mirra",), "Haircut"),
    _Habit(home.PETS, 0.03, _SHOP_DAYS, 1_450, 4_600, _CARD, ("Whisker & Paw",), "Cat food"),
    _Habit(home.GIFTS, 0.018, _EVEN, 1_500, 6_500, _CARD, ("Paperkite", "Bloom Florist"), "Gift"),
    _Habit(home.DOCTOR, 0.007, _WEEKDAYS, 2_500, 14_000, (home.JOINT,),
           ("Dr. Halvorsen Dental", "Lakeside Practice"), "Appointment"),
)  # fmt: skip


def plan_everyday(calendar: Calendar) -> Iterator[DemoTransaction]:
    """Yield the everyday purchases of every day in order."""
    for day in calendar.days():
        for number, habit in enumerate(_HABITS):
            dice = Dice(calendar.seed, f"habit {number}", day)
            if dice.happens(habit.chance * habit.rhythm[day.weekday()]):
                yield _purchase(calendar, habit, day, dice)


def _purchase(calendar: Calendar, habit: _Habit, day: date, dice: Dice) -> DemoTransaction:
    """Return one purchase at the prices of its day."""
    amount_minor = grown(dice.amount(habit.low_minor, habit.high_minor), calendar, day)
    account = dice.pick(habit.accounts)
    payee = dice.pick(habit.payees)
    splits: tuple[DemoSplit, ...] = ()
    if day.weekday() == SATURDAY and habit.category == home.GROCERIES:
        splits = _divide(amount_minor, dice)
    return DemoTransaction(
        day, "expense", amount_minor, account, habit.description, payee,
        None if splits else habit.category, splits,
    )  # fmt: skip


def _divide(amount_minor: int, dice: Dice) -> tuple[DemoSplit, ...]:
    """Return the parts of a supermarket's bill, or nothing when it was all food."""
    if not dice.happens(_SPLIT_CHANCE):
        return ()
    household_minor = dice.amount(amount_minor * 12 // 100, amount_minor * 30 // 100)
    parts = [DemoSplit(household_minor, home.HOUSEHOLD, "Cleaning, paper")]
    if dice.happens(_PET_CHANCE):
        pets_minor = dice.amount(amount_minor * 8 // 100, amount_minor * 16 // 100)
        parts.append(DemoSplit(pets_minor, home.PETS, "Cat food"))
    food_minor = amount_minor - sum(part.amount_minor for part in parts)
    return (DemoSplit(food_minor, home.GROCERIES), *parts)
