"""What `pfh move` tells where there is no terminal to draw a bar on."""

from __future__ import annotations

import pytest

from pfh.entry.cli.move_work import Shown


def test_log_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    with Shown(lambda: now[0]) as shown:
        shown.begin("entries", total=30_000, done=5_000)
        for _ in range(4):
            now[0] += 4
            shown.advance(5_000)
    assert capsys.readouterr().err == "entries: 20,000 of 30,000\n"
