"""Texts that carry several statements, and the one that has no parameters."""

from __future__ import annotations

from typing import Any

import pytest

from pfh.adapters.database.postgres_texts import asked_together, with_numbers, written_together


def test_numbers_are_written_out_as_integers_of_their_sign() -> None:
    sql = "SELECT 1 FROM t WHERE a = $2 AND b = '$1' AND c = $1 AND d = $2"
    assert with_numbers(sql, (-(2**63), 7)) == (
        "SELECT 1 FROM t WHERE a = ('7')::bigint AND b = '$1'"
        " AND c = ('-9223372036854775808')::bigint AND d = ('7')::bigint"
    )


@pytest.mark.parametrize("value", ["1", "1; DROP TABLE t", 1.5, True, None, b"1"])
def test_nothing_but_integers_gets_into_a_text(value: Any) -> None:  # noqa: ANN401 -- what must not pass
    with pytest.raises(TypeError, match="by integers"):
        with_numbers("SELECT $1", (value,))


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1])
def test_integers_beyond_64_bits_are_refused(value: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        with_numbers("SELECT $1", (value,))


def test_parameters_of_queries_follow_each_other() -> None:
    text = asked_together((("SELECT a FROM t WHERE b = $2 AND c = $1", 2), ("SELECT $1", 1)))
    assert text == (
        "SELECT ARRAY(SELECT ROW(asked.*) FROM (SELECT a FROM t WHERE b = $2 AND c = $1) AS asked),"
        " ARRAY(SELECT ROW(asked.*) FROM (SELECT $3) AS asked)"
    )


def test_writes_are_named_by_their_table_and_the_last_one_leads() -> None:
    text = written_together(
        (
            ("events", "INSERT INTO events VALUES ($1, $2) RETURNING id", 2),
            ("outbox", "INSERT INTO outbox SELECT id FROM written_events", 0),
            ("heads", "UPDATE heads SET a = $1", 1),
        )
    )
    assert text == (
        "WITH written_events AS (INSERT INTO events VALUES ($1, $2) RETURNING id),"
        " written_outbox AS (INSERT INTO outbox SELECT id FROM written_events)"
        " UPDATE heads SET a = $3"
    )
    assert written_together((("t", "DELETE FROM t WHERE a = $1", 1),)) == (
        "DELETE FROM t WHERE a = $1"
    )
