"""Write a generated book: `python -m bench.generate --entries 100000 --output DIR`.

It exists so that a benchmark or a bug report can be repeated anywhere with the same bytes.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Final

from bench.formats import write_book
from bench.household import SEED, generate

FORMATS: Final = ("csv", "ofx", "hledger", "beancount", "jsonl")


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, write the files and print what was written."""
    parser = argparse.ArgumentParser(description="Write a deterministic book of ten years.")
    parser.add_argument("--entries", type=int, default=1000, help="how many entries (1000)")
    parser.add_argument("--output", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--seed", type=int, default=SEED, help=f"another book ({SEED})")
    parser.add_argument("--formats", default=",".join(FORMATS), help=f"of {','.join(FORMATS)}")
    options = parser.parse_args(arguments)
    formats = options.formats.split(",")
    if unknown := set(formats) - set(FORMATS):
        parser.error(f"unknown formats: {', '.join(sorted(unknown))}")
    started = time.perf_counter()
    written = write_book(generate(options.entries, options.seed), options.output, formats)
    print(f"{written} entries in {time.perf_counter() - started:.1f} s: {options.output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
