"""The benchmark's own instruments: a wrong ruler makes every figure wrong."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from bench.figures import Figure, Row, load_all, percentile, save
from bench.kept_figures import with_kept_rows
from bench.load import build_requests, run
from bench.report import (
    BEGIN,
    END,
    ROWS,
    notes,
    shown,
    table,
    verdict,
    with_ratios,
    write_readme,
)


@pytest.mark.parametrize(
    ("percent", "expected"), [(50, 50), (95, 95), (99, 99), (100, 100), (0.1, 1)]
)
def test_takes_the_nearest_rank_when_a_percentile_is_asked(percent: float, expected: int) -> None:
    assert percentile(list(range(100, 0, -1)), percent) == expected


def test_is_zero_when_there_is_nothing_to_rank() -> None:
    assert percentile([], 95) == 0


def plan(port: int, **more: object) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": port,
        "connections": 4,
        "seconds": 0.3,
        "headers": {"Authorization": "Bearer token"},
        "requests": [{"method": "GET", "path": "/one"}],
        "run": "test",
    } | more


def test_numbers_every_body_and_key_when_it_writes() -> None:
    request = {"method": "POST", "path": "/x", "body": json.dumps({"description": "No %n"})}
    first, second = itertools.islice(build_requests(plan(1, requests=[request])), 2)
    assert first.startswith(b"POST /x HTTP/1.1\r\nHost: 127.0.0.1:1\r\n")
    assert b"Authorization: Bearer token\r\n" in first
    assert b"Idempotency-Key: test-1\r\n" in first
    assert b"Content-Length: 23\r\n" in first
    assert first.endswith(b'\r\n\r\n{"description": "No 1"}')
    assert b"Idempotency-Key: test-2\r\n" in second
    assert second.endswith(b'{"description": "No 2"}')


async def serve(answers: list[bytes], delay_seconds: float = 0) -> asyncio.Server:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in itertools.cycle(answers):
            try:
                await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            await asyncio.sleep(delay_seconds)
            if not answer:
                break
            # In two parts, as a network may bring it.
            writer.write(answer[:20])
            await writer.drain()
            writer.write(answer[20:])
        writer.close()

    return await asyncio.start_server(talk, "127.0.0.1", 0)


def port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
REFUSED = b"HTTP/1.1 409 Conflict\r\ncontent-length: 2\r\n\r\nno"


async def test_counts_every_answer_when_the_server_is_steady() -> None:
    async with await serve([OK], delay_seconds=0.01) as server:
        seen = await run(plan(port_of(server)))
    assert seen["statuses"] == {"200": seen["count"]}
    # Each connection waits for each answer.
    assert 4 <= seen["count"] <= 4 * (seen["seconds"] / 0.01 + 1)
    assert seen["p50"] >= 10
    assert seen["p50"] <= seen["p95"] <= seen["p99"] <= seen["worst"]
    assert seen["rate"] == pytest.approx(seen["count"] / seen["seconds"])


async def test_keeps_a_sample_when_the_server_refuses() -> None:
    async with await serve([OK, REFUSED]) as server:
        seen = await run(plan(port_of(server)))
    assert seen["statuses"]["409"] > 0
    assert seen["sample"].startswith("HTTP/1.1 409 Conflict")


async def test_says_so_when_the_server_hangs_up() -> None:
    async with await serve([OK, b""]) as server:
        seen = await run(plan(port_of(server)))
    assert seen["statuses"] == {"200": 4, "lost": 4}


def test_keeps_the_other_parts_when_one_is_measured_again(tmp_path: Path) -> None:
    save(tmp_path, "imports-1000", [Figure("import_empty", 1000, 1.0)], "machine")
    save(tmp_path, "requests-1000", [Figure("list", 1000, 2.0, "a note")], "machine")
    save(tmp_path, "imports-1000", [Figure("import_empty", 1000, 3.0)], "machine")
    figures, machine, when = load_all(tmp_path)
    assert figures == [Figure("import_empty", 1000, 3.0), Figure("list", 1000, 2.0, "a note")]
    assert machine == "machine"
    assert "commit" in when
    assert notes(figures) == "- `list` at 1,000: a note"


@pytest.mark.parametrize(
    ("row", "values", "expected"),
    [
        (Row("x", "", "", "high", 100), {1: 100.0}, "met"),
        (Row("x", "", "", "high", 100), {1: 200.0, 2: 50.0}, "missed (0.50 ×)"),
        (Row("x", "", "", "low", 100), {1: 150.0}, "missed (1.50 ×)"),
        (Row("x", "", "", "low", 100, 2), {1: 150.0, 2: 99.0}, "met"),
        (Row("x", "", "", "low", 100, 2), {1: 150.0}, ""),
        (Row("x", "", ""), {1: 150.0}, ""),
    ],
)
def test_judges_by_the_worst_when_a_target_is_set(
    row: Row, values: dict[int, float], expected: str
) -> None:
    assert verdict(row, values) == expected


def test_compares_with_a_thousand_entries_when_both_are_measured() -> None:
    figures = [Figure("list_p95", 1000, 10.0), Figure("list_p95", 1_000_000, 12.0)]
    assert Figure("list_ratio", 1_000_000, 1.2) in with_ratios(figures)
    assert not any(figure.key.endswith("ratio") for figure in with_ratios(figures[1:]))


@pytest.mark.parametrize(
    ("value", "text"), [(12345.6, "12,346"), (12.34, "12.3"), (1.234, "1.23"), (0.0123, "0.012")]
)
def test_shows_the_digits_that_count_when_figures_differ(value: float, text: str) -> None:
    assert shown(value) == text


def test_leaves_out_rows_when_nothing_was_measured() -> None:
    lines = table([Figure("create", 1000, 2000.0), Figure("fsync_p50", 0, 0.11)], [1000, 10_000])
    assert lines.splitlines()[2:] == [
        "| create a transaction, 16 clients | /s | 2,000 |  | ≥ 1,800 | met |",
        "| fdatasync of 4 KiB on this disk, p50 | ms | 0.11 |  |  |  |",
    ]


def test_has_one_row_for_each_key_when_the_table_is_read() -> None:
    keys = [row.key for row in ROWS]
    assert len(keys) == len(set(keys))


def test_replaces_only_the_table_when_the_readme_is_written(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_readme(path, "new")
    assert path.read_text(encoding="utf-8") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    path.write_text("no markers", encoding="utf-8")
    with pytest.raises(ValueError, match="markers"):
        write_readme(path, "new")


def test_keeps_the_rows_that_were_not_measured_when_one_part_was() -> None:
    was = [Figure("create", 1000, 2000.0), Figure("create_p95", 1000, 9.0, "slow")]
    was += [Figure("list_p95", 1000, 20.0, "quick"), Figure("list", 1000, 1000.0)]
    old = f"{table(was, [1000])}\n\nMeasured on a machine (then).\n\n{notes(was)}"
    new = [Figure("list", 1000, 3000.0), Figure("list_p95", 1000, 30.0, "slower")]
    text = f"{table(new, [1000])}\n\nMeasured on another (now).\n\n{notes(new)}"
    merged = with_kept_rows(f"head\n{BEGIN}\n{old}\n{END}\ntail", text)
    assert (
        merged
        == f"""{table([*was[:2], *new], [1000])}

Measured on another (now).

The other rows are of earlier runs: a machine (then).

- `create_p95` at 1,000: slow
- `list_p95` at 1,000: slower"""
    )
    again = with_kept_rows(f"head\n{BEGIN}\n{merged}\n{END}\ntail", text)
    assert again == merged


def in_readme(figures: list[Figure], sizes: list[int]) -> str:
    text = f"{table(figures, sizes)}\n\nMeasured on a machine (then).\n\n{notes(figures)}"
    return f"{BEGIN}\n{text}\n{END}"


def test_keeps_the_cells_that_were_not_measured_when_one_size_was() -> None:
    was = [Figure("create", size, 2_000.0, f"of {size}") for size in (1_000, 10_000, 100_000)]
    was += [Figure("list", 1_000, 1_000.0), Figure("fsync_p50", 0, 0.11)]
    new = [Figure("create", 10_000, 900.0, "slow"), Figure("fsync_p50", 0, 0.22)]
    text = f"{table(new, [10_000])}\n\nMeasured on another (now).\n\n{notes(new)}"
    assert (
        with_kept_rows(in_readme(was, [1_000, 10_000, 100_000]), text)
        == f"""{table([was[0], new[0], was[2], was[3], new[1]], [1_000, 10_000, 100_000])}

Measured on another (now).

The other rows are of earlier runs: a machine (then).

- `create` at 1,000: of 1000
- `create` at 100,000: of 100000
- `create` at 10,000: slow"""
    )


def test_keeps_a_verdict_when_its_figure_was_not_measured_again() -> None:
    # Shown as 250, which the target is.
    was = [Figure("page_dashboard_fcp", 100_000, 250.4), Figure("page_dashboard_fcp", 1_000, 99.0)]
    new = [Figure("page_dashboard_fcp", 1_000, 98.0)]
    text = f"{table(new, [1_000])}\n\nMeasured on another (now).\n"
    merged = with_kept_rows(in_readme(was, [1_000, 100_000]), text)
    assert "| 98.0 | 250 | ≤ 250 at 100,000 | missed (1.00 ×) |" in merged


def test_replaces_everything_when_all_of_it_was_measured() -> None:
    was = [Figure("create", 1_000, 2_000.0)]
    text = f"{table(was, [1_000, 10_000])}\n\nMeasured on another (now).\n"
    assert with_kept_rows(in_readme(was, [1_000]), text) == text
    assert with_kept_rows(f"{BEGIN}\n\n{END}", text) == text
