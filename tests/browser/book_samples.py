"""Lifelike contexts for accounts, categories, imports, settings and the books."""

from __future__ import annotations

import dataclasses

from pfh.entry.web.error_page import ErrorPage
from pfh.features.accounts.page_views import (
    AccountForm,
    AccountGroup,
    AccountRow,
    AccountsPage,
    CategoriesPage,
    CategoryForm,
    CategoryRow,
)
from pfh.features.admin.page_views import BooksPage, ProofLine
from pfh.features.forms.api import FormView
from pfh.features.imports.formats.csv_mapping import Mapping
from pfh.features.imports.page_views import ImportPage, ImportsPage
from pfh.features.imports.schemas import (
    CsvFindings,
    FoundAccount,
    FoundError,
    FoundNote,
    ImportSummary,
    ImportView,
    SampleRow,
)
from pfh.features.settings.page_views import ExportLink, RateRow, SessionRow, SettingsPage
from tests.browser.sample_choices import ACCOUNTS, CATEGORIES, CURRENCIES, GROUPS

NOW = 1_795_000_000_000_000


def _account(index: int, name: str, kind: str, balance: str, currency: str = "EUR") -> AccountRow:
    return AccountRow(
        account_id=str(11 + index),
        name=name,
        account_type=kind,
        currency=currency,
        balance=balance,
        transaction_count=120,
        last_date="2026-11-22" if index % 4 else None,
    )


_OWN = (
    _account(0, "Everyday checking", "checking", "4218.37"),
    _account(1, "Savings", "savings", "21500.00"),
    _account(2, "Dollar account", "checking", "1842.20", "USD"),
)
_OWED = (
    _account(3, "Visa", "credit_card", "-612.90"),
    _account(4, "Mortgage", "mortgage", "-809200.00"),
)
ACCOUNTS_PAGE = AccountsPage(
    currency="EUR",
    assets_minor=9_246_205,
    debts_minor=80_981_290,
    groups=(
        AccountGroup(name=GROUPS[0], total_minor=2_571_837, accounts=_OWN),
        AccountGroup(name=GROUPS[1], total_minor=-80_981_290, accounts=_OWED),
    ),
    closed=(dataclasses.replace(_account(5, "Old bank", "checking", "0.00"), is_closed=True),),
    missing_rates=("USD",),
)
CATEGORY_ROWS = [
    CategoryRow(
        category_id=str(one.category_id),
        name=one.name,
        kind=one.kind,
        depth=one.depth,
        transaction_count=index * 7 % 60,
        amount_minor=index * 91_337 % 400_000,
    )
    for index, one in enumerate(CATEGORIES)
]
HISTORY = [
    ImportSummary(
        id=str(70 + index),
        file_name=name,
        format=form,
        status=status,
        rows=1_300,
        new=new,
        duplicate=known,
        error_count=0,
        done=new,
        created_at="2026-11-20T09:00:00Z",
        committed_at=None,
        reverted_at=None,
    )
    for index, (name, form, status, new, known) in enumerate(
        (
            ("checking-2026-11.ofx", "ofx", "committed", 1_204, 96),
            ("visa-november-statement-with-a-very-long-file-name.csv", "csv", "preview", 58, 0),
            ("savings.qfx", "qfx", "reverted", 12, 0),
            ("holiday.csv", "csv", "failed", 0, 0),
        )
    )
]
_HEADER = ("Booking date", "Payee", "Purpose", "Amount", "Currency")
_SAMPLE = tuple(
    (f"{20 - i}.11.2026", "Fresh & Co", f"CARD {i}", f"-{i}4,20", "EUR") for i in range(5)
)


_ROWS = tuple(
    SampleRow(
        line=index + 2,
        date=f"2026-11-{28 - index % 28:02}",
        amount="2900.00" if index == 4 else f"-{index % 90 + 3}.20",
        currency="EUR",
        payee="" if index == 2 else "Fresh & Co Supermarket",
        memo=f"CARD PAYMENT {1000 + index}",
        category="Groceries" if index % 3 else None,
        account="Everyday checking",
        outcome=("new", "new", "new", "duplicate", "new", "error", "skipped")[index % 7],
        reason="The date 31.02.2026 does not exist." if index % 7 in {3, 5, 6} else None,
    )
    for index in range(40)
)


def import_view(status: str, **changes: object) -> ImportView:
    """An import of a CSV file with a bit of everything."""
    values: dict[str, object] = {
        "id": "71",
        "file_name": "visa-november.csv",
        "format": "csv",
        "status": status,
        "rows": 1_312,
        "new": 1_204,
        "duplicate": 96,
        "error_count": 12,
        "done": 640,
        "mapping": Mapping(
            delimiter=";",
            header=_HEADER,
            width=5,
            date=0,
            date_order="dmy",
            decimal=",",
            amount=3,
            payee=(1,),
            memo=(2, 4),
        ),
        "currency": None,
        "create_categories": True,
        "accounts": (FoundAccount("", "visa-november", "credit_card", "EUR", "14", "Visa"),),
        "errors": (FoundError(7, "date", "The date 31.02.2026 does not exist."),),
        "notes": (FoundNote(1_312, "The amount is zero: nothing moves."),),
        "warnings": ("The file says nothing about its currency; EUR is assumed.",),
        "sample": _ROWS,
        "csv": CsvFindings(_HEADER, _SAMPLE, 0.6, "abc", remembered=False),
        "failure": None,
        "created_at": "2026-11-20T09:00:00Z",
        "committed_at": None,
        "reverted_at": None,
        **changes,
    }
    return ImportView(**values)  # type: ignore[arg-type]


def _import(status: str, **changes: object) -> dict[str, object]:
    view = import_view(status, **changes)
    return {
        "page": ImportPage(view=view, accounts=ACCOUNTS, currencies=CURRENCIES, form=FormView())
    }


SETTINGS = SettingsPage(
    profile=FormView(
        values={"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.org"}
    ),
    password=FormView(
        errors={"currentPassword": "This is not your password. Try again or wait a minute."}
    ),
    household=FormView(values={"name": "Lovelace family", "baseCurrency": "EUR"}),
    rate=FormView(values={"date": "2026-11-23"}),
    currencies=CURRENCIES,
    rates=(
        RateRow(commodity="USD", quote="EUR", date="2026-11-01", rate="0.9213", source="entered"),
        RateRow(commodity="GBP", quote="EUR", date="2026-10-12", rate="1.1702", source="exchange"),
    ),
    sessions=(
        SessionRow(
            session_id="1",
            device="Firefox on Linux",
            address="192.168.1.20",
            created_at=NOW,
            last_seen_at=NOW,
            is_current=True,
        ),
        SessionRow(
            session_id="2",
            device="Safari on iPhone",
            address="192.168.1.33",
            created_at=NOW,
            last_seen_at=NOW,
            is_current=False,
        ),
    ),
    missing_rates=("JPY",),
    exports=(ExportLink(label="Transactions", help="Every one, as CSV.", url="/api/exports/csv"),),
    facts=(("Version", "0.1.0"), ("Database", "SQLite 3.45")),
)
PROOF = BooksPage(
    lines=(
        ProofLine(name="Every entry sums to zero", checked=102_334),
        ProofLine(
            name="Kept balances equal the postings",
            checked=8,
            failures=("Account 7125 keeps 12.00 EUR, its postings sum to 11.00 EUR.",),
        ),
    ),
    checked_at=NOW,
    seconds="1.4",
)
_NEW_ACCOUNT = AccountForm(
    form=FormView(errors={"name": "There is an account of this name. Take another."}),
    currencies=CURRENCIES,
    parents=(("11", "Everyday checking"),),
)

BOOK_PAGES: dict[str, tuple[str, dict[str, object]]] = {
    "accounts": ("accounts/page.html", {"page": ACCOUNTS_PAGE}),
    "accounts-empty": (
        "accounts/page.html",
        {"page": AccountsPage(currency="EUR", assets_minor=0, debts_minor=0, groups=())},
    ),
    "accounts/new": ("accounts/form.html", {"edit": _NEW_ACCOUNT}),
    "accounts/11/edit": (
        "accounts/form.html",
        {
            "edit": dataclasses.replace(
                _NEW_ACCOUNT, account=_OWN[0], form=FormView(values={"name": "Everyday checking"})
            )
        },
    ),
    "categories": (
        "categories/page.html",
        {"page": CategoriesPage(currency="EUR", year="2026", categories=CATEGORY_ROWS)},
    ),
    "categories/new": (
        "categories/form.html",
        {"edit": CategoryForm(form=FormView(), choices=CATEGORIES)},
    ),
    "categories/101/merge": (
        "categories/merge.html",
        {"edit": CategoryForm(form=FormView(), choices=CATEGORIES, category=CATEGORY_ROWS[1])},
    ),
    "import": ("imports/page.html", {"page": ImportsPage(form=FormView(), history=HISTORY)}),
    "import-empty": (
        "imports/page.html",
        {
            "page": ImportsPage(
                form=FormView(problem="visa.pdf is a PDF. Choose OFX, QFX or CSV."), history=[]
            )
        },
    ),
    "import-preview": ("imports/one.html", _import("preview")),
    "import-busy": ("imports/one.html", _import("committing")),
    "import-done": ("imports/one.html", _import("committed")),
    "import-known": ("imports/one.html", _import("committed", new=0, errors=(), notes=())),
    "import-failed": (
        "imports/one.html",
        _import("failed", failure="The file ends in the middle of a record, at line 812."),
    ),
    "settings": ("settings/page.html", {"page": SETTINGS}),
    "api-docs": ("api_docs.html", {}),
    "books": ("admin/books.html", {"page": PROOF}),
    "books-empty": ("admin/books.html", {"page": BooksPage()}),
    "error-404": (
        "error.html",
        {
            "error": ErrorPage(
                404,
                "There is nothing here",
                "No page has this address.",
                "It may be mistyped, or what it showed was removed.",
                "01JD9Q8Y3K",
            )
        },
    ),
    "error-500": (
        "error.html",
        {
            "error": ErrorPage(
                500,
                "Something went wrong",
                "The hub failed where it should not; nothing was changed.",
                "Try again. If it fails again, tell the hub’s operator the number below.",
                "01JD9Q8Y3K",
                again_at="/transactions?q=a&from=2026-11-01",
            )
        },
    ),
}
