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

SALARY: Final = ("Salary",)
BONUS: Final = ("Bonus",)
INTEREST: Final = ("Interest",)
DIVIDENDS: Final = ("Dividends",)
TAX_REFUND: Final = ("Tax Refund",)

RENT: Final = ("Housing", "Rent")
ELECTRICITY: Final = ("Housing", "Electricity")
HEATING: Final = ("Housing", "Heating")
WATER: Final = ("Housing", "Water")
INTERNET: Final = ("Housing", "Internet & Phone")
HOUSEHOLD: Final = ("Housing", "Household Goods")
FURNITURE: Final = ("Housing", "Furniture")
GROCERIES: Final = ("Food", "Groceries")
RESTAURANTS: Final = ("Food", "Restaurants")
COFFEE: Final = ("Food", "Coffee & Snacks")
FUEL: Final = ("Transport", "Fuel")
PUBLIC_TRANSPORT: Final = ("Transport", "Public Transport")
PARKING: Final = ("Transport", "Parking")
CAR_REPAIR: Final = ("Transport", "Car Maintenance")
CAR_TAX: Final = ("Transport", "Car Tax")
CAR_INSURANCE: Final = ("Insurance", "Car Insurance")
HOME_INSURANCE: Final = ("Insurance", "Home Insurance")
LIABILITY_INSURANCE: Final = ("Insurance", "Liability Insurance")
PHARMACY: Final = ("Health", "Pharmacy")
DOCTOR: Final = ("Health", "Doctor & Dentist")
HAIRDRESSER: Final = ("Health", "Hairdresser")
CLOTHING: Final = ("Shopping", "Clothing")
ELECTRONICS: Final = ("Shopping", "Electronics")
BOOKS: Final = ("Shopping", "Books")
GIFTS: Final = ("Shopping", "Gifts")
SUBSCRIPTIONS: Final = ("Leisure", "Subscriptions")
SPORTS: Final = ("Leisure", "Sports")
HOBBIES: Final = ("Leisure", "Hobbies")
CULTURE: Final = ("Leisure", "Cinema & Concerts")
FLIGHTS: Final = ("Travel", "Flights & Trains")
HOTELS: Final = ("Travel", "Hotels")
TRIP_FOOD: Final = ("Travel", "Food on Trips")
ACTIVITIES: Final = ("Travel", "Activities")
PETS: Final = ("Pets",)
DONATIONS: Final = ("Donations",)
BANK_FEES: Final = ("Fees & Interest", "Bank Fees")
LOAN_INTEREST: Final = ("Fees & Interest", "Loan Interest")

INCOME: Final[tuple[CategoryPath, ...]] = (SALARY, BONUS, INTEREST, DIVIDENDS, TAX_REFUND)
EXPENSES: Final[tuple[CategoryPath, ...]] = (
    RENT, ELECTRICITY, HEATING, WATER, INTERNET, HOUSEHOLD, FURNITURE, GROCERIES, RESTAURANTS,
    COFFEE, FUEL, PUBLIC_TRANSPORT, PARKING, CAR_REPAIR, CAR_TAX, CAR_INSURANCE, HOME_INSURANCE,
    LIABILITY_INSURANCE, PHARMACY, DOCTOR, HAIRDRESSER, CLOTHING, ELECTRONICS, BOOKS, GIFTS,
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
