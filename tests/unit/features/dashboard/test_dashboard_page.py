"""What the dashboard's page makes of figures: the largest categories, and what waits."""

from __future__ import annotations

from pfh.features.dashboard.figures import CategoryFigure
from pfh.features.dashboard.page_store import Waiting
from pfh.features.dashboard.read_page import reviews_of, spending_of


def figure(number: int, amount: int, before: int = 0, kind: str = "expense") -> CategoryFigure:
    return CategoryFigure(number, f"Category {number}", kind, None, amount, before)


def test_shows_all_categories_when_there_are_eight() -> None:
    rows = spending_of([figure(number, 900 - number) for number in range(8)])
    assert [row.category_id for row in rows] == list(range(8))


def test_sums_the_rest_up_when_there_are_more() -> None:
    rows = spending_of([figure(number, 900 - number, 10) for number in range(10)])
    assert len(rows) == 8
    assert (rows[-1].category_id, rows[-1].name) == (None, "Everything else")
    assert (rows[-1].amount_minor, rows[-1].last_month_minor) == (893 + 892 + 891, 30)


def test_leaves_out_income_and_what_did_not_move() -> None:
    figures = [figure(1, 500, kind="income"), figure(2, 0), figure(3, 0, 20), figure(4, -5)]
    assert [row.category_id for row in spending_of(figures)] == [3, 4]


def test_asks_for_one_deed_for_each_thing_that_waits() -> None:
    waiting = Waiting(
        household_seq=9,
        has_entries=True,
        uncategorised=((5, False, 1_200), (6, True, 1)),
        pending_count=2,
        import_count=1,
        import_id=77,
    )
    items = reviews_of(waiting)
    assert [(item.text, item.url) for item in items] == [
        ("An import waits to be looked at", "/import/77"),
        ("1,200 expenses have no category", "/transactions?categoryId=5"),
        ("1 receipt has no category", "/transactions?categoryId=6"),
        ("2 transactions are pending", "/transactions?status=pending"),
    ]


def test_asks_for_nothing_when_nothing_waits() -> None:
    waiting = Waiting(
        household_seq=9,
        has_entries=True,
        uncategorised=(),
        pending_count=0,
        import_count=0,
        import_id=0,
    )
    assert reviews_of(waiting) == ()
