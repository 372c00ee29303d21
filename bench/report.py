"""The table: every line of the issue's targets, one column a size, and a verdict.

It exists so that the figures of bench/README.md are always those of a real run: the table between
its markers is written by `python -m bench --write` and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.figures import Figure, Row

BEGIN: Final = "<!-- figures: begin -->"
END: Final = "<!-- figures: end -->"
MILLION: Final = 1_000_000

ROWS: Final = (
    Row("import_empty", "import a CSV into an empty book", "rows/s", "high", 20_000, 100_000),
    Row("import_empty_peak", "… peak memory of the process", "MiB", "low", 150, 100_000),
    Row("import_more", "import 100,000 other entries into it", "rows/s", "high", 15_000, MILLION),
    Row("import_more_peak", "… peak memory of the process", "MiB"),
    Row("import_again", "import the same file again", "rows/s", "high", 100_000, 100_000),
    Row("import_ofx", "import an OFX statement of one account", "rows/s", "high"),
    Row("create", "create a transaction, 16 clients", "/s", "high", 1_800),
    Row("create_p50", "… p50", "ms"),
    Row("create_p95", "… p95", "ms"),
    Row("create_cpu", "… CPU of the server a request", "µs"),
    Row("create_importing", "create while an import runs, 16 clients", "/s", "high", 300),
    Row("create_importing_p95", "… p95", "ms"),
    Row("list_importing_p95", "list of 50 while an import runs, p95", "ms", "low", 80),
    Row("dashboard", "dashboard, 16 clients", "/s", "high"),
    Row("dashboard_p50", "… p50", "ms"),
    Row("dashboard_p95", "… p95", "ms", "low", 10, MILLION),
    Row("dashboard_ratio", "… p95 against its own at 1,000", "×", "low", 1.3, MILLION),
    Row("dashboard_cpu", "… CPU of the server a request", "µs"),
    Row("list", "list of 50, 16 clients", "/s", "high"),
    Row("list_p50", "… p50", "ms"),
    Row("list_p95", "… p95", "ms", "low", 25, MILLION),
    Row("list_ratio", "… p95 against its own at 1,000", "×", "low", 1.3, MILLION),
    Row("list_cpu", "… CPU of the server a request", "µs"),
    Row("filter_month", "first page and totals of a month, 1 client, p50", "ms"),
    Row("filter_account", "… of an account", "ms"),
    Row("filter_category", "… of a category", "ms"),
    Row("filter_text", "… of a word", "ms"),
    Row("categories", "category totals, 16 clients", "/s", "high"),
    Row("categories_p50", "… p50", "ms"),
    Row("categories_p95", "… p95", "ms", "low", 25, MILLION),
    Row("categories_ratio", "… p95 against its own at 1,000", "×", "low", 1.3, MILLION),
    Row("categories_cpu", "… CPU of the server a request", "µs"),
    Row("start", "start to the first 200", "s", "low", 0.7, MILLION),
    Row("memory_start", "resident after the start", "MiB"),
    Row("memory_idle", "resident, idle after the import and the load", "MiB", "low", 110),
    Row("database", "the books on disk", "MiB"),
    Row("page_dashboard_fcp", "dashboard page, first contentful paint", "ms", "low", 250, 100_000),
    Row("page_dashboard_drawn", "… drawn", "ms", "low", 700, 100_000),
    Row("page_dashboard_bytes", "… compressed", "kB", "low", 300, 100_000),
    Row("page_dashboard_repeat_bytes", "… repeat visit", "kB", "low", 30, 100_000),
    Row("page_dashboard_shift", "… layout shift", "", "low", 0.02, 100_000),
    Row("page_dashboard_task", "… longest task", "ms"),
    Row("page_transactions_drawn", "transactions page: drawn", "ms", "low", 600, 100_000),
    Row("page_transactions_nodes", "… DOM nodes", "", "low", 5_000, 100_000),
    Row("page_transactions_task", "… longest task", "ms", "low", 100, 100_000),
    Row("page_transactions_shift", "… layout shift", "", "low", 0.02, 100_000),
    Row("page_worst_shift", "layout shift of the worst page", "", "low", 0.02, 100_000),
    Row("postgres_create", "create on PostgreSQL, fsync on, 16 clients", "/s", "high"),
    Row("postgres_create_p95", "… p95", "ms"),
    Row("postgres_create_cpu", "… CPU of the server a request", "µs"),
    Row("postgres_create_load", "… CPU of the load a request, of that core", "µs"),
    Row("postgres_create_two", "… with two processes", "/s", "high"),
    Row("postgres_pgbench", "pgbench -c16 on the same server", "/s", "high"),
    Row("postgres_create_ratio", "creates against its transactions", "×", "high", 0.6),
    Row("postgres_create_two_ratio", "… with two processes", "×", "high"),
    Row("cluster_visible_p50", "write to dashboard by Kafka and MongoDB, 200 writes/s, p50", "ms"),
    Row("cluster_visible_p95", "… p95", "ms", "low", 250),
    Row("cluster_catch_up", "relay and consumer catch up 100,000 events", "/s", "high", 5_000),
    Row("cluster_cached", "cached dashboard on the cluster, hub on one core", "/s", "high", 3_000),
    Row("cluster_cached_p95", "… p95", "ms"),
    Row("cluster_cached_cpu", "… CPU of the hub a request", "µs"),
    Row("cluster_rebuild", "read models in MongoDB rebuilt from SQL", "events/s", "high", 20_000),
    Row("peer_hledger", "hledger, read and report (stores nothing)", "entries/s", "high"),
    Row("peer_beancount", "bean-check, read (stores nothing)", "entries/s", "high"),
    Row("fsync_p50", "fdatasync of 4 KiB on this disk, p50", "ms"),
    Row("fsync_p99", "… p99", "ms"),
)  # fmt: skip
_RATIOS: Final = ("dashboard", "list", "categories")


def with_ratios(figures: Iterable[Figure]) -> list[Figure]:
    """Add, for the reads, the p95 of each size over the p95 at 1,000 entries."""
    known = {(figure.key, figure.size): figure for figure in figures}
    for name in _RATIOS:
        small = known.get((f"{name}_p95", 1000))
        for size in sorted({size for _, size in known if size > 1000}):
            large = known.get((f"{name}_p95", size))
            if small and large and small.value > 0:
                key = f"{name}_ratio"
                known[key, size] = Figure(key, size, large.value / small.value)
    return list(known.values())


def shown(value: float) -> str:
    """Return a figure with the digits that mean something: 12,345 · 123 · 12.3 · 1.23 · 0.012."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 or value == 0 else f"{value:.3f}"


def verdict(row: Row, values: dict[int, float]) -> str:
    """Return `met`, `missed (…)`, or nothing when there is no target or no figure for it."""
    judged = [values[size] for size in values if row.target_size in {0, size}]
    if row.target is None or not judged:
        return ""
    worst = min(judged) if row.better == "high" else max(judged)
    met = worst >= row.target if row.better == "high" else worst <= row.target
    if met:
        return "met"
    return f"missed ({worst / row.target:.2f} ×)"


def table(figures: Sequence[Figure], sizes: Sequence[int]) -> str:
    """Return the Markdown table of the rows that have at least one figure."""
    lines = heading(sizes)
    for row in ROWS:
        values = {figure.size: figure.value for figure in figures if figure.key == row.key}
        if values:
            cells = {size: shown(value) for size, value in values.items()}
            lines.append(line_of(row, cells, sizes, verdict(row, values)))
    return "\n".join(lines)


def heading(sizes: Sequence[int]) -> list[str]:
    """Return the first two lines of a table."""
    columns = [f"{size:,}" for size in sizes]
    return [
        f"| what | unit | {' | '.join(columns)} | target | verdict |",
        f"|---|---|{'---:|' * len(sizes)}---|---|",
    ]


def line_of(row: Row, cells: Mapping[int, str], sizes: Sequence[int], judged: str) -> str:
    """Return the line of a row; a figure of no size (0) stands in the first column."""
    columns = [cells.get(size, "") for size in sizes]
    columns[0] = cells.get(0, columns[0])
    return f"| {row.what} | {row.unit} | {' | '.join(columns)} | {_target(row)} | {judged} |"


def _target(row: Row) -> str:
    if row.target is None:
        return ""
    sign = "≥" if row.better == "high" else "≤"
    where = f" at {row.target_size:,}" if row.target_size else ""
    return f"{sign} {row.target:,g}{where}"


def notes(figures: Sequence[Figure]) -> str:
    """Return the remarks of the figures as a list, each once."""
    remarks = dict.fromkeys(
        f"- `{figure.key}` at {figure.size:,}: {figure.note}" for figure in figures if figure.note
    )
    return "\n".join(remarks)


def write_readme(path: Path, text: str) -> None:
    """Replace what is between the markers of a Markdown file.

    Raises:
        ValueError: a marker is missing.
    """
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"{path} lacks the markers {BEGIN} and {END}"
        raise ValueError(message)
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
