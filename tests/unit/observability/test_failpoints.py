"""A failpoint ends its own process, at the chosen place and time, and else does nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from pfh.observability.failpoints import VARIABLE, armed

PROGRAM = """
from pfh.observability.failpoints import reached
for number in range(4):
    reached("elsewhere")
    print(number, flush=True)
    reached("here")
"""


def ended(fail_at: str) -> tuple[int, list[str]]:
    environment = {**os.environ, "PYTHONPATH": "src", VARIABLE: fail_at}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.split()


def test_dies_when_its_point_comes_the_nth_time() -> None:
    assert ended("here:3") == (-signal.SIGKILL, ["0", "1", "2"])
    assert ended("here") == (-signal.SIGKILL, ["0"])


def test_lives_when_no_point_or_another_one_is_named() -> None:
    assert ended("") == (0, ["0", "1", "2", "3"])
    assert ended("nowhere") == (0, ["0", "1", "2", "3"])
    armed("")("here")
