"""The words of the generated books: 8 accounts, 60 categories, 400 payees.

It exists apart from the generator so that the shape of the data can be read at a glance. Every name
is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the book: its name, its journal name, its OFX and pfh kinds, its currency."""

    name: str
    journal: str
    ofx_type: str
    account_type: str
    currency: str


@dataclass(frozen=True, slots=True)
class Spending:
    """One everyday category: how often it is bought, between which amounts, where, with what.

    `low` and `high` are minor units of EUR; `accounts` are indexes into `ACCOUNTS`, the likeliest
    first; `payees` is the number of different shops.
    """

    category: str
    weight: float
    low: int
    high: int
    payees: int
    accounts: tuple[int, ...]


ACCOUNTS: Final = (
    Account("Checking", "Assets:Bank:Checking", "CHECKING", "checking", "EUR"),
    Account("Joint", "Assets:Bank:Joint", "CHECKING", "checking", "EUR"),
    Account("Savings", "Assets:Bank:Savings", "SAVINGS", "savings", "EUR"),
    Account("Cash", "Assets:Cash", "CHECKING", "cash", "EUR"),
    Account("Blue Card", "Liabilities:Card:Blue", "CREDITCARD", "credit_card", "EUR"),
    Account("Gold Card", "Liabilities:Card:Gold", "CREDITCARD", "credit_card", "EUR"),
    Account("Brokerage", "Assets:Brokerage", "CHECKING", "investment", "EUR"),
    Account("Dollar Account", "Assets:Bank:Dollar", "CHECKING", "checking", "USD"),
)
CHECKING, JOINT, SAVINGS, CASH, BLUE, GOLD, BROKERAGE, DOLLAR = range(8)
_CARDS: Final = (BLUE, GOLD)

EVERYDAY: Final = (
    Spending("Food:Groceries", 22, 400, 18000, 34, (JOINT, BLUE, CHECKING, CASH)),
    Spending("Food:Restaurants", 9, 900, 12000, 36, (BLUE, GOLD, CASH)),
    Spending("Food:Coffee", 8, 180, 1500, 24, (CASH, BLUE)),
    Spending("Food:Bakery", 8, 150, 1800, 20, (CASH, JOINT)),
    Spending("Food:Lunch", 5, 500, 2500, 16, (BLUE, CASH)),
    Spending("Food:Drinks", 2, 400, 6000, 10, (CASH, *_CARDS)),
    Spending("Transport:Fuel", 3, 2500, 11000, 12, (GOLD, BLUE)),
    Spending("Transport:Public", 5, 200, 5000, 6, (BLUE, CASH)),
    Spending("Transport:Taxi", 1.5, 700, 6000, 7, _CARDS),
    Spending("Transport:Parking", 2, 100, 2500, 7, (CASH, BLUE)),
    Spending("Transport:Service", 0.3, 8000, 140000, 5, (CHECKING, GOLD)),
    Spending("Shopping:Clothes", 2, 1500, 25000, 16, _CARDS),
    Spending("Shopping:Electronics", 1, 1500, 150000, 9, _CARDS),
    Spending("Shopping:Books", 1.5, 500, 6000, 8, _CARDS),
    Spending("Shopping:Online", 5, 500, 15000, 12, _CARDS),
    Spending("Shopping:Gifts", 1, 1000, 20000, 9, _CARDS),
    Spending("Shopping:Furniture", 0.3, 5000, 200000, 6, _CARDS),
    Spending("Home:Supplies", 2, 500, 8000, 8, (BLUE, JOINT)),
    Spending("Home:Repairs", 0.4, 5000, 150000, 6, (CHECKING, JOINT)),
    Spending("Home:Garden", 0.6, 800, 15000, 5, _CARDS),
    Spending("Health:Doctor", 0.8, 2500, 25000, 9, (CHECKING, BLUE)),
    Spending("Health:Pharmacy", 2, 400, 7000, 8, (CASH, BLUE)),
    Spending("Health:Dentist", 0.2, 6000, 80000, 3, (CHECKING,)),
    Spending("Health:Sports", 1, 800, 9000, 6, _CARDS),
    Spending("Leisure:Cinema", 0.8, 900, 4000, 5, _CARDS),
    Spending("Leisure:Concerts", 0.4, 2500, 18000, 7, _CARDS),
    Spending("Leisure:Hobbies", 1, 800, 20000, 8, _CARDS),
    Spending("Leisure:Games", 0.7, 500, 7000, 5, _CARDS),
    Spending("Leisure:Museums", 0.4, 500, 4000, 5, (BLUE, CASH)),
    Spending("Travel:Flights", 0.4, 6000, 120000, 6, _CARDS),
    Spending("Travel:Hotels", 0.6, 7000, 90000, 10, _CARDS),
    Spending("Travel:Trains", 1, 1500, 20000, 5, _CARDS),
    Spending("Travel:Rental", 0.2, 9000, 70000, 4, _CARDS),
    Spending("Kids:Clothes", 0.8, 1000, 12000, 6, (BLUE, JOINT)),
    Spending("Kids:Toys", 0.7, 800, 10000, 6, (BLUE, JOINT)),
    Spending("Kids:Activities", 0.7, 1500, 15000, 5, (JOINT,)),
    Spending("Personal:Haircut", 0.8, 2000, 9000, 4, (CASH, BLUE)),
    Spending("Personal:Cosmetics", 0.8, 500, 8000, 5, _CARDS),
    Spending("Pets:Food", 0.8, 1000, 8000, 4, _CARDS),
    Spending("Pets:Vet", 0.2, 4000, 40000, 2, _CARDS),
    Spending("Finance:Fees", 0.5, 100, 3000, 3, (CHECKING, SAVINGS)),
    Spending("Education:Courses", 0.3, 2000, 60000, 5, _CARDS),
    Spending("Charity:Donations", 0.4, 1000, 20000, 5, (CHECKING,)),
)

# (day of the month, category, payee, minor units in the first year, account); money in is negative.
# The first ones are kept in small books, so the household always earns and pays rent.
MONTHLY: Final = (
    (25, "Salary", "Amber Systems", -385000, CHECKING),
    (1, "Home:Rent", "Linden Property Management", 98000, CHECKING),
    (27, "Salary:Partner", "Northside Clinic", -241000, JOINT),
    (3, "Home:Electricity", "Brightwater Power", 8200, CHECKING),
    (4, "Home:Heating", "Hillside Heat", 9400, CHECKING),
    (6, "Home:Internet", "Quickline Networks", 3995, CHECKING),
    (28, "Child Benefit", "Family Office", -25000, JOINT),
    (8, "Insurance:Health", "Evergreen Mutual", 21000, CHECKING),
    (9, "Insurance:Car", "Roadsafe Insurance", 4300, CHECKING),
    (10, "Subscriptions:Music", "Tonewave", 999, BLUE),
    (11, "Subscriptions:Video", "Streamhouse", 1299, BLUE),
    (13, "Subscriptions:Storage", "Cloudshelf", 299, GOLD),
    (15, "Kids:Daycare", "Sunflower Daycare", 18500, JOINT),
)
# (category, payee, account): money in at irregular times.
IRREGULAR_INCOME: Final = (
    ("Interest", "Meadow Savings Bank", SAVINGS),
    ("Dividends", "Harbour Brokers", BROKERAGE),
    ("Freelance", "Paperkite Studio", CHECKING),
    ("Refunds", "Refund Desk", BLUE),
)
# (weight, from, to, low, high): minor units of the account that pays.
TRANSFERS: Final = (
    (4, CHECKING, BLUE, 20000, 180000),
    (3, CHECKING, GOLD, 8000, 90000),
    (3, CHECKING, SAVINGS, 10000, 80000),
    (2, CHECKING, JOINT, 20000, 90000),
    (4, CHECKING, CASH, 2000, 20000),
    (1, SAVINGS, BROKERAGE, 20000, 200000),
    (0.6, SAVINGS, CHECKING, 10000, 120000),
    (0.4, BROKERAGE, SAVINGS, 10000, 150000),
)
TRANSFER_PAYEE: Final = "Own transfer"
MEMOS: Final = (
    "", "", "", "", "card payment", "till 4821", "online order", "weekly", "with friends",
    "for the office", "birthday", "holiday", "ref 2231-A", "contactless", "half, the rest later",
    "shared with Alex",
)  # fmt: skip
FIRST: Final = [
    "North",
    "South",
    "Old",
    "New",
    "Market",
    "Park",
    "Hill",
    "Lake",
    "Star",
    "Sun",
    "Linden",
    "Rose",
    "Church",
    "Station",
    "Harbour",
    "Forest",
    "Meadow",
    "Golden",
    "Silver",
    "City",
    "Copper",
    "River",
    "Maple",
    "Amber",
]
LAST: Final = [
    "Court",
    "House",
    "Corner",
    "Room",
    "Center",
    "Express",
    "World",
    "Point",
    "Works",
    "Garden",
    "Place",
    "Well",
    "Shop",
    "Store",
    "Depot",
    "Gallery",
    "Box",
    "Studio",
    "Yard",
    "Lane",
]

INCOME_CATEGORIES: Final = tuple(
    sorted({row[1] for row in MONTHLY if row[3] < 0} | {row[0] for row in IRREGULAR_INCOME})
)
EXPENSE_CATEGORIES: Final = tuple(
    sorted({row.category for row in EVERYDAY} | {row[1] for row in MONTHLY if row[3] > 0})
)
