"""Writes `deploy/grafana/dashboards/*.json`; a test compares the files with the program."""

from __future__ import annotations

from pathlib import Path

from deploy.dashboards.collection import rendered

TARGET = Path(__file__).resolve().parents[1] / "grafana" / "dashboards"


def main() -> None:
    """Write each dashboard as a file of its uid."""
    for uid, text in rendered().items():
        (TARGET / f"{uid}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
