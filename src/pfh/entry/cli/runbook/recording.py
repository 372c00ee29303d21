"""What a script would run, without running any of it.

The real shell reads the script, so quoting, loops and functions mean what they mean; but every
program in PATH is a stand-in that writes its arguments down, prints nothing and succeeds. A program
without a stand-in is not found, and the script fails.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SECONDS: Final = 20
# Arguments end with a zero byte, calls with a line of its own; input only where it is not a person.
_STAND_IN: Final = """#!/bin/bash
input=
if [ ! -t 0 ]; then IFS= read -r -d '' -t 5 input || true; fi
printf '%s\\0' "${0##*/}" "$@" $'\\1' "$input" $'\\2' >> "$PFH_RUNBOOK_CALLS"
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A program with its arguments, and what it would have read."""

    words: tuple[str, ...]
    read: str = ""

    @property
    def program(self) -> str:
        """The name of the program."""
        return self.words[0]


class ScriptFailed(Exception):
    """The shell cannot read the script, or a program in it is not known."""


class Recorder:
    """A folder of stand-ins.

    Args:
        folder: made when missing.
        programs: what may be called.
    """

    def __init__(self, folder: Path, programs: Iterable[str]) -> None:
        self._folder = folder / "stand-ins"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._calls = folder / "calls"
        self.working = folder / "lint"
        self.working.mkdir(exist_ok=True)
        for name in programs:
            path = self._folder / name
            path.write_text(_STAND_IN, encoding="utf-8")
            path.chmod(0o700)

    def calls(
        self, script: str, environment: Mapping[str, str], arguments: tuple[str, ...] = ()
    ) -> list[Call]:
        """Return what a script calls, in its order.

        Raises:
            ScriptFailed: as said there.
        """
        self._calls.write_bytes(b"")
        try:
            done = subprocess.run(
                ["/bin/bash", "-c", script, *(arguments or ("bash",))],
                env={
                    **environment,
                    "PATH": f"{self._folder}",
                    "HOME": f"{self.working}",
                    "LC_ALL": os.environ.get("LC_ALL", "C.UTF-8"),
                    "PFH_RUNBOOK_CALLS": f"{self._calls}",
                },
                cwd=self.working,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ScriptFailed(f"it does not end within {SECONDS} s") from None
        if done.returncode != 0:
            words = done.stderr.strip().splitlines() or ["no word"]
            raise ScriptFailed(f"code {done.returncode}: {words[-1]}")
        return _parsed(self._calls.read_bytes().decode())


def _parsed(text: str) -> list[Call]:
    calls = []
    for one in text.split("\x00\x02\x00"):
        if one:
            words, _, read = one.partition("\x00\x01\x00")
            calls.append(Call(tuple(words.split("\x00")), read))
    return calls
