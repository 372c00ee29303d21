"""Measure, keep the figures, print the table: `python -m bench --sizes 1000,100000 --only imports`.

It exists so that `make bench` is one command: the whole run, or the parts that are asked for.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

from bench.browser import measure_pages
from bench.cluster import measure_cluster, measure_cluster_visible
from bench.cluster_writes import measure_cluster_writes
from bench.figures import Figure, load_all, save
from bench.imports import measure_imports, measure_more, measure_ofx
from bench.kept_figures import with_kept_rows
from bench.machine import describe_machine, measure_fsync
from bench.peers import measure_peers
from bench.report import notes, table, with_ratios, write_readme
from bench.requests import measure_importing, measure_requests
from bench.workbench import Workbench

HERE: Final = Path(__file__).parent
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
_BUSY_LOAD: Final = 0.7
# The first has the figures of all.
CLUSTER_PARTS: Final = ("cluster", "cluster-writes", "cluster-visible")
PARTS: Final[dict[str, Callable[[Workbench], Iterable[Figure]]]] = {
    "imports": measure_imports,
    "requests": measure_requests,
    "pages": measure_pages,
    "more": measure_more,
    "importing": measure_importing,
    "ofx": measure_ofx,
    "peers": measure_peers,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the parts for each size, save their figures and print the table of all that are kept."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, _end)
    machine = describe_machine()
    if (load := os.getloadavg()[0]) > _BUSY_LOAD:
        machine += f", busy with other work (load {load:.1f} before the run)"
    out: Path = options.out
    root: Path = options.work
    root.mkdir(parents=True, exist_ok=True)
    print(machine)
    if "machine" in options.only:
        save(out, "machine", measure_fsync(root), machine)
    failed = False
    if options.only & {"cluster", "cluster-writes"}:
        failed |= not _measured("cluster-writes", measure_cluster_writes, out, machine)
    if "cluster" in options.only:
        failed |= not _measured("cluster", measure_cluster, out, machine)
    elif "cluster-visible" in options.only:
        failed |= not _measured("cluster-visible", measure_cluster_visible, out, machine)
    for size in options.sizes:
        for part in PARTS:
            if part in options.only:
                failed |= not _run(part, Workbench(root, size), out, machine)
    figures, measured_on, when = load_all(out)
    figures = with_ratios(figures)
    sizes = sorted({figure.size for figure in figures if figure.size} or set(options.sizes))
    text = f"{table(figures, sizes)}\n\nMeasured on {measured_on} ({when}).\n\n{notes(figures)}"
    print(f"\n{text}")
    if options.write:
        readme = HERE / "README.md"
        write_readme(readme, with_kept_rows(readme.read_text(encoding="utf-8"), text))
    return 1 if failed else 0


def _run(part: str, bench: Workbench, out: Path, machine: str) -> bool:
    """Measure one part at one size; a part that fails is told and does not stop the others."""
    name = f"{part}-{bench.size}"
    return _measured(name, partial(PARTS[part], bench), out, machine)


def _measured(name: str, measure: Callable[[], Iterable[Figure]], out: Path, machine: str) -> bool:
    """Measure one part; tell and keep each figure as it comes, for a run may be cut off."""
    print(f"{name} …", flush=True)
    started = time.perf_counter()
    figures: list[Figure] = []
    try:
        for figure in measure():
            print(f"  {figure.key:28} {figure.value:14,.3f}  {figure.note}", flush=True)
            figures.append(figure)
            save(out, name, figures, machine)
    except Exception as error:  # noqa: BLE001 -- the other parts are still worth measuring.
        print(f"  failed: {type(error).__name__}: {error}", flush=True)
        return False
    print(f"  ({time.perf_counter() - started:.0f} s)", flush=True)
    return True


def _end(*_: object) -> None:
    """Leave by an exception, which ends the servers and removes the folders of a part."""
    sys.exit("cut off")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help="entries, with commas between")
    parser.add_argument(
        "--only",
        type=_parts,
        default={"machine", "cluster", *PARTS},
        help=f"of machine,{','.join(CLUSTER_PARTS)},{','.join(PARTS)}",
    )
    parser.add_argument("--out", type=Path, default=HERE / "out", help="where figures are kept")
    parser.add_argument(
        "--work",
        type=Path,
        default=Path(tempfile.gettempdir()) / f"pfh-bench-{os.getuid()}",
        help="where books are kept between parts; delete it to build them again",
    )
    parser.add_argument("--write", action="store_true", help="write the table of bench/README.md")
    return parser.parse_args(arguments)


def _sizes(text: str) -> list[int]:
    return [int(part.replace("_", "")) for part in text.split(",")]


def _parts(text: str) -> set[str]:
    chosen = set(text.split(","))
    if unknown := chosen - {"machine", *CLUSTER_PARTS, *PARTS}:
        message = f"unknown: {', '.join(sorted(unknown))}"
        raise argparse.ArgumentTypeError(message)
    return chosen


if __name__ == "__main__":
    raise SystemExit(main())
