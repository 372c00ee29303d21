"""The categories a new household starts with: enough to begin at once, few enough to read."""

from __future__ import annotations

from typing import Final

# Name → names below it. The order is the order on the screen.
EXPENSE_TREE: Final[dict[str, tuple[str, ...]]] = {
    "Housing": ("Rent", "Mortgage interest", "Utilities", "Internet and phone", "Repairs"),
    "Food": ("Groceries", "Restaurants", "Coffee and snacks"),
    "Transport": ("Fuel", "Public transport", "Car", "Parking", "Taxi"),
    "Household": ("Furniture", "Cleaning", "Garden"),
    "Shopping": ("Clothes", "Electronics", "Books"),
    "Health": ("Doctor", "Pharmacy", "Sport"),
    "Leisure": ("Subscriptions", "Entertainment", "Hobbies"),
    "Travel": ("Lodging", "Flights and trains", "On the way"),
    "Family": ("Childcare", "School", "Gifts", "Pets"),
    "Insurance": (),
    "Taxes": (),
    "Fees and interest": (),
    "Donations": (),
}
INCOME_TREE: Final[dict[str, tuple[str, ...]]] = {
    "Salary": (),
    "Bonus": (),
    "Interest and dividends": (),
    "Rental income": (),
    "Benefits": (),
    "Gifts received": (),
    "Other income": (),
}
