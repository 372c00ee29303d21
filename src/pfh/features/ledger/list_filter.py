"""What a list of transactions may be filtered by, parsed and judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pfh.core.entry import Status, TransactionType, raise_problems
from pfh.core.errors import Problem
from pfh.core.identity_types import parse_id
from pfh.core.period import date_problem
from pfh.features.ledger.errors import CursorInvalid, FilterInvalid

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
QUERY_LENGTH_MAX = 200
_CURSOR = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.([0-9]{1,19})")
_LAST = ("9999-12-31", 2**63 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFilter:
    """Every condition must hold; None means no condition. Dates are inclusive ISO text.

    `account_ids` and `category_ids` hold the chosen one with everything below it (filled in by the
    use-case); amounts are decimals, compared with the amount shown; `before` is the last row of the
    page before, as (date, entry id).
    """

    first_date: str | None = None
    last_date: str | None = None
    account_id: int | None = None
    category_id: int | None = None
    payee_id: int | None = None
    import_id: int | None = None
    tag: str | None = None
    amount_min: Decimal | None = None
    amount_max: Decimal | None = None
    words: str | None = None
    transaction_type: str | None = None
    status: str | None = None
    before: tuple[str, int] = _LAST
    limit: int = LIMIT_DEFAULT

    @property
    def is_first_page(self) -> bool:
        """Whether no cursor was given."""
        return self.before == _LAST

    @property
    def only_dates_and_account(self) -> bool:
        """Whether nothing but dates and an account narrow the list: kept totals can answer."""
        conditions = (
            self.category_id,
            self.payee_id,
            self.import_id,
            self.tag,
            self.amount_min,
            self.amount_max,
            self.words,
            self.transaction_type,
            self.status,
        )
        return all(condition is None for condition in conditions)

    @property
    def is_seen_in_entries_alone(self) -> bool:
        """Whether no index leads to what is meant, so that totals look at each entry of the rest.

        The first rows are found on the way all the same, unless they are rare.
        """
        conditions = (
            self.words,
            self.amount_min,
            self.amount_max,
            self.tag,
            self.transaction_type,
            self.status,
        )
        return any(condition is not None for condition in conditions)


def parse_filter(query: dict[str, str]) -> ListFilter:
    """Read the query parameters of `GET /api/transactions`; names as in the API, all optional.

    An empty date, amount or identifier is a mistake: it would silently list everything.

    Raises:
        FilterInvalid, CursorInvalid, DateInvalid, DateOutOfRange; several as `Problems`.
    """
    problems: list[Problem] = []
    for name in ("from", "to"):
        if name in query:
            problem = date_problem(query[name], field=name)
            if problem is not None:
                problems.append(problem)
    amounts = {name: _decimal(query.get(name), name, problems) for name in _AMOUNTS}
    _one_of(query.get("transactionType"), "transactionType", list(TransactionType), problems)
    _one_of(query.get("status"), "status", list(Status), problems)
    limit = _limit(query.get("limit"), problems)
    words = (query.get("q") or "").strip()
    if len(words) > QUERY_LENGTH_MAX:
        problems.append(
            FilterInvalid(
                f"The text has more than {QUERY_LENGTH_MAX} characters.",
                field="q",
                fix="Search for fewer words.",
            )
        )
    before = _cursor(query.get("cursor"), problems)
    raise_problems(problems)
    return ListFilter(
        first_date=query.get("from"),
        last_date=query.get("to"),
        account_id=_identifier(query.get("accountId")),
        category_id=_identifier(query.get("categoryId")),
        payee_id=_identifier(query.get("payeeId")),
        import_id=_identifier(query.get("importId")),
        tag=(query.get("tag") or "").strip().casefold() or None,
        amount_min=amounts["minAmount"],
        amount_max=amounts["maxAmount"],
        words=words.casefold() or None,
        transaction_type=query.get("transactionType") or None,
        status=query.get("status") or None,
        before=before,
        limit=limit,
    )


_AMOUNTS = ("minAmount", "maxAmount")
_AMOUNT_SIZE_MAX = 20


def _identifier(text: str | None) -> int | None:
    return None if text is None else parse_id(text)


def _decimal(text: str | None, field: str, problems: list[Problem]) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(text) if len(text) <= _AMOUNT_SIZE_MAX else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if value.is_finite() and value >= 0 and value.adjusted() < _AMOUNT_SIZE_MAX:
        return value
    problems.append(
        FilterInvalid("This is not an amount.", field=field, fix="Write a number like 12.34.")
    )
    return None


def _one_of(text: str | None, field: str, allowed: list[str], problems: list[Problem]) -> None:
    if text and text not in allowed:
        problems.append(
            FilterInvalid(
                "This value is not known.", field=field, fix=f"Use one of {', '.join(allowed)}."
            )
        )


def _limit(text: str | None, problems: list[Problem]) -> int:
    if not text:
        return LIMIT_DEFAULT
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= LIMIT_MAX:
        return int(text)
    problems.append(
        FilterInvalid(
            f"The limit is a number from 1 to {LIMIT_MAX}.",
            field="limit",
            fix=f"Ask for at most {LIMIT_MAX} and follow nextCursor.",
        )
    )
    return LIMIT_DEFAULT


def _cursor(text: str | None, problems: list[Problem]) -> tuple[str, int]:
    if not text:
        return _LAST
    found = _CURSOR.fullmatch(text)
    if found is not None and date_problem(found[1], field="cursor") is None:
        return found[1], parse_id(found[2])
    problems.append(
        CursorInvalid(
            "The cursor was not made by this list.",
            field="cursor",
            fix="Start again without a cursor.",
        )
    )
    return _LAST


def cursor_text(date: str, entry_id: int) -> str:
    """Return the cursor that continues after this row."""
    return f"{date}.{entry_id}"
