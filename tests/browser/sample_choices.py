"""The accounts, categories and currencies that all sample contexts share."""

from __future__ import annotations

from pfh.features.forms.api import AccountChoice, CategoryChoice

CURRENCIES = (("EUR", "Euro"), ("USD", "US Dollar"), ("GBP", "Pound Sterling"), ("JPY", "Yen"))
GROUPS = ("Cash and bank", "Cards and loans", "Investments", "Property and other")
ACCOUNTS = (
    AccountChoice(account_id=11, name="Everyday checking", currency="EUR", group=GROUPS[0]),
    AccountChoice(account_id=12, name="Savings", currency="EUR", group=GROUPS[0]),
    AccountChoice(account_id=13, name="Dollar account", currency="USD", group=GROUPS[0]),
    AccountChoice(account_id=14, name="Visa", currency="EUR", group=GROUPS[1]),
    AccountChoice(account_id=15, name="Mortgage", currency="EUR", group=GROUPS[1]),
    AccountChoice(account_id=16, name="Broker", currency="EUR", group=GROUPS[2]),
)
_TREE = (
    ("Housing", 0, "Rent", "Utilities", "Insurance", "Repairs"),
    ("Food", 0, "Groceries", "Restaurants", "Coffee"),
    ("Transport", 0, "Fuel", "Public transport", "Car insurance"),
    ("Leisure", 0, "Subscriptions", "Travel", "Books and music", "Sport"),
    ("Health", 0, "Pharmacy", "Doctor"),
)
CATEGORIES = (
    *(
        CategoryChoice(
            category_id=100 + 10 * top + place, name=str(name), kind="expense", depth=min(place, 1)
        )
        for top, (parent, _, *children) in enumerate(_TREE)
        for place, name in enumerate((parent, *children))
    ),
    CategoryChoice(category_id=200, name="Salary", kind="income"),
    CategoryChoice(category_id=201, name="Interest", kind="income"),
)
