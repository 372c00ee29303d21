"""The translation of SQL texts, rule by rule."""

from __future__ import annotations

import sqlite3

import pytest

from pfh.adapters.database.sql_text import TEXTS_MAX, SqliteTexts, encode_lists, to_sqlite


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT $1, $12, $2", "SELECT ?1, ?12, ?2"),
        ("SELECT '$1 ::x', \"$2\" -- $3\n, $4", "SELECT '$1 ::x', \"$2\" -- $3\n, ?4"),
        ("SELECT 'it''s $1' /* = ANY($2) */ || $1", "SELECT 'it''s $1' /* = ANY($2) */ || ?1"),
        ("SELECT $1::bigint, a::text , b :: numeric(12, 2)", "SELECT ?1, a , b "),
        ("SELECT SUM(a)::bigint FROM t", "SELECT SUM(a) FROM t"),
        ("UPDATE t SET a = $1 WHERE b > $2", "UPDATE t SET a = ?1 WHERE b > ?2"),
        ("SELECT a FROM t WHERE b = 1 FOR UPDATE", "SELECT a FROM t WHERE b = 1 "),
        ("SELECT a FROM t FOR NO KEY UPDATE OF t, u SKIP LOCKED", "SELECT a FROM t "),
        ("SELECT a FROM t for share nowait", "SELECT a FROM t "),
        ("INSERT INTO t ON CONFLICT (a) DO UPDATE SET b = 1", None),
        ("SELECT update_for, for_update FROM t", None),
    ],
)
def test_rewrites_only_what_differs_when_no_list_is_given(sql: str, expected: str | None) -> None:
    translated = to_sqlite(sql)
    assert translated.sql == (sql if expected is None else expected)
    assert translated.list_positions == ()


@pytest.mark.parametrize(
    ("sql", "expected", "positions"),
    [
        ("a = ANY($2::bigint[])", "a IN (SELECT value FROM json_each(?2))", (1,)),
        ("a=any( $1 :: text[] )", "a IN (SELECT value FROM json_each(?1))", (0,)),
        ("a <> ALL($3::bigint[])", "a NOT IN (SELECT value FROM json_each(?3))", (2,)),
        ("a IN (SELECT value FROM json_each($1))", "a IN (SELECT value FROM json_each(?1))", (0,)),
        (
            "a = ANY($2::bigint[]) OR b = ANY($1::text[]) OR c = $3",
            (
                "a IN (SELECT value FROM json_each(?2)) OR b IN"
                " (SELECT value FROM json_each(?1)) OR c = ?3"
            ),
            (0, 1),
        ),
        ("a >= ANY($1::bigint[])", "a >= ANY(?1)", ()),
    ],
)
def test_turns_lists_into_json_when_a_text_takes_them(
    sql: str, expected: str, positions: tuple[int, ...]
) -> None:
    translated = to_sqlite(sql)
    assert " ".join(translated.sql.split()) == expected
    assert translated.list_positions == positions


def test_encodes_lists_exactly_when_they_hold_large_numbers_or_quotes() -> None:
    encoded = encode_lists(
        [1, [2**63 - 1, -(2**63)], ("a\"b'", "ü", "🏦"), None, "[1]"], (1, 2, 3, 4)
    )
    connection = sqlite3.connect(":memory:")

    def values(argument: object) -> list[object]:
        rows = connection.execute("SELECT value FROM json_each(?1)", [argument])
        return [row[0] for row in rows]

    assert encoded[0] == 1
    assert values(encoded[1]) == [2**63 - 1, -(2**63)]
    assert values(encoded[2]) == ["a\"b'", "ü", "🏦"]
    assert values(encoded[3]) == []
    assert values(encoded[4]) == [1]
    connection.close()


@pytest.mark.parametrize("sql", ["BEGIN", "  commit", "End", "SAVEPOINT a", "ATTACH 'x' AS y"])
def test_refuses_a_text_when_it_controls_the_transaction(sql: str) -> None:
    with pytest.raises(RuntimeError, match="may not control its transaction"):
        to_sqlite(sql)


def test_translates_a_text_once_when_it_comes_again() -> None:
    texts = SqliteTexts()
    assert texts["SELECT $1"] is texts["SELECT $1"]


def test_forgets_texts_when_there_are_too_many() -> None:
    texts = SqliteTexts()
    for number in range(TEXTS_MAX + 1):
        assert texts[f"SELECT {number}"].sql == f"SELECT {number}"
    assert len(texts) <= TEXTS_MAX
