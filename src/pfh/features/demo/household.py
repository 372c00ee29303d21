"""The demo household: Maya, Leo and their cat; what they own, owe and spend on.

It exists apart from the chances so that the cast can be read at a glance. Every name is invented.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from pfh.features.demo.records import AccountType, CategoryPath, DemoAccount

CURRENCY: Final = "EUR"
TRIP_CURRENCY: Final = "USD"

JOINT: Final = "Joint Checking"
LEO: Final = "Leo's Checking"
SAVINGS: Final = "Savings"
CARD: Final = "Credit Card"
CASH: Final = "Wallet"
INVESTMENTS: Final = "Investments"
LOAN: Final = "Car Loan"
DOLLARS: Final = "Dollar Cash"
LOAN_OPENING_MINOR: Final = 1_380_000

# The default categories of a new household where they fit; the others are made below them.
SALARY: Final = ("Salary",)
BONUS: Final = ("Bonus",)
INTEREST: Final = ("Interest and dividends",)
TAX_REFUND: Final = ("Other income",)

RENT: Final = ("Housing", "Rent")
ELECTRICITY: Final = ("Housing", "Utilities", "Electricity")
HEATING: Final = ("Housing", "Utilities", "Heating")
WATER: Final = ("Housing", "Utilities", "Water")
INTERNET: Final = ("Housing", "Internet and phone")
HOUSEHOLD: Final = ("Household", "Cleaning")
FURNITURE: Final = ("Household", "Furniture")
GROCERIES: Final = ("Food", "Groceries")
RESTAURANTS: Final = ("Food", "Restaurants")
COFFEE: Final = ("Food", "Coffee and snacks")
FUEL: Final = ("Transport", "Fuel")
PUBLIC_TRANSPORT: Final = ("Transport", "Public transport")
PARKING: Final = ("Transport", "Parking")
CAR_REPAIR: Final = ("Transport", "Car")
CAR_TAX: Final = ("Taxes",)
INSURANCE: Final = ("Insurance",)
PHARMACY: Final = ("Health", "Pharmacy")
DOCTOR: Final = ("Health", "Doctor")
HAIRDRESSER: Final = ("Health", "Hairdresser")
CLOTHING: Final = ("Shopping", "Clothes")
ELECTRONICS: Final = ("Shopping", "Electronics")
BOOKS: Final = ("Shopping", "Books")
GIFTS: Final = ("Family", "Gifts")
SUBSCRIPTIONS: Final = ("Leisure", "Subscriptions")
SPORTS: Final = ("Health", "Sport")
HOBBIES: Final = ("Leisure", "Hobbies")
CULTURE: Final = ("Leisure", "Entertainment")
FLIGHTS: Final = ("Travel", "Flights and trains")
HOTELS: Final = ("Travel", "Lodging")
TRIP_FOOD: Final = ("Travel", "On the way")
ACTIVITIES: Final = ("Travel", "Activities")
PETS: Final = ("Family", "Pets")
DONATIONS: Final = ("Donations",)
BANK_FEES: Final = ("Fees and interest",)
LOAN_INTEREST: Final = ("Fees and interest", "Loan interest")

INCOME: Final[tuple[CategoryPath, ...]] = (SALARY, BONUS, INTEREST, TAX_REFUND)
EXPENSES: Final[tuple[CategoryPath, ...]] = (
    RENT, ELECTRICITY, HEATING, WATER, INTERNET, HOUSEHOLD, FURNITURE, GROCERIES, RESTAURANTS,
    COFFEE, FUEL, PUBLIC_TRANSPORT, PARKING, CAR_REPAIR, CAR_TAX, INSURANCE,
    PHARMACY, DOCTOR, HAIRDRESSER, CLOTHING, ELECTRONICS, BOOKS, GIFTS,
    SUBSCRIPTIONS, SPORTS, HOBBIES, CULTURE, FLIGHTS, HOTELS, TRIP_FOOD, ACTIVITIES, PETS,
    DONATIONS, BANK_FEES, LOAN_INTEREST,
)  # fmt: skip

# (name, kind, currency, minor units at the beginning; what is owed is negative)
_ACCOUNTS: Final[tuple[tuple[str, AccountType, str, int], ...]] = (
    (JOINT, "checking", CURRENCY, 241_870),
    (LEO, "checking", CURRENCY, 96_412),
    (SAVINGS, "savings", CURRENCY, 1_120_000),
    (CARD, "credit_card", CURRENCY, -63_848),
    (CASH, "cash", CURRENCY, 13_500),
    (INVESTMENTS, "investment", CURRENCY, 1_475_000),
    (LOAN, "loan", CURRENCY, -LOAN_OPENING_MINOR),
    (DOLLARS, "cash", TRIP_CURRENCY, 0),
)


def open_accounts(opening_day: date) -> tuple[DemoAccount, ...]:
    """Return the accounts, with what was in them before the first day of the plan."""
    return tuple(
        DemoAccount(name, account_type, currency, opening_minor, opening_day)
        for name, account_type, currency, opening_minor in _ACCOUNTS
    )
