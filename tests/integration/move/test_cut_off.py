"""A move that is killed at any moment goes on, whole and once, when it is run again."""

from __future__ import annotations

import random
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pfh.migrations.head import HEAD
from pfh.runtime.settings import load_settings
from tests.integration.move.rich_books import (
    content_of,
    environment_file,
    postgres_environment,
    revision_of,
    rows_of,
    run_pfh,
    sqlite_settings,
)

KILLS = 3
PROGRAM = [sys.executable, "-m", "tests.integration.move.cut_off"]
STEPS_MAX = 60


class CutOffDrill:
    """Kill the move after a random number of steps, again and again, then let it end."""

    seed: int  # of a subclass, whose name a failing test shows

    async def move(self, source: Mapping[str, str], *arguments: str) -> list[str]:
        """Run the move until it is through; return what each run said."""
        dice = random.Random(self.seed)
        said: list[str] = []
        for _ in range(KILLS):
            # Few steps at first, so that the very beginning is cut off, too.
            steps = dice.randrange(2 * STEPS_MAX) if said else dice.randrange(8)
            done = run_pfh(source, str(steps), *arguments, program=PROGRAM)
            said.append(done.stderr)
            if done.returncode != -signal.SIGKILL:
                break
        else:
            done = run_pfh(source, *arguments)
            said.append(done.stderr)
        if "has books already" in done.stderr:
            # The power went just after the last step: it was through and had not said so.
            done = run_pfh(source, *arguments, "--only-compare")
        assert done.returncode == 0, done.stdout + done.stderr
        return said

    @pytest.mark.slow
    @pytest.mark.timeout(900)
    async def test_goes_on_there_and_back(
        self, rich: Path, tmp_path: Path, new_database: Callable[[], str]
    ) -> None:
        source = {"PFH_DATA_DIR": str(rich)}
        rows, content = await rows_of(sqlite_settings(rich)), content_of(rich)
        cluster = postgres_environment(tmp_path / "cluster", new_database())
        file = environment_file(tmp_path / "cluster.env", cluster)
        said = await self.move(source, "move", "--to", "postgres", "--to-env", str(file))
        assert any("Going on with the move" in words for words in said)
        assert await rows_of(load_settings(cluster)) == rows
        assert await revision_of(load_settings(cluster)) == HEAD
        assert content_of(rich) == content

        back = tmp_path / "back"
        said = await self.move(cluster, "move", "--to", "sqlite", "--to-data-dir", str(back))
        assert any("Going on with the move" in words for words in said)
        assert await rows_of(sqlite_settings(back)) == rows
        # Letters in the folder of a hub without a mail server stay where they were put.
        kept = {name: digest for name, digest in content.items() if name.startswith("objects")}
        assert kept
        found = content_of(back)
        assert {name: found.get(name) for name in kept} == kept
        verified = run_pfh({"PFH_DATA_DIR": str(back)}, "verify")
        assert verified.returncode == 0, verified.stdout


class TestCutOff(CutOffDrill):
    seed = 2711


class TestCutOffAgain(CutOffDrill):
    seed = 2712
